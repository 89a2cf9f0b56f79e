"""What the sources themselves say they have, so that a loss shows."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.envelope import Channel
from app.storage.tables import SourceItemRow, metadata

source_items = metadata.tables[str(SourceItemRow.__tablename__)]


class SourceRepository:
    """Items a source has told of, arrived here or not."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

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
        known = self._connection.execute(
            sa.select(source_items.c.submission_id).where(
                source_items.c.channel == channel,
                source_items.c.source == source,
                source_items.c.item == item,
            )
        ).scalar_one_or_none()
        if known is not None and submission_id is not None and known != submission_id:
            item = f"{item}#{submission_id}"
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        insert = dialect.insert(source_items).values(
            channel=channel,
            source=source,
            item=item,
            announced=announced,
            submission_id=submission_id,
            seen_at=at,
        )
        self._connection.execute(
            insert.on_conflict_do_update(
                index_elements=["channel", "source", "item"],
                set_={
                    "submission_id": sa.func.coalesce(
                        insert.excluded.submission_id, source_items.c.submission_id
                    ),
                    "announced": sa.func.coalesce(
                        insert.excluded.announced, source_items.c.announced
                    ),
                },
            )
        )
