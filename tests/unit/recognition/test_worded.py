"""Pages of unknown layout are read by words, and keep what the engine read by itself."""

from collections.abc import Sequence

import numpy

from app.recognition.language import known_language
from app.recognition.ocr import Grey, LinePicture
from app.recognition.reading import TextLine
from app.recognition.worded import Worded

WHITE = numpy.full((20, 80), 255, dtype=numpy.uint8)
READ = TextLine(
    text="環境基本計面",
    confidence=0.9,
    box=(0.1, 0.2, 0.3, 0.4),
    sureness=(0.999, 0.999, 0.999, 0.999, 0.999, 0.6),
    options=((), (), (), (), (), (("面", 0.6), ("画", 0.3))),
)


class Told:
    """An engine that says what it was told to say."""

    name = "told 1"

    def read_lines(self, lines: Sequence[LinePicture]) -> tuple[TextLine, ...]:
        return (READ,) * len(lines)

    def read_page(self, image: Grey) -> tuple[TextLine, ...]:
        return (READ,) if image.size else ()

    def turned_by(self, image: Grey) -> int:
        return 90 if image.size else 0


def test_what_strokes_leave_open_is_read_by_words_wherever_it_stands() -> None:
    engine = Worded(Told(), known_language())
    lines = engine.read_lines([LinePicture(WHITE, WHITE)])
    for (line,) in (lines, engine.read_page(WHITE)):
        assert (line.text, line.raw, line.preferred) == ("環境基本計画", "環境基本計面", 1)
        assert line.box == READ.box
        assert line.options == ()


def test_the_engine_answers_everything_else() -> None:
    engine = Worded(Told(), known_language())
    assert (engine.name, engine.turned_by(WHITE)) == ("told 1", 90)
