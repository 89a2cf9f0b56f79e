"""What a database remembers of the folder of originals."""

import sqlalchemy as sa

from app.intake.desk import IN_ROW_BYTES, Desk
from app.intake.receive import receive
from app.storage.blob_register import BlobRegister
from app.storage.tables import CounterRow, metadata
from tests.builders import ADMIN, an_envelope


def test_a_database_of_an_earlier_version_knows_of_originals_without_a_note(
    desk: Desk, engine: sa.Engine
) -> None:
    register = BlobRegister(engine, desk.writer)
    assert not register.is_begun()
    receive(desk, an_envelope(b"small"), actor=ADMIN)
    assert not register.is_begun()
    receive(desk, an_envelope(b"x" * (IN_ROW_BYTES + 1)), actor=ADMIN)
    counters = metadata.tables[str(CounterRow.__tablename__)]
    with engine.begin() as connection:
        connection.execute(sa.delete(counters).where(counters.c.name == "blob_folder"))
    assert register.is_begun()
    register.begin()
    register.begin()
    with engine.connect() as connection:
        noted = sa.select(counters.c.value).where(counters.c.name == "blob_folder")
        assert connection.execute(noted).scalars().all() == [1]
