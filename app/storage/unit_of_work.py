"""Units of work: one function over the repositories, done and synced, or not done at all.

A use case hands a function to a ``Writer`` and gets its result once the transaction that ran it
is on disk. On SQLite one thread takes the functions that wait, runs each under a savepoint of one
``BEGIN IMMEDIATE`` and commits once, so that many callers share one fsync and writers never meet.
On PostgreSQL each function is a transaction of its own, since the server groups commits itself.
A function may be run again when the transaction around it broke, so it does nothing but write.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa

from app.domain.errors import Overloaded, Refusal, StorageFull, Unavailable
from app.storage.repositories.unit import Repositories

T = TypeVar("T")
GROUP = 256
"""Functions that share one commit at most; bounds how long the first of them waits."""
WAITING = 10_000
"""Functions that may wait; beyond it the caller is told to come again."""
_RETRIED = ("40001", "40P01")  # serialization failure, deadlock


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

    async def run_async(self, work: Callable[[Repositories], T]) -> T:
        """Do the same without blocking the event loop."""

    def close(self) -> None:
        """Finish what waits and stop."""


@dataclass(slots=True)
class _Job:
    work: Callable[[Repositories], Any]  # Any: each caller's own result type
    done: "Future[Any]"
    result: Any = None


class GroupWriter:
    """The SQLite writer: one thread, many functions, one commit."""

    def __init__(self, engine: sa.Engine) -> None:
        """Start the writer thread."""
        self._engine = engine.execution_options(ikenbako_writes=True)
        self._waiting: queue.Queue[_Job | None] = queue.Queue(WAITING)
        self._closed = False
        self._thread = threading.Thread(target=self._loop, name="writer", daemon=True)
        self._thread.start()

    def _submit(self, work: Callable[[Repositories], T]) -> "Future[T]":
        if self._closed:
            raise Unavailable
        job = _Job(work, Future())
        try:
            self._waiting.put_nowait(job)
        except queue.Full:
            raise Overloaded from None
        return job.done

    def run(self, work: Callable[[Repositories], T]) -> T:
        """Run a function and wait until what it wrote is synced."""
        return self._submit(work).result()

    async def run_async(self, work: Callable[[Repositories], T]) -> T:
        """Do the same without blocking the event loop."""
        # Shielded: a client that hangs up must not cancel what others share a commit with.
        return await asyncio.shield(asyncio.wrap_future(self._submit(work)))

    def close(self) -> None:
        """Finish what waits and stop."""
        if not self._closed:
            self._closed = True
            self._waiting.put(None)
            self._thread.join()

    def _loop(self) -> None:
        while (first := self._waiting.get()) is not None:
            group, last = [first], False
            while len(group) < GROUP:
                try:
                    job = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if job is None:
                    last = True
                    break
                group.append(job)
            self._commit(group)
            if last:
                return

    def _commit(self, group: list[_Job]) -> None:
        ran: list[_Job] = []
        try:
            with self._engine.connect() as connection, connection.begin():
                repositories = Repositories(connection)
                ran.extend(job for job in group if _attempt(connection, repositories, job))
        except BaseException as error:  # noqa: BLE001 - told to every caller below, never swallowed
            waiting = [job for job in group if not job.done.done()]
            if len(waiting) > 1:
                # One of them broke the transaction for all: let each stand for itself.
                for job in waiting:
                    self._commit([job])
            else:
                for job in waiting:
                    job.done.set_exception(_translate(error))
            return
        for job in ran:
            job.done.set_result(job.result)


def _attempt(connection: sa.Connection, repositories: Repositories, job: _Job) -> bool:
    """Run one function under a savepoint; its own error is its caller's alone."""
    connection.exec_driver_sql("SAVEPOINT work")
    try:
        job.result = job.work(repositories)
    except Exception as error:
        if _breaks_transaction(error):
            raise
        connection.exec_driver_sql("ROLLBACK TO work")
        connection.exec_driver_sql("RELEASE work")
        job.done.set_exception(error)
        return False
    connection.exec_driver_sql("RELEASE work")
    return True


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
    if isinstance(error, sa.exc.OperationalError):
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
        self._closed = False

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
            except sa.exc.DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                if state not in _RETRIED or attempt == self.ATTEMPTS:
                    raise _translate(error) from error
                time.sleep(0.01 * attempt)
        raise Unavailable

    async def run_async(self, work: Callable[[Repositories], T]) -> T:
        """Do the same without blocking the event loop."""
        future = self._pool.submit(self.run, work)
        return await asyncio.shield(asyncio.wrap_future(future))

    def close(self) -> None:
        """Finish what waits and stop."""
        self._pool.shutdown()
        self._closed = True


def make_writer(engine: sa.Engine) -> Writer:
    """Make the writer that fits the database."""
    return GroupWriter(engine) if engine.dialect.name == "sqlite" else PlainWriter(engine)


@contextlib.contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a plain read transaction: one consistent view, no lock on writers."""
    with engine.connect() as connection, connection.begin():
        yield connection
