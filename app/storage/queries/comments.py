"""Comment records: one, a page of them, all of a consultation, and those related to one."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from app.domain.comment import CommentRecord, Related
from app.domain.envelope import Channel
from app.domain.status import CommentStatus
from app.domain.text import fold
from app.domain.timeliness import TimelinessVerdict
from app.storage.repositories.comments import (
    WITH_CONSULTATION,
    comment_of,
    comments,
    related_to,
)
from app.storage.repositories.consultations import consultations
from app.storage.unit_of_work import reading

_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentFilter:
    """Which comments are wanted; what is None or empty does not matter.

    Attributes:
        consultation: Code of their consultation.
        channel: The way they came.
        status: What they count as.
        timeliness: The verdict on their deadline.
        text: Words that must all stand in them, compared folded.
        confined_to: Codes the asking key is confined to; empty means all.
    """

    consultation: str | None = None
    channel: Channel | None = None
    status: CommentStatus | None = None
    timeliness: TimelinessVerdict | None = None
    text: str | None = None
    confined_to: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPage:
    """Some comments, and where the next ones begin.

    Attributes:
        items: Newest first.
        next_cursor: Give it back to go on; None at the end.
    """

    items: tuple[CommentRecord, ...]
    next_cursor: int | None


class CommentQueries:
    """Answers what was commented."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine

    def get(self, receipt_number: str) -> CommentRecord | None:
        """Find a record by its receipt number."""
        query = WITH_CONSULTATION.where(comments.c.receipt_number == receipt_number)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return comment_of(row) if row else None

    def of_submission(self, submission_id: str) -> tuple[CommentRecord, ...]:
        """Give the records made from an arrival, in order."""
        query = WITH_CONSULTATION.where(comments.c.submission_id == submission_id)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(comments.c.position)).all()
        return tuple(comment_of(row) for row in rows)

    def page(self, wanted: CommentFilter, *, cursor: int | None = None, limit: int) -> CommentPage:
        """Give records, newest first.

        Args:
            wanted: Which ones.
            cursor: Only records older than this.
            limit: How many at most.
        """
        query = WITH_CONSULTATION.where(*_conditions(wanted))
        if cursor is not None:
            query = query.where(comments.c.id < cursor)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(comments.c.id.desc()).limit(limit + 1)).all()
        return CommentPage(
            items=tuple(comment_of(row) for row in rows[:limit]),
            next_cursor=rows[limit - 1].id if len(rows) > limit else None,
        )

    def each(self, wanted: CommentFilter) -> Iterator[CommentRecord]:
        """Give every record, oldest first, without holding a transaction or all of them."""
        last = 0
        while True:
            query = (
                WITH_CONSULTATION.where(*_conditions(wanted), comments.c.id > last)
                .order_by(comments.c.id)
                .limit(_BATCH)
            )
            with reading(self._engine) as connection:
                rows = connection.execute(query).all()
            for row in rows:
                yield comment_of(row)
            if len(rows) < _BATCH:
                return
            last = rows[-1].id

    def counts(self, confined_to: frozenset[str] = frozenset()) -> dict[CommentStatus, int]:
        """Count comments by status, zeros included.

        Args:
            confined_to: Only those of these consultations; empty means all.
        """
        query = (
            sa.select(comments.c.status, sa.func.count())
            .select_from(
                comments.join(
                    consultations, consultations.c.id == comments.c.consultation_id, isouter=True
                )
            )
            .where(*_conditions(CommentFilter(confined_to=confined_to)))
            .group_by(comments.c.status)
        )
        with reading(self._engine) as connection:
            found = {status: int(count) for status, count in connection.execute(query)}
        return {status: found.get(status, 0) for status in CommentStatus}

    def related(self, comment: CommentRecord) -> tuple[Related, ...]:
        """Point out records of the same arrival, the same text or the same submitter.

        One that is related in several ways stands once, with the nearest of them.
        """
        with reading(self._engine) as connection:
            return related_to(connection, comment)


def _conditions(wanted: CommentFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.consultation is not None:
        conditions.append(consultations.c.code == wanted.consultation)
    if wanted.channel is not None:
        conditions.append(comments.c.channel == wanted.channel)
    if wanted.status is not None:
        conditions.append(comments.c.status == wanted.status)
    if wanted.timeliness is not None:
        conditions.append(comments.c.timeliness_verdict == wanted.timeliness)
    if wanted.confined_to:
        conditions.append(consultations.c.code.in_(wanted.confined_to))
    # The stored copy is folded already, so LIKE's own case folding changes nothing.
    conditions.extend(
        comments.c.search_text.contains(folded, autoescape=True)
        for word in (wanted.text or "").split()
        if (folded := fold(word))
    )
    return conditions
