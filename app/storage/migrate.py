"""Bringing a database to the tables this version needs; one chain for both databases."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from app.storage.locks import AdvisoryLock
from app.storage.revision import scripts


class BrokenReferences(RuntimeError):
    """A migration would have left rows that point nowhere; nothing was changed."""


def configuration(connection: sa.Connection | None = None) -> Config:
    """Give Alembic its configuration; there is no file of it."""
    config = Config()
    config.set_main_option("script_location", str(scripts()))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def upgrade(engine: sa.Engine) -> None:
    """Bring the tables up to date, all of the way or not at all.

    Raises:
        BrokenReferences: Rows would have been left pointing nowhere (SQLite).
    """
    if engine.dialect.name == "sqlite":
        _upgrade_sqlite(engine)
        return
    with engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(AdvisoryLock.MIGRATION)))
        command.upgrade(configuration(connection), "head")


def _upgrade_sqlite(engine: sa.Engine) -> None:
    # Batch migrations drop and rebuild tables; with foreign keys on, that deletes the children.
    # The switch has no effect inside a transaction, so it is turned before one begins.
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA foreign_keys=OFF")
        with sa.create_engine(
            "sqlite://", creator=lambda: raw.driver_connection, poolclass=sa.pool.StaticPool
        ).connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                command.upgrade(configuration(connection), "head")
                _check_references(connection)
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
    finally:
        # Never hand a connection with foreign keys off back to the pool.
        raw.invalidate()
        raw.close()


def _check_references(connection: sa.Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise BrokenReferences(", ".join(sorted({str(row[0]) for row in broken})))
