"""`python -m bench.reading`: make forms of a seed, have them read, print how well that went."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.reading import tables
from bench.reading.copies import COPIES
from bench.reading.direct import read_all
from bench.reading.samples import orders
from bench.reading.score import Outcome
from bench.reading.writers import WRITINGS, missing
from bench.report import machine


def main() -> int:
    """Read the command line, measure and report."""
    wanted = _parser().parse_args()
    writings, copies = wanted.writing or WRITINGS, wanted.copy or tuple(COPIES)
    lacking = missing(writings)
    if lacking:
        print(f"bench-ocr: missing: {', '.join(lacking)}", file=sys.stderr)
        print("bench-ocr: please run: scripts/install-system-packages bench", file=sys.stderr)
        return 1
    print(machine("onnxruntime", "rapidocr", "pytesseract"), flush=True)
    print(f"seed {wanted.seed}, {wanted.forms} forms of each writing and copy", flush=True)
    if wanted.samples is not None:
        wanted.samples.mkdir(parents=True, exist_ok=True)
    asked = list(orders(wanted.seed, writings, copies, wanted.forms))
    outcomes = read_all(asked, wanted.engine, wanted.samples, wanted.processes)
    _report(outcomes)
    if wanted.lines is not None:
        _write_lines(wanted.lines, outcomes)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.reading", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="another seed, other texts and hands")
    parser.add_argument("--forms", type=int, default=4, help="of each writing and copy")
    parser.add_argument("--writing", choices=WRITINGS, action="append")
    parser.add_argument("--copy", choices=tuple(COPIES), action="append")
    parser.add_argument("--engine", choices=("best", "ppocr", "tesseract"), default="best")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--samples", type=Path, help="keep the forms here, or take them from here")
    parser.add_argument("--lines", type=Path, help="write every field as a line of JSON")
    return parser


def _report(outcomes: Sequence[Outcome]) -> None:
    for title, table in (
        ("Accuracy by class", tables.by_class),
        ("Accuracy by writing and copy", tables.by_cell),
        ("Category marks", tables.by_mark),
        ("Confidence", tables.by_confidence),
    ):
        print(f"\n### {title}\n\n{table(outcomes)}", flush=True)


def _write_lines(path: Path, outcomes: Sequence[Outcome]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for each in outcomes:
            file.write(json.dumps(each.line(), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
