"""How the program behaves as a process: it stops when asked, and shares no SQLite file."""

import contextlib
import fcntl
import math
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

FAILED = 1
"""Exit code of a command that did not do its work."""


class CannotStart(Exception):
    """The command cannot do its work; the words say what to change."""


_SLEPT_SECONDS = 0.5


class _Stop(threading.Event):
    """An event that a signal sets, whichever thread the signal came to.

    The system may hand a signal to any thread, such as one that is just starting another; only the
    main thread runs its handler, and nobody wakes that one for it. So it never sleeps for long.
    """

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, or for so many seconds; says whether it is set."""
        until = math.inf if timeout is None else time.monotonic() + timeout
        while not super().wait(max(0.0, min(_SLEPT_SECONDS, until - time.monotonic()))):
            if time.monotonic() >= until:
                return False
        return True


@contextlib.contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Take SIGTERM and SIGINT as a wish to stop, so that work in hand is finished first.

    The web server takes them itself while it runs and raises them again afterwards, which must
    not end the program before the lanes have stopped.
    """
    stop = _Stop()

    def ask(_number: int, _frame: FrameType | None) -> None:
        # Not here: the handler may have come between two steps of a wait that holds its lock.
        threading.Thread(target=stop.set, name="stop", daemon=True).start()

    before = {each: signal.signal(each, ask) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextlib.contextmanager
def sole_use(database: Path) -> Iterator[None]:
    """Keep every other process tree from working on a SQLite file meanwhile.

    Raises:
        CannotStart: Another one works on it already.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_name(f"{database.name}.lock").open("a") as file:
        try:
            # The kernel lets go of it when the process dies, however that happens.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStart(
                f"another ikenbako works on {database} already. Stop it first, or set "
                "IKENBAKO_DATA_DIR to another folder."
            ) from error
        yield
