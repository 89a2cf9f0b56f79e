"""Putting the words of an engine together again: Japanese is written without spaces."""

from collections.abc import Sequence

import numpy

from app.recognition.ocr import Grey

_ASCII_END = 0x7F
_NO_SPACE_AFTER = frozenset("、。，．,.・：:；;！!？?（(「『【〔［[｛{〈《〜～ー－-")
_NO_SPACE_BEFORE = frozenset("、。，．,.・：:；;！!？?）)」』】〕］]｝}〉》")
_SPACE_EM = 0.55
"""A gap this wide, in character heights, was left by the writer on purpose."""


def join_words(words: Sequence[tuple[str, int, int]], image: Grey) -> str:
    """Join the words of a line (text, left, right), with a space only where the ink has a gap.

    Tesseract puts a space between any two Japanese words it knows, and none where a writer left
    room between surname and given name.
    """
    dark = image < 128
    rows = numpy.flatnonzero(dark.any(axis=1))
    height = float(rows[-1] - rows[0] + 1) if rows.size else float(image.shape[0])
    columns = dark.any(axis=0)
    joined = ""
    for index, (text, left, _right) in enumerate(words):
        if index:
            before = words[index - 1]
            if _both_latin(before[0][-1], text[0]):
                joined += " "
            elif _may_part(before[0][-1], text[0]):
                middle = (before[2] + left) // 2
                joined += " " if _gap_at(columns, middle) >= _SPACE_EM * height else ""
        joined += text
    return joined


def _both_latin(before: str, after: str) -> bool:
    return ord(before) <= _ASCII_END and ord(after) <= _ASCII_END


def _may_part(before: str, after: str) -> bool:
    return before not in _NO_SPACE_AFTER and after not in _NO_SPACE_BEFORE


def _gap_at(columns: Sequence[bool] | numpy.typing.NDArray[numpy.bool_], middle: int) -> int:
    """Measure the empty columns around a place, a few pixels of slack allowed."""
    inked = numpy.flatnonzero(columns)
    if inked.size == 0:
        return 0
    place = int(numpy.searchsorted(inked, middle))
    best = 0
    for right in (place - 1, place, place + 1):
        if 0 < right < inked.size:
            best = max(best, int(inked[right] - inked[right - 1] - 1))
    return best
