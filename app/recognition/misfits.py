"""Signs in what was read that something was misread, however sure the engine was of each character.

A speck is read as a full stop, half a character as a bracket that is never closed, and where a
character was passed over its neighbours stand too far apart. Nothing is put right here: what was
written may be odd as well.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

_OPEN, _CLOSED = "（「『〈【<‘“", "）」』〉】>’”"
_MARKS = re.escape(".,'`*;|\\^_°′″•．，")
_STRAY = re.compile(rf"(?<![0-9A-Za-z])[{_MARKS}]|[{_MARKS}](?![0-9A-Za-z])")
_NUMBERED = re.compile(
    r"(?:^|(?<=[\s。．]))[0-9０-９A-Za-zア-ン一二三四五六七八九十]{1,3}[.．)）、，,]"
)
"""Points of a list, 1. or ア）, begin so."""

_STOPS = {"．": "。", "，": "、"}
"""Who ends sentences with one does not with the other."""

_APART = 1.6
"""Steps of the line from one character to the next where another has room between them."""

_FEW = 3
"""Steps of a line that tell its usual one."""


def stray_marks(text: str) -> int:
    """Count marks that Japanese writing hardly holds outside of numbers and Latin words."""
    found = (each.group() for each in _STRAY.finditer(_NUMBERED.sub("", text)))
    return sum(_STOPS.get(each, "") in text for each in found)


def open_brackets(text: str) -> int:
    """Count brackets without their other half."""
    folded = _NUMBERED.sub("", text).translate({0x28: "（", 0x29: "）"})
    return sum(
        abs(folded.count(left) - folded.count(right))
        for left, right in zip(_OPEN, _CLOSED, strict=True)
    )


def gaps(text: str, places: Sequence[float]) -> int:
    """Count places within a line where a character has room and none was read, not even a space.

    Args:
        text: What was read.
        places: The middle of each character; empty where that is not known.
    """
    if len(places) != len(text):
        return 0
    spots = list(zip(text, places, strict=True))
    inked = [place for char, place in spots if not char.isspace()]
    steps = [after - before for before, after in pairwise(inked)]
    if len(steps) < _FEW:
        return 0
    usual = median(steps)
    return sum(
        after - before > _APART * usual
        for (char, before), (other, after) in pairwise(spots)
        if not char.isspace() and not other.isspace()
    )
