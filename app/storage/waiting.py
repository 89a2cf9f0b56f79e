"""What waits for a writer: functions of one caller each, and items that join others."""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future  # noqa: TC003 - read by the dataclass
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from app.domain.errors import Overloaded, Refusal, Unavailable
from app.storage.repositories.unit import Repositories

P = TypeVar("P")
R = TypeVar("R")
Together = Callable[[Repositories, Sequence[P]], Sequence[R | Refusal]]
"""Writes many items in one transaction; gives a result for each, or why it was refused."""

GROUP = 256
"""Functions that share one commit at most; bounds how long the first of them waits."""


class Unit(Protocol):
    """What is written under one savepoint."""

    def attempt(self, repositories: Repositories) -> None:
        """Do it; raises what it raises."""

    def fail(self, error: BaseException) -> None:
        """Note why it was undone."""

    def tell(self) -> None:
        """Let the callers go; only what was committed, or undone for good, may be told."""

    def parts(self) -> "Sequence[Unit]":
        """Give the units it falls apart into; itself alone when it is one already."""


@dataclass(slots=True)
class Job:
    """One function of one caller.

    Attributes:
        work: The function.
        done: What its caller waits for.
        result: What it gave.
        error: Why it was undone, if it was.
    """

    work: Callable[[Repositories], Any]  # Any: each caller's own result type
    done: "Future[Any]"
    result: Any = None
    error: BaseException | None = None

    def attempt(self, repositories: Repositories) -> None:
        """Do it; raises what it raises."""
        self.error = None
        self.result = self.work(repositories)

    def fail(self, error: BaseException) -> None:
        """Note why it was undone."""
        self.error = error

    def tell(self) -> None:
        """Let the callers go."""
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.result)

    def parts(self) -> Sequence[Unit]:
        """Give the units it falls apart into."""
        return [self]


@dataclass(slots=True, eq=False)
class Guest:
    """One item that joined others, and who waits for it."""

    together: Together[Any, Any]
    item: Any
    loop: asyncio.AbstractEventLoop
    done: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None


@dataclass(slots=True)
class Party:
    """Items that are written by one call."""

    guests: Sequence[Guest]

    def attempt(self, repositories: Repositories) -> None:
        """Do it; raises what it raises."""
        together = self.guests[0].together
        results = together(repositories, [each.item for each in self.guests])
        for guest, result in zip(self.guests, results, strict=True):
            refused = isinstance(result, Refusal)
            guest.result, guest.error = (None, result) if refused else (result, None)

    def fail(self, error: BaseException) -> None:
        """Note why it was undone."""
        for guest in self.guests:
            guest.error = error

    def tell(self) -> None:
        """Let the callers go."""
        by_loop: dict[asyncio.AbstractEventLoop, list[Guest]] = {}
        for guest in self.guests:
            by_loop.setdefault(guest.loop, []).append(guest)
        for loop, guests in by_loop.items():
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_let_go, guests)

    def parts(self) -> Sequence[Unit]:
        """Give the units it falls apart into."""
        if len(self.guests) == 1:
            return [self]
        return [Party([each]) for each in self.guests]


def _let_go(guests: Iterable[Guest]) -> None:
    for guest in guests:
        if guest.done.cancelled():  # its client hung up; what it sent is recorded all the same
            continue
        if guest.error is not None:
            guest.done.set_exception(guest.error)
        else:
            guest.done.set_result(guest.result)


def units(waiting: Iterable[Job | Guest]) -> list[Unit]:
    """Bring guests of one function together; they come first, as they are many and quickly done."""
    jobs: list[Unit] = []
    parties: dict[object, list[Guest]] = {}
    for each in waiting:
        if isinstance(each, Job):
            jobs.append(each)
        else:
            parties.setdefault(each.together, []).append(each)
    return [*map(Party, parties.values()), *jobs]


def guest(together: Together[P, R], item: P) -> Guest:
    """Say who waits for an item: the coroutine that runs now."""
    loop = asyncio.get_running_loop()
    return Guest(together, item, loop, loop.create_future())


class Gathering:
    """Holds items back until an event loop has gone through all that it read with them.

    The first of thirty requests that come at once would else be written alone, and the others
    wait for its sync.
    """

    def __init__(self, enter: Callable[[Sequence[Guest]], None]) -> None:
        """Hand items on together, to what takes them or raises why it does not."""
        self._enter = enter
        self._held: dict[asyncio.AbstractEventLoop, list[Guest]] = {}

    def add(self, joined: Guest) -> None:
        """Take an item, from within its own loop."""
        held = self._held.get(joined.loop)
        if held is None:
            self._held[joined.loop] = [joined]
            joined.loop.call_soon(self._hand_on, joined.loop)
        else:
            held.append(joined)

    def _hand_on(self, loop: asyncio.AbstractEventLoop) -> None:
        held = self._held.pop(loop)
        try:
            self._enter(held)
        except Refusal as refusal:
            for each in held:
                each.error = refusal
            _let_go(held)


class Waiting:
    """What waits for one thread, in the order in which it came."""

    def __init__(self, room: int) -> None:
        """Let so many functions and items wait at once."""
        self._room = room
        self._came: queue.SimpleQueue[Sequence[Job | Guest] | None] = queue.SimpleQueue()
        self._count = 0
        self._closed = False
        # Nothing may come in behind the sign that ends the thread: its caller would wait for ever.
        self._entry = threading.Lock()

    def enter(self, some: Sequence[Job | Guest]) -> None:
        """Take some in, all of them or none.

        Raises:
            Unavailable: It is closed.
            Overloaded: There is no room for them.
        """
        with self._entry:
            if self._closed:
                raise Unavailable
            if self._count + len(some) > self._room:
                raise Overloaded
            self._count += len(some)
            self._came.put(some)

    def close(self) -> None:
        """Take no more in."""
        with self._entry:
            if not self._closed:
                self._closed = True
                self._came.put(None)

    @property
    def count(self) -> int:
        """How many wait."""
        return self._count

    def take(self, *, wait: bool) -> Sequence[Job | Guest] | None:
        """Give those that came in together; None says that no more comes.

        Raises:
            Empty: There are none, and they are not to be waited for.
        """
        some = self._came.get(block=wait)
        if some is not None:
            with self._entry:
                self._count -= len(some)
        return some


def groups(waiting: Waiting, *, patience: float = 0.0) -> Iterator[list[Job | Guest]]:
    """Give what waits, as much at once as there is, until no more comes.

    Args:
        waiting: Where it waits.
        patience: Seconds to wait for more where there is far less than the last time: those who
            were answered together come again together, the first of them a moment earlier.
    """
    before = 0
    while (first := waiting.take(wait=True)) is not None:
        if patience and (len(first) + waiting.count) * 2 < before:
            time.sleep(patience)
        group, last = list(first), False
        while len(group) < GROUP and not last:
            try:
                more = waiting.take(wait=False)
            except queue.Empty:
                break
            last = more is None
            group.extend(more or ())
        before = len(group)
        yield group
        if last:
            return
