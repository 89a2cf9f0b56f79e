"""Measure names on paper: written, copied, read as running text, and held against many drafts."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy
from PIL import Image

from app.domain.consultation import Consultation
from app.domain.measure import MeasureVerdict
from app.domain.measure_name import Similarity, judge
from app.recognition.decoding import open_pages
from app.recognition.engines import ENGINES
from app.recognition.page_reader import PageReader
from app.recognition.reading import ReadingLimits, TextLine
from bench.reading import words
from bench.reading.consultations import OPEN_ON, a_consultation
from bench.reading.copies import COPIES
from bench.reading.letters import DOTS_PER_MM, Hand
from bench.reading.score import plain
from bench.reading.sheets import write_line
from bench.reading.writers import hand_of

_SHEET = (3508, 2480)
_ROWS = 14
_PITCH_MM, _TOP_MM, _LEFT_MM, _WIDTH_MM = 18.0, 22.0, 20.0, 170.0
_NEAR_MM = 7.0
_HANDS = ("typed", "neat", "strokes-1", "strokes-2")
_WAYS = ("scan-300", "scan-200", "fax-196", "fax-98")
_OPEN = 12
_FORMER = timedelta(days=3 * 365)
_STAGES = ("（案）", "（案）", "（素案）", "（改定案）", "")
_KANJI = "〇一二三四五六七八九"


@dataclass(slots=True)
class Named:
    """How the written names were understood.

    Attributes:
        forms: Names written.
        right: Matched to the draft that was meant, without a person.
        asked: Left to a person.
        wrong: Matched to another draft.
        misread: Not read letter by letter as they were written.
    """

    forms: int = 0
    right: int = 0
    asked: int = 0
    wrong: int = 0
    misread: int = 0


def drafts(seed: int, *, twins: bool) -> list[Consultation]:
    """Invent the drafts a city knows.

    Args:
        seed: Of the names.
        twins: Whether the neighbour of a draft, one number or stage away, is open as well; else
            it is the draft of some years before, as is usual.
    """
    chance = random.Random(f"drafts {seed}")
    known: list[Consultation] = []
    for subject in chance.sample(words.MEASURES, _OPEN):
        number, unit = chance.randint(3, 8), chance.choice(("期", "次", ""))
        term, before = (f"第{each}{unit}" if unit else "" for each in (number, number - 1))
        stage = chance.choice(_STAGES)
        other = stage if unit else chance.choice([each for each in _STAGES if each != stage])
        age = timedelta() if twins else _FORMER
        for name, opened in (
            (f"北星市{term}{subject}{stage}", OPEN_ON),
            (f"北星市{before}{subject}{other}", OPEN_ON - age),
        ):
            serial = len(known) + 1
            known.append(
                a_consultation(
                    code=f"draft-{serial}", measure_name=name, number=serial, around=opened
                )
            )
    return known


def written(name: str, chance: random.Random) -> str:
    """Write a draft's name as people do: nearly always as it is printed."""
    way = chance.random()
    if way < 0.7:
        return name
    if way < 0.8:
        return f"「{name}」"
    if way < 0.87:
        return name.replace("（", "(").replace("）", ")")
    if way < 0.93:
        return "".join(_KANJI[int(each)] if each in "123456789" else each for each in name)
    return f"{name}について"


def measure(seed: int, forms: int, similarity: Similarity, *, twins: bool) -> Named:
    """Write so many names, have them read, and judge each as the service does.

    Args:
        seed: Of the names, hands and copies.
        forms: How many.
        similarity: Likeness of two texts, as the service uses it.
        twins: Whether drafts one letter apart are open at the same time.
    """
    known = drafts(seed, twins=twins)
    open_now = [each for each in known if each.opens_on <= OPEN_ON <= each.closes_on]
    limits = ReadingLimits()
    reader = PageReader([], ENGINES["best"](limits))
    named = Named()
    for sheet in range(-(-forms // _ROWS)):
        chance = random.Random(f"measures {seed} {twins} {sheet}")
        hand = hand_of(chance.choice(_HANDS), chance)
        meant = [chance.choice(open_now) for _ in range(min(_ROWS, forms - sheet * _ROWS))]
        texts = [_writable(each, hand, chance) for each in meant]
        copied = COPIES[_WAYS[sheet % len(_WAYS)]](_sheet(hand, texts, chance), chance)
        lines = reader.read(open_pages(copied, limits).page(1), 1).lines
        for row, (consultation, text) in enumerate(zip(meant, texts, strict=True)):
            read = _row(lines, row)
            found = judge(read or None, known, on=OPEN_ON, similarity=similarity, by_ocr=True)
            named.forms += 1
            named.misread += plain(read) != plain(text)
            if found.verdict is not MeasureVerdict.MATCH:
                named.asked += 1
            elif found.consultation == consultation.code:
                named.right += 1
            else:
                named.wrong += 1
    return named


def _writable(consultation: Consultation, hand: Hand, chance: random.Random) -> str:
    text = written(consultation.measure_name, chance)
    return text if hand.can_write(text) else consultation.measure_name


def _sheet(hand: Hand, texts: Sequence[str], chance: random.Random) -> Image.Image:
    ink = numpy.zeros(_SHEET, numpy.uint8)
    for row, text in enumerate(texts):
        place = (_LEFT_MM * DOTS_PER_MM, (_TOP_MM + row * _PITCH_MM) * DOTS_PER_MM)
        write_line(ink, hand, text, place, _WIDTH_MM * DOTS_PER_MM, chance)
    darkest = chance.randint(15, 60)
    cover = ink.astype(numpy.float32) / 255.0
    return Image.fromarray((255.0 - cover * (255.0 - darkest)).astype(numpy.uint8))


def _row(lines: Sequence[TextLine], row: int) -> str:
    """Give what was read at the height of a row, from the left."""
    wanted = _TOP_MM + row * _PITCH_MM + 2.5
    own = [
        each for each in lines if abs((each.box[1] + each.box[3]) / 2 * 297.0 - wanted) < _NEAR_MM
    ]
    return "".join(each.text for each in sorted(own, key=lambda each: each.box[0]))
