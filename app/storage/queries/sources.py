"""What the sources told of."""

from collections.abc import Sequence
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

_ASKED_AT_ONCE = 1000
_ARRIVED = sa.select(source_items.c.item).where(
    source_items.c.channel == sa.bindparam("channel"),
    source_items.c.source == sa.bindparam("source"),
    source_items.c.item.in_(sa.bindparam("items", expanding=True)),
    source_items.c.submission_id.is_not(None),
)


class SourceQueries:
    """Answers whether an item of a source has arrived here."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine

    def arrived(self, channel: Channel, source: str, items: Sequence[str]) -> frozenset[str]:
        """Say which of the items a source names are safely recorded as arrivals."""
        found: set[str] = set()
        with reading(self._engine) as connection:
            for start in range(0, len(items), _ASKED_AT_ONCE):
                asked = {
                    "channel": channel,
                    "source": source,
                    "items": items[start : start + _ASKED_AT_ONCE],
                }
                found.update(connection.execute(_ARRIVED, asked).scalars())
        return frozenset(found)

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
