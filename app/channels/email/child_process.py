"""A child process that opens what strangers sent, seen from the service.

A new interpreter, never a fork of the service: the service has threads, open sockets and a
database, none of which a decoder may inherit.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from app.channels.email import frames


class ChildFailed(Exception):
    """The process crashed, hung or spoke nonsense; it has been ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildLimits:
    """What a child process may use.

    Attributes:
        seconds: Time until an answer.
        cpu_seconds: Processor time for an answer.
        memory_bytes: Address space.
        answer_bytes: Bytes of all tails of an answer.
    """

    seconds: float = 120.0
    cpu_seconds: int = 60
    memory_bytes: int = 2 * 1024**3
    answer_bytes: int = 512 * 1024**2


class ChildProcess:
    """A program of ours that answers questions until it is ended."""

    def __init__(self, program: str, limits: ChildLimits) -> None:
        """Prepare; it starts with the first question, and again after a crash.

        Args:
            program: The module it runs.
            limits: What it may use.
        """
        self._program = program
        self._limits = limits
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process and whatever it started."""
        self._end()

    # Any: JSON is untyped at this border.
    def ask(
        self, question: Mapping[str, object], tails: Sequence[bytes] = ()
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Ask something.

        Raises:
            ChildFailed: It did not survive that.
        """
        timer: threading.Timer | None = None
        try:
            child = self._started()
            timer = threading.Timer(self._limits.seconds, _kill, (child,))
            timer.daemon = True
            timer.start()
            frames.send(cast("BinaryIO", child.stdin), question, tails)
            return frames.receive(cast("BinaryIO", child.stdout), most=self._limits.answer_bytes)
        except (frames.BrokenFrame, OSError, ValueError) as error:
            self._end()
            raise ChildFailed(self._program) from error
        finally:
            if timer is not None:
                timer.cancel()

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._child is None:
            self._child = subprocess.Popen(  # noqa: S603 - runs a module of ours
                [sys.executable, "-m", self._program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Decoders quote the file in their complaints, which must reach no log.
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
            greeting = {"limits": asdict(self._limits), "parent": os.getpid()}
            frames.send(cast("BinaryIO", self._child.stdin), greeting)
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        _kill(child)
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        child.wait()


def _kill(child: "subprocess.Popen[bytes]") -> None:
    """End a process with all it started; it leads a session of its own."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def _environment() -> dict[str, str]:
    """Give the child what it needs to run, and no secret of the service."""
    kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")
    environment: dict[str, str] = {key: os.environ[key] for key in kept if key in os.environ}
    # The child must find this very package, wherever the service was started from.
    home = str(Path(__file__).resolve().parents[3])
    found = [home, *filter(None, [environment.get("PYTHONPATH")])]
    # Libraries that make a thread for every core would use up the memory before they begin.
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**environment, **one, "PYTHONPATH": os.pathsep.join(found)}
