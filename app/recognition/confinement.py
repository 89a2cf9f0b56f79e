"""What a process beside the service may not: outlive it, use without end, know its secrets."""

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

from app.recognition.reading import ReadingLimits

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4


def die_with_parent() -> None:
    """Ask the kernel to end this process when the thread that started it is gone."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # no core file holding a citizen's letter


def give_back_memory() -> None:
    """Hand what was freed back to the system, where its library of C can."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


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


def environment() -> dict[str, str]:
    """Give a child what it needs to run, and no secret of the service."""
    kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "TESSDATA_PREFIX")
    environment: dict[str, str] = {key: os.environ[key] for key in kept if key in os.environ}
    one = dict.fromkeys(
        ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
    )
    # It must find this very package, wherever the service was started from.
    home = str(Path(__file__).resolve().parents[2])
    found = [home, *filter(None, [environment.get("PYTHONPATH")])]
    return {**environment, **one, "PYTHONPATH": os.pathsep.join(found)}
