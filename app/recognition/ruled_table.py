"""Finding the cells of a ruled table, as cities print their forms.

Rules are long and straight, which writing never is. They say how the sheet lies, too: a page
that was photographed aslant is set straight by them before its cells are looked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy
from numpy.typing import NDArray

from app.recognition.ink import Mask, components, ink_mask
from app.recognition.ocr import Grey, as_grey

Matrix = NDArray[numpy.float64]
CellBox = tuple[int, int, int, int]
"""Left, top, right, bottom in dots."""

PAGE_MM = 210.0
"""How wide a page is taken to be; a photograph shows a little more."""

_PAPER = 255
_SMALL = 1240
_LEAST_SEGMENT, _STEEPEST = 0.05, 0.14
_OUTLIER, _MISFIT = 0.05, 0.008
_LEAST_RULES = 1.2
"""Length of all level rules together, in widths of the page, below which there is no table."""

_FAN = 0.25
"""Part of the page that rules must be spread over to tell perspective."""

_PIECE_MM, _GAP_MM = 4.0, 3.0
_LEVEL_MM, _UPRIGHT_MM = 10.0, 6.5
"""Least length of a rule; an upright one may part cells of a single line."""

_REACH_MM = 1.5
"""How far a rule may end before the one it should meet."""

_AGREE_MM = 3.0
_OPEN_RULES = 3
_NARROWEST_MM, _LOWEST_MM = 5.0, 4.5
_RECTANGULAR = 0.85
_INSET_MM = 0.5
_FEWEST_CELLS = 2
_MOST_CELLS = 150
"""More are the squares of 原稿用紙, one for each letter."""

_LEAST_SIDE = 200


@dataclass(frozen=True, slots=True)
class RuledPage:
    """A page with its table.

    Attributes:
        level: The page, set straight.
        back: From its dots to those of the page as it was.
        cells: What its rules enclose, from above, each row from the left; without the rules.
        rules: Where the rules are.
        dots_per_mm: About how fine it is.
    """

    level: Grey
    back: Matrix
    cells: tuple[CellBox, ...]
    rules: Mask
    dots_per_mm: float


def ruled_page(image: Grey) -> RuledPage | None:
    """Find the table of an evened, upright page; None where none is.

    Args:
        image: The page.
    """
    straight = _straightened(image)
    if straight is None:
        return None
    level, back = straight
    dots_per_mm = level.shape[1] / PAGE_MM
    rules = _rules(ink_mask(level), dots_per_mm)
    cells = _cells(rules, dots_per_mm)
    if not _FEWEST_CELLS <= len(cells) <= _MOST_CELLS:
        return None
    return RuledPage(level, back, cells, rules, dots_per_mm)


# -- how the sheet lies ---------------------------------------------------------------------------


def _straightened(image: Grey) -> tuple[Grey, Matrix] | None:
    """Set a page straight by its rules; None where it has hardly any."""
    high, wide = image.shape
    if min(high, wide) < _LEAST_SIDE:
        return None
    scale = min(1.0, _SMALL / wide)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = numpy.asarray(cv2.createLineSegmentDetector().detect(small)[0], dtype=numpy.float64)
    if found.size < 4:  # noqa: PLR2004 - it gives None where it finds no segment
        return None
    ends = found.reshape(-1, 4) / scale
    across, down = ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]
    length = numpy.hypot(across, down)
    long = length >= _LEAST_SEGMENT * wide
    is_level = long & (numpy.abs(down) <= _STEEPEST * numpy.abs(across))
    is_upright = long & (numpy.abs(across) <= _STEEPEST * numpy.abs(down))
    # Both edges of a rule are found.
    if float(length[is_level].sum()) < 2 * _LEAST_RULES * wide:
        return None
    middle_x, middle_y = (ends[:, 0] + ends[:, 2]) / 2, (ends[:, 1] + ends[:, 3]) / 2
    slope = _fan(
        middle_y[is_level], down[is_level] / across[is_level], length[is_level], float(high)
    )
    lean = _fan(
        middle_x[is_upright], across[is_upright] / down[is_upright], length[is_upright], float(wide)
    )
    if slope is None:
        return None
    if lean is None:
        lean = (-(slope[0] + slope[1] * high / 2), 0.0)
    corners = numpy.array(
        [
            _crossing(slope, lean, x, y, wide, high)
            for x, y in ((0, 0), (wide, 0), (wide, high), (0, high))
        ],
        dtype=numpy.float32,
    )
    target = numpy.array([(0, 0), (wide, 0), (wide, high), (0, high)], dtype=numpy.float32)
    turn = cv2.getPerspectiveTransform(corners, target)
    level = cv2.warpPerspective(
        image, turn, (wide, high), flags=cv2.INTER_CUBIC, borderValue=(_PAPER,)
    )
    return as_grey(level), numpy.asarray(numpy.linalg.inv(turn), dtype=numpy.float64)


def _fan(
    places: Matrix, slopes: Matrix, weights: Matrix, side: float
) -> tuple[float, float] | None:
    """Fit how the slope of rules changes with their place: (slope at 0, change per dot)."""
    if not places.size:
        return None
    order = numpy.argsort(slopes)
    half = numpy.searchsorted(numpy.cumsum(weights[order]), weights.sum() / 2)
    usual = float(slopes[order][min(int(half), len(order) - 1)])
    keep = numpy.abs(slopes - usual) <= _OUTLIER
    fit = (usual, 0.0)
    for _ in range(2):
        chosen, weight = places[keep], weights[keep]
        if chosen.size < 2 or float(numpy.ptp(chosen)) < _FAN * side:  # noqa: PLR2004
            return fit
        design = numpy.column_stack([numpy.ones_like(chosen), chosen])
        root = numpy.sqrt(weight)
        solved, *_ = numpy.linalg.lstsq(design * root[:, None], slopes[keep] * root, rcond=None)
        fit = (float(solved[0]), float(solved[1]))
        better = keep & (numpy.abs(slopes - (fit[0] + fit[1] * places)) <= _MISFIT)
        keep = better if better.sum() > 1 else keep
    return fit


def _crossing(
    slope: tuple[float, float], lean: tuple[float, float], x: float, y: float, wide: int, high: int
) -> tuple[float, float]:
    """Give where the level line at a height and the upright line at a place cross."""
    rise = slope[0] + slope[1] * y
    run = lean[0] + lean[1] * x
    # The level line goes through (wide / 2, y), the upright one through (x, high / 2).
    down = (y + rise * (x - run * high / 2 - wide / 2)) / (1 - rise * run)
    return (x + run * (down - high / 2), down)


# -- rules and cells ------------------------------------------------------------------------------


def _rules(mask: Mask, dots_per_mm: float) -> Mask:
    """Find the rules, small gaps of a fax closed, with their ends drawn out to meet."""
    dots = mask.astype(numpy.uint8)
    level = _long(dots, dots_per_mm, _LEVEL_MM)
    upright = _long(numpy.ascontiguousarray(dots.T), dots_per_mm, _UPRIGHT_MM).T
    found = level | upright
    _close_sides(found, level, dots_per_mm)
    return numpy.asarray(found.astype(bool))


def _long(dots: Grey, dots_per_mm: float, least_mm: float) -> Grey:
    """Keep level strokes of a least length; their ends are drawn out."""

    def flat(millimetres: float) -> Grey:
        return numpy.ones((1, max(3, round(millimetres * dots_per_mm)) | 1), numpy.uint8)

    # A rule that is a little aslant still goes on in the row beside.
    thick = cv2.dilate(dots, numpy.ones((3, 1), numpy.uint8))
    pieces = cv2.morphologyEx(thick, cv2.MORPH_OPEN, flat(_PIECE_MM))
    whole = cv2.morphologyEx(pieces, cv2.MORPH_CLOSE, flat(_GAP_MM))
    long = cv2.morphologyEx(whole, cv2.MORPH_OPEN, flat(least_mm))
    return as_grey(cv2.dilate(long, flat(2 * _REACH_MM)))


def _close_sides(found: Grey, level: Grey, dots_per_mm: float) -> None:
    """Draw the sides of a table that was printed without them, where its level rules end."""
    _, stats = components(level.astype(bool))
    boxes = [
        (int(left), int(top), int(left + wide), int(top + high))
        for left, top, wide, high, _ in stats[1:].tolist()
        if wide > level.shape[1] / 3
    ]
    near = _AGREE_MM * dots_per_mm
    for side in (0, 2):
        for group in _agreeing(boxes, side, near):
            if len(group) >= _OPEN_RULES:
                inward = round(_REACH_MM * dots_per_mm) * (1 if side == 0 else -1)
                ends = [each[side] + inward for each in group]
                x = min(ends) if side == 0 else max(ends)
                top, bottom = min(each[1] for each in group), max(each[3] for each in group)
                cv2.line(found, (x, top), (x, bottom), (1,), 2)


def _agreeing(boxes: Sequence[CellBox], side: int, near: float) -> list[list[CellBox]]:
    groups: list[list[CellBox]] = []
    for box in sorted(boxes, key=lambda each: each[side]):
        if groups and box[side] - groups[-1][0][side] <= near:
            groups[-1].append(box)
        else:
            groups.append([box])
    return groups


def _cells(rules: Mask, dots_per_mm: float) -> tuple[CellBox, ...]:
    """Find what the rules enclose."""
    high, wide = rules.shape
    count, _, stats, _ = cv2.connectedComponentsWithStats(
        (~rules).astype(numpy.uint8), connectivity=4
    )
    inset = round(_INSET_MM * dots_per_mm)
    cells = []
    for number in range(1, count):
        left, top, across, down, area = (int(each) for each in stats[number])
        if left == 0 or top == 0 or left + across >= wide or top + down >= high:
            continue
        if across < _NARROWEST_MM * dots_per_mm or down < _LOWEST_MM * dots_per_mm:
            continue
        if area >= _RECTANGULAR * across * down:
            cells.append((left + inset, top + inset, left + across - inset, top + down - inset))
    return tuple(_in_rows(cells, 2.0 * dots_per_mm))


def _in_rows(cells: Sequence[CellBox], near: float) -> list[CellBox]:
    """Sort by where they begin, from above, each row from the left."""
    rows: list[list[CellBox]] = []
    for cell in sorted(cells, key=lambda each: each[1]):
        if rows and cell[1] - rows[-1][0][1] <= near:
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return [cell for row in rows for cell in sorted(row)]
