"""A second engine is asked about what the first doubts, and never overrules it silently."""

from collections.abc import Sequence

import numpy
import pytest

from app.recognition.ocr import EngineFailed, Grey, LinePicture
from app.recognition.reading import TextLine
from app.recognition.second_opinion import SecondOpinion, settled

WHOLE = (0.0, 0.0, 1.0, 1.0)
WHITE = numpy.full((20, 80), 255, dtype=numpy.uint8)
LINE = LinePicture(WHITE, WHITE)


def _line(text: str, *sureness: float) -> TextLine:
    sure = sureness or (0.99,) * len(text)
    return TextLine(text=text, confidence=sum(sure) / len(sure), box=WHOLE, sureness=tuple(sure))


class Told:
    """An engine that says what it was told to say."""

    def __init__(self, *texts: TextLine, fails: bool = False) -> None:
        self.texts = texts
        self.fails = fails
        self.asked = 0
        self.name = "told 1"

    def read_lines(self, lines: Sequence[LinePicture]) -> tuple[TextLine, ...]:
        if self.fails:
            raise EngineFailed("on purpose")
        self.asked += len(lines)
        return self.texts[: len(lines)]

    def read_page(self, image: Grey) -> tuple[TextLine, ...]:
        if self.fails or not image.size:
            raise EngineFailed("on purpose")
        return self.texts

    def turned_by(self, image: Grey) -> int:
        return 0 if image.size else 90


def test_what_is_read_surely_is_not_asked_again() -> None:
    second = Told(_line("旭川"))
    assert SecondOpinion(Told(_line("旭川")), second).read_lines([LINE])[0].text == "旭川"
    assert second.asked == 0


def test_a_contradicted_character_is_kept_but_no_longer_sure() -> None:
    first, second = _line("旭川", 0.99, 0.4), Told(_line("旭州"))
    (read,) = SecondOpinion(Told(first), second).read_lines([LINE])
    assert (read.text, second.asked) == ("旭川", 1)
    assert read.sureness == (0.99, 0.4)
    assert read.confidence <= first.confidence


def test_agreement_changes_nothing() -> None:
    first = _line("旭川", 0.6, 0.7)
    assert settled(first, _line("旭川")) == first


def test_a_second_engine_that_fails_costs_nothing() -> None:
    first = _line("旭川", 0.2, 0.2)
    assert SecondOpinion(Told(first), Told(fails=True)).read_lines([LINE]) == (first,)


def test_a_page_the_first_cannot_read_is_read_by_the_second() -> None:
    page = _line("意見書")
    assert SecondOpinion(Told(fails=True), Told(page)).read_page(WHITE) == (page,)


def test_without_the_first_there_is_no_reading_of_lines() -> None:
    with pytest.raises(EngineFailed):
        SecondOpinion(Told(fails=True), Told(_line("旭川"))).read_lines([LINE])
