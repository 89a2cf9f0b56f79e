"""Telling ink from paper, and taking away what the form itself printed."""

import cv2
import numpy
from numpy.typing import NDArray

from app.recognition.ocr import Grey, as_grey

Mask = NDArray[numpy.bool_]


def flattened(grey: Grey, dots_per_mm: float) -> Grey:
    """Even out shadows: every place is divided by the paper's brightness around it."""
    size = max(3, int(dots_per_mm * 1.5) | 1)
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    kernel = numpy.ones((size, size), numpy.uint8)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel)
    paper = cv2.GaussianBlur(paper, (0, 0), size / 3)
    paper = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    even = cv2.divide(grey, numpy.maximum(paper, 40), scale=255)
    return as_grey(even)


def ink_mask(grey: Grey) -> Mask:
    """Tell ink from paper on an evened page; empty paper gives no ink."""
    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    # Otsu splits paper grain too; ink is never that bright, pencil never darker than the floor.
    return grey < min(max(float(level), 110.0), 185.0)


def components(mask: Mask) -> tuple[NDArray[numpy.int32], NDArray[numpy.int32]]:
    """Give labels and statistics of the connected spots of ink."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(numpy.uint8), connectivity=8)
    return numpy.asarray(labels), numpy.asarray(stats)


_BAD_LINE_MM = 12.0
_COARSE_DPI = 120.0
_SOME = 16
"""One dot in so many, across and down, is looked at before all are."""


def without_specks(mask: Mask, largest: float) -> Mask:
    """Drop connected spots of no more than so many dots."""
    labels, stats = components(mask)
    keep = stats[:, cv2.CC_STAT_AREA] > largest
    keep[0] = False
    return numpy.asarray(keep[labels])


def without_bad_lines(grey: Grey, across: float | None, down: float | None) -> Grey:
    """Wipe the black lines that a disturbed call leaves on a fax; other pictures stay as they are.

    Such a line is one or two rows high, runs level with the rows of the scan, and is longer than
    any stroke of a character; a hand that strikes out is never so level. Where writing crosses
    it, the writing stays.

    Args:
        grey: The page as it came.
        across: Dots per inch across; None where that is unknown.
        down: Dots per inch down.
    """
    if across is None or down is None or not is_black_and_white(grey):
        return grey
    high = 1 if down < _COARSE_DPI else 2
    ink = (grey == 0).view(numpy.uint8)
    length = numpy.ones((1, round(_BAD_LINE_MM * across / 25.4)), numpy.uint8)
    level = _opened(ink, length)
    if not level.any():
        return grey
    thick = _opened(level, numpy.ones((high + 1, 1), numpy.uint8))
    line = as_grey(cv2.subtract(level, thick, dst=level))
    rest = as_grey(cv2.subtract(ink, line, dst=ink))
    # Few rows hold such a line; only these are looked at any more.
    rows = numpy.flatnonzero(line.any(axis=1))
    above, below = (
        numpy.bitwise_or.reduce([_rows(rest, rows + way * step) for step in range(1, high + 1)])
        for way in (-1, 1)
    )
    clean = grey.copy()
    clean[rows] = numpy.where((line[rows] > 0) & ((above & below) == 0), 255, grey[rows])
    return clean


def _rows(picture: Grey, rows: NDArray[numpy.intp]) -> Grey:
    """Give rows of a picture; beyond its edge there is nothing."""
    taken = as_grey(picture[rows.clip(0, len(picture) - 1)])
    taken[(rows < 0) | (rows >= len(picture))] = 0
    return taken


def _opened(picture: Grey, kernel: Grey) -> Grey:
    """Keep what a kernel fits into, in its place.

    A kernel of even size has no middle: with the same anchor for both steps all would move by a
    dot, so the second looks from the other side.
    """
    high, wide = kernel.shape
    other_side = (wide - 1 - wide // 2, high - 1 - high // 2)
    return as_grey(cv2.dilate(cv2.erode(picture, kernel), kernel, anchor=other_side))


def is_black_and_white(grey: Grey) -> bool:
    """Say whether a picture has no grey, as a fax has none."""
    # One dot of many tells almost every grey picture at once.
    return not (_has_grey(grey[::_SOME, ::_SOME]) or _has_grey(grey))


def _has_grey(grey: Grey) -> bool:
    whites = numpy.iinfo(numpy.uint8).max
    return cv2.countNonZero(cv2.inRange(grey, 1, whites - 1)) > 0
