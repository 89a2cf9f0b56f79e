"""That blobs were kept in a folder, as the database remembers it."""

import sqlalchemy as sa

from app.storage.tables import CounterRow, metadata
from app.storage.unit_of_work import Writer, reading

_BEGUN = "blob_folder"
_counters = metadata.tables[str(CounterRow.__tablename__)]
_ASKED = sa.select(_counters.c.value).where(_counters.c.name == _BEGUN)


class BlobRegister:
    """Notes once and for all that the store of large files was begun."""

    def __init__(self, engine: sa.Engine, writer: Writer) -> None:
        """Ask and note in a database."""
        self._engine = engine
        self._writer = writer

    def is_begun(self) -> bool:
        """Say whether blobs were kept before."""
        with reading(self._engine) as connection:
            return connection.execute(_ASKED).scalar_one_or_none() is not None

    def begin(self) -> None:
        """Note that some are from now on."""
        if not self.is_begun():
            self._writer.run(lambda repositories: repositories.counters.step(_BEGUN))
