"""Fit how likely a field is read right, on forms of training seeds; check on others.

python -m bench.fitting.certainty read --seed 3 --forms 10 FILE.jsonl
python -m bench.fitting.certainty fit FILE.jsonl …
python -m bench.fitting.certainty check FILE.jsonl …
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from app.domain.comment_form import ADDRESS, NAME, OPINION, Reading
from app.recognition.cells import CellText, Picture
from app.recognition.certainty import VERSION, Certainty, Evidence
from app.recognition.decoding import open_pages
from app.recognition.engines import best_engine
from app.recognition.fields import FieldReader
from app.recognition.form_template import FormTemplate, TemplateField
from app.recognition.language import known_language
from app.recognition.ocr import OcrEngine
from app.recognition.page_reader import PageReader
from app.recognition.reading import ReadingLimits
from app.recognition.variants import variant_judge
from bench.reading.calibration import detection_auroc, expected_calibration_error
from bench.reading.copies import COPIES
from bench.reading.direct import template_of
from bench.reading.samples import make, orders
from bench.reading.score import plain
from bench.reading.writers import WRITINGS

_FILE = Path("app", "recognition", "data", f"certainty-{VERSION}.json")
_KINDS = {NAME: "name", ADDRESS: "address", OPINION: "opinion"}
LINE = "line"
_RIDGE, _RIDGE_OF_KIND, _RIDGE_OF_BIAS = 5.0, 8.0, 0.1
"""How firmly weights are held near zero, those of a kind near the shared ones, and how loosely a
bias; forms are few, and features alike."""

_STEPS = 60

Floats = NDArray[numpy.float64]
Row = tuple[str, str, bool, Evidence]
"""Kind, class, whether it is right, and what was known."""


class Overhearing(FieldReader):
    """Reads as the service does, and keeps what each cell said."""

    def __init__(self, engine: OcrEngine) -> None:
        """Keep nothing yet."""
        super().__init__(engine, variant_judge(), Unweighed(), known_language())
        self.heard: dict[str, tuple[CellText, Picture]] = {}

    def reading(
        self, text: CellText, picture: Picture, cell: TemplateField, template: FormTemplate
    ) -> Reading:
        """Keep what was read."""
        self.heard[cell.field] = (text, picture)
        return super().reading(text, picture, cell, template)


class Unweighed(Certainty):
    """Certainty while it is being fitted."""

    def __init__(self) -> None:
        """Load nothing: there may be nothing yet."""

    def probability(self, pointer: str, evidence: Evidence) -> float:
        """Say that nothing is known."""
        return 0.5 if pointer and evidence.sureness else 0.0


def read(seed: int, forms: int, copies: Sequence[str], path: Path) -> None:
    """Read forms of a seed and write down what was known of each field, and whether it was right."""
    cv2.setNumThreads(1)
    template, blank = template_of()
    limits = ReadingLimits()
    engine = best_engine(limits)
    fields = Overhearing(engine)
    reader = PageReader([template], engine, fields=fields)
    with path.open("a", encoding="utf-8") as out:
        for order in orders(seed, WRITINGS, copies, forms):
            sample = make(order, blank)
            fields.heard.clear()
            reader.read(open_pages(sample.data, limits).page(1), 1)
            name = f"{order.writing} {order.copy}"
            for row in rows_of(name, sample.truth, fields.heard):
                out.write(line_of(row) + "\n")
            out.flush()


def rows_of(
    name: str, truth: Mapping[str, str], heard: dict[str, tuple[CellText, Picture]]
) -> Iterator[Row]:
    """Give what was known of the fields of one form, and of every line of its opinion."""
    for pointer, (text, picture) in heard.items():
        if pointer in _KINDS and text.value:
            right = plain(text.value) == plain(truth[pointer])
            yield _KINDS[pointer], name, right, text.evidence(picture)
    if OPINION in heard:
        text, picture = heard[OPINION]
        for number, right in enumerate(_lines_right(truth[OPINION], text)):
            if text.lines[number].text:
                yield LINE, name, right, text.evidence(picture, number)


def line_of(row: Row) -> str:
    """Give a row as JSON."""
    kind, name, right, evidence = row
    return json.dumps({"kind": kind, "class": name, "right": right, **asdict(evidence)})


def load(paths: Sequence[Path]) -> list[Row]:
    """Take together what was written down."""
    rows: list[Row] = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            told = json.loads(line)
            kind, name, right = told.pop("kind"), told.pop("class"), bool(told.pop("right"))
            rows.append((kind, name, right, Evidence(**told)))
    return rows


def _lines_right(truth: str, text: CellText) -> list[bool]:
    """Say of each line of a text whether it holds no mistake."""
    parts = [plain(each.text) for each in text.lines]
    right = [True] * len(parts)
    ends = numpy.cumsum([len(each) for each in parts])
    for edit in Levenshtein.editops("".join(parts), plain(truth)):
        place = int(numpy.searchsorted(ends, edit.src_pos, side="right"))
        right[min(place, len(parts) - 1)] = False
    return right


def fit(rows: Sequence[Row]) -> None:
    """Fit weights shared by all fields, then those of each kind, held near the shared ones."""
    fitted: dict[str, dict[str, list[float]]] = {}
    numbers = numpy.array([row[3].features() for row in rows])
    right = numpy.array([row[2] for row in rows], dtype=numpy.float64)
    kinds = numpy.array([row[0] for row in rows])
    middles, spreads = numpy.median(numbers, axis=0), numbers.std(axis=0) + 0.05
    scaled = (numbers - middles) / spreads
    marks = numpy.stack([kinds == each for each in (*_KINDS.values(), LINE)], axis=1)
    count = scaled.shape[1]
    loose = numpy.full(marks.shape[1], _RIDGE_OF_BIAS)
    ridge = numpy.concatenate([numpy.full(count, _RIDGE), loose])
    shared = _logistic(numpy.hstack([scaled, marks]), right, ridge)
    near = numpy.concatenate([numpy.full(count, _RIDGE_OF_KIND), loose[:1]])
    for kind in (*_KINDS.values(), "other"):
        mine = kinds == kind if kind != "other" else numpy.isin(kinds, ("name", "address"))
        design = numpy.hstack([scaled[mine], numpy.ones((int(mine.sum()), 1))])
        weights = _logistic(design, right[mine], near, prior=[*shared[:count], 0.0])
        fitted[kind] = {
            "bias": [round(float(weights[-1]), 5)],
            "weights": [round(float(each), 5) for each in weights[:-1]],
            "middles": [round(float(each), 5) for each in middles],
            "spreads": [round(float(each), 5) for each in spreads],
            "examples": [int(mine.sum()), int(right[mine].sum())],
        }
    told = {"version": VERSION, "fitted": "bench.fitting.certainty", "kinds": fitted}
    _FILE.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _logistic(
    design: Floats, target: Floats, ridge: Floats, prior: Sequence[float] | None = None
) -> Floats:
    """Fit a logistic regression by Newton's method, weights held near ``prior`` by ``ridge``."""
    start = numpy.zeros(design.shape[1]) if prior is None else numpy.array(prior)
    weights = start.copy()
    for _ in range(_STEPS):
        chance = 1 / (1 + numpy.exp(-numpy.clip(design @ weights, -30, 30)))
        slope = design.T @ (target - chance) - ridge * (weights - start)
        bend = (design * (chance * (1 - chance))[:, None]).T @ design + numpy.diag(ridge + 1e-6)
        step = numpy.linalg.solve(bend, slope)
        now = _loss(design, target, weights) + (ridge * (weights - start) ** 2).sum() / 2
        # Newton's step may go too far; half of it, and half of that, goes down in the end.
        for _ in range(30):
            after = weights + step
            if _loss(design, target, after) + (ridge * (after - start) ** 2).sum() / 2 <= now:
                weights = after
                break
            step = step / 2
    return weights


