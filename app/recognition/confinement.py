"""What a process that opens strange files may not do: outlive its parent, or use without end."""

import ctypes
import resource
import signal
import sys

from app.recognition.reading import ReadingLimits

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4


def die_with_parent() -> None:
    """Ask the kernel to end this process when the thread that started it is gone."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # no core file holding a citizen's letter


def confine(limits: ReadingLimits) -> None:
    """Bound what this process may use, for good."""
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    allow_processor_time(limits.page_cpu_seconds)


def allow_processor_time(seconds: int) -> None:
    """Grant so much more processor time from now on; children begin counting at zero."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = used + seconds if hard == resource.RLIM_INFINITY else min(used + seconds, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
