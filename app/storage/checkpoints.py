"""Moving what was committed on SQLite from the log into the database, beside the writer.

Left to itself SQLite does so within whichever commit makes the log long, and everybody who posts
then waits for thousands of pages to be written and synced. None of it concerns durability: what
was committed is synced in the log, and stays there until it is synced in the database.
"""

import contextlib
import sqlite3
import threading

import sqlalchemy as sa

_PAUSE_SECONDS = 0.2
"""A page that was changed many times meanwhile is moved once."""


class Checkpoints:
    """A thread that moves what was committed, soon after it is told of it."""

    def __init__(self, engine: sa.Engine) -> None:
        """Start the thread."""
        self._engine = engine
        self._due = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="checkpoints", daemon=True)
        self._thread.start()

    def tell(self) -> None:
        """Say that something was committed."""
        self._due.set()

    def close(self) -> None:
        """Stop; what is left in the log is moved when the last connection is closed, or later."""
        self._closing.set()
        self._due.set()
        self._thread.join()

    def _loop(self) -> None:
        while self._due.wait() and not self._closing.is_set():
            self._due.clear()
            # Without room on the disk the log stays as it is; writing says so to whoever writes.
            with contextlib.suppress(sa.exc.SQLAlchemyError, sqlite3.Error):
                self._move()
            self._closing.wait(_PAUSE_SECONDS)

    def _move(self) -> None:
        with contextlib.closing(self._engine.raw_connection()) as connection:
            cursor = connection.cursor()
            # Passive: waits for nobody, and nobody waits for it.
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
            cursor.fetchall()
            cursor.close()
