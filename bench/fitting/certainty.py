"""Fit how likely a field is read right, on forms of training seeds; check on others.

python -m bench.fitting.certainty read --seed 200 --seeds 60 FILE.jsonl
python -m bench.fitting.certainty fit FILE.jsonl …
python -m bench.fitting.certainty check FILE.jsonl …
python -m bench.fitting.certainty cross FILE.jsonl …

A seed has 25 forms, one of each writing and copy; 60 seeds are read in about 13 minutes by two cores,
and fitted in one. ``cross`` fits on all seeds but some and checks on those, until each was checked once; ``--leave``
leaves out writers or kinds of copy instead.
"""

import argparse
import json
import os
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any  # JSON

import cv2
import numpy
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from app.domain.comment_form import ADDRESS, NAME, OPINION, Reading, low_confidence
from app.recognition.cells import CellText, Picture
from app.recognition.certainty import VERSION, Certainty, Evidence, Fitted
from app.recognition.decoding import open_pages
from app.recognition.engines import best_engine
from app.recognition.fields import FieldReader
from app.recognition.form_template import FormTemplate, TemplateField
from app.recognition.language import known_language
from app.recognition.ocr import OcrEngine
from app.recognition.page_reader import PageReader
from app.recognition.reading import ReadingLimits
from app.recognition.variants import variant_judge
from bench.reading import tables
from bench.reading.copies import COPIES
from bench.reading.direct import in_processes, template_of
from bench.reading.samples import Order, Sample, kept, orders
from bench.reading.score import Outcome, plain
from bench.reading.sheets import Blank
from bench.reading.ticks import Mark
from bench.reading.writers import WRITINGS

_FILE = Path("app", "recognition", "data", f"certainty-{VERSION}.json")
_KINDS = {NAME: "name", ADDRESS: "address", OPINION: "opinion"}
_POINTERS = {kind: pointer for pointer, kind in _KINDS.items()}
LINE = "line"
_RIDGE, _RIDGE_OF_KIND, _RIDGE_OF_BIAS = 5.0, 8.0, 0.1
"""How firmly weights are held near zero, those of a kind near the shared ones, and how loosely a
bias; forms are few, and features alike."""

_GAPS, _RIDGE_OF_SELDOM = 4, 1e4
"""Gaps are so seldom that chance decides what they say of one kind: all kinds share their weight."""

_SELDOM_KNOWN = 100
"""One right reading of so many is told to hold a word that no dictionary knows: nobody invents
such words for these forms, and people write some."""

_STEPS = 60
_PARTS = 8
"""Parts of the forms that are left out in turn."""

