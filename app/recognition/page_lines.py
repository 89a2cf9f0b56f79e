"""Finding the lines of writing on a page of unknown layout, and which way up it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy
from numpy.typing import NDArray

from app.domain.comment_form import Box
from app.recognition.columns import regions, runs_down
from app.recognition.ink import Mask, components, ink_mask
from app.recognition.ocr import EngineFailed, Grey, LinePicture, OcrEngine, as_grey
from app.recognition.vertical_lines import LaidLine, laid_lines

_Box = tuple[int, int, int, int]
"""Left, top, right, bottom in dots."""

_PAPER = 255
_LEAST_CHAR = 8
"""Dots; smaller spots are punctuation or dust and say nothing of the size of the writing."""

_LEAST_LINE = 9
_STEEPEST = 4.0
_RULE_LENGTH = 5.0
"""A stroke this long, in character heights, is a rule of the page and not of a character."""

_PICTURE, _EDGE = 5.0, 8.0
"""Ink in one piece this large is a frame, a picture or the edge of the sheet."""

_REACH = 1.6
"""How far apart two characters of one line may stand, in character heights."""

_GUTTER = 1.15
"""The same where two columns of text are looked for."""

_CLOSE = 0.6
_TALL = 1.7
_LOW, _LONG = 0.3, 3.0
_PADDING = 0.22
_LOOK_BACK = 200
"""Pieces to the left that a piece may belong to; a page of noise must not cost minutes."""

_MOST_LINES = 400
_TASTED = 3
_SURE = 0.88
_LEAST_TASTE = 0.2
_TASTE_LENGTH = 12.0
"""Characters; single ones read well even when they lie, if they are 口 or 一."""


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One line of a page.

    Attributes:
        picture: The line with white around it.
        box: Where it stands, as fractions of the page.
    """

    picture: LinePicture
    box: Box


def find_lines(image: Grey, *, reach: float = _REACH) -> tuple[FoundLine, ...]:
    """Find the lines of an evened page, in the order they are read.

    Args:
        image: The page.
        reach: How far apart two characters of one line may stand, in character heights.
    """
    level, back = _levelled(image)
    mask = ink_mask(level)
    size = character_height(mask)
    if size is None:
        return ()
    mask, level = without_rules(mask, level, size)
    boxes = _in_order(mask, size, reach)[:_MOST_LINES]
    return tuple(found_line(level, mask, box, back, image.shape) for box in boxes)


def find_laid_lines(image: Grey) -> tuple[LaidLine, ...]:
    """Find the lines of an evened page that run down, laid level; none where lines run level."""
    lying, back = _levelled(numpy.ascontiguousarray(numpy.rot90(image)))
    plumb = numpy.ascontiguousarray(numpy.rot90(lying, -1))
    mask = ink_mask(plumb)
    size = character_height(mask)
    if size is None:
        return ()
    mask, plumb = without_rules(mask, plumb, size)
    if not runs_down(mask, size):
        return ()
    return tuple(
        replace(each, fraction=_as_it_lay(each.fraction, back, image.shape))
        for each in laid_lines(plumb, mask, size)
    )


def _as_it_lay(box: Box, back: NDArray[numpy.float64], shape: tuple[int, ...]) -> Box:
    """Bring a part of a page that was made plumb to the page as it lay.

    Args:
        box: The part, as fractions of the page.
        back: The way back for the page turned by a quarter against the clock.
        shape: Height and width of the page.
    """
    high, wide = shape[:2]
    left, top, right, bottom = box
    corners = [(y * high, wide - x * wide) for x in (left, right) for y in (top, bottom)]
    places = carried(numpy.array(corners), back)
    x = (1 - places[:, 1] / wide).clip(0, 1)
    y = (places[:, 0] / high).clip(0, 1)
    return (float(x.min()), float(y.min()), float(x.max()), float(y.max()))


