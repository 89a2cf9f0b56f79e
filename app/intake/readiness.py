"""Whether something that arrives now could be kept."""

import threading
import time

from app.domain.errors import BlobsUnreachable, Unavailable
from app.intake.desk import Desk

SECONDS = 1.0
"""So long an answer holds: anybody may ask, and each look writes and syncs."""


class Readiness:
    """Remembers for a moment that an arrival could be kept; a failure is never remembered."""

    def __init__(self) -> None:
        """Start without knowing."""
        self._lock = threading.Lock()
        self._good_until = 0.0

    def check(self, desk: Desk) -> None:
        """Look, or take the word of a look a moment ago.

        Raises:
            Unavailable: An arrival could not be kept now.
        """
        with self._lock:
            if time.monotonic() < self._good_until:
                return
            check(desk)
            self._good_until = time.monotonic() + SECONDS


def check(desk: Desk) -> None:
    """Write and sync a little, to the database and to the blob store.

    Raises:
        Unavailable: An arrival could not be kept now.
    """
    try:
        desk.writer.run(lambda repositories: repositories.counters.step("readiness"))
    except Unavailable as error:
        raise Unavailable from error
    if not desk.blobs.writable():
        raise BlobsUnreachable
