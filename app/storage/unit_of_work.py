"""Units of work: one function over the repositories, done and synced, or not done at all.

A use case hands a function to a ``Writer`` and gets its result once the transaction that ran it
is on disk. On SQLite one thread takes the functions that wait, runs each under a savepoint of one
``BEGIN IMMEDIATE`` and commits once, so that many callers share one fsync and writers never meet.
On PostgreSQL each function is a transaction of its own, since the server groups commits itself.
A function may be run again when the transaction around it broke, so it does nothing but write.

What comes by the thousand joins instead: one function is called once for all that wait with it, and
writes them together. That saves the database a statement for each of a record's rows.
"""

import asyncio
import contextlib
import functools
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar, cast

import sqlalchemy as sa
from prometheus_client import Histogram

from app.domain.errors import Overloaded, Refusal, StorageFull, Unavailable
from app.storage.checkpoints import Checkpoints
from app.storage.repositories.unit import Repositories
from app.storage.waiting import (
    GROUP,
    Gathering,
    Job,
    Together,
    Unit,
    Waiting,
    groups,
    guest,
    units,
)

T = TypeVar("T")
P = TypeVar("P")
WAITING = 10_000
"""Functions that may wait; beyond it the caller is told to come again."""
_GROUPS = Histogram(
    "ikenbako_commit_group_size",
    "Units of work that shared one commit.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, GROUP),
)
_WRITER_CACHE_KB = 16 * 1024
"""Of the database's pages; new rows touch some fifteen indexes all over."""
_PATIENCE_SECONDS = 0.002
"""A transaction on PostgreSQL is a dozen journeys, whether for one item or for thirty."""
_RETRIED = ("40001", "40P01")  # serialization failure, deadlock
_NOT_NOW = (sa.exc.OperationalError, sa.exc.TimeoutError)
"""The server is away, the file is locked, or every connection of the pool is taken."""


class Writer(Protocol):
    """Runs functions over the repositories, each in a durable transaction."""

    def run(self, work: Callable[[Repositories], T]) -> T:
        """Run a function and wait until what it wrote is synced.

        Raises:
            StorageFull: The disk is full; nothing was written.
            Overloaded: Too many wait; nothing was written.
            Unavailable: The database cannot be written now; nothing was written.
            Exception: Whatever the function raised; nothing it did was kept.
        """

    def run_each(self, works: Sequence[Callable[[Repositories], T]]) -> tuple[T | Exception, ...]:
        """Run several functions that share a commit, and wait until what they wrote is synced.

        Each stands for itself: the error of one undoes what it wrote and nothing of the others.

        Returns:
            For each function what it gave, or the error that ``run`` would raise.
        """

    async def run_async(self, work: Callable[[Repositories], T]) -> T:
        """Do the same as ``run`` without blocking the event loop."""

    async def join(self, together: Together[P, T], item: P) -> T:
        """Have an item written with all others that wait for the same function.

        When that function raises, each of its items is tried alone, so that none suffers for
        another; a refusal it gives back for an item is raised here.

        Raises:
            Refusal: The item was refused, or one of the reasons of ``run``.
            Exception: Whatever the function raised for the item alone.
        """

    def close(self) -> None:
        """Finish what waits and stop."""


