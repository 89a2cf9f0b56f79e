"""`ikenbako replay` has the running service read arrivals again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.acceptance.conftest import KEY, Service, set_up
from tests.builders import MEASURE, a_mail


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Service]:
    """An installation without mail."""
    made = Service(folder=tmp_path, settings={})
    made.start()
    set_up(made)
    yield made
    made.kill()


def test_an_arrival_is_read_again_and_what_is_unknown_is_said(running: Service) -> None:
    text = f"氏名：北野 花子\n住所：北星市中央2条3丁目4番地\n区分：1\n案の名称：{MEASURE}\n意見：再読の試験。\n"
    with running.client() as client:
        answer = client.post(
            "intake/emails",
            content=a_mail(text),
            params={"internal_date": datetime.now(UTC).isoformat()},
            headers={"Content-Type": "message/rfc822"},
        )
    submission_id = answer.json()["submission_id"]
    settings = {"IKENBAKO_API_URL": running.url, "IKENBAKO_API_KEY": KEY}
    done = running.run("replay", submission_id, "--reason", "様式を直した", **settings)
    assert (done.returncode, done.stdout) == (0, f"OK {submission_id} is read again.\n")
    wrong = running.run("replay", "0" * 32, "--reason", "様式を直した", **settings)
    assert wrong.returncode == 1
    assert wrong.stdout.startswith(f"NG {'0' * 32}: ")