def carried(points: NDArray[numpy.float64], way: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    """Carry points of one picture to another by the homography between them."""
    moved = points @ way[:2, :2].T + way[:2, 2]
    return numpy.asarray(moved / (points @ way[2, :2] + way[2, 2])[:, None])


def _in_order(mask: Mask, size: float, reach: float) -> list[_Box]:
    """Find the lines in the order they are read: in two columns, the left one first."""
    parts = regions(line_boxes(mask, size, min(reach, _GUTTER)), size)
    if parts is None:
        return ordered(line_boxes(mask, size, reach), size)
    lines = []
    for left, top, right, bottom in parts:
        own = ordered(line_boxes(mask[top:bottom, left:right], size, reach), size)
        lines += [(a + left, b + top, c + left, d + top) for a, b, c, d in own]
    return lines


def upright_by(image: Grey, engine: OcrEngine) -> int:
    """Tell how a page must turn clockwise: some of its lines read best when it stands upright.

    Args:
        image: An evened page.
        engine: What reads the lines.
    """
    best, best_taste = 0, 0.0
    for turns in (0, 2, 1, 3):
        taste = _taste(numpy.ascontiguousarray(numpy.rot90(image, -turns)), engine)
        if taste >= _SURE:
            return turns * 90
        if taste > best_taste + 0.02:
            best, best_taste = turns, taste
    return best * 90 if best_taste >= _LEAST_TASTE else 0


def _taste(image: Grey, engine: OcrEngine) -> float:
    """Read the longest lines of a page; gives how sure the engine is of a character of them."""
    # Between two lines there is more room than between two characters: a lying page falls apart.
    lines = sorted(find_lines(image, reach=_CLOSE), key=lambda each: each.box[0] - each.box[2])[
        :_TASTED
    ]
    try:
        read = engine.read_lines([each.picture for each in lines])
    except EngineFailed:
        return 0.0
    length = sum(len(each.text) for each in read)
    if not length:
        return 0.0
    # A line that reads as two characters was no line.
    expected = sum(each.picture.grey.shape[1] / each.picture.grey.shape[0] for each in lines)
    fullness = min(1.0, length / max(_TASTE_LENGTH, 0.6 * expected))
    sure = sum(each.confidence * len(each.text) for each in read) / length
    return float(fullness * sure)


def _levelled(image: Grey) -> tuple[Grey, NDArray[numpy.float64]]:
    """Turn a page by the few degrees that make its lines run level; gives the way back too."""
    height, width = image.shape
    scale = min(1.0, 800 / max(height, width))
    if min(height, width) * scale < 1:
        return image, numpy.eye(3)  # a strip of a few dots, on which no line stands
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ink = (small < 160).astype(numpy.uint8)  # noqa: PLR2004 - softened ink of a small picture
    best, best_angle = -1.0, 0.0
    for angle in numpy.arange(-_STEEPEST, _STEEPEST + 0.01, 0.5):
        sharpness = _sharpness(ink, float(angle))
        if sharpness > best * 1.02:
            best, best_angle = sharpness, float(angle)
    for angle in (best_angle - 0.25, best_angle + 0.25):
        sharpness = _sharpness(ink, angle)
        if sharpness > best * 1.01:
            best, best_angle = sharpness, angle
    if abs(best_angle) < 0.3:  # noqa: PLR2004 - not worth resampling
        return image, numpy.eye(3)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), best_angle, 1.0)
    level = cv2.warpAffine(
        image, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=(_PAPER,)
    )
    back = numpy.vstack([cv2.invertAffineTransform(turn), (0.0, 0.0, 1.0)])
    return as_grey(level), numpy.asarray(back, dtype=numpy.float64)


def _sharpness(ink: NDArray[numpy.uint8], angle: float) -> float:
    """Say how clearly the rows part into lines and gaps when turned by so much."""
    height, width = ink.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    turned = cv2.warpAffine(ink, turn, (width, height), flags=cv2.INTER_NEAREST)
    rows = turned.sum(axis=1).astype(numpy.float64)
    return float(numpy.square(numpy.diff(rows)).sum())


