"""What a bench prints: rows of ours beside a baseline, and the machine they were measured on."""

import os
import platform
import sqlite3
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure of ours beside its baseline, each measured several times in turn."""

    what: str
    unit: str
    ours: Sequence[float]
    baseline: Sequence[float] = ()
    against: str = ""
    wanted: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over the baseline, by medians; None without a baseline."""
        if not self.baseline:
            return None
        return statistics.median(self.ours) / statistics.median(self.baseline)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows of one bench."""

    title: str
    rows: Sequence[Row]


def markdown(table: Table) -> str:
    """Write a table; each cell is the median, with the least and the greatest in brackets."""
    lines = [
        f"### {table.title}",
        "",
        "| figure | ours | baseline | ours / baseline | wanted |",
        "|---|---|---|---|---|",
    ]
    for row in table.rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        baseline = f"{_cell(row.baseline, row.unit)} {row.against}" if row.baseline else row.against
        cells = (row.what, _cell(row.ours, row.unit), baseline, ratio, row.wanted)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(values: Sequence[float], unit: str) -> str:
    middle = statistics.median(values)
    if len(values) == 1:
        return f"{middle:,.4g} {unit}".strip()
    return f"{middle:,.4g} ({min(values):,.4g}–{max(values):,.4g}) {unit}".strip()


def between(page: str, text: str, *, mark: str) -> str:
    """Give a page with the text between two marks exchanged.

    Args:
        page: Holds ``<!-- mark: begin -->`` and ``<!-- mark: end -->``.
        text: Comes between them.
        mark: Their name.

    Raises:
        ValueError: The page has no marks, or not in this order.
    """
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the page has no {begin} and {end}")
    return f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}"


def machine(*packages: str) -> str:
    """Say what the figures were measured on: cores, memory, load, Python and the versions asked."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    versions = [f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
    versions += [f"{each} {metadata.version(each)}" for each in packages]
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{os.cpu_count()} cores ({model}), {pages * size / 2**30:.0f} GB, "
        f"load before: {load}; {', '.join(versions)}"
    )
