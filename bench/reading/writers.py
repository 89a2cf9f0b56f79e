"""Who writes: the kinds of writing that are measured, and the hands of each."""

import importlib.metadata
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.reading.letters import FOLDER, NEAT, FontHand, Hand
from bench.reading.strokes import LEVELS, StrokeHand

TYPED = (
    "opentype/ipaexfont-gothic/ipaexg.ttf",
    "opentype/ipaexfont-mincho/ipaexm.ttf",
    "truetype/bizud-gothic/BIZUDGothic-Regular.ttf",
    "truetype/bizud-mincho/BIZUDMincho-Regular.ttf",
    "truetype/takao-mincho/TakaoMincho.ttf",
    "truetype/vlgothic/VL-Gothic-Regular.ttf",
    "truetype/ipamj/ipamjm.ttf",
    "truetype/migmix/migu-1p-regular.ttf",
    "truetype/motoya-l-cedar/MTLc3m.ttf",
    "truetype/motoya-l-maruberi/MTLmr3m.ttf",
    "opentype/noto/NotoSansCJK-Regular.ttc",
    "opentype/noto/NotoSerifCJK-Regular.ttc",
)
HANDWRITING = (
    "truetype/klee/KleeOne-Regular.ttf",
    "truetype/kiloji/kiloji.ttf",
    "truetype/kiloji/kiloji_p.ttf",
    "truetype/seto/setofont.ttf",
    "truetype/yozvox-yozfont/YOzRS_.ttf",
    "truetype/yozvox-yozfont/YOzRSF.ttf",
    "truetype/yusei-magic/YuseiMagic-Regular.ttf",
)
WRITINGS = ("typed", "neat", *(f"strokes-{level}" for level in LEVELS))
"""Every kind of writing, by the name it is measured under."""

_FONTS: Mapping[str, Sequence[str]] = {"typed": TYPED, "neat": HANDWRITING}


def hand_of(writing: str, chance: random.Random) -> Hand:
    """Choose a writer of a kind."""
    if writing in _FONTS:
        path = FOLDER / chance.choice(_FONTS[writing])
        return FontHand(path, None if writing == "typed" else NEAT)
    return StrokeHand(int(writing.rpartition("-")[2]), chance)


def missing(writings: Sequence[str]) -> tuple[str, ...]:
    """Name the fonts and packages that the writers of these kinds need and do not find."""
    wanted = [Path(each) for writing in writings for each in _FONTS.get(writing, ())]
    lacking = [each.name for each in wanted if not (FOLDER / each).is_file()]
    if any(writing not in _FONTS for writing in writings):
        try:
            importlib.metadata.distribution("kanjivg")
        except importlib.metadata.PackageNotFoundError:
            lacking.append("kanjivg")
    return tuple(lacking)
