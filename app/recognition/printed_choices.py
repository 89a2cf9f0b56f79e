"""What is printed in a cell to choose from, and what is marked: boxes ticked, numbers ringed.

The form is not known, so nothing can be held against a blank one. Boxes of one question are
alike, so a marked one is told by the ink it has more than the others; a ring is told by its shape.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy
from numpy.typing import NDArray

from app.domain.ruled_form import Choice, Mark
from app.recognition.ink import Mask, components, without_specks
from app.recognition.reading import TextLine

Spot = tuple[int, int, int, int]
"""Left, top, right, bottom in dots of the cell."""

_EDGE_MM = 1.7
_SIDES_MM = (2.3, 6.5)
_SQUARE = 1.3
_SIDE_INKED, _BAND_MM = 0.7, 0.45
_ALIKE = 1.3
_COLUMN_MM = 1.6
_APART_MM, _EMPTY = 2.0, 0.06
_FEWEST = 2
_BESIDE_MM, _ABOVE_MM = 1.6, 0.5
_SPECK_MM2 = 0.15
_MARKED_MM2, _BLANK_MM2 = 0.8, 0.35

_RING_MM = (3.8, 90.0, 14.0)
"""A ring's least side, its greatest width and its greatest height."""

_ROUND = (0.8, 1.13)
"""What its area is of an ellipse's as wide and high; that of a square is 1.27."""

_THIN = 0.45
_BARE = 0.25
_CLOSE_MM = 0.6
_PEN_MM, _BELT_MM = 0.9, 0.5
_MOST_RINGS = 3
_LARGER, _RINGED_MM2 = 1.3, 0.3
"""How much larger than a letter a ring is, and the least ink it goes round."""

_NUMBER = re.compile(r"[\s\u3000]*[(（]?[1-9１-９①-⑨]")
_NEXT_NUMBER = re.compile(r"[\s\u3000](?=[1-9１-９①-⑨][\s\u3000.．)）、]?[^\s0-9])")
_BETWEEN = re.compile(r"[・･/／\s\u3000]+")


@dataclass(frozen=True, slots=True)
class Square:
    """A printed tick box.

    Attributes:
        box: Where it is.
        mark: Whether it is ticked.
    """

    box: Spot
    mark: Mark


