"""compose.yaml names services, commands and settings that exist; no engine runs it here."""

import re
from pathlib import Path
from typing import Any  # the file is parsed

import pytest
import yaml

from app.cli import main
from app.settings import Settings, unknown_names

ROOT = Path(__file__).parents[2]
# The members of a service in the Compose Specification that ours use.
KNOWN = {
    "build", "command", "depends_on", "env_file", "healthcheck", "image", "ports", "profiles",
    "restart", "stop_grace_period", "volumes",
}  # fmt: skip


def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return parsed


def environment() -> dict[str, str]:
    lines = (ROOT / "compose.env.example").read_text("utf-8").splitlines()
    named = [line.removeprefix("# ").partition("=") for line in lines]
    return {name: value for name, _, value in named if re.fullmatch("[A-Z_]+", name)}


def test_every_part_of_the_distributed_service_is_there() -> None:
    assert compose()["services"].keys() == {"api", "worker", "reader", "poller", "database"}


def test_services_say_only_what_compose_knows() -> None:
    for name, service in compose()["services"].items():
        assert service.keys() <= KNOWN, name
        wanted = service.get("depends_on", {})
        assert wanted.keys() <= compose()["services"].keys(), name
        # Who is waited for must be able to say that it is well; api has the image's own check.
        for each in wanted:
            healthcheck = compose()["services"][each].get("healthcheck", {})
            assert not healthcheck.get("disable"), (name, each)
        named = {each.partition(":")[0] for each in service.get("volumes", ())}
        assert named <= compose()["volumes"].keys(), name


def test_every_command_exists(capsys: pytest.CaptureFixture[str]) -> None:
    for name, service in compose()["services"].items():
        if "command" in service and service["image"] == "ikenbako":
            with pytest.raises(SystemExit) as ended:
                main([*service["command"], "--help"])
            assert ended.value.code == 0, name
    capsys.readouterr()


def test_only_this_machine_reaches_the_service_and_nobody_the_database() -> None:
    services = compose()["services"]
    assert "ports" not in services["database"]
    assert all(each.startswith("127.0.0.1:") for each in services["api"]["ports"])


def test_every_setting_of_the_example_exists_and_is_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = environment()
    assert unknown_names(values) == ()
    for name, value in values.items():
        if value:
            monkeypatch.setenv(name, value)
    settings = Settings()
    assert not settings.is_sqlite
    user, password = values["POSTGRES_USER"], values["POSTGRES_PASSWORD"]
    expected = f"{user}:{password}@database/{values['POSTGRES_DB']}"
    assert settings.database_url.endswith(expected)
