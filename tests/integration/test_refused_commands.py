"""What the command line says when it is asked for what cannot be."""

from pathlib import Path

import pytest

from app.cli import main


def test_a_refused_command_says_what_is_wrong_with_which_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IKENBAKO_DATA_DIR", str(tmp_path))
    words = ["keys", "create", "web", "--scope", "comments:submit", "--consultation", "nowhere"]

    assert main(words) == 1
    told = capsys.readouterr().err
    assert "その意見提出手続はありません。" in told
    assert "consultations" in told