def squares_in(mask: Mask, dots_per_mm: float) -> tuple[Square, ...]:
    """Find the tick boxes of a cell; a single one, or ones that are not alike, are none.

    Args:
        mask: The ink of the cell.
        dots_per_mm: How fine it is.
    """
    boxes = _outlines(mask, dots_per_mm)
    if not boxes:
        return ()
    side = float(numpy.median([box[2] - box[0] for box in boxes]))
    boxes = [
        box
        for box in boxes
        if side / _ALIKE <= box[2] - box[0] <= side * _ALIKE and _is_apart(mask, box, dots_per_mm)
    ]
    if sum(_is_hollow(mask, box, dots_per_mm) for box in boxes) < _FEWEST:
        return ()
    mask = without_specks(mask, _SPECK_MM2 * dots_per_mm**2)
    boxes = _with_hidden(boxes, mask, dots_per_mm, side)
    inks = [_ink_at(mask, box, dots_per_mm) for box in boxes]
    bare = sorted(inks)[len(inks) // 3] if len(inks) > _FEWEST else min(inks)
    return tuple(Square(box, _mark(ink - bare)) for box, ink in zip(boxes, inks, strict=True))


def _mark(more: float) -> Mark:
    if more >= _MARKED_MM2:
        return Mark.MARKED
    return Mark.BLANK if more < _BLANK_MM2 else Mark.DOUBTFUL


def _outlines(mask: Mask, dots_per_mm: float) -> list[Spot]:
    """Find squares by their four straight sides."""
    dots = mask.astype(numpy.uint8)
    edge = max(3, round(_EDGE_MM * dots_per_mm))
    level = cv2.morphologyEx(dots, cv2.MORPH_OPEN, numpy.ones((1, edge), numpy.uint8))
    upright = cv2.morphologyEx(dots, cv2.MORPH_OPEN, numpy.ones((edge, 1), numpy.uint8))
    joined = cv2.dilate(cv2.bitwise_or(level, upright), numpy.ones((3, 3), numpy.uint8)).astype(
        bool
    )
    _, stats = components(joined)
    least, most = (each * dots_per_mm for each in _SIDES_MM)
    found = []
    for left, top, wide, high, _ in stats[1:].tolist():
        if not (least <= wide <= most and least <= high <= most):
            continue
        if max(wide, high) > _SQUARE * min(wide, high):
            continue
        box = (left, top, left + wide, top + high)
        if _has_sides(mask, box, dots_per_mm):
            found.append(box)
    return sorted(found, key=lambda box: (box[1], box[0]))


def _has_sides(mask: Mask, box: Spot, dots_per_mm: float) -> bool:
    left, top, right, bottom = box
    band = max(2, round(_BAND_MM * dots_per_mm)) + 1
    inside = mask[top:bottom, left:right]
    sides = (inside[:band].any(axis=0), inside[-band:].any(axis=0))
    ends = (inside[:, :band].any(axis=1), inside[:, -band:].any(axis=1))
    if not all(float(each.mean()) >= _SIDE_INKED for each in (*sides, *ends)):
        return False
    # A letter such as 国 fills what a box leaves empty; a tick leaves most of it.
    inner = inside[band:-band, band:-band]
    return inner.size > 0 and float(inner.mean()) < 0.6  # noqa: PLR2004 - a scribble fills more


def _is_apart(mask: Mask, box: Spot, dots_per_mm: float) -> bool:
    """Say whether a box begins what stands behind it; 口 in 人口 does not."""
    before = mask[box[1] : box[3], max(0, box[0] - round(_APART_MM * dots_per_mm)) : box[0] - 2]
    return float(before.sum()) <= _BARE * dots_per_mm**2


def _is_hollow(mask: Mask, box: Spot, dots_per_mm: float) -> bool:
    band = max(2, round(_BAND_MM * dots_per_mm)) + 1
    inner = mask[box[1] + band : box[3] - band, box[0] + band : box[2] - band]
    return inner.size > 0 and float(inner.mean()) < _EMPTY


def _with_hidden(boxes: Sequence[Spot], mask: Mask, dots_per_mm: float, side: float) -> list[Spot]:
    """Add boxes that marks hide: they stand in the column, and at the distance, of the others."""
    found = list(boxes)
    columns: list[list[Spot]] = []
    for box in sorted(boxes):
        if columns and box[0] - columns[-1][0][0] <= _COLUMN_MM * dots_per_mm:
            columns[-1].append(box)
        else:
            columns.append([box])
    for column in columns:
        if len(column) < 2 * _FEWEST - 1:
            continue
        tops = sorted(box[1] for box in column)
        step = min(b - a for a, b in itertools.pairwise(tops))
        if step < 1.2 * side:
            continue
        left = int(numpy.median([box[0] for box in column]))
        steps = range(-2, round((tops[-1] - tops[0]) / step) + 3)
        for number in steps:
            top = round(tops[0] + number * step)
            spot = (left, top, left + round(side), top + round(side))
            free = all(abs(top - other) > 0.5 * step for other in tops)
            inside = top >= 0 and spot[3] <= mask.shape[0]
            if free and inside and _ink_at(mask, spot, dots_per_mm) > _BLANK_MM2:
                found.append(spot)
    return sorted(found, key=lambda box: (box[1], box[0]))


def _ink_at(mask: Mask, box: Spot, dots_per_mm: float) -> float:
    """Measure the ink in and around a box, its outline left out, in square millimetres."""
    left, top, right, bottom = zone_of(box, dots_per_mm)
    left, top = max(0, left), max(0, top)
    zone = mask[top:bottom, left:right].copy()
    band = round(_BAND_MM * dots_per_mm)
    printed = numpy.zeros_like(zone)
    a, b, c, d = box[0] - left, box[1] - top, box[2] - left, box[3] - top
    printed[max(0, b - band) : d + band, max(0, a - band) : c + band] = True
    printed[max(0, b + band) : d - band, max(0, a + band) : c - band] = False
    return float((zone & ~printed).sum()) / dots_per_mm**2


def zone_of(box: Spot, dots_per_mm: float) -> Spot:
    """Give the room of a box in which a mark of it may stand."""
    beside, above = round(_BESIDE_MM * dots_per_mm), round(_ABOVE_MM * dots_per_mm)
    return (box[0] - beside, box[1] - above, box[2] + beside // 2, box[3] + above)


def rings_in(mask: Mask, dots_per_mm: float, size: float = 0.0) -> tuple[tuple[Spot, Mask], ...]:
    """Find what somebody drew a ring round: where, and the dots of the ring itself.

    Args:
        mask: The ink of the cell.
        dots_per_mm: How fine it is.
        size: How large its letters are in dots; ○ and ① are letters.
    """
    side = max(3, round(_CLOSE_MM * dots_per_mm)) | 1
    closed = cv2.morphologyEx(
        mask.astype(numpy.uint8), cv2.MORPH_CLOSE, numpy.ones((side, side), numpy.uint8)
    )
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    least, widest, highest = (each * dots_per_mm for each in _RING_MM)
    least = max(least, _LARGER * size)
    found: list[tuple[Spot, Mask]] = []
    for outline in outlines:
        left, top, wide, high = cv2.boundingRect(outline)
        if not (least <= wide <= widest and least <= high <= highest):
            continue
        area = float(cv2.contourArea(outline))
        if not _ROUND[0] <= area / (numpy.pi / 4 * wide * high) <= _ROUND[1]:
            continue
        part = mask[top : top + high, left : left + wide]
        shifted = outline - numpy.array([[left, top]])
        edge, within, inside = _belts(shifted, (high, wide), dots_per_mm)
        drawn = part & edge
        if float(drawn.sum()) < _THIN * float(part.sum()):
            continue
        # Between the ring and what it goes round the paper is mostly bare; a letter's is not.
        if float((part & within).sum()) > _BARE * float(within.sum()):
            continue
        if float((part & inside).sum()) < _RINGED_MM2 * dots_per_mm**2:
            continue
        if len(found) == _MOST_RINGS:  # before one more mask of the whole cell is kept
            return ()
        whole = numpy.zeros_like(mask)
        whole[top : top + high, left : left + wide] = drawn
        found.append(((left, top, left + wide, top + high), whole))
    return tuple(found)


def _belts(
    outline: NDArray[numpy.int32], shape: tuple[int, int], dots_per_mm: float
) -> tuple[Mask, Mask, Mask]:
    """Give the belt a pen leaves along an outline, the one within that, and the room inside."""
    filled = numpy.zeros(shape, numpy.uint8)
    cv2.drawContours(filled, [outline], -1, (1,), cv2.FILLED)
    deep = (
        cv2.distanceTransform(
            cv2.copyMakeBorder(filled, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0,)), cv2.DIST_L2, 3
        )[1:-1, 1:-1]
        / dots_per_mm
    )
    pen = deep <= _PEN_MM
    within = (deep > _PEN_MM) & (deep <= _PEN_MM + _BELT_MM)
    return pen & (filled > 0), within, deep > _PEN_MM + _BELT_MM


def boxed_choices(
    squares: Sequence[Square], lines: Sequence[tuple[Spot, str]]
) -> tuple[Choice, ...]:
    """Give every tick box the words that stand behind it.

    Args:
        squares: The boxes.
        lines: Where the lines of the cell stand, none reaching across a box, and their words.
    """
    words: dict[int, list[str]] = {index: [] for index in range(len(squares))}
    for spot, text in lines:
        middle = (spot[1] + spot[3]) / 2
        behind = [
            index
            for index, each in enumerate(squares)
            if each.box[0] <= spot[0] and each.box[1] - (each.box[3] - each.box[1]) / 2 <= middle
        ]
        if behind and len(text.strip()) > 1:  # a single stroke is what is left of a mark
            # Of the boxes above and before a line its own is the nearest; words may be two lines.
            own = max(behind, key=lambda index: (squares[index].box[1] // 4, squares[index].box[0]))
            words[own].append(text)
    # One whose words could not be read still counts: its mark may be the writer's.
    return tuple(
        Choice(text="".join(words[index]), mark=each.mark) for index, each in enumerate(squares)
    )


def ringed_choices(
    rings: Sequence[Spot], lines: Sequence[tuple[Spot, TextLine, int]]
) -> tuple[Choice, ...]:
    """Give the printed choices of a cell, marked where a ring goes round their number or words.

    Args:
        rings: Where rings are.
        lines: Where each line stands, what was read, and the white before it in its picture.
    """
    choices = []
    for spot, line, pad in lines:
        for start, end in _options(line.text):
            text = line.text[start:end].strip(" \u3000・･/／")
            if not text:
                continue
            places = [spot[0] - pad + each for each in line.places[start:end]] or [spot[0]]
            ringed = any(
                ring[0] <= place <= ring[2] and ring[1] <= (spot[1] + spot[3]) / 2 <= ring[3]
                for ring in rings
                for place in places
            )
            choices.append(Choice(text=text, mark=Mark.MARKED if ringed else Mark.BLANK))
    return tuple(choices)


def _options(text: str) -> list[tuple[int, int]]:
    """Part a line of printed choices: by numbers if it begins with one, else by points."""
    between = _NEXT_NUMBER if _NUMBER.match(text) else _BETWEEN
    cuts = [0, *(found.end() for found in between.finditer(text))]
    return list(zip(cuts, [*cuts[1:], len(text)], strict=True))
