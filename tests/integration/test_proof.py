"""Looking at everything that is kept: nothing is found where all is well, every fault is named."""

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.channels.e_application import Application
from app.domain.proof_wording import FAULTS, NOTES
from app.domain.submission import Lane
from app.intake import procedures, read
from app.intake.admission import Posting
from app.intake.desk import Desk
from app.intake.proof import Found
from app.intake.receive import receive
from app.intake.submit import submit
from app.main import blob_folder, open_proof
from app.operations import verdict
from app.settings import Settings
from tests.builders import ADMIN, MEASURE, a_consultation, a_mail, a_submitter, an_envelope

LARGE = "意" * 40_000
BODY = (
    f"住所：北星市中央2条3丁目4番地\r\n氏名：北野 花子\r\n区分：1\r\n案の名称：{MEASURE}\r\n"
    "意見：\r\n説明会を開いてください。\r\n"
)


@dataclass(slots=True)
class Kept:
    """An installation with a few arrivals, to break on purpose."""

    settings: Settings
    desk: Desk
    engine: sa.Engine
    mail: str
    large_mail: str

    @property
    def blobs(self) -> Path:
        return blob_folder(self.settings)

    def blob(self) -> Path:
        [path] = [each for each in self.blobs.glob("*/*") if each.is_file()]
        return path

    def break_rows(self, statement: str) -> None:
        """Change rows behind the program's back, constraints and all."""
        if self.engine.dialect.name == "sqlite":
            # The switches have no effect inside a transaction, which our engines always begin.
            with contextlib.closing(sqlite3.connect(self.engine.url.database or "")) as plain:
                plain.execute("PRAGMA ignore_check_constraints=ON")
                plain.execute(statement)
                plain.commit()
            return
        with self.engine.connect() as connection:
            for each in (
                "SET session_replication_role = replica",
                "ALTER TABLE submissions DROP CONSTRAINT ck_submissions_submissionstate",
                statement.replace("AS blob", "AS bytea"),
            ):
                connection.exec_driver_sql(each)
            connection.commit()
            connection.invalidate()

    def found(self) -> list[Found]:
        with open_proof(self.settings) as proof:
            assert proof is not None
            return list(proof.run())

    def codes(self) -> set[str]:
        return {each.code for each in self.found()}


def post(desk: Desk, number: int) -> None:
    posting = Posting(
        code="juki-pia-2015",
        application=Application(
            measure_name=MEASURE, submitter=a_submitter(), opinion=f"意見{number}"
        ),
        raw=f'{{"opinion": "{number}"}}'.encode(),
        actor=ADMIN,
        idempotency_key=f"key-{number}",
    )
    asyncio.run(submit(desk, posting, render=lambda record, *_: record.receipt_number.encode()))


@pytest.fixture
def kept(desk: Desk, settings: Settings, engine: sa.Engine) -> Kept:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    for number in range(3):
        post(desk, number)
    small = receive(desk, an_envelope(a_mail(BODY)), actor=ADMIN)
    large = receive(desk, an_envelope(a_mail(BODY + LARGE), source_item="1:2"), actor=ADMIN)
    while (submission := read.claim(desk, Lane.LIGHT, worker="test")) is not None:
        read.read(desk, submission.id, worker="test")
    receive(desk, an_envelope(a_mail("まだ読んでいない"), source_item="1:3"), actor=ADMIN)
    return Kept(settings, desk, engine, small.submission_id, large.submission_id)


def test_nothing_is_found_where_all_is_well(kept: Kept) -> None:
    assert kept.found() == []


def test_what_was_looked_at_is_counted(kept: Kept) -> None:
    lines: list[str] = []
    with open_proof(kept.settings) as proof:
        assert proof is not None
        assert verdict.tell(proof, "en", lines.append)
    assert lines == [
        "answers kept for repeats: 3",
        "blobs: 1",
        "documents: 6",
        "faults: 0",
        "notes: 0",
        "comments: 5",
        "arrivals: 6",
        "Nothing is wrong.",
    ]


def forget_blob(kept: Kept) -> None:
    kept.blob().unlink()


def change_blob(kept: Kept) -> None:
    data = bytearray(kept.blob().read_bytes())
    data[1000] ^= 1
    kept.blob().write_bytes(data)


def replace_blob_by_folder(kept: Kept) -> None:
    path = kept.blob()
    path.unlink()
    path.mkdir()


def rows(statement: str) -> Callable[[Kept], None]:
    def plant(kept: Kept) -> None:
        kept.break_rows(statement.format(mail=kept.mail, large=kept.large_mail, first=FIRST))

    return plant


def lie_beside(name: str, *, since_seconds: float = 0) -> Callable[[Kept], None]:
    def plant(kept: Kept) -> None:
        path = kept.blobs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"left")
        long_ago = time.time() - since_seconds
        os.utime(path, (long_ago, long_ago))

    return plant


