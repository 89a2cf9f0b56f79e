"""What the sources themselves say they have, so that a loss shows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.envelope import Channel
from app.domain.mailbox_watch import FolderWatch
from app.storage.tables import FolderWatchRow, SourceItemRow, metadata

source_items = metadata.tables[str(SourceItemRow.__tablename__)]

folder_watches = metadata.tables[str(FolderWatchRow.__tablename__)]


def _telling(insert: postgresql.Insert | sqlite.Insert) -> sa.Executable:
    told = insert.on_conflict_do_update(
        index_elements=["channel", "source", "item"],
        set_={
            name: sa.func.coalesce(source_items.c[name], insert.excluded[name])
            for name in ("submission_id", "announced")
        },
    )
    return told.returning(source_items.c.submission_id)


_TELL = {
    "postgresql": _telling(postgresql.insert(source_items)),
    "sqlite": _telling(sqlite.insert(source_items)),
}
"""Built once: building a statement costs more than running it."""

_ASKED_AT_ONCE = 500


def is_missing() -> tuple[sa.ColumnElement[bool], ...]:
    """Say what an item is that was told of, is not here, and that nobody has explained."""
    return (
        source_items.c.submission_id.is_(None),
        sa.func.coalesce(source_items.c.announced, 1) > 0,
    )


class SourceRepository:
    """Items a source has told of, arrived here or not."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

    def watch(self, source: str) -> FolderWatch | None:
        """Give what is known of the rhythm of a mail folder."""
        row = self._connection.execute(
            sa.select(folder_watches).where(folder_watches.c.source == source)
        ).one_or_none()
        return watch_of(row) if row else None

    def keep_watch(self, watch: FolderWatch) -> None:
        """Store what is known of the rhythm of a mail folder."""
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        values = {
            "asked_at": watch.asked_at,
            "mail_at": watch.mail_at,
            "news": watch.news,
            "longest_gap_seconds": int(watch.longest_gap.total_seconds()),
        }
        insert = dialect.insert(folder_watches).values(source=watch.source, **values)
        self._connection.execute(
            insert.on_conflict_do_update(index_elements=["source"], set_=values)
        )

    def untold(self, channel: Channel, source: str, items: Sequence[str]) -> list[str]:
        """Give those of some items of which a source has never told, in the same order."""
        told: set[str] = set()
        for start in range(0, len(items), _ASKED_AT_ONCE):
            query = sa.select(source_items.c.item).where(
                source_items.c.channel == channel,
                source_items.c.source == source,
                source_items.c.item.in_(items[start : start + _ASKED_AT_ONCE]),
            )
            told.update(self._connection.execute(query).scalars())
        return [each for each in items if each not in told]

    def explain(self, channel: Channel, source: str, *, told_before: datetime) -> int:
        """Put a person's word on what a source told of and never came: nothing is in it.

        Returns:
            How many items it was put on.
        """
        explained = (
            sa.update(source_items)
            .where(
                source_items.c.channel == channel,
                source_items.c.source == source,
                *is_missing(),
                source_items.c.seen_at <= told_before,
            )
            .values(announced=0)
        )
        return self._connection.execute(explained).rowcount

    def tell(
        self,
        channel: Channel,
        source: str,
        item: str,
        *,
        at: datetime,
        announced: int | None = None,
        submission_id: str | None = None,
    ) -> None:
        """Note that a source has an item, and which arrival it became if that is known.

        Other bytes under a used UID or job number are a new arrival, hence an item of its own.
        """
        # One statement, so that of two arrivals told at once one is the first for both.
        became = self._connection.execute(
            _TELL[self._connection.dialect.name],
            {
                "channel": channel,
                "source": source,
                "item": item,
                "announced": announced,
                "submission_id": submission_id,
                "seen_at": at,
            },
        ).scalar_one()
        if submission_id is not None and became != submission_id:
            self.tell(
                channel,
                source,
                f"{item}#{submission_id}",
                at=at,
                announced=announced,
                submission_id=submission_id,
            )

    def take_back(self, channel: Channel, source: str, *, prefix: str, most: int) -> int:
        """Forget items that never arrived and were told under other names than are used now.

        Args:
            channel: The way they would have come.
            source: Who told of them.
            prefix: How the names begin that the source uses now.
            most: How many at most, those told first before others.

        Returns:
            How many there were.
        """
        revoked = (
            sa.select(source_items.c.id)
            .where(
                source_items.c.channel == channel,
                source_items.c.source == source,
                source_items.c.submission_id.is_(None),
                source_items.c.item.not_like(f"{prefix}%"),
            )
            .order_by(source_items.c.id)
            .limit(most)
        )
        deleted = sa.delete(source_items).where(source_items.c.id.in_(revoked))
        return self._connection.execute(deleted).rowcount

    def told_first(self, channel: Channel, source: str, *, prefix: str) -> datetime | None:
        """Say when a source first named an item by a name that begins so."""
        earliest = sa.select(sa.func.min(source_items.c.seen_at)).where(
            source_items.c.channel == channel,
            source_items.c.source == source,
            source_items.c.item.like(f"{prefix}%"),
        )
        told: datetime | None = self._connection.execute(earliest).scalar_one()
        return told


def watch_of(row: sa.Row[Any]) -> FolderWatch:
    """Build what is known of a folder from its row."""
    return FolderWatch(
        source=row.source,
        asked_at=row.asked_at,
        mail_at=row.mail_at,
        news=row.news,
        longest_gap=timedelta(seconds=row.longest_gap_seconds),
    )
