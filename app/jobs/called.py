"""What reads because a queue calls, as the runner sees it."""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol

from app.domain.submission import Lane

ReadCalled = Callable[[Lane, str, int, int], None]
"""Reads what a job names: its lane, the arrival's id, the job's number, and its attempt from 0."""


class Worker(Protocol):
    """A thread that works until it is told to stop."""

    name: str

    def start(self) -> None:
        """Begin."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""

    def is_alive(self) -> bool:
        """Say whether it goes on."""

    @property
    def ident(self) -> int | None:
        """Its number; None before it was started."""


class Called(Protocol):
    """Makes what reads when a queue calls."""

    def __call__(
        self,
        read: ReadCalled,
        *,
        lanes: Mapping[Lane, int],
        call_forgotten: Callable[[], int],
        call_for_the_dead: Callable[[timedelta], int],
        stop: threading.Event,
    ) -> Worker:
        """Prepare it.

        Args:
            read: Reads what a job names: lane, arrival, the job's number, its attempt from 0.
            lanes: How many arrivals of each lane are read at once.
            call_forgotten: Calls readers for what no job names.
            call_for_the_dead: Calls readers for what silent workers hold.
            stop: Set when work is to end.
        """
