"""Engines for the two databases, set up so that they behave alike."""

import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any  # the shape of a row is the statement's business

import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

if TYPE_CHECKING:
    import psycopg

BUSY_MILLISECONDS = 10_000
"""Backups and readers of other programs may hold the file a moment; our writers never meet."""
APPLICATION = "ikenbako"
"""What our connections are called in PostgreSQL's list of them."""

_LONGEST_LOG = 40_000
"""Pages (160 MB) from which on a commit moves the log into the database itself, which empties it;
before that `checkpoints` has moved nearly all of it. Everybody who posts waits for what is left."""

_EMPTY: dict[str | bytes, type[list[Any] | dict[str, Any]]] = {
    "[]": list,
    "{}": dict,
    b"[]": list,
    b"{}": dict,
}


def _compact_json(value: object) -> str:
    """Write a document: no blanks, nothing escaped that need not be."""
    return to_json(value).decode()


def _read_json(written: str | bytes) -> object:
    """Read a JSON document; most of a comment's are empty, and a page of a list has hundreds."""
    empty = _EMPTY.get(written)
    return json.loads(written) if empty is None else empty()


def make_engine(url: str) -> sa.Engine:
    """Make an engine for ``sqlite:///…`` or ``postgresql://…``.

    Raises:
        ValueError: The URL names another database.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    if parsed.get_backend_name() == "postgresql":
        engine = sa.create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            json_serializer=_compact_json,
            json_deserializer=_read_json,
            hide_parameters=True,  # errors are logged; rows hold personal data
            pool_size=10,
            max_overflow=10,
            pool_pre_ping=True,
            connect_args={"application_name": APPLICATION},
        )
        sa.event.listen(engine, "connect", _prepare_postgresql)
        return engine
    raise ValueError("IKENBAKO_DATABASE_URL must begin with sqlite:/// or postgresql://")


def _sqlite(url: sa.URL) -> sa.Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url,
        json_serializer=_compact_json,
        json_deserializer=_read_json,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=10,
        max_overflow=20,
        connect_args={"check_same_thread": False},
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN comes too late to protect a read that a write follows.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a 2xx is a promise that outlives a power cut
        f"wal_autocheckpoint={_LONGEST_LOG}",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MILLISECONDS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(connection: "psycopg.Connection[Any]", _entry: ConnectionPoolEntry) -> None:
    # A 2xx is a promise here, too; a server that waits for more than its own disk goes on so.
    connection.execute(
        "SELECT set_config(name, 'on', false) FROM pg_settings"
        " WHERE name = 'synchronous_commit' AND setting = 'off'"
    )
    connection.commit()


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("ikenbako_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
