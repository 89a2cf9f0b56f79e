"""Letters on plain paper, as people write who have no form: found and read without a template."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy
from PIL import Image

from app.domain.comment_form import ADDRESS, NAME, OPINION
from app.domain.labelled_text import read_labelled
from app.recognition.decoding import open_pages
from app.recognition.engines import ENGINES
from app.recognition.page_reader import PageReader
from app.recognition.reading import ReadingLimits
from bench.reading.copies import COPIES
from bench.reading.letters import DOTS_PER_MM
from bench.reading.samples import Order, words_of
from bench.reading.score import error_rate, plain
from bench.reading.sheets import write_line
from bench.reading.writers import hand_of

_SHEET = (3508, 2480)
_LEFT_MM, _TOP_MM, _PITCH_MM, _WIDTH_MM = 22.0, 26.0, 10.0, 165.0
_IN_A_LINE = 28


@dataclass(slots=True)
class LetterScore:
    """What came of the letters of one writing and copy.

    Attributes:
        rates: Errors per character of the whole page.
        names: Whether each name was found and is wholly right.
        addresses: The same of the addresses.
    """

    rates: list[float] = field(default_factory=list)
    names: list[bool] = field(default_factory=list)
    addresses: list[bool] = field(default_factory=list)

    def cells(self) -> tuple[int, float, float, float]:
        """Give how many letters, their mean error rate, and the shares of names and addresses."""
        return len(self.rates), mean(self.rates), mean(self.names), mean(self.addresses)


def mean(values: Sequence[float]) -> float:
    """Give the mean; NaN of nothing."""
    return sum(values) / len(values) if values else math.nan


def measure(orders: Sequence[Order]) -> dict[tuple[str, str], LetterScore]:
    """Write letters, copy and read them; gives the scores by writing and copy."""
    limits = ReadingLimits()
    reader = PageReader([], ENGINES["best"](limits))
    scores: dict[tuple[str, str], LetterScore] = {}
    for order in orders:
        chance = random.Random(f"letter {order.name}")
        hand = hand_of(order.writing, chance)
        said = words_of(order, hand, chance)
        lines = _lines(said[NAME], said[ADDRESS], said[OPINION])
        ink = numpy.zeros(_SHEET, numpy.uint8)
        for row, line in enumerate(lines):
            place = (_LEFT_MM * DOTS_PER_MM, (_TOP_MM + row * _PITCH_MM) * DOTS_PER_MM)
            write_line(ink, hand, line, place, _WIDTH_MM * DOTS_PER_MM, chance)
        cover = ink.astype(numpy.float32) / 255.0
        sheet = Image.fromarray((255.0 - cover * 220.0).astype(numpy.uint8))
        page = reader.read(open_pages(COPIES[order.copy](sheet, chance), limits).page(1), 1)
        found = read_labelled(page.text, source="ocr").submitter
        score = scores.setdefault((order.writing, order.copy), LetterScore())
        score.rates.append(error_rate("".join(lines), page.text))
        score.names.append(plain(found.name or "") == plain(said[NAME]))
        score.addresses.append(plain(found.address or "") == plain(said[ADDRESS]))
    return scores


def _lines(name: str, address: str, opinion: str) -> list[str]:
    """Give the words of a letter in lines, as they are written."""
    starts = range(0, len(opinion), _IN_A_LINE)
    body = [opinion[start : start + _IN_A_LINE] for start in starts]
    return ["意見書", f"住所\u3000{address}", f"氏名\u3000{name}", "ご意見", *body]
