"""Having what recording will look at read before somebody waits for it.

A new comment's text, writer and Idempotency-Key are looked for among all there are, and each lies
on a page of its own, anywhere in its index. After a start of the machine those pages are on the
disk only, and the first who post would wait for them one by one. Read in order they take some
seconds for a million comments. The process keeps none of them: the system's cache does.
"""

from collections.abc import Iterator, Sequence
from typing import Any  # what stands in a column is the table's business

import sqlalchemy as sa

from app.storage.tables import CommentRow, IdempotencyRow, metadata
from app.storage.unit_of_work import reading

_AT_ONCE = 2_000
"""Entries, some fifty pages: a look so short keeps nobody from moving SQLite's log."""
_comments = metadata.tables[str(CommentRow.__tablename__)]
_keys = metadata.tables[str(IdempotencyRow.__tablename__)]
_LOOKED_AT: Sequence[Sequence[tuple[sa.ColumnElement[Any], Any]]] = (
    [(_comments.c.opinion_key, "")],
    [(_comments.c.submitter_key, "")],
    [(_keys.c.api_key, ""), (_keys.c.consultation_id, 0), (_keys.c.key, "")],
)
"""The columns of each index, with values that stand before all others."""


class WarmingQueries:
    """Reads indexes through, once, a little at a time."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine
        self._steps = self._all()

    def once(self) -> bool:
        """Read some more; says whether there was anything left to read."""
        return next(self._steps, False)

    def _all(self) -> Iterator[bool]:
        for index in _LOOKED_AT:
            columns = [column for column, _ in index]
            after: Sequence[Any] | None = [first for _, first in index]
            while after is not None:
                after = self._some(columns, after)
                yield True

    def _some(
        self, columns: Sequence[sa.ColumnElement[Any]], after: Sequence[Any]
    ) -> Sequence[Any] | None:
        """Read the entries behind one, and give the last of them; None at the end."""
        query = (
            sa.select(*columns)
            .where(sa.tuple_(*columns) > sa.tuple_(*after))
            .order_by(*columns)
            .offset(_AT_ONCE - 1)
            .limit(1)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else tuple(row)
