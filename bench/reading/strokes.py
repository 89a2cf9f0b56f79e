"""A hand that writes stroke by stroke, after the stroke data of KanjiVG.

KanjiVG (Ulrich Apel and contributors, https://kanjivg.tagaini.net) is CC BY-SA 3.0. It comes with
the Python package ``kanjivg`` of the dependency group ``bench``; nothing of it is in this project.
"""

import importlib.metadata
import math
import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy
from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path import parse_path
from numpy.typing import NDArray

from bench.reading.letters import DOTS_PER_MM, Letter

Stroke = NDArray[numpy.float64]
"""Points (n, 2) along one stroke, in the square of 109 units that KanjiVG draws in."""

_SQUARE = 109.0
_POINTS = 9
_PATH = re.compile(r'<path[^>]*\sd="([^"]+)"')
_SHIFT = 4
"""Bits of a fraction of a dot in OpenCV's drawing."""

_PEN_MM = 0.25, 0.45
"""Width of a line of a ball-point pen."""

_FINE = 2
"""Strokes are drawn so many times as large: OpenCV's pens are whole dots wide."""

_OWN: Mapping[str, Sequence[Sequence[tuple[float, float]]]] = {
    "「": (((88, 34), (58, 34), (58, 84)),),
    "」": (((51, 24), (51, 74), (21, 74)),),
    "（": (((84, 14), (72, 34), (68, 55), (72, 76), (84, 96)),),
    "）": (((25, 14), (37, 34), (41, 55), (37, 76), (25, 96)),),
    "・": (((52, 52), (56, 56)),),
    "％": (
        ((80, 16), (30, 94)),
        ((30, 20), (20, 24), (17, 34), (21, 44), (31, 47), (40, 42), (43, 32), (39, 23), (30, 20)),
        ((77, 62), (67, 66), (64, 76), (68, 86), (78, 89), (87, 84), (90, 74), (86, 65), (77, 62)),
    ),
    ",": (((50, 84), (46, 98)),),
    "-": (((32, 56), (78, 56)),),
}
"""Marks that KanjiVG does not draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Untidiness:
    """How far strokes stray, in units of KanjiVG's square, standard deviations.

    Attributes:
        shift: Of a stroke as a whole.
        ends: Of each end of a stroke.
        wobble: Along it.
        size: Of a letter's size, in parts of it.
        turn: Of a letter, in degrees.
        place: Of a letter, in parts of its size.
        linked: How often the pen is not lifted between two strokes.
        rounded: How many times corners are cut.
    """

    shift: float
    ends: float
    wobble: float
    size: float
    turn: float
    place: float
    linked: float
    rounded: int


LEVELS: Mapping[int, Untidiness] = {
    1: Untidiness(
        shift=0.9, ends=1.2, wobble=0.4, size=0.04, turn=1.2, place=0.02, linked=0.0, rounded=0
    ),
    2: Untidiness(
        shift=1.9, ends=2.6, wobble=0.9, size=0.08, turn=3.0, place=0.04, linked=0.06, rounded=1
    ),
    3: Untidiness(
        shift=3.4, ends=4.6, wobble=1.7, size=0.13, turn=5.5, place=0.07, linked=0.22, rounded=2
    ),
}
"""1 is tidy, 2 untidy, 3 wild."""


class StrokeHand:
    """One writer: a slant, a pen and a degree of untidiness, kept through the whole sheet."""

    def __init__(self, level: int, chance: random.Random) -> None:
        """Choose the writer.

        Raises:
            importlib.metadata.PackageNotFoundError: The stroke data is not installed.
        """
        self._level = level
        self._untidy = LEVELS[level]
        self._slant = math.tan(math.radians(chance.gauss(0, 1.5 * level)))
        self._narrow = chance.uniform(0.86, 1.02)
        self._pen = chance.uniform(*_PEN_MM) * DOTS_PER_MM
        _folder()

    @property
    def name(self) -> str:
        """The level."""
        return f"strokes-{self._level}"

    def can_write(self, text: str) -> bool:
        """Say whether there are strokes for every letter."""
        return all(char.isspace() or bool(_strokes(char)) for char in text)

    def letter(self, char: str, size: float, chance: random.Random) -> Letter:
        """Write one letter."""
        if char.isspace():
            empty = numpy.zeros((1, 1), numpy.uint8)
            return Letter(empty, 0.0, 0.0, size if char == "\u3000" else size * 0.4)
        known = _strokes(char)
        left, advance = _extent(char, known)
        drawn = self._strayed([stroke - (left, 0.0) for stroke in known], advance, chance)
        scale = size / _SQUARE
        margin = size / 2
        side = round(2 * size)
        fine = numpy.zeros((side * _FINE, side * _FINE), numpy.uint8)
        for stroke in drawn:
            wide = max(1, round(_FINE * self._pen * chance.uniform(0.9, 1.1)))
            dots = numpy.round((stroke * scale + margin) * _FINE * 2**_SHIFT).astype(numpy.int32)
            cv2.polylines(
                fine,
                [dots],
                isClosed=False,
                color=(255,),
                thickness=wide,
                lineType=cv2.LINE_AA,
                shift=_SHIFT,
            )
        ink = cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA).astype(numpy.uint8)
        place = (chance.gauss(0, self._untidy.place) * size for _ in range(2))
        return Letter(
            ink, next(place) - margin, next(place) - margin, advance * scale * self._narrow
        )

    def _strayed(
        self, strokes: Sequence[Stroke], advance: float, chance: random.Random
    ) -> list[Stroke]:
        """Let every stroke go a little where it should not, and the letter as a whole."""
        untidy = self._untidy
        strayed: list[Stroke] = []
        for stroke in strokes:
            moved = _wavering(stroke, untidy, chance)
            for _ in range(untidy.rounded):
                moved = _rounder(moved)
            if strayed and chance.random() < untidy.linked and len(moved) > 1:
                strayed[-1] = numpy.vstack([strayed[-1], moved])
            else:
                strayed.append(moved)
        turn = math.radians(chance.gauss(0, untidy.turn))
        wide, high = (chance.gauss(1, untidy.size) for _ in range(2))
        cosine, sine = math.cos(turn), math.sin(turn)
        matrix = numpy.array([[cosine, -sine], [sine, cosine]]) @ numpy.array(
            [[wide * self._narrow, -self._slant], [0, high]]
        )
        middle = numpy.array([advance / 2, _SQUARE / 2])
        return [(stroke - middle) @ matrix.T + middle for stroke in strayed]


def _wavering(stroke: Stroke, untidy: Untidiness, chance: random.Random) -> Stroke:
    length = float(numpy.abs(numpy.diff(stroke, axis=0)).sum())
    # A dot strays less than a long stroke.
    reach = min(1.0, 0.35 + length / 60)
    along = numpy.linspace(0, 1, len(stroke))[:, None]
    begin, end, shift = (
        numpy.array([chance.gauss(0, sigma), chance.gauss(0, sigma)]) * reach
        for sigma in (untidy.ends, untidy.ends, untidy.shift)
    )
    waves = numpy.zeros_like(stroke)
    for turns in (1.0, 2.0):
        height = numpy.array([chance.gauss(0, untidy.wobble), chance.gauss(0, untidy.wobble)])
        waves += height * numpy.sin(2 * math.pi * (turns * along + chance.random())) / turns
    return numpy.asarray(stroke + shift + begin * (1 - along) + end * along + waves * reach)


def _rounder(stroke: Stroke) -> Stroke:
    if len(stroke) < 4:
        return stroke
    softer = stroke.copy()
    softer[1:-1] = (stroke[:-2] + 2 * stroke[1:-1] + stroke[2:]) / 4
    return softer


def _extent(char: str, strokes: Sequence[Stroke]) -> tuple[float, float]:
    """Give where a letter begins in its square and how wide it is; Latin ones are narrow."""
    if not unicodedata.normalize("NFKC", char).isascii() or char in "（）":
        return 0.0, _SQUARE
    points = numpy.vstack(strokes)
    low, high = float(points[:, 0].min()), float(points[:, 0].max())
    return low - 8.0, max(30.0, high - low + 16.0)


@lru_cache(maxsize=1)
def _folder() -> Path:
    files = importlib.metadata.files("kanjivg") or []
    first = next(each for each in files if each.suffix == ".svg")
    return Path(str(first.locate())).parent


@lru_cache(maxsize=8192)
def _strokes(char: str) -> tuple[Stroke, ...]:
    """Give the strokes of a letter in their order; none where there is no such letter."""
    if char in _OWN:
        return tuple(_even(numpy.array(each, dtype=float)) for each in _OWN[char])
    narrow = unicodedata.normalize("NFKC", char)
    for known in (char, narrow if narrow.isascii() else char):
        path = _folder() / f"{ord(known):05x}.svg" if len(known) == 1 else Path()
        if path.is_file():
            return tuple(map(_points, _PATH.findall(path.read_text(encoding="utf-8"))))
    return ()


def _points(path: str) -> Stroke:
    """Walk along a path of SVG."""
    pen = RecordingPen()
    parse_path(path, pen)
    points: list[tuple[float, float]] = []
    for order, at in pen.value:
        if order in {"moveTo", "lineTo"}:
            points.append(at[0])
        elif order == "curveTo":
            start = numpy.array(points[-1])
            first, second, last = (numpy.array(each) for each in at)
            for part in numpy.linspace(0, 1, _POINTS)[1:]:
                rest = 1 - part
                spot = (
                    rest**3 * start
                    + 3 * rest**2 * part * first
                    + 3 * rest * part**2 * second
                    + part**3 * last
                )
                points.append((float(spot[0]), float(spot[1])))
    return numpy.array(points, dtype=float)


def _even(corners: Stroke) -> Stroke:
    """Put points between the corners of a straight-lined stroke."""
    parts = [
        corners[index] + (corners[index + 1] - corners[index]) * part
        for index in range(len(corners) - 1)
        for part in (0.0, 0.33, 0.67)
    ]
    return numpy.vstack([*parts, corners[-1]])