def _loss(design: Floats, target: Floats, weights: Floats) -> float:
    """Give the cross entropy."""
    score = design @ weights
    return float((numpy.logaddexp(0, score) - target * score).sum())


def check(rows: Sequence[Row]) -> None:
    """Print calibration error and error detection, by field and by field and class."""
    weigher = Certainty()
    pointers = {kind: pointer for pointer, kind in _KINDS.items()}
    cells: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for kind, name, right, evidence in rows:
        if kind in pointers:
            pair = (weigher.probability(pointers[kind], evidence), float(right))
            writing, _, copy = name.partition(" ")
            for cell in (kind, f"{kind} {writing}", f"{kind} {copy}"):
                cells[cell].append(pair)
    for cell, pairs in sorted(cells.items()):
        wrong = sum(right < 1 for _, right in pairs)
        print(
            f"{cell}\t{len(pairs)}\twrong {wrong}\tECE {expected_calibration_error(pairs):.3f}"
            f"\tAUROC {detection_auroc(pairs):.3f}"
        )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bench.fitting.certainty", description=__doc__)
    commands = parser.add_subparsers(dest="order", required=True)
    reading = commands.add_parser("read")
    reading.add_argument("--seed", type=int, default=2)
    reading.add_argument("--forms", type=int, default=10, help="of each writing and copy")
    reading.add_argument("--copy", choices=tuple(COPIES), action="append")
    reading.add_argument("path", type=Path)
    for name in ("fit", "check"):
        commands.add_parser(name).add_argument("paths", type=Path, nargs="+")
    wanted = parser.parse_args()
    if wanted.order == "read":
        read(wanted.seed, wanted.forms, wanted.copy or tuple(COPIES), wanted.path)
    elif wanted.order == "fit":
        fit(load(wanted.paths))
    else:
        check(load(wanted.paths))


if __name__ == "__main__":
    main()
