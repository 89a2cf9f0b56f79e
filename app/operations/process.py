"""How the program behaves as a process: it stops when asked, and shares no SQLite file."""

import contextlib
import fcntl
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

FAILED = 1
"""Exit code of a command that did not do its work."""


class CannotStart(Exception):
    """The command cannot do its work; the words say what to change."""


@contextlib.contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Take SIGTERM and SIGINT as a wish to stop, so that work in hand is finished first.

    The web server takes them itself while it runs and raises them again afterwards, which must
    not end the program before the lanes have stopped.
    """
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

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
