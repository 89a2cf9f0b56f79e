"""Looking at one written character: cutting it out of its line and describing its strokes."""

from collections.abc import Sequence

import cv2
import numpy
from numpy.typing import NDArray

from app.recognition.ocr import Grey, LinePicture

Features = NDArray[numpy.float32]

_SIDE = 48
"""Side of the square a character is brought to."""

_MARGIN = 4
_CELLS = 8
_DIRECTIONS = 8
FEATURES = _CELLS * _CELLS * _DIRECTIONS
"""How many numbers describe a character: the strength of its strokes by place and direction."""

_REACH = 0.62
"""Half the widest cut, in line heights; a character is about as wide as its line is high."""

_SLACK = 0.22
"""How far from halfway between two characters the least ink may lie, in line heights."""


def glyph(line: LinePicture, places: Sequence[float], index: int) -> Grey | None:
    """Cut one character out of its line; None where no ink is left.

    Args:
        line: The picture of the line.
        places: Middles of the inked characters of the line, in columns, from left to right.
        index: Which of them is wanted.
    """
    dark = line.black == 0
    rows = numpy.flatnonzero(dark.any(axis=1))
    if not rows.size:
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    height = bottom - top
    profile = dark.sum(axis=0)
    left = _edge(profile, places, index, -1, height)
    right = _edge(profile, places, index, 1, height)
    inside = dark[top:bottom, left:right]
    if not inside.any():
        return None
    columns, rows = numpy.flatnonzero(inside.any(axis=0)), numpy.flatnonzero(inside.any(axis=1))
    return line.grey[
        top + int(rows[0]) : top + int(rows[-1]) + 1,
        left + int(columns[0]) : left + int(columns[-1]) + 1,
    ]


def described(picture: Grey) -> Features:
    """Describe the strokes of a character cut to its ink.

    After the gradient features long used for reading kanji by hand (Liu et al., Pattern
    Recognition 36, 2003): how strong the edges are, by place and direction.

    Returns:
        ``FEATURES`` numbers of length one.
    """
    even = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(numpy.float32)
    low, high = numpy.percentile(even, (3, 97))
    faded = ((even - float(low)) / max(1.0, float(high - low))).clip(0.0, 1.0)
    ink = cv2.copyMakeBorder(
        (1.0 - faded).astype(numpy.float32), *(_MARGIN,) * 4, cv2.BORDER_CONSTANT, value=(0,)
    )
    ink = cv2.GaussianBlur(ink, (0, 0), 0.8)
    across, down = cv2.Sobel(ink, cv2.CV_32F, 1, 0), cv2.Sobel(ink, cv2.CV_32F, 0, 1)
    strength, turn = cv2.cartToPolar(across, down)
    sector = turn * (_DIRECTIONS / (2 * numpy.pi))
    planes = []
    for direction in range(_DIRECTIONS):
        away = numpy.abs(sector - direction)
        near = numpy.maximum(0.0, 1.0 - numpy.minimum(away, _DIRECTIONS - away))
        plane = cv2.GaussianBlur(strength * near, (0, 0), _SIDE / _CELLS / 2)
        planes.append(cv2.resize(plane, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA))
    numbers = numpy.sqrt(numpy.maximum(0.0, numpy.stack(planes))).ravel().astype(numpy.float32)
    return numpy.asarray(numbers / max(1e-6, float(numpy.linalg.norm(numbers))))


def _edge(
    profile: NDArray[numpy.int64], places: Sequence[float], index: int, side: int, height: int
) -> int:
    """Find where a character ends: where the least ink runs about halfway to the next one."""
    here, reach = places[index], _REACH * height
    other = index + side
    if not 0 <= other < len(places) or abs(places[other] - here) / 2 > reach:
        return int(min(max(0.0, here + side * reach), len(profile)))
    middle = (here + places[other]) / 2
    low = int(max(0.0, middle - _SLACK * height, min(here, places[other]) + 1))
    high = int(min(len(profile), middle + _SLACK * height, max(here, places[other])))
    if high <= low:
        return int(middle)
    window = profile[low:high]
    least = numpy.flatnonzero(window == window.min())
    return low + int(least[numpy.abs(least + low - middle).argmin()])
