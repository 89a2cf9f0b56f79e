"""Copying a SQLite database as it is at one moment, while others write to it."""

import contextlib
import os
import sqlite3
from pathlib import Path

import sqlalchemy as sa


def copy_sqlite(engine: sa.Engine, target: Path) -> None:
    """Write a whole and consistent copy into a new file and sync it.

    Everything committed before the call is in it; writers go on meanwhile.
    """
    raw = engine.raw_connection()
    try:
        source = raw.driver_connection
        if not isinstance(source, sqlite3.Connection):
            raise TypeError("only SQLite is copied as a file")
        with contextlib.closing(sqlite3.connect(target)) as copy:
            # In one step: copied piece by piece it would begin anew whenever somebody writes.
            source.backup(copy, pages=-1)
    finally:
        raw.close()
    with target.open("rb") as file:
        os.fsync(file.fileno())
