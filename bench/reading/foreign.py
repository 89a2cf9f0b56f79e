"""Forms that are not ours, filled in, copied badly and read: how many fields come out whole."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain.comment_form import (
    CATEGORY_CODE,
    CATEGORY_DETAIL,
    MEASURE,
    OPINION,
    PHONE,
    REPRESENTATIVE,
)
from app.recognition.decoding import open_pages
from app.recognition.engines import ENGINES
from app.recognition.forms import forms_in
from app.recognition.page_reader import PageReader
from app.recognition.reading import ReadingLimits
from bench.reading.copies import COPIES
from bench.reading.other_forms import CATEGORIES, FORMS, FURIGANA, filled
from bench.reading.samples import Order, words_of
from bench.reading.score import error_rate, plain
from bench.reading.writers import hand_of

_EVERY_BLANK = 7
"""One category in so many is left open, to see that none is guessed."""

_MEASURES = ("緑の基本計画（案）", "子ども読書活動推進計画（素案）", "地域公共交通計画（案）")


@dataclass(slots=True)
class FormScore:
    """What came of the forms of one writing and copy.

    Attributes:
        forms: How many there were.
        fields: Whether each field that was written is wholly right, opinions apart.
        rates: Errors per character of the opinions.
        categories: Whether each category that was marked was read rightly.
        guessed: Categories that were read otherwise than marked: none may be.
        invented: Fields that were read and not written.
    """

    forms: int = 0
    fields: list[bool] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    categories: list[bool] = field(default_factory=list)
    guessed: int = 0
    invented: int = 0


def measure(orders: Sequence[Order]) -> dict[tuple[str, str], FormScore]:
    """Fill in forms of all layouts in turn, copy and read them; gives the scores."""
    limits = ReadingLimits()
    reader = PageReader([], ENGINES["best"](limits))
    layouts = sorted(FORMS)
    scores: dict[tuple[str, str], FormScore] = {}
    for number, order in enumerate(orders):
        score = scores.setdefault((order.writing, order.copy), FormScore())
        _read_one(order, layouts[number % len(layouts)], reader, limits, score)
    return scores


def _read_one(
    order: Order, layout: str, reader: PageReader, limits: ReadingLimits, score: FormScore
) -> None:
    chance = random.Random(f"foreign {order.name}")
    hand = hand_of(order.writing, chance)
    answers = {
        **words_of(order, hand, chance),
        MEASURE: chance.choice(_MEASURES),
        PHONE: f"0166-{chance.randrange(10, 99)}-{chance.randrange(1000, 9999)}",
        REPRESENTATIVE: "北野花子",
        FURIGANA: "きたの はなこ",
        CATEGORY_DETAIL: "北の森商店",
    }
    marked = [] if chance.randrange(_EVERY_BLANK) == 0 else [chance.randrange(len(CATEGORIES))]
    form = FORMS[layout]
    sheet = filled(form, hand, answers, chance, marked=marked)
    page = reader.read(open_pages(COPIES[order.copy](sheet, chance), limits).page(1), 1)
    (read,) = forms_in([page], {})
    values = {pointer: each.value for pointer, each in read.readings.items()}
    score.forms += 1
    score.invented += len(set(values) - set(form.asked))
    for pointer in form.asked:
        said = values.get(pointer, "")
        if pointer == OPINION:
            score.rates.append(error_rate(answers[OPINION], said))
        elif pointer == CATEGORY_CODE:
            wanted = CATEGORIES[marked[0]] if marked else ""
            right = plain(said).lstrip("123456") == plain(wanted)
            score.guessed += bool(said) and not right
            if marked:
                score.categories.append(right)
        else:
            score.fields.append(plain(said) == plain(answers[pointer]))
