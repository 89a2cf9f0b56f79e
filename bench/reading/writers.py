"""Who writes: the kinds of writing that are measured, and the hands of each."""

import importlib.metadata
import random
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from bench.reading.letters import NEAT, FontHand, Hand
from bench.reading.strokes import LEVELS, StrokeHand

_FOLDER = Path("/usr/share/fonts")
TYPED = (
    "ipaexg.ttf",
    "ipaexm.ttf",
    "BIZUDGothic-Regular.ttf",
    "BIZUDMincho-Regular.ttf",
    "TakaoMincho.ttf",
    "VL-Gothic-Regular.ttf",
    "ipamjm.ttf",
    "migu-1p-regular.ttf",
    "MTLc3m.ttf",
    "MTLmr3m.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoSerifCJK-Regular.ttc",
)
HANDWRITING = (
    "KleeOne-Regular.ttf",
    "kiloji.ttf",
    "kiloji_p.ttf",
    "setofont.ttf",
    "YOzRS_.ttf",
    "YOzRSF.ttf",
    "YuseiMagic-Regular.ttf",
)
WRITINGS = ("typed", "neat", *(f"strokes-{level}" for level in LEVELS))
"""Every kind of writing, by the name it is measured under."""

_FONTS: Mapping[str, Sequence[str]] = {"typed": TYPED, "neat": HANDWRITING}


def hand_of(writing: str, chance: random.Random) -> Hand:
    """Choose a writer of a kind."""
    if writing in _FONTS:
        path = _installed()[chance.choice(_FONTS[writing])]
        return FontHand(path, None if writing == "typed" else NEAT)
    return StrokeHand(int(writing.rpartition("-")[2]), chance)


def missing(writings: Sequence[str]) -> tuple[str, ...]:
    """Name the fonts and packages that the writers of these kinds need and do not find."""
    wanted = [each for writing in writings for each in _FONTS.get(writing, ())]
    lacking = [each for each in wanted if each not in _installed()]
    if any(writing not in _FONTS for writing in writings):
        try:
            importlib.metadata.distribution("kanjivg")
        except importlib.metadata.PackageNotFoundError:
            lacking.append("kanjivg")
    return tuple(lacking)


@lru_cache(maxsize=1)
def _installed() -> Mapping[str, Path]:
    """Find fonts by their file names; packages move them from folder to folder."""
    kinds = {".otf", ".ttc", ".ttf"}
    return {each.name: each for each in sorted(_FOLDER.rglob("*")) if each.suffix in kinds}
