"""Asking a second engine where the first is in doubt; disagreement is never settled silently."""

from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz.distance import Levenshtein

from app.recognition.ocr import EngineFailed, Grey, LinePicture, OcrEngine
from app.recognition.reading import TextLine

_DOUBTFUL_CHARACTER = 0.5
_DOUBTFUL_LINE = 0.9
_CONTRADICTED = 0.6
_MOST_ASKED = 12
"""Lines of one page that are asked about; a page with more is in doubt as a whole."""


class SecondOpinion:
    """Two engines: the first reads everything, the second what the first doubts."""

    def __init__(self, first: OcrEngine, second: OcrEngine) -> None:
        """Keep both."""
        self._first = first
        self._second = second

    @property
    def name(self) -> str:
        """Name and version of the engine whose words are kept."""
        return self._first.name

    def read_lines(self, lines: Sequence[LinePicture]) -> tuple[TextLine, ...]:
        """Read each line by the first engine, the doubtful ones by both.

        Raises:
            EngineFailed: The first engine could not read one of them.
        """
        read = list(self._first.read_lines(lines))
        asked = [index for index, each in enumerate(read) if is_doubtful(each)][:_MOST_ASKED]
        try:
            answers = self._second.read_lines([lines[index] for index in asked])
        except EngineFailed:
            return tuple(read)
        for index, answer in zip(asked, answers, strict=True):
            read[index] = settled(read[index], answer)
        return tuple(read)

    def read_page(self, image: Grey) -> tuple[TextLine, ...]:
        """Read a whole page by the first engine, by the second where that fails.

        Raises:
            EngineFailed: Neither could read it.
        """
        try:
            return self._first.read_page(image)
        except EngineFailed:
            return self._second.read_page(image)

    def turned_by(self, image: Grey) -> int:
        """Tell by how many degrees (0, 90, 180, 270) a page must turn clockwise to be upright."""
        return self._first.turned_by(image)


def is_doubtful(line: TextLine) -> bool:
    """Say whether a line is worth a second opinion."""
    return bool(line.text) and (
        line.confidence < _DOUBTFUL_LINE or min(line.sureness, default=1.0) < _DOUBTFUL_CHARACTER
    )


def settled(first: TextLine, second: TextLine) -> TextLine:
    """Keep the first reading; every character the second contradicts is less sure for it."""
    if not first.sureness:
        return first
    sureness = list(first.sureness)
    against = set()
    for edit in Levenshtein.editops(first.text, second.text):
        place = min(edit.src_pos, len(sureness) - 1)
        if not first.text[place].isspace():
            sureness[place] = min(sureness[place], _CONTRADICTED)
            against.add(place)
    confidence = round(sum(sureness) / len(sureness), 4)
    return replace(
        first,
        confidence=min(first.confidence, confidence),
        sureness=tuple(sureness),
        contradicted=len(against),
    )
