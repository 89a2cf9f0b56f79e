"""That blobs were kept in a folder, as the database remembers it."""

import sqlalchemy as sa

from app.storage.tables import CounterRow, DocumentRow, metadata
from app.storage.unit_of_work import Writer, reading

_BEGUN = "blob_folder"
_counters = metadata.tables[str(CounterRow.__tablename__)]
_documents = metadata.tables[str(DocumentRow.__tablename__)]
# Versions before this one kept blobs without noting it.
_ASKED = sa.select(
    sa.or_(
        sa.exists().where(_counters.c.name == _BEGUN),
        sa.exists().where(_documents.c.content.is_(None)),
    )
)
_NOTED = sa.select(sa.exists().where(_counters.c.name == _BEGUN))


class BlobRegister:
    """Notes once and for all that the store of large files was begun."""

    def __init__(self, engine: sa.Engine, writer: Writer) -> None:
        """Ask and note in a database."""
        self._engine = engine
        self._writer = writer

    def is_begun(self) -> bool:
        """Say whether blobs were kept before."""
        return self._says(_ASKED)

    def begin(self) -> None:
        """Note that some are from now on."""
        if not self._says(_NOTED):
            self._writer.run(lambda repositories: repositories.counters.step(_BEGUN))

    def _says(self, question: sa.Select[bool]) -> bool:
        with reading(self._engine) as connection:
            return bool(connection.execute(question).scalar_one())
