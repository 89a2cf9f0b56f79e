"""What a proof asks: every row once, streamed, all from one consistent view.

Enums are read as plain text here, since what is looked for is what should not be possible.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any  # values of a select have no static type

import sqlalchemy as sa

from app.domain.audit import AuditAction
from app.domain.envelope import Channel, DocumentRole
from app.storage.queries.ledger import SEEN_BY_KEY
from app.storage.repositories.comments import comments
from app.storage.repositories.sources import source_items
from app.storage.repositories.submissions import documents, submissions
from app.storage.tables import AuditRow, CounterRow, IdempotencyRow, metadata
from app.storage.unit_of_work import reading

_audit = metadata.tables[str(AuditRow.__tablename__)]
_counters = metadata.tables[str(CounterRow.__tablename__)]
_answers = metadata.tables[str(IdempotencyRow.__tablename__)]
_FILE = (documents.c.id, documents.c.submission_id, documents.c.size, documents.c.sha256)
_ROWS_AT_ONCE = 500
_CONTENTS_AT_ONCE = 8
"""An original in its row holds up to 4 MB (an e-application)."""
RECEIPTS = "receipt:"
"""Opens the name of the counter of a consultation's receipt numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """One document; ``content`` is None where the blob store has its bytes."""

    id: str
    submission_id: str
    size: int
    sha256: str
    content: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalFacts:
    """One arrival and what hangs on it."""

    id: str
    channel: str
    state: str
    has_reason: bool
    has_findings: bool
    is_leased: bool
    originals: int
    comments: int
    is_told: bool
    is_audited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFacts:
    """One comment record."""

    receipt_number: str
    has_arrival: bool
    is_audited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFacts:
    """What one Idempotency-Key was answered."""

    receipt_number: str
    has_record: bool
    answer: bytes


