"""Spaces between the words of a line: where the ink has a gap, whatever an engine thinks."""

from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

from app.recognition.ocr import Grey

_ASCII_END = 0x7F
_DARK = 128
_NO_SPACE_AFTER = frozenset("、。，．,.・：:；;！!？?（(「『【〔［[｛{〈《〜～ー－-")
_NO_SPACE_BEFORE = frozenset("、。，．,.・：:；;！!？?）)」』】〕］]｝}〉》ー")
_SPACE = 0.6
"""A gap this wide, in character heights, was left by the writer on purpose."""

_NAME_LENGTH = 12
_NAME_SPACE = 0.3
_NAME_CONTRAST = 2.0
"""In a line as short as a name a narrower gap counts, where it stands out from the others."""


def join_words(words: Sequence[tuple[str, int, int]], image: Grey) -> str:
    """Join the words of a line (text, left, right), with a space only where the ink has a gap.

    Tesseract puts a space between any two Japanese words it knows, and none where a writer left
    room between surname and given name.
    """
    dark = image < _DARK
    rows = numpy.flatnonzero(dark.any(axis=1))
    height = float(rows[-1] - rows[0] + 1) if rows.size else float(image.shape[0])
    inked = numpy.flatnonzero(dark.any(axis=0))
    least = _least_gap(inked, height, sum(len(text) for text, _, _ in words))
    joined = ""
    for index, (text, left, _) in enumerate(words):
        if index:
            last, _, right = words[index - 1]
            joined += _between(last[-1], text[0], _gap_at(inked, (right + left) // 2) >= least)
        joined += text
    return joined


def _between(before: str, after: str, wide: bool) -> str:  # noqa: FBT001 - one caller, above
    if ord(before) <= _ASCII_END and ord(after) <= _ASCII_END:
        # Digits and Latin letters: two words, unless the engine cut a number in two.
        return " " if wide else ""
    if before in _NO_SPACE_AFTER or after in _NO_SPACE_BEFORE:
        return ""
    return " " if wide else ""


def _least_gap(inked: NDArray[numpy.intp], height: float, length: int) -> float:
    gaps = numpy.diff(inked) - 1
    gaps = gaps[gaps > 0]
    if length > _NAME_LENGTH or gaps.size == 0:
        return _SPACE * height
    usual = float(numpy.median(gaps))
    return min(_SPACE * height, max(_NAME_SPACE * height, _NAME_CONTRAST * usual))


def _gap_at(inked: NDArray[numpy.intp], middle: int) -> int:
    """Measure the empty columns around a place; the engine's boxes are a few dots off."""
    place = int(numpy.searchsorted(inked, middle))
    gaps = [
        int(inked[right] - inked[right - 1] - 1)
        for right in (place - 1, place, place + 1)
        if 0 < right < inked.size
    ]
    return max(gaps, default=0)
