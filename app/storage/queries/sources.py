"""What the sources told of."""

from datetime import datetime

import sqlalchemy as sa

from app.domain.envelope import Channel
from app.domain.mailbox_watch import FolderWatch
from app.storage.repositories.sources import (
    folder_watches,
    is_missing,
    source_items,
    watch_of,
)
from app.storage.unit_of_work import reading


class SourceQueries:
    """Answers whether an item of a source has arrived here."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine

    def arrived(self, channel: Channel, source: str, item: str) -> bool:
        """Say whether the item a source names is safely recorded as an arrival."""
        query = sa.select(source_items.c.id).where(
            source_items.c.channel == channel,
            source_items.c.source == source,
            source_items.c.item == item,
            source_items.c.submission_id.is_not(None),
        )
        with reading(self._engine) as connection:
            return connection.execute(query).first() is not None

    def watches(self) -> tuple[FolderWatch, ...]:
        """Give what is known of the rhythm of every mail folder, by name."""
        query = sa.select(folder_watches).order_by(folder_watches.c.source)
        with reading(self._engine) as connection:
            return tuple(watch_of(row) for row in connection.execute(query))

    def overdue(self, channel: Channel, told_before: datetime) -> dict[str, int]:
        """Count by source what was told of before a time and is not here, by name."""
        query = (
            sa.select(source_items.c.source, sa.func.count())
            .where(
                source_items.c.channel == channel,
                *is_missing(),
                source_items.c.seen_at <= told_before,
            )
            .group_by(source_items.c.source)
            .order_by(source_items.c.source)
        )
        with reading(self._engine) as connection:
            return {source: int(count) for source, count in connection.execute(query)}
