"""What the system says of a process and of those it started."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def family(parent: int) -> Iterator[int]:
    """Give the processes that run below one: the reading program forks for every file."""
    for thread in Path(f"/proc/{parent}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, thread.read_text(encoding="ascii").split()):
                yield child
                yield from family(child)


def cpu_seconds(pid: int) -> float:
    """Give the processor time of a process and of every process it ever started."""
    return sum(map(_ticks, (pid, *family(pid)))) / _TICKS


def peak_bytes(pid: int) -> int:
    """Give the most memory a process ever had (VmHWM); 0 when it has just ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _ticks(pid: int) -> int:
    """Give the processor time of a process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
    except OSError:
        return 0  # it has just ended, and whoever started it is asked as well
    # proc(5): utime, stime, cutime and cstime are fields 14 to 17; the rest begins at the third.
    return sum(int(each) for each in fields.split()[11:15])