class ProofQueries:
    """Opens consistent views of the whole database."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine

    @contextlib.contextmanager
    def view(self) -> Iterator["ProofView"]:
        """Hold one moment of the database while all of it is looked at."""
        engine = self._engine
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with reading(engine) as connection:
            yield ProofView(connection)

    def named(self, hashes: Sequence[str]) -> frozenset[str]:
        """Say which of these blobs a document names at this moment."""
        query = (
            sa.select(documents.c.sha256)
            .where(documents.c.sha256.in_(hashes), documents.c.content.is_(None))
            .distinct()
        )
        with reading(self._engine) as connection:
            return frozenset(connection.execute(query).scalars())


class ProofView:
    """Everything at one moment."""

    def __init__(self, connection: sa.Connection) -> None:
        """Look through a connection whose transaction has begun."""
        self._connection = connection

    def damage(self) -> Iterator[str]:
        """Give what the database itself finds broken; PostgreSQL has no such question."""
        if self._connection.dialect.name != "sqlite":
            return
        for (line,) in self._connection.exec_driver_sql("PRAGMA integrity_check"):
            if line != "ok":
                yield str(line)
        for row in self._connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"{row[0]} {row[1]} -> {row[2]}"

    def files(self) -> Iterator[FileFacts]:
        """Give the documents whose bytes are in their row."""
        query = sa.select(*_FILE, documents.c.content).where(documents.c.content.is_not(None))
        for row in self._streamed(query, _CONTENTS_AT_ONCE):
            yield _file(row, bytes(row.content))

    def files_in_blobs(self) -> Iterator[FileFacts]:
        """Give the documents whose bytes are in the blob store, those of one blob together."""
        query = sa.select(*_FILE).where(documents.c.content.is_(None)).order_by(documents.c.sha256)
        for row in self._streamed(query):
            yield _file(row, None)

    def arrivals(self) -> Iterator[ArrivalFacts]:
        """Give every arrival."""
        # A join, since the items of the sources have no index that begins with the arrival.
        told = (
            sa.select(source_items.c.submission_id)
            .where(source_items.c.submission_id.is_not(None))
            .distinct()
            .subquery()
        )
        query = sa.select(
            submissions.c.id,
            sa.cast(submissions.c.channel, sa.Text).label("channel"),
            sa.cast(submissions.c.state, sa.Text).label("state"),
            submissions.c.reason,
            submissions.c.findings,
            submissions.c.leased_until,
            _count(
                documents.c.submission_id == submissions.c.id,
                documents.c.role == DocumentRole.ORIGINAL,
            ).label("originals"),
            _count(comments.c.submission_id == submissions.c.id).label("comments"),
            told.c.submission_id.label("told"),
            _exists(
                _audit.c.submission_id == submissions.c.id,
                _audit.c.action == AuditAction.SUBMISSION_RECEIVED.value,
            ).label("is_audited"),
        ).join(told, told.c.submission_id == submissions.c.id, isouter=True)
        for row in self._streamed(query):
            yield ArrivalFacts(
                id=row.id,
                channel=row.channel,
                state=row.state,
                has_reason=row.reason is not None,
                has_findings=bool(row.findings),
                is_leased=row.leased_until is not None,
                originals=row.originals,
                comments=row.comments,
                is_told=row.told is not None,
                is_audited=row.is_audited,
            )

    def records(self) -> Iterator[RecordFacts]:
        """Give every comment record."""
        query = sa.select(
            comments.c.receipt_number,
            _exists(submissions.c.id == comments.c.submission_id).label("has_arrival"),
            _exists(
                _audit.c.receipt_number == comments.c.receipt_number,
                _audit.c.action == AuditAction.COMMENT_RECORDED.value,
            ).label("is_audited"),
        )
        for row in self._streamed(query):
            yield RecordFacts(
                receipt_number=row.receipt_number,
                has_arrival=row.has_arrival,
                is_audited=row.is_audited,
            )

    def answers(self) -> Iterator[AnswerFacts]:
        """Give what every Idempotency-Key was answered."""
        query = sa.select(
            _answers.c.receipt_number,
            _answers.c.answer,
            _exists(comments.c.receipt_number == _answers.c.receipt_number).label("has_record"),
        )
        for row in self._streamed(query):
            yield AnswerFacts(
                receipt_number=row.receipt_number,
                has_record=row.has_record,
                answer=bytes(row.answer),
            )

    def serials(self) -> dict[int, int]:
        """Give the last serial of each consultation's receipt numbers, by its number."""
        return {int(name): value for name, value in self._counters(RECEIPTS).items()}

    def posts(self) -> dict[str, tuple[int, int]]:
        """Give for each e-application source how many it posted, and how many are here."""
        query = (
            sa.select(submissions.c.source, sa.func.count())
            .where(submissions.c.channel == Channel.E_APPLICATION)
            .group_by(submissions.c.source)
        )
        here = {source: int(count) for source, count in self._connection.execute(query)}
        told = self._counters(SEEN_BY_KEY)
        return {source: (told.get(source, 0), here.get(source, 0)) for source in here.keys() | told}

    def _counters(self, prefix: str) -> dict[str, int]:
        query = sa.select(_counters).where(_counters.c.name.startswith(prefix, autoescape=True))
        rows = self._connection.execute(query)
        return {row.name.removeprefix(prefix): int(row.value) for row in rows}

    def _streamed(
        self, query: sa.Select[Any], at_once: int = _ROWS_AT_ONCE
    ) -> Iterator[sa.Row[Any]]:
        yield from self._connection.execute(query, execution_options={"yield_per": at_once})


def _file(row: sa.Row[Any], content: bytes | None) -> FileFacts:
    return FileFacts(
        id=row.id,
        submission_id=row.submission_id,
        size=row.size,
        sha256=row.sha256,
        content=content,
    )


def _exists(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(*conditions)


def _count(*conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).where(*conditions).correlate(submissions).scalar_subquery()