class GroupWriter:
    """The SQLite writer: one thread, many functions, one commit."""

    def __init__(self, engine: sa.Engine) -> None:
        """Start the writer thread."""
        self._engine = engine.execution_options(ikenbako_writes=True)
        self._waiting = Waiting(WAITING)
        self._kept: sa.Connection | None = None
        self._untold: list[Unit] = []
        self._gathering = Gathering(self._waiting.enter)
        self._checkpoints = Checkpoints(engine)
        self._thread = threading.Thread(target=self._loop, name="writer", daemon=True)
        self._thread.start()

    def _submit(self, *works: Callable[[Repositories], T]) -> "list[Future[T]]":
        jobs = [Job(work, Future()) for work in works]
        for job in jobs:
            # From here on nobody can cancel it: a cancelled one could not be told, which would
            # end the thread that serves everybody.
            job.done.set_running_or_notify_cancel()
        self._waiting.enter(jobs)
        return [job.done for job in jobs]

    def run(self, work: Callable[[Repositories], T]) -> T:
        """Run a function and wait until what it wrote is synced."""
        (done,) = self._submit(work)
        return done.result()

    def run_each(self, works: Sequence[Callable[[Repositories], T]]) -> tuple[T | Exception, ...]:
        """Run several functions that share a commit."""
        if not works:
            return ()
        try:
            return tuple(_outcome(done.result) for done in self._submit(*works))
        except (Overloaded, Unavailable) as error:
            return (error,) * len(works)

    async def run_async(self, work: Callable[[Repositories], T]) -> T:
        """Do the same without blocking the event loop."""
        (done,) = self._submit(work)
        # Shielded: a client that hangs up must not cancel what others share a commit with.
        return await asyncio.shield(asyncio.wrap_future(done))

    async def join(self, together: Together[P, T], item: P) -> T:
        """Have an item written with all others that wait for the same function."""
        joined = guest(together, item)
        self._gathering.add(joined)
        return cast("T", await joined.done)

    def close(self) -> None:
        """Finish what waits and stop."""
        self._waiting.close()
        self._thread.join()
        self._checkpoints.close()

    def _loop(self) -> None:
        try:
            for group in groups(self._waiting):
                self._commit(units(group))
                if not self._waiting.count:
                    self._tell()  # else when those who wait are about to be synced
                self._checkpoints.tell()
                _GROUPS.observe(len(group))
        finally:
            self._tell()
            self._disconnect()

    def _tell(self) -> None:
        """Let go of those who were committed, when it costs nobody else the interpreter.

        What they do next is done while this thread waits: for the disk, or for more to write.
        """
        told, self._untold = self._untold, []
        for unit in told:
            unit.tell()

    def _connection(self) -> sa.Connection:
        """Give the writer's own connection.

        Nobody else writes, so the pages it keeps stay true; any other connection would have to
        read them anew after each commit.
        """
        if self._kept is None:
            self._kept = self._engine.connect()
            cursor = self._kept.connection.cursor()
            cursor.execute(f"PRAGMA cache_size=-{_WRITER_CACHE_KB}")
            # What a savepoint would put back is kept in memory, not in a file of its own.
            cursor.execute("PRAGMA temp_store=MEMORY")
            cursor.close()
        return self._kept

    def _disconnect(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    def _commit(self, waiting: Sequence[Unit]) -> None:
        try:
            connection = self._connection()
            with connection.begin():
                repositories = Repositories(connection)
                for unit in waiting:
                    if isinstance(unit, Job):
                        self._tell()  # one caller's function may take its time
                    _attempt(connection, repositories, unit)
                self._tell()
        except BaseException as error:  # noqa: BLE001 - told to every caller below, never swallowed
            self._tell()
            with contextlib.suppress(sa.exc.SQLAlchemyError):
                self._disconnect()
            parts = [part for unit in waiting for part in unit.parts()]
            if len(parts) > 1:
                # One of them broke the transaction for all: let each stand for itself.
                for part in parts:
                    self._commit([part])
                return
            parts[0].fail(_translate(error))
        self._untold.extend(waiting)


def _outcome(result: Callable[[], T]) -> T | Exception:
    try:
        return result()
    except Exception as error:  # noqa: BLE001 - handed to the caller, who tells it apart
        return error


def _attempt(connection: sa.Connection, repositories: Repositories, unit: Unit) -> None:
    """Write one unit under a savepoint; its own error is its caller's alone.

    That error may rest on what another unit of the group wrote, so it is not told either before
    all of them are committed.
    """
    # Straight to the driver: twice for every unit, what lies between costs more than they do.
    cursor = connection.connection.cursor()
    cursor.execute("SAVEPOINT work")
    try:
        unit.attempt(repositories)
    except Exception as error:
        if _breaks_transaction(error):
            raise
        cursor.execute("ROLLBACK TO work")
        parts = unit.parts()
        if len(parts) > 1:
            for part in parts:
                _attempt(connection, repositories, part)
            # Its parts have noted what came of each of its callers.
        else:
            unit.fail(error)
    cursor.execute("RELEASE work")
    cursor.close()


def _breaks_transaction(error: Exception) -> bool:
    """Say whether the whole transaction is lost (disk full, I/O error), not one function."""
    return isinstance(error, sa.exc.OperationalError)


def _translate(error: BaseException) -> BaseException:
    """Turn a database's word for a full disk or an absent server into ours."""
    original = getattr(error, "orig", error)
    if isinstance(original, sqlite3.Error) and "full" in str(original):
        return StorageFull()
    if getattr(original, "sqlstate", None) == "53100":  # PostgreSQL disk_full
        return StorageFull()
    if isinstance(error, _NOT_NOW):
        refusal = Unavailable()
        refusal.__cause__ = error
        return refusal
    return error


class PlainWriter:
    """The PostgreSQL writer: each function a transaction of its own, on a few threads."""

    ATTEMPTS = 5

    def __init__(self, engine: sa.Engine, *, threads: int = 8) -> None:
        """Use a pool of threads for callers that must not block."""
        self._engine = engine
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="writer")
        self._places = threading.BoundedSemaphore(WAITING)
        self._closed = False
        self._guests = Waiting(WAITING)
        self._gathering = Gathering(self._guests.enter)
        self._host = threading.Thread(target=self._receive_guests, name="host", daemon=True)
        self._host.start()

    def run(self, work: Callable[[Repositories], T]) -> T:
        """Run a function in a transaction of its own; a deadlock's victim tries again."""
        if self._closed:
            raise Unavailable
        for attempt in range(1, self.ATTEMPTS + 1):
            try:
                with self._engine.begin() as connection:
                    return work(Repositories(connection))
            except Refusal:
                raise
            except sa.exc.TimeoutError as error:
                raise _translate(error) from error
            except sa.exc.DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                if state not in _RETRIED or attempt == self.ATTEMPTS:
                    raise _translate(error) from error
                time.sleep(0.01 * attempt)
        raise Unavailable

    def run_each(self, works: Sequence[Callable[[Repositories], T]]) -> tuple[T | Exception, ...]:
        """Run several functions in one transaction; if that breaks, each in one of its own."""
        if not works:
            return ()
        if self._closed:
            return (Unavailable(),) * len(works)
        jobs = [Job(work, Future()) for work in works]
        try:
            with self._engine.begin() as connection:
                repositories = Repositories(connection)
                for job in jobs:
                    _attempt(connection, repositories, job)
        except (sa.exc.DBAPIError, sa.exc.TimeoutError):
            return tuple(_outcome(functools.partial(self.run, work)) for work in works)
        for job in jobs:
            job.tell()
        return tuple(_outcome(job.done.result) for job in jobs)

    async def run_async(self, work: Callable[[Repositories], T]) -> T:
        """Do the same without blocking the event loop."""
        if not self._places.acquire(blocking=False):
            raise Overloaded
        try:
            future = self._pool.submit(self.run, work)
        except RuntimeError:  # the pool is shut down
            self._places.release()
            raise Unavailable from None
        future.add_done_callback(lambda _done: self._places.release())
        return await asyncio.shield(asyncio.wrap_future(future))

    async def join(self, together: Together[P, T], item: P) -> T:
        """Have an item written with all others that wait for the same function."""
        joined = guest(together, item)
        self._gathering.add(joined)
        return cast("T", await joined.done)

    def close(self) -> None:
        """Finish what waits and stop."""
        self._guests.close()
        self._host.join()
        self._pool.shutdown()
        self._closed = True

    def _receive_guests(self) -> None:
        for group in groups(self._guests, patience=_PATIENCE_SECONDS):
            _GROUPS.observe(len(group))
            for party in units(group):
                self._host_party(party)

    def _host_party(self, party: Unit) -> None:
        try:
            self.run(party.attempt)
        except Refusal as refusal:  # the database is away or full: alone it would fare no better
            party.fail(refusal)
        except BaseException:  # noqa: BLE001 - told to the callers below, never swallowed
            # Each once more by itself, a single one too: what another process wrote meanwhile
            # is seen by then (an Idempotency-Key used twice at the same moment).
            for part in party.parts():
                try:
                    self.run(part.attempt)
                except BaseException as error:  # noqa: BLE001 - told, never swallowed
                    part.fail(error)
        party.tell()


def make_writer(engine: sa.Engine) -> Writer:
    """Make the writer that fits the database."""
    return GroupWriter(engine) if engine.dialect.name == "sqlite" else PlainWriter(engine)


@contextlib.contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a plain read transaction: one consistent view, no lock on writers.

    Raises:
        Unavailable: The database cannot be asked now.
    """
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                # Its default gives every statement a view of its own; sums would not add up.
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection
    except _NOT_NOW as error:
        raise _translate(error) from error
