"""A backup while a stream of posts goes on holds every comment that was answered before it began."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.acceptance.conftest import BOX, CODE, Service, consultation
from tests.builders import MEASURE, a_mail

BEFORE, POSTERS = 60, 3


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Service]:
    """An installation without mail."""
    made = Service(folder=tmp_path, settings={})
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()


def post(client: httpx.Client, poster: int, number: int) -> str:
    opinion = f"第{poster}-{number}の意見です。"
    if number % 3 == 0:  # too large for its row
        answer = client.post(
            "intake/emails",
            content=a_mail(opinion * 8_000),
            params={"internal_date": datetime.now(UTC).isoformat()},
            headers={"Content-Type": "message/rfc822"},
        )
        assert answer.status_code == 202, answer.text
        submission_id: str = answer.json()["submission_id"]
        return submission_id
    body = {
        "measure_name": MEASURE,
        "submitter": {
            "kind": "individual",
            "name": "北野 花子",
            "address": "北星市中央2条3丁目4番地",
            "category": {"code": "1", "detail": None},
        },
        "opinion": opinion,
    }
    answer = client.post(f"consultations/{CODE}/comments", json=body)
    assert answer.status_code == 201, answer.text
    receipt_number: str = answer.json()["receipt_number"]
    return receipt_number


class Posters:
    """Post until told to stop; ``answered`` names comments and arrivals in the order of answers."""

    def __init__(self, service: Service) -> None:
        self.answered: list[str] = []
        self.stop = threading.Event()
        self._service = service
        self._threads = [
            threading.Thread(target=self._run, args=(each,)) for each in range(POSTERS)
        ]

    def __enter__(self) -> "Posters":
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for each in self._threads:
            each.join()

    def wait_for(self, count: int) -> None:
        while len(self.answered) < count and any(each.is_alive() for each in self._threads):
            self.stop.wait(0.05)

    def _run(self, poster: int) -> None:
        with self._service.client() as client:
            number = 0
            while not self.stop.is_set():
                number += 1
                self.answered.append(post(client, poster, number))


def test_what_was_answered_before_a_backup_began_is_in_it(alone: Service, tmp_path: Path) -> None:
    alone.start()
    with alone.client() as client:
        assert client.post("consultations", json=consultation()).status_code == 201
        assert client.post("drop-boxes", json={"code": BOX, "name": "支所"}).status_code == 201
    with Posters(alone) as posters:
        posters.wait_for(BEFORE)
        before = set(posters.answered)
        backup = alone.run("backup", str(tmp_path / "backup.tar"))
        assert backup.returncode == 0, backup.stderr
        during = len(posters.answered)
        beside = alone.run("verify", "--language", "en")
    assert len(before) >= BEFORE
    assert during > len(before), "nothing was posted meanwhile"
    assert beside.returncode == 0, beside.stdout
    other = tmp_path / "other"
    restored = alone.run("restore", str(tmp_path / "backup.tar"), IKENBAKO_DATA_DIR=str(other))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    with closing(sqlite3.connect(other / "ikenbako.db")) as database:
        rows = database.execute(
            "SELECT s.channel, s.id, c.receipt_number FROM submissions s"
            " LEFT JOIN comments c ON c.submission_id = s.id"
        )
        there = {number if channel == "e_application" else id_ for channel, id_, number in rows}
    assert before <= there
    assert there <= set(posters.answered), "something is there that nobody was told of"