FIRST = "(SELECT min(receipt_number) FROM comments)"
PLANTED: list[tuple[str, Callable[[Kept], None]]] = [
    ("blob_missing", forget_blob),
    ("blob_differs", change_blob),
    ("blob_unreadable", replace_blob_by_folder),
    (
        "content_differs",
        rows("UPDATE documents SET content=CAST('x' AS blob) WHERE submission_id='{mail}'"),
    ),
    ("size_differs", rows("UPDATE documents SET size=1 WHERE submission_id='{mail}'")),
    ("size_differs", rows("UPDATE documents SET size=1 WHERE submission_id='{large}'")),
    ("state_unknown", rows("UPDATE submissions SET state='lost' WHERE id='{mail}'")),
    ("lease_differs", rows("UPDATE submissions SET state='processing' WHERE id='{mail}'")),
    (
        "lease_differs",
        rows("UPDATE submissions SET leased_until='2015-05-01 00:00:00' WHERE id='{mail}'"),
    ),
    ("arrival_not_in_ledger", rows("DELETE FROM source_items WHERE submission_id='{mail}'")),
    ("arrival_without_audit", rows("DELETE FROM audit WHERE action='submission_received'")),
    ("arrival_without_comment", rows("DELETE FROM comments WHERE submission_id='{mail}'")),
    ("arrival_without_comment", rows("UPDATE submissions SET state='ignored' WHERE id='{mail}'")),
    ("arrival_without_original", rows("DELETE FROM documents WHERE submission_id='{mail}'")),
    ("record_without_arrival", rows("DELETE FROM submissions WHERE id='{mail}'")),
    ("record_without_audit", rows("DELETE FROM audit WHERE action='comment_recorded'")),
    (
        "receipt_number_invalid",
        rows("UPDATE comments SET receipt_number='001-000001-0' WHERE receipt_number={first}"),
    ),
    ("receipt_numbers_have_gaps", rows("DELETE FROM comments WHERE receipt_number={first}")),
    ("receipt_numbers_have_gaps", rows("UPDATE counters SET value=9 WHERE name='receipt:1'")),
    ("receipt_numbers_have_gaps", rows("DELETE FROM counters WHERE name='receipt:1'")),
    ("posts_differ", rows("DELETE FROM submissions WHERE channel='e_application'")),
    ("answer_without_record", rows("DELETE FROM comments WHERE receipt_number={first}")),
    ("answer_without_record", rows("UPDATE idempotency_keys SET answer=CAST('other' AS blob)")),
    ("answer_without_record", rows("UPDATE idempotency_keys SET receipt_number=''")),
    ("blob_unnamed", lie_beside(f"aa/aa{'0' * 62}")),
    ("file_temporary", lie_beside(".incoming.0123456789abcdef", since_seconds=90_000)),
    ("file_strange", lie_beside("notes.txt")),
]


@pytest.mark.parametrize(
    ("code", "plant"), PLANTED, ids=lambda each: each if isinstance(each, str) else ""
)
def test_what_is_planted_is_found(kept: Kept, code: str, plant: Callable[[Kept], None]) -> None:
    plant(kept)
    assert code in kept.codes()


def test_every_fault_and_note_is_planted() -> None:
    # SQLite alone can be damaged as a file; a test of its own plants that.
    assert {code for code, _ in PLANTED} | {"database_damaged"} == FAULTS.keys() | NOTES.keys()


def test_a_blob_that_nobody_names_is_told_and_stays(kept: Kept) -> None:
    lie_beside(f"aa/aa{'0' * 62}")(kept)
    lines: list[str] = []
    with open_proof(kept.settings) as proof:
        assert proof is not None
        assert verdict.tell(proof, "ja", lines.append)
    assert lines[0].startswith("-- blob_unnamed ")
    assert (kept.blobs / f"aa/aa{'0' * 62}").exists()


def test_a_fault_is_told_in_either_language_without_what_anybody_wrote(kept: Kept) -> None:
    rows("UPDATE documents SET content=CAST('x' AS blob)")(kept)
    for language in ("ja", "en"):
        lines: list[str] = []
        with open_proof(kept.settings) as proof:
            assert proof is not None
            assert not verdict.tell(proof, language, lines.append)
        assert lines[0].startswith("NG content_differs ")
        assert "花子" not in "".join(lines)
        assert "…" not in "".join(lines)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_damaged_database_is_a_fault_and_no_crash(kept: Kept, tmp_path: Path) -> None:
    with kept.engine.connect() as connection:
        root = connection.scalar(sa.text("SELECT rootpage FROM sqlite_master WHERE name='audit'"))
    with contextlib.closing(sqlite3.connect(tmp_path / "ikenbako.db")) as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [size] = plain.execute("PRAGMA page_size").fetchone()
    with (tmp_path / "ikenbako.db").open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * 64)
    lines: list[str] = []
    with open_proof(kept.settings) as proof:
        assert proof is not None
        assert not verdict.tell(proof, "en", lines.append)
    assert any("database_damaged" in each for each in lines)
