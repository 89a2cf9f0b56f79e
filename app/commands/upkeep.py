"""`migrate`, `verify`, `backup`, `restore`."""

import argparse
from pathlib import Path

import sqlalchemy as sa

from app.commands.database import database_file, need_database, need_sqlite, sole_use_of
from app.domain import wording
from app.main import open_desk, open_proof, open_store, utc_now
from app.operations import verdict
from app.operations.backup import back_up
from app.operations.backup import restore as put_in_place
from app.operations.process import FAILED, CannotStart
from app.settings import Settings


def backup_options(parser: argparse.ArgumentParser) -> None:
    """Add what `backup` takes."""
    parser.add_argument("file", type=Path, metavar="FILE")


def restore_options(parser: argparse.ArgumentParser) -> None:
    """Add what `restore` takes."""
    backup_options(parser)
    verify_options(parser)


def verify_options(parser: argparse.ArgumentParser) -> None:
    """Add what `verify` takes."""
    parser.add_argument("--language", choices=wording.LANGUAGES, default="ja")


def migrate(settings: Settings, _options: argparse.Namespace) -> int:
    """Bring the tables up to date."""
    with sole_use_of(settings), open_desk(settings):
        print("The database is up to date.")
    return 0


def backup(settings: Settings, options: argparse.Namespace) -> int:
    """Write a backup while the service runs."""
    need_sqlite(settings, "backup")
    need_database(settings)
    try:
        with open_store(settings) as (engine, blobs):
            written = back_up(engine, blobs, options.file.absolute(), now=utc_now())
    except OSError as error:
        raise CannotStart(f"the backup could not be written: {error.strerror}.") from error
    print(f"{options.file} holds the database and {written.blobs} large files.")
    for sha256 in written.left_out:
        print(f"NG blob {sha256} is missing or changed and is not in it: run `ikenbako verify`.")
    return FAILED if written.left_out else 0


def restore(settings: Settings, options: argparse.Namespace) -> int:
    """Put a backup in place where there is nothing yet."""
    need_sqlite(settings, "restore")
    with sole_use_of(settings):
        try:
            with open_store(settings) as (_, blobs):
                put_in_place(options.file, database_file(settings), blobs, tell=print)
        except OSError as error:
            raise CannotStart(f"the backup could not be restored: {error.strerror}.") from error
        with open_desk(settings):
            pass  # which brings the tables up to date
        return verify(settings, options)


def verify(settings: Settings, options: argparse.Namespace) -> int:
    """Look at every row and file."""
    need_database(settings)
    try:
        with open_proof(settings) as proof:
            if proof is not None:
                return 0 if verdict.tell(proof, options.language, print) else FAILED
    except sa.exc.DatabaseError as error:
        words = f"the database cannot be read at all ({type(error.orig).__name__})."
        raise CannotStart(words) from error
    raise CannotStart("the database is of another version: run `ikenbako migrate` first.")
