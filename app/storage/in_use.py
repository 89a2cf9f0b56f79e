"""A PostgreSQL that is filled by a move belongs to that move alone."""

import contextlib
import time
from collections.abc import Callable, Iterator

import sqlalchemy as sa

from app.storage.engine import APPLICATION
from app.storage.locks import AdvisoryLock

PARTING_SECONDS = 5.0
"""So long the server may take to see that a connection was closed."""
_TAKE = sa.text("SELECT pg_try_advisory_lock(:key)").bindparams(key=AdvisoryLock.MOVE)
_LEAVE = sa.text("SELECT pg_advisory_unlock(:key)").bindparams(key=AdvisoryLock.MOVE)
_LOOK = sa.text("SELECT pg_try_advisory_xact_lock_shared(:key)").bindparams(key=AdvisoryLock.MOVE)
_OTHERS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND application_name = :name"
).bindparams(name=APPLICATION)


class InUse(Exception):
    """Somebody else works on the database."""


@contextlib.contextmanager
def held_for_a_move(engine: sa.Engine) -> Iterator[None]:
    """Keep every other move and every service away meanwhile.

    Raises:
        InUse: One is there.
    """
    with engine.connect() as plain:
        # No transaction stays open over the hours of a move.
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        _eventually(lambda: bool(connection.execute(_TAKE).scalar_one()))
        try:
            _eventually(lambda: not connection.execute(_OTHERS).scalar_one())
            yield
        finally:
            with contextlib.suppress(sa.exc.DBAPIError):  # the server lets go by itself
                connection.execute(_LEAVE)


def _eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PARTING_SECONDS
    while not holds():
        if time.monotonic() > until:
            raise InUse
        time.sleep(0.1)


def is_held_for_a_move(engine: sa.Engine) -> bool:
    """Say whether a move is under way."""
    if engine.dialect.name != "postgresql":
        return False
    with engine.begin() as connection:
        return not connection.execute(_LOOK).scalar_one()
