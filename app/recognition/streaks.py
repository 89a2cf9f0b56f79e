"""Lines that no pen drew: dust on the glass of a scanner, the edge of a fold."""

import cv2
import numpy

from app.recognition.ink import Mask, components
from app.recognition.ocr import Grey, as_grey

_THROUGH = 0.97
"""Part of the rows of a cell that such a line runs through; it comes from beyond the cell."""

_COARSE, _MOST = 0.25, 0.9
_PIECE_MM = 5.0
_SLANT_DOTS = 5
_SLOPE = 0.1
_THICKEST_MM = 1.2


def without_streaks(
    mask: Mask, even: Grey, dots_per_mm: float, *, level: bool = False
) -> tuple[Mask, Grey]:
    """Wipe thin straight lines that run through a picture from edge to edge.

    An upright one ties all lines of writing into one, and is a 1 in each of them. Where writing
    crosses it, the writing stays.

    Args:
        mask: The ink of a cell or a part of a page.
        even: Its evened picture.
        dots_per_mm: Its fineness.
        level: Whether level lines are wiped as well as upright ones.
    """
    # Between lines of writing there are rows without ink, unless something runs through them.
    if float(mask.any(axis=1).mean()) >= _THROUGH and _may_hold(_coarse(mask), dots_per_mm):
        mask, even = _wiped(mask, even, dots_per_mm)
    if not level or float(mask.any(axis=0).mean()) < _THROUGH:
        return mask, even
    if not _may_hold(_coarse(mask).T, dots_per_mm):
        return mask, even
    turned = numpy.ascontiguousarray(mask.T), as_grey(numpy.ascontiguousarray(even.T))
    mask, even = _wiped(*turned, dots_per_mm)
    return numpy.ascontiguousarray(mask.T), as_grey(numpy.ascontiguousarray(even.T))


def _wiped(mask: Mask, even: Grey, dots_per_mm: float) -> tuple[Mask, Grey]:
    streak = _streaks(mask, dots_per_mm)
    if not streak.any():
        return mask, even
    rest = mask & ~streak
    gone = streak & ~_crossed(streak, rest)
    around = cv2.dilate(gone.astype(numpy.uint8), numpy.ones((1, 5), numpy.uint8)).astype(bool)
    clean = even.copy()
    clean[around & ~rest] = 255
    return mask & ~gone, as_grey(clean)


def _coarse(mask: Mask) -> Grey:
    dots = mask.view(numpy.uint8) * numpy.uint8(255)
    small = cv2.resize(dots, None, fx=_COARSE, fy=_COARSE, interpolation=cv2.INTER_AREA)
    return (as_grey(small) > 0).view(numpy.uint8)


def _may_hold(coarse: Grey, dots_per_mm: float) -> bool:
    """Look at a coarse copy whether long upright strokes stand in most rows: hardly ever."""
    wide = cv2.dilate(numpy.ascontiguousarray(coarse), numpy.ones((1, 3), numpy.uint8))
    piece = numpy.ones((min(len(wide), round(_PIECE_MM * dots_per_mm * _COARSE)), 1), numpy.uint8)
    upright = cv2.morphologyEx(
        wide, cv2.MORPH_OPEN, piece, borderType=cv2.BORDER_CONSTANT, borderValue=(0,)
    )
    return float(upright.any(axis=1).mean()) >= _MOST


def _streaks(mask: Mask, dots_per_mm: float) -> Mask:
    """Find upright strokes that together run from edge to edge, nearly straight."""
    height = len(mask)
    wide = cv2.dilate(mask.astype(numpy.uint8), numpy.ones((1, _SLANT_DOTS), numpy.uint8))
    piece = numpy.ones((min(height, round(_PIECE_MM * dots_per_mm)), 1), numpy.uint8)
    upright = cv2.morphologyEx(
        wide, cv2.MORPH_OPEN, piece, borderType=cv2.BORDER_CONSTANT, borderValue=(0,)
    )
    joined = cv2.dilate(upright, numpy.ones((round(dots_per_mm) | 1, 1), numpy.uint8))
    labels, stats = components(joined.astype(bool))
    through = stats[:, cv2.CC_STAT_HEIGHT] >= _THROUGH * height
    most = _SLOPE * height + _THICKEST_MM * dots_per_mm + _SLANT_DOTS
    through &= stats[:, cv2.CC_STAT_WIDTH] <= most
    inked = numpy.bincount(labels.ravel(), weights=(mask & (upright > 0)).ravel())
    through &= inked <= _THICKEST_MM * dots_per_mm * height
    through[0] = False
    return numpy.asarray(mask & (upright > 0) & through[labels])


def _crossed(streak: Mask, rest: Mask) -> Mask:
    """Say where ink goes on at both sides of a line."""
    reach = numpy.ones((1, 3), numpy.uint8)
    beside = cv2.dilate(streak.astype(numpy.uint8), reach).astype(bool) & rest
    left, right = numpy.zeros_like(streak), numpy.zeros_like(streak)
    rows = numpy.flatnonzero(beside.any(axis=1))
    for row in rows:
        edges = numpy.flatnonzero(numpy.diff(numpy.pad(streak[row].astype(numpy.int8), 1)))
        for start, stop in edges.reshape(-1, 2):
            before = start > 0 and rest[row, start - 1]
            after = stop < streak.shape[1] and rest[row, stop]
            left[row, start:stop], right[row, start:stop] = before, after
    return left & right