def character_height(mask: Mask, most: float | None = None) -> float | None:
    """Measure the writing: the height that most of the ink stands in.

    Args:
        mask: The ink.
        most: How large a character may be in dots; a part of the page if None.
    """
    _, stats = components(mask)
    sides = numpy.maximum(stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_WIDTH])
    limit = max(mask.shape) / 12 if most is None else most
    sides = sides[(sides >= _LEAST_CHAR) & (sides <= limit)]
    return float(numpy.percentile(sides, 75)) if sides.size else None


def without_rules(mask: Mask, grey: Grey, size: float) -> tuple[Mask, Grey]:
    """Take away frames, table rules and big pictures, which are no writing."""
    dots = mask.astype(numpy.uint8)
    long = max(15, int(_RULE_LENGTH * size))
    rules = numpy.zeros_like(dots)
    for kernel in (numpy.ones((1, long), numpy.uint8), numpy.ones((long, 1), numpy.uint8)):
        rules |= numpy.asarray(cv2.morphologyEx(dots, cv2.MORPH_OPEN, kernel), dtype=numpy.uint8)
    labels, stats = components(mask)
    high, wide = stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_WIDTH]
    big = (numpy.minimum(high, wide) > _PICTURE * size) | (numpy.maximum(high, wide) > _EDGE * size)
    big |= stats[:, cv2.CC_STAT_AREA] <= max(2.0, 0.003 * size * size)
    big[0] = False
    gone = cv2.dilate(rules, numpy.ones((5, 5), numpy.uint8)).astype(bool) | big[labels]
    return mask & ~gone, numpy.where(gone, _PAPER, grey).astype(numpy.uint8)


def line_boxes(mask: Mask, size: float, reach: float) -> list[_Box]:
    """Join the spots of ink that stand beside each other into lines."""
    kernel = numpy.ones((1, max(3, int(reach * size)) | 1), numpy.uint8)
    smeared = cv2.morphologyEx(mask.astype(numpy.uint8), cv2.MORPH_CLOSE, kernel)
    kernel = numpy.ones((max(1, int(0.3 * size)), 1), numpy.uint8)
    smeared = cv2.morphologyEx(smeared, cv2.MORPH_CLOSE, kernel)
    _, stats = components(smeared.astype(bool))
    boxes = []
    for left, top, wide, high, _ in stats[1:].tolist():
        boxes.extend(_parted(mask, (left, top, left + wide, top + high), size))
    boxes = _merged(boxes, size, reach)
    return [box for box in boxes if _is_line(mask, box, size)]


def _parted(mask: Mask, box: _Box, size: float) -> list[_Box]:
    """Part a box of lines that touch each other where the least ink runs between them."""
    left, top, right, bottom = box
    if bottom - top < _TALL * size:
        return [box]
    profile = mask[top:bottom, left:right].sum(axis=1).astype(numpy.float64)
    margin = int(0.5 * size)
    inner = profile[margin : len(profile) - margin]
    if inner.size == 0:
        return [box]
    valley = margin + int(numpy.argmin(inner))
    if profile[valley] > 0.3 * float(numpy.median(profile[profile > 0])):
        return [box]
    split = top + valley
    return [
        *_parted(mask, _shrunk(mask, (left, top, right, split)), size),
        *_parted(mask, _shrunk(mask, (left, split, right, bottom)), size),
    ]


