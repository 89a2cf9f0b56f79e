"""Moving an embedded installation to PostgreSQL, a bucket or a shared folder.

The source is only read. Whatever is brought is held against it: every table by its count and its
hash, every large file by being read back. Cut off at any moment, the same command goes on.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from app.operations.process import CannotStart
from app.storage.blobs import BlobDamaged, BlobStore
from app.storage.copying import (
    NotTaken,
    OtherData,
    TableSum,
    copied_tables,
    copy_table,
    go_on_counting,
    table_sum,
)
from app.storage.queries.proof import ProofQueries

_TOLD_EVERY = 50_000
_BLOBS_TOLD_EVERY = 500


@dataclass(frozen=True, slots=True)
class Store:
    """A database and its large files."""

    engine: sa.Engine
    blobs: BlobStore


@dataclass(slots=True, kw_only=True)
class Moved:
    """What a move brought and found.

    Attributes:
        tables: Each table's sums in the source and in the target; empty where rows stay.
        blobs: How many large files are there, read back and found right.
        brought: How many of them came with this run.
        left_out: Hashes of those that are missing or damaged in the source.
    """

    tables: dict[str, tuple[TableSum, TableSum]] = field(
        default_factory=dict[str, tuple[TableSum, TableSum]]
    )
    blobs: int = 0
    brought: int = 0
    left_out: list[str] = field(default_factory=list[str])

    @property
    def differing(self) -> tuple[str, ...]:
        """Name the tables that are not the same."""
        return tuple(name for name, (there, here) in self.tables.items() if there != here)

    @property
    def is_sound(self) -> bool:
        """Whether everything is there as it was."""
        return not self.differing and not self.left_out


def move(
    source: Store,
    target: Store,
    *,
    rows: bool,
    blobs: bool,
    tell: Callable[[str], None],
) -> Moved:
    """Bring what the target lacks and hold all of it against the source.

    Large files come first: a row never names one that is not there.

    Args:
        source: What is moved; only read.
        target: Where to; its tables are those of this version.
        rows: Whether the database is another one.
        blobs: Whether the store of large files is another one.
        tell: Shows a line.

    Raises:
        CannotStart: The target holds other data, or refuses a row.
        BlobsUnreachable: A store does not answer; the same command goes on later.
        StorageFull: There is no room in the target.
    """
    moved = Moved()
    if rows:
        _refuse_other_data(source.engine, target.engine)
    if blobs:
        _move_blobs(source, target.blobs, moved, tell)
    if rows:
        _move_rows(source.engine, target.engine, moved, tell)
    return moved


def _refuse_other_data(source: sa.Engine, target: sa.Engine) -> None:
    """Look at a little of each table before anything is written; the copy looks at every row."""
    for table in copied_tables():
        first = sa.select(*table.primary_key).limit(1)
        with source.connect() as there, target.connect() as here:
            held = here.execute(first).one_or_none()
            if held is None:
                continue
            same = [column == value for column, value in zip(table.primary_key, held, strict=True)]
            if there.execute(sa.select(sa.literal(1)).where(*same)).one_or_none() is None:
                raise _other(table.name)


def _move_rows(
    source: sa.Engine, target: sa.Engine, moved: Moved, tell: Callable[[str], None]
) -> None:
    for table in copied_tables():
        brought = _Count(table.name, _TOLD_EVERY, tell)
        try:
            copy_table(source, target, table, tell=brought.add)
        except OtherData as error:
            raise _other(error.table) from error
        except NotTaken as error:
            raise CannotStart(
                f"the target does not take a row of {error.table} as it is. Nothing of the source "
                "was changed; run `ikenbako verify` on the source."
            ) from error
    go_on_counting(target)
    for table in copied_tables():
        moved.tables[table.name] = (table_sum(source, table), table_sum(target, table))
        tell(f"{table.name}: {moved.tables[table.name][1].rows}")


def _other(table: str) -> CannotStart:
    return CannotStart(
        f"the target holds other data (table {table}). Give an empty database, or the one in which "
        "the same move was cut off."
    )


def _move_blobs(
    source: Store, target: BlobStore, moved: Moved, tell: Callable[[str], None]
) -> None:
    count = _Count("blobs", _BLOBS_TOLD_EVERY, tell)
    target.begin()
    for sha256 in _named(source.engine):
        if not _holds(target, sha256):
            if not _holds(source.blobs, sha256):
                moved.left_out.append(sha256)
                continue
            target.put_chunks(source.blobs.chunks(sha256))
            if not _holds(target, sha256):
                raise CannotStart(f"the target does not give back blob {sha256} as it was.")
            moved.brought += 1
        moved.blobs += 1
        count.add(1)


def _named(engine: sa.Engine) -> Iterator[str]:
    with ProofQueries(engine).view() as view:
        for sha256, _ in itertools.groupby(view.files_in_blobs(), key=lambda file: file.sha256):
            yield sha256


def _holds(blobs: BlobStore, sha256: str) -> bool:
    """Read a blob to its end, which holds it against its name."""
    try:
        for _chunk in blobs.chunks(sha256):
            pass
    except (FileNotFoundError, BlobDamaged):
        return False
    return True


class _Count:
    """Shows from time to time how far a long work is."""

    def __init__(self, what: str, every: int, tell: Callable[[str], None]) -> None:
        self._what, self._every, self._tell = what, every, tell
        self._done = 0

    def add(self, number: int) -> None:
        before, self._done = self._done, self._done + number
        if before // self._every != self._done // self._every:
            self._tell(f"{self._what}: {self._done} …")
