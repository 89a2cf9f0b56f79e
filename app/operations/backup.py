"""Putting everything of an embedded installation into one file, and back."""

import hashlib
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from app.operations import archive
from app.operations.archive import About, ArchiveWriter, BadArchive
from app.operations.process import CannotStart
from app.storage.blobs import BlobStore
from app.storage.engine import make_engine
from app.storage.queries.proof import ProofQueries
from app.storage.revision import known, revision_of
from app.storage.snapshot import copy_sqlite


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a backup holds.

    Attributes:
        blobs: How many large files.
        left_out: Hashes of those that are missing or not what was received.
    """

    blobs: int
    left_out: tuple[str, ...]


def back_up(engine: sa.Engine, blobs: BlobStore, target: Path, *, now: datetime) -> Written:
    """Write an archive of everything acknowledged before the call, while the service runs.

    The database is copied first. Every blob it names was durable before its row was, and blobs
    never change, so copying them afterwards misses none.

    Raises:
        CannotStart: The file exists already, or there are no tables.
        OSError: It cannot be written.
    """
    revision = revision_of(engine)
    if revision is None:
        raise CannotStart("the database is empty: there is nothing to back up.")
    if target.exists():
        raise CannotStart(f"{target} exists already and is not overwritten.")
    about = About(version=version("ikenbako"), revision=revision, created_at=now.isoformat())
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        copy, part = Path(folder) / archive.DATABASE, Path(folder) / "archive"
        copy_sqlite(engine, copy)
        with part.open("xb") as file, (Path(folder) / archive.SUMS).open("x+b") as sums:
            writer = ArchiveWriter(file, sums, about)
            with copy.open("rb") as database:
                sha256 = hashlib.file_digest(database, "sha256").hexdigest()
                database.seek(0)
                writer.add(archive.DATABASE, database, copy.stat().st_size, sha256)
            written = _add_blobs(writer, copy, blobs)
            writer.end()
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    _sync(target.parent)
    return written


def _add_blobs(writer: ArchiveWriter, database: Path, blobs: BlobStore) -> Written:
    engine = make_engine(f"sqlite:///{database}")
    count, left_out = 0, []
    try:
        with ProofQueries(engine).view() as view:
            for sha256, _ in itertools.groupby(view.files_in_blobs(), key=lambda file: file.sha256):
                size = _sound_size(blobs, sha256)
                if size is None:
                    left_out.append(sha256)
                    continue
                writer.add_blob(sha256, blobs.chunks(sha256), size)
                count += 1
    finally:
        engine.dispose()
    return Written(blobs=count, left_out=tuple(left_out))


def _sound_size(blobs: BlobStore, sha256: str) -> int | None:
    """Read a blob before its size is written; None where it is not what was received."""
    size = 0
    try:
        for chunk in blobs.chunks(sha256):
            size += len(chunk)
    except OSError:
        return None
    return size


def restore(source: Path, database: Path, blobs: BlobStore, *, tell: Callable[[str], None]) -> None:
    """Put an archive in place; nothing that is there is overwritten.

    The database comes last: before it is in place there is nothing, and restoring again goes on.

    Raises:
        CannotStart: There is a database already, or the archive is not sound.
        OSError: It cannot be read or written.
        StorageFull: There is no room.
    """
    for each in ("", "-wal", "-shm"):
        taken = database.with_name(database.name + each)
        if taken.exists():
            raise CannotStart(f"{taken} exists already and is not overwritten. Move it away first.")
    part = database.with_name(f"{database.name}.restoring")
    part.unlink(missing_ok=True)
    blobs.begin()
    try:
        with source.open("rb") as file:
            for name, chunks in archive.members(file):
                if name == archive.ABOUT:
                    tell(_accepted(archive.about(chunks)))
                elif name == archive.DATABASE:
                    _write(part, chunks)
                elif name == archive.SUMS:
                    for _ in chunks:
                        pass
                else:
                    blobs.put_chunks(chunks)
    except BadArchive as error:
        part.unlink(missing_ok=True)
        raise CannotStart(f"{source} is not restored: {error}.") from error
    part.rename(database)
    _sync(database.parent)


def _accepted(about: About) -> str:
    if about.revision not in known():
        raise BadArchive(f"version {about.version}, which is newer, wrote it")
    return f"Restoring what ikenbako {about.version} held at {about.created_at}."


def _write(target: Path, chunks: Iterator[bytes]) -> None:
    with target.open("xb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
