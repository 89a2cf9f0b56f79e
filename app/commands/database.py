"""What commands ask of the database before they begin."""

import contextlib
from pathlib import Path

import sqlalchemy as sa

from app.operations.process import CannotStart, sole_use
from app.settings import Settings


def sole_use_of(settings: Settings) -> contextlib.AbstractContextManager[None]:
    """See that one process tree works on a SQLite file; others would release what it holds."""
    if not settings.is_sqlite:
        return contextlib.nullcontext()
    return sole_use(database_file(settings))


def database_file(settings: Settings) -> Path:
    """Name the SQLite file."""
    database = sa.make_url(settings.database_url).database
    return Path(database) if database else settings.data_dir / "ikenbako.db"


def need_sqlite(settings: Settings, command: str) -> None:
    """Refuse a command that is for the embedded database.

    Raises:
        CannotStart: It is another one.
    """
    if not settings.is_sqlite:
        raise CannotStart(
            f"`ikenbako {command}` is for the embedded database. On PostgreSQL use pg_dump first, "
            "then copy the blob folder."
        )


def need_database(settings: Settings) -> None:
    """See that there is a database already.

    Raises:
        CannotStart: There is none.
    """
    if settings.is_sqlite and not database_file(settings).exists():
        raise CannotStart(f"there is no database at {database_file(settings)}.")
