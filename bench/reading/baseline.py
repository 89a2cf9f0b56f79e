"""The recognisers alone, on the same line crops: ours, and pytesseract as its manual shows it."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytesseract

from app.domain.comment_form import ADDRESS, NAME, OPINION
from app.recognition.decoding import Raster, open_pages
from app.recognition.engines import ENGINES
from app.recognition.form_layout import rule_dots
from app.recognition.form_template import FormTemplate
from app.recognition.lines import cut_lines
from app.recognition.ocr import EngineFailed, LinePicture, OcrEngine
from app.recognition.reading import ReadingLimits
from app.recognition.registration import cut, find_sheet, place
from bench.reading.processor import processor_seconds
from bench.reading.samples import Sample
from bench.reading.score import error_rate

_INSET_MM = 0.3
_DOTS_PER_MM = 12.0
_FIELDS = (NAME, ADDRESS, OPINION)

Crops = Mapping[str, Sequence[LinePicture]]
"""The lines of each field of one form."""


@dataclass(slots=True)
class Recognised:
    """What one recogniser did.

    Attributes:
        seconds: Processor time for reading, that of programs it runs included; cutting the
            lines is not counted. Each recogniser has one core, and a busy machine slows none.
        rates: Writing and error rate of the opinion of each form.
    """

    seconds: float = 0.0
    rates: list[tuple[str, float]] = field(default_factory=list)

    def cer(self, writing: str) -> float:
        """Give the mean error rate of a writing; NaN where there is none."""
        own = [rate for each, rate in self.rates if each == writing]
        return sum(own) / len(own) if own else float("nan")

    def pages_per_minute(self) -> float:
        """Give how many forms it reads in a minute of one core."""
        return 60 * len(self.rates) / self.seconds if self.seconds else float("nan")


Recogniser = Callable[[Sequence[LinePicture]], Sequence[str]]


def compare(samples: Sequence[Sample], template: FormTemplate) -> dict[str, Recognised]:
    """Let every recogniser read the same crops, form by form in turn.

    Args:
        samples: The forms.
        template: By which they are cut.

    Returns:
        By the name of the recogniser; ``ours`` first.
    """
    os.environ["OMP_THREAD_LIMIT"] = "1"  # each recogniser has one core
    limits = ReadingLimits()
    readers: dict[str, Recogniser] = {
        "ours": _by_engine(ENGINES["best"](limits)),
        "ours, network alone": _by_engine(ENGINES["ppocr"](limits)),
        "pytesseract": _by_pytesseract,
    }
    found = {name: Recognised() for name in readers}
    for sample in samples:
        lines = crops(open_pages(sample.data, limits).page(1), template)
        for name, read in readers.items():
            start = processor_seconds()
            texts = {pointer: "".join(read(own)) for pointer, own in lines.items()}
            found[name].seconds += processor_seconds() - start
            rate = error_rate(sample.truth[OPINION], texts.get(OPINION, ""))
            found[name].rates.append((sample.order.writing, rate))
    return found


def crops(raster: Raster, template: FormTemplate) -> Crops:
    """Cut the lines of the written fields; none where the markers are not found."""
    placement = place(find_sheet(raster), template)
    if placement is None:
        return {}
    found = {}
    for cell in template.fields:
        if cell.field in _FIELDS and cell.page == 1:
            left, top, right, bottom = template.in_mm(cell.box)
            inner = (left + _INSET_MM, top + _INSET_MM, right - _INSET_MM, bottom - _INSET_MM)
            rules = [
                (x - inner[0], y - inner[1])
                for x, y in rule_dots(template.in_mm(cell.box), cell.row_mm)
            ]
            view = cut(raster.grey, placement, inner, _DOTS_PER_MM)
            found[cell.field] = [each.picture for each in cut_lines(view, _DOTS_PER_MM, rules)]
    return found


def _by_engine(engine: OcrEngine) -> Recogniser:
    def read(lines: Sequence[LinePicture]) -> Sequence[str]:
        try:
            return [each.text for each in engine.read_lines(lines)]
        except EngineFailed:
            return []

    return read


def _by_pytesseract(lines: Sequence[LinePicture]) -> Sequence[str]:
    texts = []
    for line in lines:
        try:
            texts.append(
                str(pytesseract.image_to_string(line.grey, lang="jpn", config="--oem 1 --psm 7"))
            )
        except pytesseract.TesseractError:
            texts.append("")
    return texts
