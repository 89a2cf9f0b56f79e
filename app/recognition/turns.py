"""Taking turns at the processors: whoever waits longest is next, so nobody waits for ever."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """So many places, given in the order in which they were asked for.

    A stack of many hundred pages asks again after a few of them and stands behind everybody who
    came meanwhile; so each of them waits for no more than one turn of everybody before.
    """

    def __init__(self, places: int) -> None:
        """Offer so many places."""
        self._lock = threading.Lock()
        self._free = places
        self._waiting: deque[threading.Event] = deque()

    def queued(self) -> bool:
        """Say whether somebody waits for a place."""
        with self._lock:
            return bool(self._waiting)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a place, hold it, and hand it to whoever waited longest."""
        called = self._ask()
        if called is not None:
            called.wait()
        try:
            yield
        finally:
            self._hand_on()

    def _ask(self) -> threading.Event | None:
        with self._lock:
            if self._free:
                self._free -= 1
                return None
            called = threading.Event()
            self._waiting.append(called)
            return called

    def _hand_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
