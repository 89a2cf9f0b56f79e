"""`migrate-store`: an embedded installation goes over to what the settings name."""

import argparse
import contextlib
import os
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from app.commands.database import database_file
from app.domain.envelope import in_japan
from app.main import open_desk, open_store, utc_now
from app.operations.move import Moved, Store, move
from app.operations.process import FAILED, CannotStart, sole_use
from app.settings import Settings
from app.storage.copying import derived_tables
from app.storage.in_use import InUse, held_for_a_move
from app.storage.revision import is_current


def migrate_store_options(parser: argparse.ArgumentParser) -> None:
    """Add what `migrate-store` takes."""
    parser.add_argument(
        "--from",
        dest="source",
        type=Path,
        required=True,
        metavar="DIR",
        help="the IKENBAKO_DATA_DIR that is moved; the settings name where to",
    )
    parser.add_argument(
        "--from-blobs", type=Path, metavar="DIR", help="its large files, if not DIR/blobs"
    )
    parser.add_argument(
        "--report", type=Path, required=True, metavar="FILE", help="a new file for the report"
    )


def migrate_store(settings: Settings, options: argparse.Namespace) -> int:
    """Bring rows and large files over, hold them against the source, and write down what came."""
    source_settings = _source(options.source, options.from_blobs)
    file = database_file(source_settings)
    rows = not settings.is_sqlite
    blobs = settings.blob_url != source_settings.blob_url
    _refuse(settings, file, rows=rows, blobs=blobs)
    report: Path = options.report.absolute()
    if report.exists():
        raise CannotStart(f"{report} exists already and is not overwritten.")
    begun = utc_now()
    with sole_use(file), open_store(source_settings) as (engine, folder):
        if not is_current(engine):
            raise CannotStart("the source is of another version: run `ikenbako migrate` on it.")
        if rows:
            with open_desk(settings):
                pass  # which makes the tables
        with open_store(settings) as (other, store), contextlib.ExitStack() as alone:
            target = Store(other if rows else engine, store if blobs else folder)
            if rows:
                _alone_on(other, alone)
            moved = move(Store(engine, folder), target, rows=rows, blobs=blobs, tell=_tell)
    lines = list(_report(moved, file, settings, begun))
    _write(report, lines)
    for line in lines:
        print(line)
    return 0 if moved.is_sound else FAILED


def _alone_on(target: sa.Engine, stack: contextlib.ExitStack) -> None:
    try:
        stack.enter_context(held_for_a_move(target))
    except InUse as error:
        raise CannotStart(
            "another move or a service works on the target. Stop it first; a move that was cut "
            "off goes on with the same command."
        ) from error


def _tell(line: str) -> None:
    print(line, flush=True)


def _source(folder: Path, blobs: Path | None) -> Settings:
    place = (blobs or folder / "blobs").absolute()
    return Settings(
        data_dir=folder,
        database_url=f"sqlite:///{folder / 'ikenbako.db'}",
        blob_url=place.as_uri(),
    )


def _refuse(settings: Settings, file: Path, *, rows: bool, blobs: bool) -> None:
    """See that there is something to move, and that it goes elsewhere.

    Raises:
        CannotStart: There is not, or it does not.
    """
    if not file.exists():
        raise CannotStart(f"there is no database at {file}.")
    if not rows and database_file(settings).absolute() != file.absolute():
        raise CannotStart(
            "the settings name another SQLite file: set IKENBAKO_DATABASE_URL to PostgreSQL, or "
            "take `ikenbako backup` and `ikenbako restore`."
        )
    if not rows and not blobs:
        raise CannotStart(
            "the settings name the source itself: set IKENBAKO_DATABASE_URL or IKENBAKO_BLOB_URL "
            "to where it shall go."
        )


def _report(moved: Moved, file: Path, settings: Settings, begun: datetime) -> Iterator[str]:
    """Say what is where now; no address here holds a password."""
    target = sa.make_url(settings.database_url).render_as_string(hide_password=True)
    yield f"ikenbako {version('ikenbako')} migrate-store（保存先の移行の記録）"
    yield f"開始 {in_japan(begun).isoformat(timespec='seconds')}"
    yield f"終了 {in_japan(utc_now()).isoformat(timespec='seconds')}"
    yield f"移行元 {file.absolute()}"
    yield f"移行先 {target}"
    yield f"大きな原本の移行先 {settings.blob_url}"
    for name, (there, here) in moved.tables.items():
        mark = "OK" if there == here else "NG"
        yield f"{mark} {name}: {there.rows} → {here.rows} 行"
        yield f"   {there.sha256} → {here.sha256}"
    if moved.tables:
        for table in derived_tables():
            yield f"-- {table.name}: 写さず、移行先で作り直します。"
    yield f"大きな原本 {moved.blobs}件（うち今回写したもの {moved.brought}件）を読み戻して確認"
    for sha256 in moved.left_out:
        yield f"NG {sha256}: 移行元にないか、壊れています（移行元で ikenbako verify）。"
    yield (
        "すべて一致しました。"
        if moved.is_sound
        else "一致しないものがあります。移行元を使い続けてください。"
    )


def _write(file: Path, lines: list[str]) -> None:
    with file.open("x", encoding="utf-8") as report:
        report.writelines(f"{line}\n" for line in lines)
        report.flush()
        os.fsync(report.fileno())
