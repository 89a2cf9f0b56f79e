"""What `make bench` keeps, and writes into the documentation."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.documentation import PAGE, Measured, drawn, keep, kept, write
from bench.report import Row, Table, between, markdown

SVG = "{http://www.w3.org/2000/svg}"
FAST = Row(
    what="posts & more",
    unit="req/s",
    ours=[40.0, 38.0, 41.0],
    baseline=[10.0, 9.0, 12.0],
    against="a loop",
    wanted="≥ 3",
)
ALONE = Row(what="memory", unit="MB", ours=[120.0])


def measured(name: str, *rows: Row) -> Measured:
    table = Table(title=f"{name} of old", rows=list(rows))
    return Measured(name=name, day="2026-12-01", machine="2 cores", table=table)


def test_of_every_bench_the_last_table_is_kept(tmp_path: Path) -> None:
    first, second, other = measured("a", ALONE), measured("a", FAST), measured("b", ALONE)
    for each in (first, other, second):
        keep(each, tmp_path)
    found = [(each.name, markdown(each.table), each.machine) for each in kept(tmp_path)]
    assert found == [(each.name, markdown(each.table), each.machine) for each in (second, other)]


def test_the_page_holds_every_table_and_where_it_was_measured(tmp_path: Path) -> None:
    page, chart = tmp_path / "bench.md", tmp_path / "bench.svg"
    page.write_text("# Benches\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter\n")
    write([measured("a", FAST), measured("b", ALONE)], page=page, chart=chart)
    written = page.read_text(encoding="utf-8")
    assert "\nold\n" not in written
    assert "| posts & more | 40 (38–41) req/s | 10 (9–12) req/s a loop | 4.00 | ≥ 3 |" in written
    assert "`b`, 2026-12-01: 2 cores" in written
    assert "(bench.svg)" in written
    assert written.endswith("after\n")
    ElementTree.parse(chart)  # noqa: S314 - written by us


def test_the_chart_has_a_bar_for_what_has_a_baseline() -> None:
    root = ElementTree.fromstring(drawn({"a": measured("a", FAST, ALONE).table}))  # noqa: S314 - written by us
    titles = [each.text for each in root.iter(f"{SVG}title")]
    assert titles == ["posts & more: 4.00 x a loop, wanted ≥ 3"]


def test_what_is_twice_as_much_reaches_as_far_to_the_right_as_half_to_the_left() -> None:
    rows = [
        Row(what=str(ours), unit="s", ours=[ours], baseline=[1.0], against="one")
        for ours in (0.5, 2.0)
    ]
    drawing = drawn({"a": Table(title="", rows=rows)})
    bars = [each for each in ElementTree.fromstring(drawing).iter(f"{SVG}rect") if len(each)]  # noqa: S314 - written by us
    half, twice = ({name: float(each.attrib[name]) for name in ("x", "width")} for each in bars)
    assert half["width"] == pytest.approx(twice["width"], abs=0.2)
    assert half["x"] + half["width"] == pytest.approx(twice["x"], abs=0.2)


def test_the_page_keeps_what_people_wrote_around_the_figures() -> None:
    page = "before\n<!-- one: begin -->\nold\n<!-- one: end -->\nafter\n"
    written = between(page, "new", mark="one")
    assert "old" not in written
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert between(written, "new", mark="one") == written
    with pytest.raises(ValueError, match="begin"):
        between(page, "new", mark="other")


def test_the_documentation_has_a_place_for_the_figures() -> None:
    assert between(PAGE.read_text(encoding="utf-8"), "x", mark="bench")
