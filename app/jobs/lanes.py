"""Loops that never end before they are told to: one bad item never stops a lane."""

import logging
import threading
from collections.abc import Callable

from app.domain.submission import Lane
from app.jobs.wakes import Wakes

IDLE_SECONDS = 1.0
"""How long a lane waits before it looks by itself: work of another process calls nobody here."""
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_log = logging.getLogger(__name__)


class LaneThread(threading.Thread):
    """Does one thing again and again."""

    def __init__(
        self,
        name: str,
        once: Callable[[], bool],
        *,
        wakes: Wakes,
        lanes: frozenset[Lane],
        stop: threading.Event,
    ) -> None:
        """Prepare a lane.

        Args:
            name: Its name in the log.
            once: Does one item and says whether there was one.
            wakes: Calls it.
            lanes: Whose calls concern it.
            stop: Set when it is to end.
        """
        # A daemon: a reading that takes long must not keep a stopped program alive. What it held
        # is taken back at the next start.
        super().__init__(name=name, daemon=True)
        self._once = once
        self._wakes = wakes
        self._lanes = lanes
        self._stop_asked = stop

    def run(self) -> None:
        """Work until told to stop."""
        failures = 0
        while not self._stop_asked.is_set():
            seen = self._wakes.seen(self._lanes)
            try:
                worked = self._once()
            except Exception:  # noqa: BLE001 - the last resort: the lane goes on
                _log.exception(
                    "A lane met an error and goes on.",
                    extra={"action": "lane_error", "lane": self.name},
                )
                self._stop_asked.wait(_PAUSES[min(failures, len(_PAUSES) - 1)])
                failures += 1
                continue
            failures = 0
            if not worked and not self._stop_asked.is_set():
                self._wakes.wait(self._lanes, seen, IDLE_SECONDS)
