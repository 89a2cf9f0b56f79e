"""The server of the benches is set up as operators are told."""

from pathlib import Path

from bench.installation import server_settings

OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"


def test_every_setting_of_the_server_is_explained_to_operators() -> None:
    settings = dict(server_settings())
    assert settings.pop("max_connections") == "100"  # the server's own default
    assert settings
    explained = OPERATIONS.read_text(encoding="utf-8")
    for name, value in settings.items():
        assert f"`{name}` {value}" in explained
