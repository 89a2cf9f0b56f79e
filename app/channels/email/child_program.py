"""What every child process does: confine itself, die with its parent, answer questions."""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.channels.email import frames

# Any: JSON is untyped at this border.
Answerer = Callable[[Mapping[str, Any], Sequence[bytes]], tuple[Mapping[str, object], list[bytes]]]
"""Takes a question with its tails and gives the answer with its own."""

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4


def serve(answer: Answerer) -> int:
    """Answer until the other side closes the pipe; give the exit status."""
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # A library that prints must not garble the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _die_with_parent()
    greeting, _ = frames.receive(source, most=0)
    if os.getppid() != int(greeting["parent"]):
        return 1
    limits = greeting["limits"]
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            question, tails = frames.receive(source, most=sys.maxsize)
        except frames.BrokenFrame:
            return 0
        _allow_processor_time(int(limits["cpu_seconds"]))
        frames.send(answers, *answer(question, tails))


def _die_with_parent() -> None:
    """Ask the kernel to end this process when the thread that started it is gone."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # no core file holding a citizen's letter


def _allow_processor_time(seconds: int) -> None:
    """Grant so much more processor time from now on."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = used + seconds if hard == resource.RLIM_INFINITY else min(used + seconds, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
