"""Keys that were looked up a moment ago, so that a busy gateway costs no query per request."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from app.domain.access import Actor
from app.intake import keys
from app.intake.desk import Desk

SECONDS = 5.0
"""So long at most does a key still open that another process revoked; one revoked here does not."""
LOOKING_UP = 1.0
"""So long at most the old answer stands in for one that is being looked up."""
_MOST = 10_000


class KeyRing:
    """Remembers for a few seconds whose key is whose; holds hashes, never a key."""

    def __init__(
        self,
        authenticate: Callable[[Desk, str], Actor | None] = keys.authenticate,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look keys up by a function."""
        self._authenticate = authenticate
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, Actor | None]] = OrderedDict()
        self._generation = 0

    def remembered(self, key: str) -> tuple[bool, Actor | None]:
        """Say whether a key was looked up just now, and whose it is.

        When that was too long ago, one caller is sent to look it up again; the others are
        answered as before until it comes back, lest all of a busy gateway's requests go.
        """
        digest = keys.digest(key)
        now = self._clock()
        with self._lock:
            until, actor = self._known.get(digest, (0.0, None))
            if until > now:
                return True, actor
            if digest in self._known:
                self._known[digest] = (now + LOOKING_UP, actor)
        return False, None

    def look_up(self, desk: Desk, key: str) -> Actor | None:
        """Look a key up and remember the answer."""
        generation = self._generation
        actor = self._authenticate(desk, key)
        with self._lock:
            # What was read before a revocation must not be remembered after it.
            if generation == self._generation:
                self._known[keys.digest(key)] = (self._clock() + SECONDS, actor)
                while len(self._known) > _MOST:
                    self._known.popitem(last=False)
        return actor

    def forget(self) -> None:
        """Forget everything, after a key was revoked."""
        with self._lock:
            self._generation += 1
            self._known.clear()
