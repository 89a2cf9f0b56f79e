"""What a writer took back in a field: struck through (二重線), or stamped with a seal (訂正印).

Nothing is decided here: the text is read as it stands, and a person is shown the place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy

from app.domain.comment_form import Box
from app.recognition.ink import Mask, components, flattened, ink_mask
from app.recognition.ocr import Grey, as_grey

_DOTS_PER_MM = 6.0
_LEAST_MM = 6.0
_SLANT_MM = 0.5
_SINGLE_MM, _SINGLE_CHARS = 8.0, 1.6
_DOUBLE_MM, _DOUBLE_CHARS = 6.5, 1.25
"""Length of one line, or of each of two, that is no stroke of a character of this size."""

_APART_MM = (0.5, 3.0)
_REACH_MM = 2.2
_THROUGH = 0.4
"""Part of a line's length along which there is writing above as well as below it."""

_RADIUS_MM = (2.7, 7.0)
"""Of a seal: those for corrections measure 6 mm across, others up to 13.5 mm."""

_RING = 0.85
_BESIDE = 0.6
"""Of the ring that is ink, and of a ring a little larger or smaller."""

_LARGE_MM = 4.2
_INSIDE = (0.06, 0.2, 0.75)
"""Part of what a ring encloses that is ink: at least the first in a ring larger than any
character, the second in a smaller one, which may be a numeral with a circle; at most the third."""

_MOST_RINGS = 40


@dataclass(frozen=True, slots=True)
class Corrections:
    """Where a field was corrected, in millimetres of its picture.

    Attributes:
        strikes: Lines through writing.
        seals: Round seals.
    """

    strikes: tuple[Box, ...] = ()
    seals: tuple[Box, ...] = ()


def find_corrections(field: Grey, dots_per_mm: float) -> Corrections:
    """Look for lines through the writing of a field, and for seals.

    Args:
        field: The inside of the cell.
        dots_per_mm: Its fineness.
    """
    scale = _DOTS_PER_MM / dots_per_mm
    small = cv2.resize(field, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    mask = ink_mask(flattened(as_grey(small), _DOTS_PER_MM))
    if float(mask.sum()) < _DOTS_PER_MM**2:
        return Corrections()
    return Corrections(_strikes(mask), _seals(mask))


def _strikes(mask: Mask) -> tuple[Box, ...]:
    lines = _lines(mask)
    if not lines:
        return ()
    size = _character_size(mask)
    rest = mask.copy()
    for left, top, right, bottom in lines:
        rest[top:bottom, left:right] = False
    struck = []
    for line in lines:
        length = (line[2] - line[0]) / _DOTS_PER_MM
        least = max(_SINGLE_MM, _SINGLE_CHARS * size)
        if any(_are_two(line, other) for other in lines):
            least = max(_DOUBLE_MM, _DOUBLE_CHARS * size)
        if length >= least and _runs_through(rest, line):
            struck.append(_millimetres(line))
    return tuple(struck)


_Line = tuple[int, int, int, int]


def _lines(mask: Mask) -> list[_Line]:
    """Find long level strokes: left, top, right, bottom in dots."""
    # A hand draws them a little aslant.
    slant = numpy.ones((round(_SLANT_MM * _DOTS_PER_MM), 1), numpy.uint8)
    thick = cv2.dilate(mask.astype(numpy.uint8), slant)
    long = numpy.ones((1, round(_LEAST_MM * _DOTS_PER_MM)), numpy.uint8)
    # The filter takes what is outside the picture for ink.
    wide = cv2.copyMakeBorder(thick, 0, 0, long.size, long.size, cv2.BORDER_CONSTANT, value=(0,))
    opened = cv2.morphologyEx(wide, cv2.MORPH_OPEN, long)[:, long.size : -long.size]
    _, stats = components(opened > 0)
    height = mask.shape[0]
    found = []
    for left, top, wide_by, high, _ in stats[1:]:
        inner = top > _DOTS_PER_MM / 2 and top + high < height - _DOTS_PER_MM / 2
        if inner and high <= 3 * _DOTS_PER_MM:
            found.append((int(left), int(top), int(left + wide_by), int(top + high)))
    return found


def _character_size(mask: Mask) -> float:
    """Give how large most of the writing is, in millimetres."""
    _, stats = components(mask)
    sides = numpy.minimum(stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_WIDTH])
    large = sides[sides >= _DOTS_PER_MM]
    return float(numpy.percentile(large, 75)) / _DOTS_PER_MM if large.size else 0.0


