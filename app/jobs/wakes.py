"""Telling waiting lanes that there is work; they also look by themselves, once a second."""

import threading
from collections import Counter

from app.domain.submission import Lane


class Wakes:
    """Counts the calls of each lane, so that a call between looking and waiting is not lost."""

    def __init__(self) -> None:
        """Start with nobody called."""
        self._changed = threading.Condition()
        self._calls: Counter[Lane] = Counter()

    def wake(self, lane: Lane) -> None:
        """Call a lane."""
        with self._changed:
            self._calls[lane] += 1
            self._changed.notify_all()

    def wake_all(self) -> None:
        """Call every lane."""
        for lane in Lane:
            self.wake(lane)

    def seen(self, lanes: frozenset[Lane]) -> int:
        """Give how often any of these lanes was called so far."""
        with self._changed:
            return self._count(lanes)

    def wait(self, lanes: frozenset[Lane], seen: int, seconds: float) -> None:
        """Wait until any of these lanes is called once more, or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._count(lanes) != seen, timeout=seconds)

    def _count(self, lanes: frozenset[Lane]) -> int:
        return sum(self._calls[lane] for lane in lanes)
