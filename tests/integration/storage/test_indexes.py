"""What is asked again and again is answered by an index, also among a million rows."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.domain.comment import CommentRecord
from app.domain.envelope import Channel
from app.domain.measure import Measure, MeasureVerdict
from app.domain.status import CommentStatus
from app.domain.submission import Lane
from app.domain.submitter import Submitter, SubmitterKind
from app.domain.timeliness import Timeliness, TimelinessVerdict
from app.storage.queries.ledger import LedgerQueries
from app.storage.queries.load import LoadQueries
from app.storage.queries.outbox import OutboxQueries
from app.storage.queries.proof import ProofQueries
from app.storage.queries.sources import SourceQueries
from app.storage.repositories.comments import CommentRepository
from app.storage.repositories.faxes import FaxRepository
from app.storage.repositories.idempotency import IdempotencyRepository
from app.storage.repositories.queue import QueueRepository

NOW = datetime(2026, 12, 1, tzinfo=UTC)
Values = tuple[object, ...] | dict[str, object]
FAX = CommentRecord(
    receipt_number="001-000001-2",
    consultation=None,
    submission_id="1",
    position=0,
    channel=Channel.FAX,
    delivery=None,
    received_at=NOW,
    postmarked_on=None,
    collected_at=None,
    timeliness=Timeliness(verdict=TimelinessVerdict.UNDETERMINED),
    submitter=Submitter(kind=SubmitterKind.INDIVIDUAL),
    measure=Measure(written=None, verdict=MeasureVerdict.MISSING),
    opinion="",
    status=CommentStatus.NEEDS_REVIEW,
    findings=(),
)


@contextmanager
def noted(engine: sa.Engine) -> Iterator[list[tuple[str, Values]]]:
    """Note what the database is asked, word for word."""
    asked: list[tuple[str, Values]] = []

    def note(_connection: object, _cursor: object, words: str, values: Values, *_: object) -> None:
        asked.append((words, values))

    sa.event.listen(engine, "before_cursor_execute", note)
    yield asked
    sa.event.remove(engine, "before_cursor_execute", note)


def plan(engine: sa.Engine, words: str, values: Values) -> str:
    """Say how the database would find the answer among many rows."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            # Its tables are empty here, so that it would read them whole.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            explained = connection.exec_driver_sql(f"EXPLAIN {words}", values)
        else:
            explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values)
        return "\n".join(str(row) for row in explained)


def faxes_near(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        FaxRepository(connection).near(FAX, within=timedelta(hours=1))


def lacking(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        CommentRepository(connection).lacking("code", email="hanako@example.jp", itself="1")


def claim(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        QueueRepository(connection).claim(Lane.LIGHT, worker="a", now=NOW, until=NOW)


def answers_of_keys(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        IdempotencyRepository(connection).find([("a", 1, "b"), ("a", 1, "c")])


def undecided(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        CommentRepository(connection).undecided("code", after=1, limit=2)


def release_all(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        QueueRepository(connection).release_all(now=NOW)


@pytest.mark.parametrize(
    ("ask", "indexes"),
    [
        (
            lambda engine: SourceQueries(engine).overdue(Channel.EMAIL, NOW),
            ["source_items_missing"],
        ),
        (faxes_near, ["comments_faxes"]),
        (lacking, ["comments_lacking"]),
        (lambda engine: ProofQueries(engine).named(["0" * 64]), ["documents_in_blobs"]),
        (release_all, ["submissions_lane_state"]),
        (
            lambda engine: LoadQueries(engine).now(),
            ["submissions_balance", "submissions_lane_state", "documents_page_images"],
        ),
        (lambda engine: LedgerQueries(engine).summary(), ["submissions_balance"]),
    ],
    ids=["overdue mail", "faxes near one", "answers", "named blobs", "start", "metrics", "ledger"],
)
def test_it_is_answered_by_its_index(
    engine: sa.Engine, ask: Callable[[sa.Engine], object], indexes: list[str]
) -> None:
    with noted(engine) as asked:
        ask(engine)
    plans = "\n".join(plan(engine, *each) for each in asked)
    for index in indexes:
        assert f"ix_{index}" in plans


@pytest.mark.parametrize(
    ("ask", "index", "by"),
    [
        (claim, "submissions_lane_state", "state"),
        (undecided, "comments_consultation_id_id", "id"),
        (answers_of_keys, "idempotency_keys", "key"),
        (
            lambda engine: OutboxQueries(engine).of_subject("001-000001-2"),
            "outbox(?:_kind_subject_id|_2)",
            "subject_id",
        ),
    ],
    ids=["a look at the queue", "judging again", "Idempotency-Keys", "mails about a comment"],
)
def test_no_part_of_the_question_goes_through_all_there_is(
    engine: sa.Engine, ask: Callable[[sa.Engine], object], index: str, by: str
) -> None:
    with noted(engine) as asked:
        ask(engine)
    steps = "\n".join(plan(engine, *each) for each in asked)
    # PostgreSQL says on the next line what it looks for.
    lines = 1 if engine.dialect.name == "sqlite" else 2
    looks = [
        each.splitlines()[:lines] for each in re.split(f"(?:ix|pk|uq|autoindex)_{index}", steps)[1:]
    ]
    assert looks
    assert all(re.search(rf"\b{by}\b", " ".join(each)) for each in looks)
