"""Drop boxes and their collection rounds."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.domain.drop_box import Collection, DropBox
from app.storage.repositories.submissions import submissions
from app.storage.tables import CollectionRow, DropBoxRow, metadata

drop_boxes = metadata.tables[str(DropBoxRow.__tablename__)]
collections = metadata.tables[str(CollectionRow.__tablename__)]


class DropBoxRepository:
    """Stores boxes and rounds."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

    def box(self, code: str, *, lock: bool = False) -> DropBox | None:
        """Find a box; ``lock`` keeps others from entering a round of it meanwhile."""
        query = sa.select(drop_boxes).where(drop_boxes.c.code == code)
        row = self._connection.execute(query.with_for_update() if lock else query).one_or_none()
        return DropBox(code=row.code, name=row.name) if row else None

    def add_box(self, box: DropBox, *, at: datetime) -> None:
        """Store a new box."""
        self._connection.execute(
            sa.insert(drop_boxes).values(code=box.code, name=box.name, created_at=at)
        )

    def collection(self, collection_id: str) -> Collection | None:
        """Find a round."""
        row = self._connection.execute(
            sa.select(collections).where(collections.c.id == collection_id)
        ).one_or_none()
        return collection_of(row) if row else None

    def unused(self, collection: Collection) -> Collection | None:
        """Find a round with the same facts that no arrival names."""
        rows = self._connection.execute(
            sa.select(collections)
            .where(
                collections.c.drop_box == collection.drop_box,
                collections.c.collected_at == collection.collected_at,
                ~sa.exists().where(submissions.c.collection_id == collections.c.id),
            )
            .order_by(collections.c.id)
        )
        found = map(collection_of, rows)
        return next((each for each in found if replace(collection, id=each.id) == each), None)

    def add_collection(self, collection: Collection, *, at: datetime) -> None:
        """Store a new round."""
        self._connection.execute(
            sa.insert(collections).values(
                id=collection.id,
                drop_box=collection.drop_box,
                collected_at=collection.collected_at,
                collected_by=list(collection.collected_by),
                seal_removed=collection.seal_removed,
                seal_applied=collection.seal_applied,
                slip_count=collection.slip_count,
                created_at=at,
            )
        )


def collection_of(row: sa.Row[Any]) -> Collection:
    """Build a round from its row."""
    return Collection(
        id=row.id,
        drop_box=row.drop_box,
        collected_at=row.collected_at,
        collected_by=tuple(row.collected_by),
        seal_removed=row.seal_removed,
        seal_applied=row.seal_applied,
        slip_count=row.slip_count,
    )
