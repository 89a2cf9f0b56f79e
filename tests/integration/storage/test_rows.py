"""Many new rows at once: kept as they were given, or none of them."""

import shutil
import sqlite3
import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.domain.envelope import Channel, DocumentRole
from app.domain.status import SubmissionState
from app.storage.rows import NewRows
from app.storage.tables import metadata
from app.storage.unit_of_work import GroupWriter
from tests.builders import NOON

COUNT = 100
"""More than one statement holds, and no power of two."""
ODD = "a\tb\\N\n\\.\r\"'%s?:x 葛󠄀﨑㍻😀"
submissions = metadata.tables["submissions"]
documents = metadata.tables["documents"]


def a_submission(number: int, **changes: object) -> Mapping[str, Any]:
    empty = dict.fromkeys(column.name for column in submissions.c)
    return (
        empty
        | {
            "id": f"{number:032x}",
            "fingerprint": f"{number}",
            "channel": Channel.MAIL,
            "state": SubmissionState.DONE,
            "source": ODD,
            "received_at": NOON + timedelta(microseconds=number),
            "recorded_at": NOON.astimezone(timezone(timedelta(hours=9))),
            "postmarked_on": date(2015, 5, 15),
            "facts": {"odd": ODD},
            "findings": [],
            "lane": "light",
            "run_at": NOON,
            "attempts": number,
            "failures": 0,
        }
        | changes
    )


def a_document(number: int) -> Mapping[str, Any]:
    return {
        "id": f"{number:032x}",
        "submission_id": f"{number:032x}",
        "position": 0,
        "role": DocumentRole.ORIGINAL,
        "page": None,
        "filename": None if number % 2 else ODD,
        "media_type": "application/json",
        "size": 2**40 + number,
        "sha256": f"{number:064x}",
        "content": bytes([0, 9, 10, 92, 128 + number]),
    }


def test_many_rows_come_back_as_they_were_given(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        NewRows(submissions).insert(connection, [a_submission(each) for each in range(COUNT)])
        NewRows(documents).insert(connection, [a_document(each) for each in range(COUNT)])
    with engine.begin() as connection:
        stored = connection.execute(sa.select(submissions).order_by(submissions.c.attempts)).all()
        files = connection.execute(sa.select(documents).order_by(documents.c.id)).all()
    assert [row._asdict() for row in stored] == [a_submission(each) for each in range(COUNT)]
    assert [row._asdict() for row in files] == [a_document(each) for each in range(COUNT)]


def test_what_is_nothing_in_a_document_is_null(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        NewRows(submissions).insert(connection, [a_submission(1)])
        query = sa.select(sa.func.count()).where(submissions.c.reply.is_(sa.null()))
        assert connection.execute(query.select_from(submissions)).scalar_one() == 1


def test_instants_sort_among_those_written_one_by_one(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        NewRows(submissions).insert(connection, [a_submission(1), a_submission(3)])
        connection.execute(sa.insert(submissions), [a_submission(2)])
        query = sa.select(submissions.c.attempts).order_by(submissions.c.received_at)
        assert list(connection.execute(query).scalars()) == [1, 2, 3]


def test_one_row_that_is_refused_is_told_as_ever_and_keeps_out_all(engine: sa.Engine) -> None:
    rows = [a_submission(each) for each in range(COUNT)]
    rows[COUNT // 2] = a_submission(COUNT // 2, fingerprint="0")
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        NewRows(submissions).insert(connection, rows)
    with engine.begin() as connection:
        count = sa.select(sa.func.count()).select_from(submissions)
        assert connection.execute(count).scalar_one() == 0


def test_an_instant_without_an_offset_is_refused(engine: sa.Engine) -> None:
    naive = datetime(2015, 5, 15, 12)  # noqa: DTZ001 - that is the point
    rows = [a_submission(1), a_submission(2, run_at=naive)]
    with pytest.raises(ValueError, match="offset"), engine.begin() as connection:
        NewRows(submissions).insert(connection, rows)


def test_a_single_row_is_kept_alike(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        NewRows(submissions).insert(connection, [a_submission(7)])
        stored = connection.execute(sa.select(submissions)).one()
    assert stored._asdict() == a_submission(7)


def test_nothing_to_store_is_nothing_to_do(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        NewRows(submissions).insert(connection, [])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_committed_comes_out_of_the_log_by_itself(
    engine: sa.Engine, tmp_path: Path
) -> None:
    writer = GroupWriter(engine)
    writer.run(lambda repositories: repositories.counters.step("numbers"))
    alone = tmp_path / "alone.db"

    def is_there() -> bool:
        shutil.copyfile(engine.url.database or "", alone)
        with sqlite3.connect(alone) as connection:
            found = connection.execute("SELECT value FROM counters WHERE name = 'numbers'")
            return found.fetchall() == [(1,)]

    give_up_at = time.monotonic() + 30
    while not is_there() and time.monotonic() < give_up_at:
        time.sleep(0.05)
    assert is_there()
    writer.close()
