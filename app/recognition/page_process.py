"""The process that decodes and reads the pages of one file, seen from the service."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from app.domain.errors import RecognitionUnavailable
from app.domain.findings import FINDINGS
from app.recognition import wire
from app.recognition.reading import PageReading, ReadingLimits
from app.recognition.templates import FormTemplate, to_json
from app.recognition.wire import BrokenMessage

READS = "app.recognition.page_child"
LOOKS = "app.recognition.look_child"
"""What a process may be started for: reading the pages, or only judging their pictures."""

_MAX_PICTURE = 64 * 1024 * 1024


class ProcessFailed(Exception):
    """The process crashed, hung or spoke nonsense; it has been ended."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a file turned out to be.

    Attributes:
        pages: How many pages it has.
        refused: Code of the finding, if nothing of it can be read.
    """

    pages: int
    refused: str | None


class PageProcess:
    """One file being read by a child process, which is started again after a crash.

    A new interpreter, never a fork of the service: the service has threads, open sockets and a
    database, none of which a decoder may inherit.
    """

    def __init__(
        self,
        data: bytes,
        templates: Mapping[tuple[int, int], FormTemplate],
        limits: ReadingLimits,
        *,
        child: str = READS,
    ) -> None:
        """Prepare; nothing runs yet.

        Args:
            data: The file.
            templates: The forms that its pages may have been printed from.
            limits: What it may cost.
            child: ``READS`` or ``LOOKS``.
        """
        self._data = data
        self._child_module = child
        self._limits = limits
        self._greeting: dict[str, object] = {
            "limits": asdict(limits),
            "templates": [to_json(each) for each in templates.values()],
            "parent": os.getpid(),
        }
        self._child: subprocess.Popen[bytes] | None = None

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
        self._end()

    def open(self) -> Opened:
        """Start the process and let it open the file.

        Raises:
            ProcessFailed: It did not survive that.
            RecognitionUnavailable: It found no OCR program.
        """
        # Before the clock runs: what is not there yet cannot be ended for being late.
        self._child = _start(self._child_module)
        with self._watched():
            wire.send(self._stdin, self._greeting, self._data)
            answer, _ = wire.receive(self._stdout, max_tail=0)
            refused = None if answer["refused"] is None else str(answer["refused"])
            opened = Opened(pages=int(answer["pages"]), refused=refused)
            if refused is not None and refused not in {*FINDINGS, RecognitionUnavailable.code}:
                raise BrokenMessage("an unknown finding")
        if refused == RecognitionUnavailable.code:
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
            wire.send(self._stdin, {"page": page})
            answer, picture = wire.receive(self._stdout, max_tail=_MAX_PICTURE)
            return wire.page_from_json(answer, picture)

    @property
    def _stdin(self) -> BinaryIO:
        return cast("BinaryIO", self._running.stdin)

    @property
    def _stdout(self) -> BinaryIO:
        return cast("BinaryIO", self._running.stdout)

    @property
    def _running(self) -> "subprocess.Popen[bytes]":
        if self._child is None:
            raise ProcessFailed("it is not running")
        return self._child

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """End the process when it takes too long, and translate every way of its failing."""
        late = threading.Event()

        def end() -> None:
            late.set()
            _kill(self._child)

        timer = threading.Timer(self._limits.page_seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (BrokenMessage, OSError, KeyError, TypeError, ValueError) as error:
            code = self._end()
            why = "it took too long" if late.is_set() else f"it ended with {code}"
            raise ProcessFailed(why) from error
        else:
            if late.is_set():  # its time was up before there was a process to end
                self._end()
                raise ProcessFailed("it took too long")
        finally:
            timer.cancel()

    def _end(self) -> int | None:
        child, self._child = self._child, None
        if child is None:
            return None
        code = child.poll()
        _kill(child)
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        child.wait()
        return code if code is not None else child.returncode


def _start(module: str) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603 - one of our two modules, named above
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Decoders quote the file in their complaints, which must reach no log.
            stderr=subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,
        )
    except OSError as error:
        raise ProcessFailed("it could not be started") from error


def _kill(child: "subprocess.Popen[bytes] | None") -> None:
    """End a process with all it started; it leads a session of its own."""
    if child is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


def environment() -> dict[str, str]:
    """Give the child what it needs to run, and no secret of the service."""
    kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "TESSDATA_PREFIX")
    environment: dict[str, str] = {key: os.environ[key] for key in kept if key in os.environ}
    one = dict.fromkeys(
        ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
    )
    # The child must find this very package, wherever the service was started from.
    home = str(Path(__file__).resolve().parents[2])
    found = [home, *filter(None, [environment.get("PYTHONPATH")])]
    return {**environment, **one, "PYTHONPATH": os.pathsep.join(found)}
