"""What was measured, kept from run to run, and written into the documentation when it is asked for.

A bench takes from seconds to an hour, so nobody runs all of them at once: each run keeps its
table, and the documentation is written from the last table of every bench.
"""

import json
import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import drawing
from bench.report import Row, Table, between, markdown

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".cache" / "bench"
PAGE, CHART = ROOT / "docs" / "bench.md", ROOT / "docs" / "bench.svg"
MARK = "bench"
_LEFT, _RIGHT, _LINE, _BAR = 430, 90, 18, 11
_DECADE = 150
"""Dots to the right for each tenfold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A table, and where and when it was measured.

    Attributes:
        name: Of the bench.
        day: When.
        machine: On what, with the versions of what took part.
        table: The figures.
    """

    name: str
    day: str
    machine: str
    table: Table


def keep(measured: Measured, folder: Path = KEPT) -> None:
    """Keep a table in the place of the last one of its bench."""
    folder.mkdir(parents=True, exist_ok=True)
    written = json.dumps(asdict(measured), ensure_ascii=False, indent=1)
    (folder / f"{measured.name}.json").write_text(written, encoding="utf-8")


def kept(folder: Path = KEPT) -> Iterator[Measured]:
    """Give the last table of every bench, by name."""
    for each in sorted(folder.glob("*.json"), key=lambda path: path.stem):
        found = json.loads(each.read_text(encoding="utf-8"))
        rows = [Row(**row) for row in found["table"]["rows"]]
        yield Measured(**{**found, "table": Table(title=found["table"]["title"], rows=rows)})


def write(measured: Sequence[Measured], *, page: Path = PAGE, chart: Path = CHART) -> None:
    """Write tables and chart.

    Raises:
        ValueError: The page has no marks.
    """
    parts = [f"![Ours beside the baselines]({chart.name})"]
    for each in measured:
        parts += ["", markdown(each.table), "", f"`{each.name}`, {each.day}: {each.machine}"]
    before = page.read_text(encoding="utf-8")
    page.write_text(between(before, "\n".join(parts), mark=MARK), encoding="utf-8")
    chart.write_text(drawn({each.name: each.table for each in measured}), encoding="utf-8")


def drawn(tables: Mapping[str, Table]) -> str:
    """Draw ours over the baseline for every figure that has one, each step a tenfold.

    The bar ends at the ratio of the medians; the line over it reaches from the least to the
    greatest of ours over the median of the baseline.
    """
    compared = {name: [row for row in table.rows if row.ratio] for name, table in tables.items()}
    spans = [_span(row) for rows in compared.values() for row in rows]
    low = math.floor(min([-1.0, *(math.log10(span[0]) for span in spans)]))
    high = math.ceil(max([1.0, *(math.log10(span[2]) for span in spans)]))

    def place(ratio: float) -> float:
        return _LEFT + (min(max(math.log10(ratio), low), high) - low) * _DECADE

    parts: list[str] = []
    y = 2.0 * _LINE
    for name, rows in compared.items():
        if rows:
            parts.append(drawing.text(8, y + _BAR, name, bold=True))
            y += _LINE
        for row in rows:
            parts += _bar(row, y, place)
            y += _LINE
    axis: list[str] = []
    for power in range(low, high + 1):
        x = place(10.0**power)
        axis.append(drawing.line((x, 1.6 * _LINE), (x, y), dashed=power != 0))
        axis.append(drawing.text(x, 1.2 * _LINE, f"{10.0**power:g} x", anchor="middle"))
    wide = place(10.0**high) + _RIGHT
    return drawing.picture(wide, y + _LINE, [*axis, *parts])


def _span(row: Row) -> tuple[float, float, float]:
    """Give the least, the middle and the greatest ratio; nothing is drawn of what is nought."""
    base = statistics.median(row.baseline)
    middle = statistics.median(row.ours)
    return min(row.ours) / base or 1e-6, middle / base or 1e-6, max(row.ours) / base or 1e-6


def _bar(row: Row, y: float, place: Callable[[float], float]) -> list[str]:
    least, middle, most = _span(row)
    left, right = sorted((place(1.0), place(middle)))
    title = f"{row.what}: {middle:.2f} x {row.against}"
    wanted = f", wanted {row.wanted}" if row.wanted else ""
    y_middle = y + _BAR / 2
    return [
        drawing.text(_LEFT - 8, y + _BAR - 1, _shortened(row.what), anchor="end"),
        drawing.bar(left, y, max(right - left, 1.0), _BAR, title=title + wanted),
        drawing.line((place(least), y_middle), (place(most), y_middle), wide=2),
        drawing.text(max(right, place(most)) + 4, y + _BAR - 1, f"{middle:.2f}"),
    ]


def _shortened(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


_LONGEST = 64