Floats = NDArray[numpy.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One field, or one line of an opinion: what was known of its reading, and how it is.

    Attributes:
        kind: Of the field, or ``line``.
        seed: Of the form.
        writing: Kind of writing.
        copy: How the sheet came.
        index: Number of the form within its class.
        hand: Who wrote.
        right: Whether it is read rightly.
        evidence: What was known.
    """

    kind: str
    seed: int
    writing: str
    copy: str
    index: int
    hand: str
    right: bool
    evidence: Evidence

    def line(self) -> str:
        """Give it as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


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
        super().__init__({})

    def probability(self, pointer: str, evidence: Evidence) -> float:
        """Say that nothing is known."""
        return 0.5 if pointer and evidence.sureness else 0.0


def read(asked: Sequence[Order], path: Path, folder: Path | None, processes: int) -> None:
    """Read forms and write down what was known of each field, and whether it was right.

    Args:
        asked: The forms.
        path: Where it is added, a line for each field and each line of an opinion.
        folder: Where forms are kept for the next run, or None.
        processes: How many read; each uses one core, about a second a form.
    """
    found = in_processes(partial(_read_one, folder=folder), asked, processes)
    with path.open("a", encoding="utf-8") as out:
        out.writelines(line + "\n" for lines in found for line in lines)


def _read_one(order: Order, *, folder: Path | None) -> list[str]:
    reader, fields, blank = _shared_reader()
    sample = kept(order, blank, folder)
    fields.heard.clear()
    reader.read(open_pages(sample.data, ReadingLimits()).page(1), 1)
    return [each.line() for each in examples_of(sample, fields.heard)]


@lru_cache(maxsize=1)
def _shared_reader() -> tuple[PageReader, Overhearing, Blank]:
    """Give the reader of this process."""
    cv2.setNumThreads(1)
    template, blank = template_of()
    engine = best_engine(ReadingLimits())
    fields = Overhearing(engine)
    return PageReader([template], engine, fields=fields), fields, blank


def examples_of(sample: Sample, heard: Mapping[str, tuple[CellText, Picture]]) -> Iterator[Example]:
    """Give what was known of the fields of one form, and of every line of its opinion."""
    order = sample.order

    def example(kind: str, evidence: Evidence, *, right: bool) -> Example:
        return Example(
            kind=kind,
            seed=order.seed,
            writing=order.writing,
            copy=order.copy,
            index=order.index,
            hand=sample.hand,
            right=right,
            evidence=evidence,
        )

    for pointer, (text, picture) in heard.items():
        if pointer in _KINDS and text.value:
            right = plain(text.value) == plain(sample.truth[pointer])
            evidence = text.evidence(pointer, picture, known_language())
            yield example(_KINDS[pointer], evidence, right=right)
    if OPINION in heard:
        text, picture = heard[OPINION]
        for number, right in enumerate(_lines_right(sample.truth[OPINION], text)):
            if text.lines[number].text:
                evidence = text.evidence(OPINION, picture, known_language(), number)
                yield example(LINE, evidence, right=right)


def load(paths: Sequence[Path]) -> list[Example]:
    """Take together what was written down."""
    return [
        _example(json.loads(line))
        for path in paths
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def _example(told: Mapping[str, Any]) -> Example:
    return Example(**{**told, "evidence": Evidence(**told["evidence"])})


def _lines_right(truth: str, text: CellText) -> list[bool]:
    """Say of each line of a text whether it holds no mistake."""
    parts = [plain(each.text) for each in text.lines]
    right = [True] * len(parts)
    ends = numpy.cumsum([len(each) for each in parts])
    for edit in Levenshtein.editops("".join(parts), plain(truth)):
        place = int(numpy.searchsorted(ends, edit.src_pos, side="right"))
        right[min(place, len(parts) - 1)] = False
    return right


def fit(examples: Sequence[Example]) -> dict[str, Fitted]:
    """Fit weights shared by all fields, then those of each kind, held near the shared ones."""
    fitted: dict[str, Fitted] = {}
    examples = _with_strangers(examples)
    numbers = numpy.array([each.evidence.features() for each in examples])
    right = numpy.array([each.right for each in examples], dtype=numpy.float64)
    kinds = numpy.array([each.kind for each in examples])
    middles, spreads = numpy.median(numbers, axis=0), numbers.std(axis=0) + 0.05
    scaled = (numbers - middles) / spreads
    marks = numpy.stack([kinds == each for each in (*_POINTERS, LINE)], axis=1)
    count = scaled.shape[1]
    loose = numpy.full(marks.shape[1], _RIDGE_OF_BIAS)
    ridge = numpy.concatenate([numpy.full(count, _RIDGE), loose])
    shared = _logistic(numpy.hstack([scaled, marks]), right, ridge)
    near = numpy.concatenate([numpy.full(count, _RIDGE_OF_KIND), loose[:1]])
    near[_GAPS] = _RIDGE_OF_SELDOM
    for kind in (*_POINTERS, "other"):
        mine = kinds == kind if kind != "other" else numpy.isin(kinds, ("name", "address"))
        design = numpy.hstack([scaled[mine], numpy.ones((int(mine.sum()), 1))])
        weights = _logistic(design, right[mine], near, prior=[*shared[:count], 0.0])
        unscaled = weights[:-1] / spreads
        fitted[kind] = {
            "bias": [round(float(weights[-1] - unscaled @ middles), 5)],
            "weights": [round(float(each), 5) for each in unscaled],
            "examples": [int(mine.sum()), int(right[mine].sum())],
        }
    return fitted


def _with_strangers(examples: Sequence[Example]) -> list[Example]:
    """Put a word that no dictionary knows into a few of the readings that are right."""
    told, right = [], 0
    for each in examples:
        right += each.right and each.kind != "name"
        if each.right and each.kind != "name" and right % _SELDOM_KNOWN == 0:
            strangers = each.evidence.strangers + 1
            told.append(replace(each, evidence=replace(each.evidence, strangers=strangers)))
        else:
            told.append(each)
    return told


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


def judged(examples: Sequence[Example], certainty: Certainty) -> list[Outcome]:
    """Say of each field how sure its reading is held to be, as the report scores it."""
    outcomes = []
    for each in examples:
        if each.kind in _POINTERS:
            pointer = _POINTERS[each.kind]
            sure = certainty.probability(pointer, each.evidence)
            outcomes.append(
                Outcome(
                    seed=each.seed,
                    writing=each.writing,
                    copy=each.copy,
                    index=each.index,
                    hand=each.hand,
                    mark=Mark.SINGLE,
                    field=pointer,
                    truth="",
                    read="",
                    confidence=sure,
                    flagged=sure < low_confidence(pointer),
                    right=each.right,
                    cer=None,
                )
            )
    return outcomes


_LEFT_OUT: Mapping[str, Callable[[Example], str]] = {
    "seeds": lambda each: str(each.seed),
    "hands": lambda each: each.hand if each.writing in ("typed", "neat") else each.writing,
    "copies": lambda each: each.copy,
}
"""What may be left out in turn."""


def cross(examples: Sequence[Example], leave: str) -> list[Outcome]:
    """Judge every field by numbers that were fitted without its seed, its hand or its copy."""
    left = [_LEFT_OUT[leave](each) for each in examples]
    parts: dict[str, int] = {}
    for number, each in enumerate(sorted(set(left), key=lambda each: zlib.crc32(each.encode()))):
        parts[each] = number % _PARTS
    outcomes = []
    for part in sorted(set(parts.values())):
        held = [
            example for example, each in zip(examples, left, strict=True) if parts[each] == part
        ]
        rest = [
            example for example, each in zip(examples, left, strict=True) if parts[each] != part
        ]
        outcomes += judged(held, Certainty(fit(rest)))
    return outcomes


def show(outcomes: Sequence[Outcome]) -> None:
    """Print calibration and error detection by field and class, and who is asked."""
    print(tables.by_confidence(outcomes), tables.by_confidence_of_cells(outcomes), sep="\n\n")
    asked: dict[str, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        asked[each.field].append(each)
    print("\n| field | wrong, not pointed out | right, pointed out |\n|---|---|---|")
    for pointer, own in asked.items():
        unsaid = sum(not each.right and not each.flagged for each in own)
        needless = sum(each.right and each.flagged for each in own)
        print(f"| {_KINDS[pointer]} | {unsaid} | {needless} |")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bench.fitting.certainty", description=__doc__)
    commands = parser.add_subparsers(dest="order", required=True)
    reading = commands.add_parser("read")
    reading.add_argument("--seed", type=int, default=200, help="the first one")
    reading.add_argument("--seeds", type=int, default=60, help="how many, one after the other")
    reading.add_argument("--forms", type=int, default=1, help="of each seed, writing and copy")
    reading.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    reading.add_argument("--copy", choices=tuple(COPIES), action="append")
    reading.add_argument("--samples", type=Path, help="keep the forms here, or take them from here")
    reading.add_argument("path", type=Path)
    for name in ("fit", "check", "cross"):
        command = commands.add_parser(name)
        command.add_argument("paths", type=Path, nargs="+")
        if name == "cross":
            command.add_argument("--leave", choices=tuple(_LEFT_OUT), default="seeds")
    wanted = parser.parse_args()
    if wanted.order == "read":
        copies = wanted.copy or tuple(COPIES)
        seeds = range(wanted.seed, wanted.seed + wanted.seeds)
        asked = [each for seed in seeds for each in orders(seed, WRITINGS, copies, wanted.forms)]
        read(asked, wanted.path, wanted.samples, wanted.processes)
    elif wanted.order == "fit":
        told = {
            "version": VERSION,
            "fitted": "bench.fitting.certainty",
            "kinds": fit(load(wanted.paths)),
        }
        _FILE.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    elif wanted.order == "check":
        show(judged(load(wanted.paths), Certainty()))
    else:
        show(cross(load(wanted.paths), wanted.leave))


if __name__ == "__main__":
    main()
