"""Readings that may be two things, which neither looks nor words tell apart.

A name such as ナミ is 十三 stroke by stroke, and both are names; a dash in a house number that a
copy thinned is a point or nothing. Here it is said what else may have been written.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy

from app.domain.comment_form import ADDRESS
from app.recognition.cells import NAMES, CellText
from app.recognition.japanese import mended_name
from app.recognition.lines import LineCut
from app.recognition.personal_names import known_names
from app.recognition.reading import TextLine

_KANJI, _KANA = "力二口工夕八卜三十千才", "カニロエタハトミナチオ"
_TO_KANA, _TO_KANJI = str.maketrans(_KANJI, _KANA), str.maketrans(_KANA, _KANJI)
_TAIL = re.compile(f"(?:[{_KANJI}]+|[{_KANA}]+)$")
_SURELY, _SURELY_KANA = 3.0, 1.0
"""Natural logarithms: a name twenty times as likely as its double is the one that was written; less
will do for katakana, which engines seldom see in kanji."""

_NUMBER = "[0-9０-９]"
_FOLLOWS = f"(?={_NUMBER}{{1,2}}(?![0-9０-９条丁番号室階F]))"
_JOINT = re.compile(f"(?<={_NUMBER})(?:[.．・·,，]| {_FOLLOWS})(?={_NUMBER})")
"""Between two numbers of an address; only that of a room may follow a gap (2-19 203)."""

_KANA_LINE = re.compile(r"[ぁ-ゖァ-ヺー\s・]+")
_SMALLER = 0.75
"""Of the height of the name: ふりがな is written above it in smaller letters."""

_REACH, _LEAST_LEFT = 0.75, 0.35
"""In heights of a line: a character reaches no farther from its middle, and what is left of the ink
beyond is as wide as a character at least."""


def with_doubles(pointer: str, text: CellText, lines: Sequence[LineCut]) -> CellText:
    """Say of a field what else may have been written.

    Args:
        pointer: Which field it is.
        text: What was read.
        lines: What it was read from.
    """
    if pointer == ADDRESS:
        joints = tuple((found.group(), "-") for found in _JOINT.finditer(text.value))
        return replace(text, doubts=(*text.doubts, *joints))
    if pointer in NAMES:
        return _name(_without_kana(text, lines))
    return text


def is_passed_over(text: CellText, lines: Sequence[LineCut]) -> bool:
    """Say whether something stands between two characters of a field that was not read at all.

    Args:
        text: What was read.
        lines: What it was read from.
    """
    return any(_is_left(cut, line) for cut, line in zip(lines, text.lines, strict=False))


def _is_left(cut: LineCut, line: TextLine) -> bool:
    dark = cut.picture.black == 0
    rows = numpy.flatnonzero(dark.any(axis=1))
    places = [
        place for char, place in zip(line.text, line.places, strict=False) if not char.isspace()
    ]
    if not rows.size or not places or len(line.places) != len(line.text):
        return False
    height = int(rows[-1]) + 1 - int(rows[0])
    columns = numpy.flatnonzero(dark.any(axis=0))
    between = columns[(columns > min(places)) & (columns < max(places))]
    away = numpy.abs(between[:, None] - numpy.array(places)).min(axis=1)
    left = between[away > _REACH * height]
    runs = numpy.split(left, numpy.flatnonzero(numpy.diff(left) > 1) + 1)
    return any(len(each) >= _LEAST_LEFT * height for each in runs)


def _without_kana(text: CellText, lines: Sequence[LineCut]) -> CellText:
    """Take a name without the ふりがな above it; both are shown to a person."""
    if len(text.lines) < 2 or len(lines) != len(text.lines):  # noqa: PLR2004 - one above another
        return text
    above, *rest = text.lines
    upper, lower = (each.box_mm[3] - each.box_mm[1] for each in lines[:2])
    name = mended_name("".join(each.text for each in rest)).strip()
    if not name or upper > _SMALLER * lower or not _KANA_LINE.fullmatch(above.text):
        return text
    return replace(text, value=name, doubts=(*text.doubts, (name, text.value)))


def _name(text: CellText) -> CellText:
    """Look at the last word of a name, which is the given name."""
    tail = _TAIL.search(text.value)
    if tail is None:
        return text
    read = text.value
    # One katakana is no given name, and one kanji is one character of many.
    others = [read[:at] + _double(read[at:]) for at in range(tail.start(), len(read) - 1)]
    chances = {each: known_names().chance(each) for each in (read, *others)}
    other = max(others, key=lambda each: chances[each], default=read)
    gain = chances[other] - chances[read]
    surely = _SURELY_KANA if read[-1] in _KANA else _SURELY
    if gain < -surely or other == read:
        return text
    taken, left = (other, read) if gain > _SURELY else (read, other)
    return replace(text, value=taken, doubts=(*text.doubts, (taken, left)))


def _double(word: str) -> str:
    kana = word.translate(_TO_KANA)
    return word.translate(_TO_KANJI) if kana == word else kana
