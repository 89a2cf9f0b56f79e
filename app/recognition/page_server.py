"""The program that is forked for every file, seen from the service.

Loading engine and libraries takes half a second of a processor, as much as reading a page; so it
is done once, in a process that never sees a file, and every file gets a fork of it.
"""

import json
import os
import queue
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Final

from app.recognition.confinement import environment
from app.recognition.reading import ReadingLimits

REQUEST: Final = struct.Struct(">cq")
"""What is asked of the program: one of the words below, and the process that is meant."""

ANSWER: Final = struct.Struct(">q")
BEGIN: Final = b"B"
"""Fork, and hand these descriptors to the fork: its orders, its answers, the file."""

END: Final = b"E"
"""Collect a fork that has ended; until then its number belongs to no other process."""

_MEMORY: Final = {
    "MALLOC_MMAP_THRESHOLD_": str(64 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(256 * 1024 * 1024),
}
"""A fork keeps the memory of one picture for the next, instead of giving it back and having it
cleared anew: it lives for a few pages, and clearing took a tenth of the time of each."""

_START_SECONDS = 120.0
"""Patience with the program itself; a busy machine is no reason to refuse a file."""


class ProcessFailed(Exception):
    """The process crashed, hung or spoke nonsense; it has been ended."""


class PageServer:
    """Gives a process to every file; safe to use from several threads."""

    def __init__(self, limits: ReadingLimits) -> None:
        """Prepare; the program starts with the first file."""
        self._limits = limits
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._program: subprocess.Popen[bytes] | None = None

    def begin(self, descriptors: Sequence[int]) -> int:
        """Start a process for a file; it leads a group of its own.

        Args:
            descriptors: Where it reads its orders, where it writes its answers, the file.

        Raises:
            ProcessFailed: None can be started.
        """
        with self._lock:
            for last in (False, True):
                # Somebody may have ended the program while nothing was read.
                try:
                    pid = self._ask(BEGIN, 0, descriptors)
                except (OSError, ProcessFailed) as error:
                    self._stop()
                    if last:
                        raise ProcessFailed("it could not be started") from error
                else:
                    break
        if pid <= 0:
            raise ProcessFailed("it could not be started")
        return pid

    def end(self, pid: int) -> int | None:
        """End a process with whatever it started, and give its exit code if it is known."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        with self._lock:
            if self._control is None:
                return None  # the program took its forks with it
            try:
                return self._ask(END, pid, ())
            except (OSError, ProcessFailed):
                self._stop()
                return None

    def close(self) -> None:
        """End the program and every process it started."""
        with self._lock:
            self._stop()

    def _ask(self, word: bytes, pid: int, descriptors: Sequence[int]) -> int:
        control = self._control or self._start()
        socket.send_fds(control, [REQUEST.pack(word, pid)], list(descriptors))
        answer = control.recv(ANSWER.size, socket.MSG_WAITALL)
        if len(answer) != ANSWER.size:
            raise ProcessFailed("the program is gone")
        return int(ANSWER.unpack(answer)[0])

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        ours.settimeout(_START_SECONDS)
        started: queue.SimpleQueue[subprocess.Popen[bytes] | OSError] = queue.SimpleQueue()
        # The program dies with the thread that started it; this one stays for its sake.
        threading.Thread(
            target=_keep, args=(theirs, self._limits, started), name="page-server", daemon=True
        ).start()
        program = started.get()
        theirs.close()
        if isinstance(program, OSError):
            ours.close()
            raise program
        self._program, self._control = program, ours
        return ours

    def _stop(self) -> None:
        program, self._program = self._program, None
        control, self._control = self._control, None
        if control is not None:
            control.close()
        if program is not None:
            program.kill()
            program.wait()


def _keep(
    control: socket.socket,
    limits: ReadingLimits,
    started: "queue.SimpleQueue[subprocess.Popen[bytes] | OSError]",
) -> None:
    """Start the program and stay until it has ended."""
    try:
        program = subprocess.Popen(  # noqa: S603 - this very interpreter, and our own words
            [
                sys.executable,
                "-m",
                "app.recognition.page_child",
                str(control.fileno()),
                str(os.getpid()),
                json.dumps(asdict(limits)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # Decoders quote the file in their complaints, which must reach no log.
            stderr=subprocess.DEVNULL,
            env={**environment(), **_MEMORY},
            pass_fds=(control.fileno(),),
            start_new_session=True,
        )
    except OSError as error:
        started.put(error)
        return
    started.put(program)
    program.wait()
