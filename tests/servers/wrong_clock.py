"""Clocks that go wrong, for real programs: the wall clock that a process sees, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

_LIBRARY = "faketime/libfaketimeMT.so.1"


@dataclass(frozen=True, slots=True)
class WrongClock:
    """A clock in a file, which every process that was started by it looks at all the time."""

    file: Path

    def set(self, shift: str = "+0") -> None:
        """Set it before (``-1h``) or after (``+1d``) the true time."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{shift}\n")
        fresh.chmod(0o644)
        fresh.rename(self.file)

    def environment(self) -> dict[str, str]:
        """Give what makes a program go by this clock."""
        return {
            "LD_PRELOAD": str(_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            # As on a machine whose clock is set: waiting goes on, and files keep their times.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def under(self) -> Sequence[str]:
        """Give a program that runs another one by this clock."""
        return ("env", *(f"{name}={value}" for name, value in self.environment().items()))


def a_clock(folder: Path, shift: str = "+0") -> WrongClock:
    """Make a clock in a folder that the programs may read."""
    made = WrongClock(folder / "clock")
    made.set(shift)
    return made


def _library() -> Path:
    """Find what changes the clock; where it is missing the test fails, since it shows nothing."""
    found = next(iter(Path("/usr/lib").glob(f"*/{_LIBRARY}")), None)
    if found is None:
        pytest.fail(
            "faketime is missing. Run `make setup`, or as root: apt-get install faketime.",
            pytrace=False,
        )
    return found
