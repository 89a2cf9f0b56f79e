"""The process that only looks at the pages of an upload, seen from the service."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

from app.recognition.confinement import environment
from app.recognition.page_server import ProcessFailed
from app.recognition.reading import PageReading, ReadingLimits


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a file came to.

    Attributes:
        pages: The pages looked at, from the first.
        whole: Whether these are all of its pages.
    """

    pages: tuple[PageReading, ...] = ()
    whole: bool = False


class Looker:
    """Gives the process of one upload: an interpreter of its own, since somebody waits for it.

    It loads no engine, and does not step back as those do that read.
    """

    def __init__(self, limits: ReadingLimits) -> None:
        """Prepare; nothing runs yet."""
        self._limits = limits
        self._program: subprocess.Popen[bytes] | None = None

    def begin(self, descriptors: Sequence[int]) -> int:
        """Start the process; it leads a group of its own.

        Args:
            descriptors: Where it reads its orders, where it writes its answers, the file.

        Raises:
            ProcessFailed: It cannot be started.
        """
        self.close()
        try:
            self._program = subprocess.Popen(  # noqa: S603 - this very interpreter, our own words
                [
                    sys.executable,
                    "-m",
                    "app.recognition.look_child",
                    *map(str, descriptors),
                    str(os.getpid()),
                    json.dumps(asdict(self._limits)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # Decoders quote the file in their complaints, which must reach no log.
                stderr=subprocess.DEVNULL,
                env=environment(),
                pass_fds=descriptors,
                start_new_session=True,
            )
        except OSError as error:
            raise ProcessFailed("it could not be started") from error
        return self._program.pid

    def end(self, pid: int) -> int | None:
        """End the process with whatever it started, and give its exit code if it is known."""
        program, self._program = self._program, None
        if program is None or program.pid != pid:
            return None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        return program.wait()

    def close(self) -> None:
        """End the process if there is one."""
        if self._program is not None:
            self.end(self._program.pid)