def _shrunk(mask: Mask, box: _Box) -> _Box:
    left, top, right, bottom = box
    inside = mask[top:bottom, left:right]
    rows, columns = (numpy.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    if rows.size == 0:
        return box
    return (
        left + int(columns[0]),
        top + int(rows[0]),
        left + int(columns[-1]) + 1,
        top + int(rows[-1]) + 1,
    )


def _merged(boxes: Sequence[_Box], size: float, reach: float) -> list[_Box]:
    """Join low pieces (dots, the strokes of 二) with the line they overlap or nearly touch."""
    whole: list[_Box] = []
    for box in sorted(boxes):
        joined = box
        for index in range(len(whole) - 1, max(-1, len(whole) - 1 - _LOOK_BACK), -1):
            if _same_line(whole[index], joined, size, reach):
                joined = _around(whole.pop(index), joined)
        whole.append(joined)
    return whole


def _around(one: _Box, other: _Box) -> _Box:
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def _same_line(one: _Box, other: _Box, size: float, reach: float) -> bool:
    gap = max(one[0], other[0]) - min(one[2], other[2])
    if gap > reach * size:
        return False
    shared = min(one[3], other[3]) - max(one[1], other[1])
    lower = min(one[3] - one[1], other[3] - other[1])
    height = max(one[3], other[3]) - min(one[1], other[1])
    if height > _TALL * size:
        return False
    return shared > 0.5 * lower or (lower < 0.5 * size and gap < 0 and shared > -0.3 * size)


def _is_line(mask: Mask, box: _Box, size: float) -> bool:
    left, top, right, bottom = box
    if right - left < 0.3 * size and bottom - top < 0.3 * size:
        return False
    if bottom - top < _LOW * size and right - left > _LONG * size:
        return False  # a dotted or wavy rule
    if max(right - left, bottom - top) < max(_LEAST_LINE, 0.5 * size):
        return False
    return int(mask[top:bottom, left:right].sum()) >= 0.04 * size * size


def ordered(boxes: Sequence[_Box], size: float) -> list[_Box]:
    """Sort by rows from above, each from the left."""
    return [box for row in in_rows(boxes, size) for box in row]


def in_rows(boxes: Sequence[_Box], size: float) -> list[list[_Box]]:
    """Gather what stands in one row, the rows from above, each from the left."""
    rows: list[list[_Box]] = []
    for box in sorted(boxes, key=lambda box: box[1] + box[3]):
        middle = (box[1] + box[3]) / 2
        last = rows[-1] if rows else []
        if last and middle - sum((each[1] + each[3]) / 2 for each in last) / len(last) < 0.5 * size:
            last.append(box)
        else:
            rows.append([box])
    return [sorted(row) for row in rows]


def found_line(
    level: Grey,
    mask: Mask,
    box: _Box,
    back: NDArray[numpy.float64],
    shape: tuple[int, ...],
) -> FoundLine:
    """Cut out a line.

    Args:
        level: The page on which the lines run level.
        mask: Its ink.
        box: Where the line stands on it.
        back: The way to the page as it lay.
        shape: Height and width of that page.
    """
    left, top, right, bottom = box
    pad = max(3, round(_PADDING * (bottom - top)))
    # The ink of the lines above and below must not stand in the white around this one.
    sides = (pad, pad, pad, pad)
    grey = cv2.copyMakeBorder(
        level[top:bottom, left:right], *sides, cv2.BORDER_CONSTANT, value=(_PAPER,)
    )
    ink = numpy.where(mask[top:bottom, left:right], 0, _PAPER).astype(numpy.uint8)
    black = cv2.copyMakeBorder(ink, *sides, cv2.BORDER_CONSTANT, value=(_PAPER,))
    return FoundLine(LinePicture(as_grey(grey), as_grey(black)), fraction_of(box, back, shape))


def fraction_of(box: _Box, back: NDArray[numpy.float64], shape: tuple[int, ...]) -> Box:
    """Give a box of a page that was made level as fractions of the page as it lay."""
    left, top, right, bottom = box
    corners = numpy.array([(left, top), (right, top), (right, bottom), (left, bottom)], float)
    places = carried(corners, back)
    x = (places[:, 0] / shape[1]).clip(0, 1)
    y = (places[:, 1] / shape[0]).clip(0, 1)
    return (
        round(float(x.min()), 5),
        round(float(y.min()), 5),
        round(float(x.max()), 5),
        round(float(y.max()), 5),
    )
