"""`python -m bench.reading`: make forms of a seed, have them read, print how well that went.

By default a service is started on an empty folder, and the forms go through its public API;
``--direct`` calls the page reader in process instead, which is quicker for who works on it.
"""

import argparse
import json
import math
import os
import random
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from app.main import similarity
from bench.reading import (
    by_api,
    direct,
    documentation,
    foreign,
    measures,
    places,
    plain_paper,
    tables,
)
from bench.reading.baseline import Recognised, compare
from bench.reading.by_api import Load
from bench.reading.copies import COPIES
from bench.reading.pictures import PICTURED, picture
from bench.reading.plots import reliability
from bench.reading.samples import Order, kept, make_all, orders
from bench.reading.score import Outcome
from bench.reading.service import running
from bench.reading.writers import WRITINGS, missing
from bench.report import machine

_STACK = 40
"""Pages of the stack that is scanned in one piece, at most."""


class Report:
    """Prints what was found as it is found, and keeps it for the documentation."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.text = ""

    def say(self, text: str) -> None:
        """Print a paragraph or a table."""
        self.text += f"{text}\n\n"
        print(f"{text}\n", flush=True)

    def table(self, title: str, table: str) -> None:
        """Print a table under its title."""
        self.say(f"### {title}\n\n{table}")


def main() -> int:
    """Read the command line, measure and report."""
    wanted = _parser().parse_args()
    # Ended from outside, it still stops the service it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    writings, copies = wanted.writing or WRITINGS, wanted.copy or tuple(COPIES)
    lacking = missing(tuple(WRITINGS))
    if lacking:
        print(f"bench-ocr: missing: {', '.join(lacking)}", file=sys.stderr)
        print("bench-ocr: please run: scripts/install-system-packages bench", file=sys.stderr)
        print("bench-ocr: and for kanjivg: make setup", file=sys.stderr)
        return 1
    if wanted.samples is not None:
        wanted.samples.mkdir(parents=True, exist_ok=True)
    asked = list(orders(wanted.seed, writings, copies, wanted.forms))
    report = Report()
    report.say(machine("onnxruntime", "rapidocr", "pytesseract"))
    way = "in process" if wanted.direct else "through the public API"
    report.say(
        f"Seed {wanted.seed}, {wanted.forms} forms of each writing and copy "
        f"({len(asked)} in all), read {way}."
    )
    if wanted.direct:
        outcomes = direct.read_all(asked, wanted.engine, wanted.samples, wanted.processes)
    else:
        outcomes = _through_the_api(asked, wanted, report)
    if wanted.lines is not None:
        _write_lines(wanted.lines, outcomes)
    _report(outcomes, report)
    _compare(asked, wanted, report)
    _measures(wanted, report)
    _letters(wanted, report)
    _places(wanted, report)
    if wanted.write_docs:
        _write_docs(wanted.seed, outcomes, report)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.reading", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="another seed, other texts and hands")
    parser.add_argument("--forms", type=int, default=4, help="of each writing and copy")
    parser.add_argument("--writing", choices=WRITINGS, action="append")
    parser.add_argument("--copy", choices=tuple(COPIES), action="append")
    parser.add_argument("--direct", action="store_true", help="read in process, without a service")
    parser.add_argument("--engine", choices=("best", "ppocr", "tesseract"), default="best",
                        help="with --direct: what reads")  # fmt: skip
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1,
                        help="processes that make forms, and read them with --direct")  # fmt: skip
    parser.add_argument("--lanes", type=int, help="IKENBAKO_OCR_PROCESSES of the service")
    parser.add_argument("--baseline", type=int, default=20,
                        help="forms that the recognisers alone read; 0 for none")  # fmt: skip
    parser.add_argument("--letters", type=int, default=0,
                        help="letters, and forms of other cities, of each writing and copy")  # fmt: skip
    parser.add_argument("--measures", type=int, default=500,
                        help="measure names that are written and read; 0 for none")  # fmt: skip
    parser.add_argument("--places", type=int, default=0,
                        help="addresses with real towns of each writing and copy, read in process")  # fmt: skip
    parser.add_argument("--samples", type=Path, help="keep the forms here, or take them from here")
    parser.add_argument("--lines", type=Path, help="write every field as a line of JSON")
    parser.add_argument("--write-docs", action="store_true", help="write docs/recognition.md anew")
    return parser


def _through_the_api(
    asked: Sequence[Order], wanted: argparse.Namespace, report: Report
) -> list[Outcome]:
    settings = {} if wanted.lanes is None else {"IKENBAKO_OCR_PROCESSES": str(wanted.lanes)}
    with running(settings) as service:
        blank = by_api.prepare(service)
        samples = make_all(asked, blank, wanted.samples, wanted.processes)
        outcomes, unnamed, load = by_api.read_all(service, samples)
        loads = [("each form uploaded by itself", load)]
        scans = [each for each in samples if each.order.copy.startswith("scan")][:_STACK]
        if len(scans) > 1:
            loads.append(("one stack in one PDF", by_api.read_stack(service, scans)))
    report.table("Cost, upload to record", _cost(loads))
    right = len(samples) - unnamed
    report.say(
        f"Measure printed on the form: {right} of {len(samples)} records belong to the right "
        "consultation without a person."
    )
    return outcomes


def _cost(loads: Sequence[tuple[str, Load]]) -> str:
    lines = [
        (
            "| upload | pages | comments | pages/min (≥ 120) | CPU s/page | page process, peak (≤ 600 MB)"
            " | service, peak |"
        ),
        "|---|---|---|---|---|---|---|",
    ]
    for name, load in loads:
        worker, service = (each / 2**20 for each in (load.worker_bytes, load.service_bytes))
        lines.append(
            f"| {name} | {load.pages} | {load.comments} | {load.pages_per_minute:.0f} "
            f"| {load.cpu_seconds / load.pages:.2f} | {worker:.0f} MB | {service:.0f} MB |"
        )
    return "\n".join(lines)


def _report(outcomes: Sequence[Outcome], report: Report) -> None:
    for title, table in (
        ("Accuracy by class", tables.by_class),
        ("Accuracy by writing and copy", tables.by_cell),
        ("Category marks", tables.by_mark),
        ("Names with letters that keyboards miss", tables.by_rarity),
        ("Confidence", tables.by_confidence),
        ("Confidence by writing and copy", tables.by_confidence_of_cells),
    ):
        report.table(title, table(outcomes))


def _compare(asked: Sequence[Order], wanted: argparse.Namespace, report: Report) -> None:
    if not wanted.baseline:
        return
    chance = random.Random(f"baseline {wanted.seed}")
    chosen = chance.sample(asked, min(wanted.baseline, len(asked)))
    template, blank = direct.template_of()
    found = compare([kept(each, blank, None) for each in chosen], template)
    title = f"The recognisers alone, on the same line crops of {len(chosen)} forms"
    report.table(title, _side_by_side(found))


def _side_by_side(found: dict[str, Recognised]) -> str:
    theirs = found["pytesseract"].pages_per_minute()
    writings = [each for each in WRITINGS if not math.isnan(found["ours"].cer(each))]
    columns = " | ".join(f"CER {each}" for each in writings)
    lines = [
        f"| recogniser | pages per minute of one core | x pytesseract (≥ 2.5) | {columns} |",
        "|---|---|---|" + "---|" * len(writings),
    ]
    for name, one in found.items():
        pace = one.pages_per_minute()
        rates = [tables.percent(one.cer(each)) for each in writings]
        cells = [name, f"{pace:.0f}", f"{pace / theirs:.1f}", *rates]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _letters(wanted: argparse.Namespace, report: Report) -> None:
    if not wanted.letters:
        return
    writings, copies = wanted.writing or WRITINGS, wanted.copy or tuple(COPIES)
    found = plain_paper.measure(list(orders(wanted.seed, writings, copies, wanted.letters)))
    lines = [
        "| writing | copy | letters | CER of the page | name found | address found |",
        "|---|---|---|---|---|---|",
    ]
    for (writing, copy), score in found.items():
        count, cer, name, address = score.cells()
        figures = (tables.percent(cer), tables.share(name), tables.share(address))
        lines.append(f"| {writing} | {copy} | {count} | {' | '.join(figures)} |")
    report.table("Letters on plain paper", "\n".join(lines))
    report.table("Forms of other cities", _foreign(wanted, writings, copies))


def _foreign(wanted: argparse.Namespace, writings: Sequence[str], copies: Sequence[str]) -> str:
    lines = [
        (
            "| writing | copy | forms | fields wholly right | opinion CER | category "
            "| category guessed wrong (0) | field invented (0) |"
        ),
        "|---|---|---|---|---|---|---|---|",
    ]
    found = foreign.measure(list(orders(wanted.seed, writings, copies, wanted.letters)))
    for (writing, copy), score in found.items():
        figures = (
            tables.share(plain_paper.mean(score.fields)),
            tables.percent(plain_paper.mean(score.rates)),
            tables.share(plain_paper.mean(score.categories)),
        )
        counts = f"{score.guessed} | {score.invented}"
        lines.append(f"| {writing} | {copy} | {score.forms} | {' | '.join(figures)} | {counts} |")
    return "\n".join(lines)


def _measures(wanted: argparse.Namespace, report: Report) -> None:
    if not wanted.measures:
        return
    lines = [
        (
            "| drafts | names | wrong accepted (0) | right without a person (≥ .95) | left to a person "
            "| not read letter by letter |"
        ),
        "|---|---|---|---|---|---|",
    ]
    for title, count, twins in (
        ("one of each name is open", wanted.measures, False),
        ("of each name two are open, one letter apart", wanted.measures // 5, True),
    ):
        named = measures.measure(wanted.seed, count, similarity, twins=twins)
        lines.append(
            f"| {title} | {named.forms} | {named.wrong} | {named.right / named.forms:.3f} "
            f"| {named.asked} | {named.misread} |"
        )
    report.table("Measure names typed or written by hand on plain paper", "\n".join(lines))


def _places(wanted: argparse.Namespace, report: Report) -> None:
    if not wanted.places:
        return
    writings, copies = wanted.writing or WRITINGS, wanted.copy or tuple(COPIES)
    asked = list(orders(wanted.seed, writings, copies, wanted.places))
    found = places.measure(asked, wanted.processes)
    report.table(f"Addresses beside the towns of {places.CITY}", places.table(found))


def _write_lines(path: Path, outcomes: Sequence[Outcome]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for each in outcomes:
            file.write(json.dumps(each.line(), ensure_ascii=False) + "\n")


def _write_docs(seed: int, outcomes: Sequence[Outcome], report: Report) -> None:
    template, blank = direct.template_of()
    files = {
        f"{writing}-{copy}.png": picture(seed, writing, copy, template, blank)
        for writing, copy in PICTURED
    }
    fields = {
        name: tables.pairs(outcomes, pointer, lambda _: True)
        for pointer, name in tables.FIELD_NAMES.items()
    }
    plot = reliability({name: own for name, own in fields.items() if len(own) > 1})
    files["reliability.svg"] = plot.encode()
    shown = "\n".join(
        f"| {writing} | {copy} | ![{writing}, {copy}](recognition/{writing}-{copy}.png) |"
        for writing, copy in PICTURED
    )
    documentation.publish(
        f"{report.text}### Reliability\n\n"
        "![Confidence against share of right readings](recognition/reliability.svg)\n\n"
        f"### What it looks like\n\n| writing | copy | name and opinion |\n|---|---|---|\n{shown}",
        files,
    )


if __name__ == "__main__":
    sys.exit(main())
