"""Comment records: one, a page of them, all of a consultation, and those related to one."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from app.domain.comment import CommentRecord, Related
from app.domain.envelope import Channel
from app.domain.search_folding import words_of
from app.domain.status import CommentStatus
from app.domain.timeliness import TimelinessVerdict
from app.storage.comment_rows import comment_of
from app.storage.queries.search import Search, count, find, not_counted
from app.storage.repositories.comments import WITH_CONSULTATION, comments
from app.storage.repositories.consultations import consultations
from app.storage.repositories.related import related_to
from app.storage.repositories.search_index import consultation_facet
from app.storage.unit_of_work import reading

_BATCH = 500
_OF_IDS = WITH_CONSULTATION.where(comments.c.id.in_(sa.bindparam("ids", expanding=True))).order_by(
    comments.c.id.desc()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentFilter:
    """Which comments are wanted; what is None or empty does not matter.

    Attributes:
        consultation: Code of their consultation.
        channel: The way they came.
        status: What they count as.
        timeliness: The verdict on their deadline.
        text: Words that must all stand in them, compared folded.
        by_shape: Whether words also fit by what scanners take for each other (一 and ー).
        confined_to: Codes the asking key is confined to; empty means all.
    """

    consultation: str | None = None
    channel: Channel | None = None
    status: CommentStatus | None = None
    timeliness: TimelinessVerdict | None = None
    text: str | None = None
    by_shape: bool = False
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
        with reading(self._engine) as connection:
            ids = _newest(connection, wanted, before=cursor, most=limit + 1)
            rows = connection.execute(_OF_IDS, {"ids": ids[:limit]}).all()
        return CommentPage(
            items=tuple(comment_of(row) for row in rows),
            next_cursor=ids[limit - 1] if len(ids) > limit else None,
        )

    def each(self, wanted: CommentFilter) -> Iterator[CommentRecord]:
        """Give every record, oldest first, without holding a transaction or all of them.

        Words are not looked for here: who needs every record filters by what is judged.
        """
        last = 0
        while True:
            with reading(self._engine) as connection:
                numbers = _wanted_consultations(connection, wanted)
                query = (
                    WITH_CONSULTATION.where(*_conditions(wanted, numbers), comments.c.id > last)
                    .order_by(comments.c.id)
                    .limit(_BATCH)
                )
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
        with reading(self._engine) as connection:
            found = _numbers(connection, confined_to) if confined_to else {}
            return count_by_status(connection, frozenset(found.values()) if confined_to else None)

    def related(self, comment: CommentRecord) -> tuple[Related, ...]:
        """Point out records of the same arrival, the same text or the same submitter.

        One that is related in several ways stands once, with the nearest of them.
        """
        with reading(self._engine) as connection:
            return related_to(connection, comment)


def _newest(
    connection: sa.Connection, wanted: CommentFilter, *, before: int | None, most: int
) -> list[int]:
    """Give the ids of the newest comments that are wanted."""
    numbers = _wanted_consultations(connection, wanted)
    words = words_of(wanted.text)
    if numbers is not None and not numbers:
        return []
    search = Search(
        words=words,
        by_shape=wanted.by_shape,
        facets=tuple(_facets(wanted, numbers)),
        conditions=tuple(_conditions(wanted, numbers)),
    )
    if words or search.facets:
        return find(connection, search, before=before, most=most)
    query = sa.select(comments.c.id).order_by(comments.c.id.desc()).limit(most)
    if before is not None:
        query = query.where(comments.c.id < before)
    return list(connection.execute(query).scalars())


def _wanted_consultations(
    connection: sa.Connection, wanted: CommentFilter
) -> frozenset[int] | None:
    """Give the numbers of the consultations whose comments are wanted; None for all."""
    codes = frozenset(wanted.confined_to)
    if wanted.consultation is not None:
        one = frozenset({wanted.consultation})
        codes = one & codes if codes else one
    elif not codes:
        return None
    return frozenset(_numbers(connection, codes).values())


def _numbers(connection: sa.Connection, codes: frozenset[str]) -> dict[str, int]:
    query = sa.select(consultations.c.code, consultations.c.id).where(
        consultations.c.code.in_(codes)
    )
    return {row.code: row.id for row in connection.execute(query)}


def _facets(wanted: CommentFilter, numbers: frozenset[int] | None) -> Iterator[frozenset[str]]:
    if numbers is not None:
        yield frozenset(map(consultation_facet, numbers))
    for name, value in (
        ("channel", wanted.channel),
        ("status", wanted.status),
        ("timeliness", wanted.timeliness),
    ):
        if value is not None:
            yield frozenset({f"{name}:{value.value}"})


def _conditions(
    wanted: CommentFilter, numbers: frozenset[int] | None
) -> Iterator[sa.ColumnElement[bool]]:
    if numbers is not None:
        yield comments.c.consultation_id.in_(numbers)
    if wanted.channel is not None:
        yield comments.c.channel == wanted.channel
    if wanted.status is not None:
        yield comments.c.status == wanted.status
    if wanted.timeliness is not None:
        yield comments.c.timeliness_verdict == wanted.timeliness


def count_by_status(
    connection: sa.Connection, numbers: frozenset[int] | None
) -> dict[CommentStatus, int]:
    """Count comments by status, zeros included, without looking at all of them.

    Args:
        connection: With one consistent view.
        numbers: Only those of these consultations; None means all.
    """
    groups = [] if numbers is None else [frozenset(map(consultation_facet, numbers))]
    facets = {status: f"status:{status.value}" for status in CommentStatus}
    indexed = count(connection, groups, tuple(facets.values()))
    query = (
        sa.select(comments.c.status, sa.func.count())
        .where(not_counted(connection))
        .group_by(comments.c.status)
    )
    if numbers is not None:
        query = query.where(comments.c.consultation_id.in_(numbers))
    rest = {status: int(number) for status, number in connection.execute(query)}
    return {status: indexed[facet] + rest.get(status, 0) for status, facet in facets.items()}
