"""Where the lines of a page run: level or down (縦書き), in one column or in two."""

from collections.abc import Sequence

import cv2
import numpy

from app.recognition.ink import Mask, components

Region = tuple[int, int, int, int]
"""Left, top, right, bottom in dots."""

_JOINTS = (0.15, 0.25, 0.4, 0.55)
"""Gaps that are closed to see which characters stand close, in character heights, one by one."""

_FINENESS, _FAINT = 20.0, 60
"""Dots a character is high in the small picture in which that is looked at, and its least ink."""

_LONG = 3.0
"""A line is this much longer than wide."""

_MOSTLY = 0.6
_LEAST_LINES = 3
_LEAST_WIDTH = 8.0
"""Of a line of running text, in character heights; labels of a table are shorter."""

_GUTTER = 0.8
"""Least width of the white between two columns, in character heights."""

_MIDDLE = (0.25, 0.75)
"""Where on the text the gutter may run; a margin of notes is no column of its own."""


def runs_down(mask: Mask, size: float) -> bool:
    """Say whether the lines of a page run from above to below rather than level.

    The characters of a line stand closer together than its lines do. A page that lies on its
    side looks the same; who reads it tells the two apart.

    Args:
        mask: Its ink without rules and pictures.
        size: Height of its characters in dots.
    """
    scale = min(1.0, _FINENESS / size)
    small = cv2.resize(
        mask.astype(numpy.uint8) * 255, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
    )
    ink = (small > _FAINT).astype(numpy.uint8)
    for joint in _JOINTS:
        side = 2 * max(1, round(joint * size * scale / 2)) + 1
        closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, numpy.ones((side, side), numpy.uint8))
        _, stats = components(closed > 0)
        high = stats[1:, cv2.CC_STAT_HEIGHT].astype(float)
        wide = stats[1:, cv2.CC_STAT_WIDTH].astype(float)
        areas = high * wide
        whole = float(areas.sum())
        if not whole:
            return False
        down = float(areas[high >= _LONG * wide].sum()) / whole
        level = float(areas[wide >= _LONG * high].sum()) / whole
        if max(down, level) >= _MOSTLY:
            return down > level
    return False


def regions(boxes: Sequence[Region], size: float) -> list[Region] | None:
    """Part a page of level lines into regions that are read one after the other.

    Two columns are told from a table of labels and values by their lines, which are long on
    both sides. What stands above, below or between them over the whole width stays in place.

    Args:
        boxes: Its lines, joined over gaps that are smaller than a gutter.
        size: Height of its characters in dots.

    Returns:
        The regions in reading order; None where there is one column only.
    """
    gutter = _gutter(boxes, size)
    if gutter is None:
        return None
    middle = (gutter[0] + gutter[1]) / 2
    left_edge, right_edge = min(each[0] for each in boxes), max(each[2] for each in boxes)
    found: list[Region] = []
    reached = 0
    for across, band in _bands(boxes, middle):
        # No line is to be read twice, so no two regions share a row.
        top, bottom = max(reached, min(each[1] for each in band)), max(each[3] for each in band)
        whole = across or not _are_columns(band, middle, size)
        if whole and found and found[-1][2] - found[-1][0] == right_edge - left_edge:
            found[-1] = (left_edge, found[-1][1], right_edge, max(reached, bottom))
        elif bottom <= top:
            continue
        elif whole:
            found.append((left_edge, top, right_edge, bottom))
        else:
            found.append((left_edge, top, int(middle), bottom))
            found.append((int(middle), top, right_edge, bottom))
        reached = max(reached, bottom)
    return found


def _gutter(boxes: Sequence[Region], size: float) -> tuple[float, float] | None:
    """Find the upright white that most lines end before or begin after."""
    if len(boxes) < 2 * _LEAST_LINES:
        return None
    left, right = min(each[0] for each in boxes), max(each[2] for each in boxes)
    first, last = (left + part * (right - left) for part in _MIDDLE)
    best: tuple[int, float, float] | None = None
    for begin in sorted({each[2] for each in boxes if first <= each[2] <= last}):
        before = [each for each in boxes if each[2] <= begin]
        after = [each[0] for each in boxes if each[0] >= begin + _GUTTER * size]
        if len(before) < _LEAST_LINES or len(after) < _LEAST_LINES:
            continue
        weight = min(len(before), len(after))
        if best is None or weight >= best[0]:
            best = (weight, float(begin), float(min(after)))
    if best is None or not _any_columns(boxes, (best[1] + best[2]) / 2, size):
        return None
    return best[1], best[2]


def _any_columns(boxes: Sequence[Region], middle: float, size: float) -> bool:
    return any(
        not across and _are_columns(band, middle, size) for across, band in _bands(boxes, middle)
    )


def _bands(boxes: Sequence[Region], middle: float) -> list[tuple[bool, list[Region]]]:
    """Part lines from above to below into those that cross the middle and those that do not."""
    bands: list[tuple[bool, list[Region]]] = []
    for box in sorted(boxes, key=lambda each: each[1] + each[3]):
        across = box[0] < middle < box[2]
        if not bands or bands[-1][0] is not across:
            bands.append((across, []))
        bands[-1][1].append(box)
    return bands


def _are_columns(band: Sequence[Region], middle: float, size: float) -> bool:
    left = [each for each in band if each[2] <= middle]
    right = [each for each in band if each[0] >= middle]
    return all(
        len(side) >= _LEAST_LINES
        and float(numpy.median([each[2] - each[0] for each in side])) >= _LEAST_WIDTH * size
        for side in (left, right)
    )
