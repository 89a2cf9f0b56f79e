"""The process that decodes and reads the pages of one file, seen from the service."""

import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from app.domain.errors import RecognitionUnavailable
from app.domain.findings import FINDINGS
from app.recognition import wire
from app.recognition.page_server import ProcessFailed
from app.recognition.reading import PageReading, ReadingLimits
from app.recognition.templates import FormTemplate, to_json
from app.recognition.wire import BrokenMessage

__all__ = ["Opened", "PageProcess", "ProcessFailed"]

_MAX_PICTURE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """What a file turned out to be.

    Attributes:
        pages: How many pages it has.
        refused: Code of the finding, if nothing of it can be read.
    """

    pages: int
    refused: str | None


class Starter(Protocol):
    """Gives processes: a ``PageServer`` those that read, a ``Looker`` one that only looks."""

    def begin(self, descriptors: Sequence[int]) -> int:
        """Start a process for a file, with its orders, its answers and the file."""

    def end(self, pid: int) -> int | None:
        """End a process with whatever it started, and give its exit code if it is known."""

    def close(self) -> None:
        """End every process it gave."""


@dataclass(frozen=True, slots=True)
class _Child:
    pid: int
    orders: BinaryIO
    answers: BinaryIO


class PageProcess:
    """One file being read by a child process, which is started again after a crash.

    Never a fork of the service: the service has threads, open sockets and a database, none of
    which a decoder may inherit. The process is that of ``page_server`` or of ``looker``.
    """

    def __init__(
        self,
        file: BinaryIO,
        templates: Mapping[tuple[int, int], FormTemplate],
        limits: ReadingLimits,
        server: Starter,
    ) -> None:
        """Prepare; nothing runs yet.

        Args:
            file: A file of the system, whose bytes do not change meanwhile.
            templates: The forms that its pages may have been printed from.
            limits: What it may cost.
            server: Gives the process.
        """
        self._file = file
        self._limits = limits
        self._server = server
        self._greeting: dict[str, object] = {
            "templates": [to_json(each) for each in templates.values()],
        }
        self._child: _Child | None = None

    def __enter__(self) -> Self:
        """Begin; the process starts with ``open``."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process and whatever it started."""
        self.end()

    @property
    def pid(self) -> int | None:
        """The number of the process; None while there is none."""
        return None if self._child is None else self._child.pid

    def open(self) -> Opened:
        """Start the process and let it open the file.

        Raises:
            ProcessFailed: It did not survive that.
            RecognitionUnavailable: It found no OCR program.
        """
        # Before the clock runs: what is not there yet cannot be ended for being late.
        self._child = self._start()
        with self._watched():
            wire.send(self._running.orders, self._greeting)
            answer, _ = wire.receive(self._running.answers, max_tail=0)
            refused = None if answer["refused"] is None else str(answer["refused"])
            opened = Opened(pages=int(answer["pages"]), refused=refused)
            if refused is not None and refused not in {*FINDINGS, RecognitionUnavailable.code}:
                raise BrokenMessage("an unknown finding")
        if refused == RecognitionUnavailable.code:
            self.end()
            self._server.close()  # the next file looks for the OCR program anew
            raise RecognitionUnavailable
        return opened

    def read(self, page: int) -> PageReading:
        """Let it read one page; after a crash, in a new process.

        Raises:
            ProcessFailed: It did not survive that.
        """
        if self._child is None and self.open().refused is not None:
            raise ProcessFailed("the file could not be opened again")
        with self._watched():
            wire.send(self._running.orders, {"page": page})
            answer, picture = wire.receive(self._running.answers, max_tail=_MAX_PICTURE)
            return wire.page_from_json(answer, picture)

    def end(self) -> int | None:
        """End the process and whatever it started; gives its exit code if it is known."""
        child, self._child = self._child, None
        if child is None:
            return None
        code = self._server.end(child.pid)
        for stream in (child.orders, child.answers):
            with suppress(OSError):
                stream.close()
        return code

    @property
    def _running(self) -> _Child:
        if self._child is None:
            raise ProcessFailed("it is not running")
        return self._child

    def _start(self) -> _Child:
        theirs, ours = os.pipe()
        back, front = os.pipe()
        try:
            pid = self._server.begin((theirs, front, self._file.fileno()))
        except ProcessFailed:
            for each in (ours, back):
                os.close(each)
            raise
        finally:
            for each in (theirs, front):
                os.close(each)
        return _Child(pid, os.fdopen(ours, "wb"), os.fdopen(back, "rb"))

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """End the process when it takes too long, and translate every way of its failing."""
        clock = _Clock(self._running.pid, self._limits.page_seconds)
        try:
            yield
        except (BrokenMessage, OSError, KeyError, TypeError, ValueError) as error:
            late = clock.stop()
            code = self.end()
            why = "it took too long" if late else f"it ended with {code}"
            raise ProcessFailed(why) from error
        finally:
            late = clock.stop()
        if late:  # its time was up when the answer came
            self.end()
            raise ProcessFailed("it took too long")


class _Clock:
    """Kills a process when its time is up."""

    def __init__(self, pid: int, seconds: float) -> None:
        self._pid = pid
        self._lock = threading.Lock()
        self._stopped = False
        self._late = False
        self._timer = threading.Timer(seconds, self._strike)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> bool:
        """Let it run no longer; says whether it struck."""
        self._timer.cancel()
        with self._lock:
            self._stopped = True
            return self._late

    def _strike(self) -> None:
        with self._lock:
            # Stopped in time: the number may belong to another process by now.
            if self._stopped:
                return
            self._late = True
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)
