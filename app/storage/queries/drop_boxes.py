"""Drop boxes, their rounds, and whether every slip of a round has become a record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.domain.drop_box import Collection, DropBox
from app.domain.status import SubmissionState
from app.storage.repositories.comments import comments
from app.storage.repositories.drop_boxes import collection_of, collections, drop_boxes
from app.storage.repositories.submissions import submissions
from app.storage.unit_of_work import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionCount:
    """A round, and what has come of it.

    Attributes:
        collection: The round.
        recorded: Comments recorded from its scans; uploads set aside do not count.
    """

    collection: Collection
    recorded: int

    @property
    def missing(self) -> int | None:
        """Give how many counted slips have no record yet; None where nobody counted."""
        if self.collection.slip_count is None:
            return None
        return max(self.collection.slip_count - self.recorded, 0)


_RECORDED = (
    sa.select(submissions.c.collection_id, sa.func.count().label("recorded"))
    .join(comments, comments.c.submission_id == submissions.c.id)
    .where(submissions.c.state != SubmissionState.IGNORED, submissions.c.collection_id.is_not(None))
    .group_by(submissions.c.collection_id)
    .subquery()
)


class DropBoxQueries:
    """Answers which boxes there are and what was in them."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine

    def boxes(self) -> tuple[DropBox, ...]:
        """Give every box, by its code."""
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(drop_boxes).order_by(drop_boxes.c.code)).all()
        return tuple(DropBox(code=row.code, name=row.name) for row in rows)

    def box(self, code: str) -> DropBox | None:
        """Find a box by its code."""
        return next((each for each in self.boxes() if each.code == code), None)

    def collections(self) -> tuple[CollectionCount, ...]:
        """Give every round, the latest first."""
        return self._counted([])

    def collection(self, collection_id: str) -> CollectionCount | None:
        """Find a round by its id."""
        return next(iter(self._counted([collections.c.id == collection_id])), None)

    def _counted(self, conditions: Sequence[sa.ColumnElement[bool]]) -> tuple[CollectionCount, ...]:
        query: sa.Select[Any] = (
            sa.select(collections, sa.func.coalesce(_RECORDED.c.recorded, 0).label("recorded"))
            .join(_RECORDED, _RECORDED.c.collection_id == collections.c.id, isouter=True)
            .where(*conditions)
            .order_by(collections.c.collected_at.desc(), collections.c.id.desc())
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(
            CollectionCount(collection=collection_of(row), recorded=int(row.recorded))
            for row in rows
        )