def _are_two(line: _Line, other: _Line) -> bool:
    """Say whether two lines were drawn as one 二重線."""
    shared = min(line[2], other[2]) - max(line[0], other[0])
    apart = abs((line[1] + line[3]) - (other[1] + other[3])) / 2 / _DOTS_PER_MM
    shorter = min(line[2] - line[0], other[2] - other[0])
    return line != other and shared > 0.7 * shorter and _APART_MM[0] <= apart <= _APART_MM[1]


def _runs_through(rest: Mask, line: _Line) -> bool:
    """Say whether writing stands above and below a line; an underline and a dash have none."""
    left, top, right, bottom = line
    reach = round(_REACH_MM * _DOTS_PER_MM)
    above = rest[max(0, top - reach) : top, left:right].any(axis=0)
    below = rest[bottom : bottom + reach, left:right].any(axis=0)
    # The strokes of a character are not all above each other.
    spread = numpy.ones(round(1.5 * _DOTS_PER_MM), numpy.int8)
    both = (numpy.convolve(above, spread, "same") > 0) & (numpy.convolve(below, spread, "same") > 0)
    return float(both.mean()) >= _THROUGH


def _seals(mask: Mask) -> tuple[Box, ...]:
    least, most = (round(each * _DOTS_PER_MM) for each in _RADIUS_MM)
    if min(mask.shape) < 2 * least:
        return ()
    picture = numpy.where(mask, 0, 255).astype(numpy.uint8)
    found = cv2.HoughCircles(
        picture,
        cv2.HOUGH_GRADIENT,
        dp=1.5,
        minDist=2 * least,
        param1=100,
        param2=28,
        minRadius=least,
        maxRadius=most,
    )
    rings = numpy.asarray(found, dtype=numpy.float64)
    if rings.ndim == 0:  # OpenCV gives None where it finds none
        return ()
    seals = []
    for x, y, radius in rings.reshape(-1, 3)[:_MOST_RINGS]:
        if _is_seal(mask, float(x), float(y), float(radius)):
            box = (round(x - radius), round(y - radius), round(x + radius), round(y + radius))
            seals.append(_millimetres(box))
    return tuple(seals)


def _is_seal(mask: Mask, x: float, y: float, radius: float) -> bool:
    """Say whether a thin ring stands there, with a name in it and not one numeral."""
    step = 0.25 * _DOTS_PER_MM
    around = {by: _part_inked(mask, x, y, radius + by * step) for by in range(-4, 5)}
    best = max((-1, 0, 1), key=lambda by: around[by])
    if around[best] < _RING:
        return False
    if min(around[min(best + 3, 4)], around[max(best - 3, -4)]) > _BESIDE:
        return False
    height, width = mask.shape
    top, bottom = max(0, round(y - radius)), min(height, round(y + radius) + 1)
    left, right = max(0, round(x - radius)), min(width, round(x + radius) + 1)
    rows, columns = numpy.ogrid[top:bottom, left:right]
    disc = numpy.hypot(columns - x, rows - y) < radius - 0.7 * _DOTS_PER_MM
    if not disc.any():
        return False
    inside = float(mask[top:bottom, left:right][disc].mean())
    large, small, most = _INSIDE
    return (large if radius >= _LARGE_MM * _DOTS_PER_MM else small) <= inside <= most


def _part_inked(mask: Mask, x: float, y: float, radius: float) -> float:
    """Say how much of a circle is ink; a dot beside it counts as on it."""
    angle = numpy.linspace(0, 2 * numpy.pi, 90, endpoint=False)
    inked = numpy.zeros(angle.size, dtype=numpy.bool_)
    height, width = mask.shape
    for by in (-1, 0, 1):
        across = numpy.rint(x + (radius + by) * numpy.cos(angle)).astype(int)
        down = numpy.rint(y + (radius + by) * numpy.sin(angle)).astype(int)
        within = (across >= 0) & (across < width) & (down >= 0) & (down < height)
        inked[within] |= mask[down[within], across[within]]
    return float(inked.mean())


def _millimetres(line: Sequence[int]) -> Box:
    left, top, right, bottom = (each / _DOTS_PER_MM for each in line)
    return (left, top, right, bottom)
