"""What the sources told of."""

import sqlalchemy as sa

from app.domain.envelope import Channel
from app.storage.repositories.sources import source_items
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
