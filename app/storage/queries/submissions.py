"""Arrivals and their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.domain.envelope import Channel, DocumentRole
from app.domain.status import SubmissionState
from app.domain.submission import Document, Submission
from app.storage.repositories.comments import comments
from app.storage.repositories.consultations import consultations
from app.storage.repositories.submissions import (
    DOCUMENT_COLUMNS,
    document_of,
    documents,
    mails_from,
    submission_of,
    submissions,
)
from app.storage.unit_of_work import reading

_ORIGINALS = (
    sa.select(documents)
    .where(
        documents.c.submission_id.in_(sa.bindparam("wanted", expanding=True)),
        documents.c.role == DocumentRole.ORIGINAL,
    )
    .order_by(documents.c.position)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionPage:
    """Some arrivals, and where the next ones begin.

    Attributes:
        items: Newest first.
        next_cursor: Give it back to go on; None at the end.
    """

    items: tuple[Submission, ...]
    next_cursor: str | None


def touching(codes: frozenset[str]) -> sa.ColumnElement[bool]:
    """Say which arrivals concern these consultations and no other.

    A stack that also holds comments of other consultations, or of none known yet, is not shown
    to a key confined to some: its pages would show the others' writers.
    """
    others = (
        sa.select(comments.c.submission_id)
        .join(consultations, consultations.c.id == comments.c.consultation_id, isouter=True)
        .where(
            comments.c.submission_id == submissions.c.id,
            sa.or_(consultations.c.code.is_(None), consultations.c.code.not_in(codes)),
        )
    )
    within = (
        sa.select(comments.c.submission_id)
        .join(consultations, consultations.c.id == comments.c.consultation_id)
        .where(comments.c.submission_id == submissions.c.id, consultations.c.code.in_(codes))
    )
    return sa.and_(
        sa.or_(submissions.c.consultation.in_(codes), sa.exists(within)),
        sa.not_(sa.exists(others)),
    )


class SubmissionQueries:
    """Answers what arrived."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine

    def get(self, submission_id: str) -> Submission | None:
        """Find an arrival by its id."""
        with reading(self._engine) as connection:
            row = connection.execute(
                sa.select(submissions).where(submissions.c.id == submission_id)
            ).one_or_none()
        return submission_of(row) if row else None

    def page(
        self,
        *,
        channel: Channel | None = None,
        states: frozenset[SubmissionState] = frozenset(),
        consultations: frozenset[str] = frozenset(),
        cursor: str | None = None,
        limit: int,
    ) -> SubmissionPage:
        """Give arrivals, newest first; ids grow with time.

        Args:
            channel: Only those that came this way.
            states: Only those in one of these states; empty means all.
            consultations: Only those that concern one of these; empty means all.
            cursor: Only arrivals before this one.
            limit: How many at most.
        """
        query = sa.select(submissions).order_by(submissions.c.id.desc()).limit(limit + 1)
        if channel is not None:
            query = query.where(submissions.c.channel == channel)
        if states:
            query = query.where(submissions.c.state.in_(states))
        if consultations:
            query = query.where(touching(consultations))
        if cursor is not None:
            query = query.where(submissions.c.id < cursor)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        items = tuple(submission_of(row) for row in rows[:limit])
        return SubmissionPage(items=items, next_cursor=items[-1].id if len(rows) > limit else None)

    def touches(self, submission_id: str, codes: frozenset[str]) -> bool:
        """Say whether an arrival concerns one of these consultations."""
        query = sa.select(submissions.c.id).where(
            submissions.c.id == submission_id, touching(codes)
        )
        with reading(self._engine) as connection:
            return connection.execute(query).first() is not None

    def receipt_numbers(self, submission_id: str) -> tuple[str, ...]:
        """Give the receipt numbers of the comments made from an arrival, in order."""
        query = (
            sa.select(comments.c.receipt_number)
            .where(comments.c.submission_id == submission_id)
            .order_by(comments.c.position)
        )
        with reading(self._engine) as connection:
            return tuple(connection.execute(query).scalars())

    def documents(self, submission_id: str) -> tuple[Document, ...]:
        """Give the files of an arrival in order, without their bytes."""
        query = (
            sa.select(*DOCUMENT_COLUMNS)
            .where(documents.c.submission_id == submission_id)
            .order_by(documents.c.position)
        )
        with reading(self._engine) as connection:
            return tuple(document_of(row) for row in connection.execute(query))

    def document(self, submission_id: str, document_id: str) -> Document | None:
        """Find one file of an arrival, without its bytes."""
        query = sa.select(*DOCUMENT_COLUMNS).where(
            documents.c.submission_id == submission_id, documents.c.id == document_id
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return document_of(row) if row else None

    def original(self, submission_id: str) -> Document | None:
        """Find the first file of an arrival as it came, without its bytes."""
        return next(
            (each for each in self.documents(submission_id) if each.role is DocumentRole.ORIGINAL),
            None,
        )

    def originals(
        self, submission_ids: Sequence[str]
    ) -> dict[str, list[tuple[Document, bytes | None]]]:
        """Give the files of arrivals as they came, in order, with the bytes of small ones."""
        found: dict[str, list[tuple[Document, bytes | None]]] = {id_: [] for id_ in submission_ids}
        with reading(self._engine) as connection:
            for row in connection.execute(_ORIGINALS, {"wanted": submission_ids}):
                found[row.submission_id].append((document_of(row), row.content))
        return found

    def content(self, document_id: str) -> bytes | None:
        """Give the bytes of a small file; None when the blob store has them."""
        query = sa.select(documents.c.content).where(documents.c.id == document_id)
        with reading(self._engine) as connection:
            content: bytes | None = connection.execute(query).scalar_one_or_none()
        return bytes(content) if content is not None else None

    def mails_from(
        self, address: str, *, since: datetime, until: datetime, limit: int
    ) -> tuple[Submission, ...]:
        """Give mails of one writer received within a span, newest first."""
        query = mails_from(address, since=since, until=until, limit=limit)
        with reading(self._engine) as connection:
            return tuple(submission_of(row) for row in connection.execute(query))

    def counts(self, consultations: frozenset[str] = frozenset()) -> dict[SubmissionState, int]:
        """Count arrivals by state, zeros included.

        Args:
            consultations: Only those that concern one of these; empty means all.
        """
        query = sa.select(submissions.c.state, sa.func.count()).group_by(submissions.c.state)
        if consultations:
            query = query.where(touching(consultations))
        with reading(self._engine) as connection:
            found = {state: int(count) for state, count in connection.execute(query)}
        return {state: found.get(state, 0) for state in SubmissionState}
