"""Hands that write letter by letter: the contract, and the hands that are fonts."""

import random
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy
from fontTools.ttLib import TTFont
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Ink = NDArray[numpy.uint8]
"""A picture of ink: 255 where there is most of it, 0 on bare paper."""

DOTS_PER_MM = 300 / 25.4
"""Sheets are drawn at 300 dpi, before anything happens to them."""

_ROOM = 2.0
_BASELINE = 0.86
"""Where letters stand in the square they are drawn in, measured from above."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as it was written this time.

    Attributes:
        ink: Its picture.
        left: From where the pen stood to the left edge of the picture, in dots.
        top: From the upper edge of the letter's square to that of the picture, in dots.
        advance: How far the pen moves on, in dots.
    """

    ink: Ink
    left: float
    top: float
    advance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Jitter:
    """How unevenly a hand writes; standard deviations, letter by letter.

    Attributes:
        place: Of the letter's place, in parts of its size.
        size: Of its size, in parts of it.
        slant: Of its slant, in degrees.
    """

    place: float
    size: float
    slant: float


NEAT = Jitter(place=0.025, size=0.04, slant=2.0)
"""A careful hand."""


class Hand(Protocol):
    """Writes letters; the same chance writes them the same way."""

    @property
    def name(self) -> str:
        """How the hand is called in reports."""
        ...

    def can_write(self, text: str) -> bool:
        """Say whether it has every letter of a text; a white box is no letter."""
        ...

    def letter(self, char: str, size: float, chance: random.Random) -> Letter:
        """Write one letter.

        Args:
            char: What to write.
            size: Side of its square in dots.
            chance: Draws its unevenness.
        """
        ...


class FontHand:
    """A font, set evenly or as unevenly as a careful hand writes."""

    def __init__(self, path: Path, jitter: Jitter | None = None) -> None:
        """Keep the font file; ``jitter`` None sets type."""
        self._path = path
        self._jitter = jitter

    @property
    def name(self) -> str:
        """The name of the file."""
        return self._path.stem

    def can_write(self, text: str) -> bool:
        """Say whether the font has every letter, with ink in it."""
        return all(char.isspace() or _has(self._path, char) for char in text)

    def letter(self, char: str, size: float, chance: random.Random) -> Letter:
        """Draw one letter."""
        font = _font(self._path, round(size))
        advance = size if char == "\u3000" else float(font.getlength(char))
        side = round(size * _ROOM)
        margin = (side - size) / 2
        tile = Image.new("L", (side, side), 0)
        if not char.isspace():
            place = (margin, margin + size * _BASELINE)
            ImageDraw.Draw(tile).text(place, char, fill=255, font=font, anchor="ls")
        ink = numpy.asarray(tile)
        left = top = -margin
        if self._jitter is not None:
            ink, advance = unevenly(ink, advance, self._jitter, chance)
            left += chance.gauss(0, self._jitter.place) * size
            top += chance.gauss(0, self._jitter.place) * size
        return Letter(ink, left, top, advance)


def unevenly(ink: Ink, advance: float, jitter: Jitter, chance: random.Random) -> tuple[Ink, float]:
    """Slant, widen and heighten a letter about the middle of its picture."""
    wide, high = (min(1.3, max(0.75, chance.gauss(1, jitter.size))) for _ in range(2))
    slant = numpy.tan(numpy.radians(chance.gauss(0, jitter.slant)))
    turn = numpy.radians(chance.gauss(0, jitter.slant / 2))
    cosine, sine = numpy.cos(turn), numpy.sin(turn)
    matrix = numpy.array([[cosine, -sine], [sine, cosine]]) @ numpy.array(
        [[wide, slant * high], [0, high]]
    )
    middle = numpy.array([ink.shape[1] / 2, ink.shape[0] / 2])
    whole = numpy.column_stack([matrix, middle - matrix @ middle])
    moved = cv2.warpAffine(ink, whole, (ink.shape[1], ink.shape[0]), flags=cv2.INTER_LINEAR)
    return moved.astype(numpy.uint8, copy=False), advance * wide


@lru_cache(maxsize=64)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


@lru_cache(maxsize=32)
def _covered(path: Path) -> frozenset[int]:
    # In a collection the first face is the Japanese one.
    with TTFont(path, fontNumber=0, lazy=True) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=20_000)
def _has(path: Path, char: str) -> bool:
    return ord(char) in _covered(path) and _font(path, 32).getmask(char).getbbox() is not None
