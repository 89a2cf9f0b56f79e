"""Lines that run from above to below (縦書き), laid level for an engine that reads level lines.

The characters of such a line stand upright, so it is cut between them and they are set side by
side. What is turned or placed otherwise in a line that runs down is put as a level line has it:
ー and brackets are turned back, 、 and 。 go from the upper right of their square to the lower
left, small kana to the foot of the line (JIS X 4051).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

import cv2
import numpy

from app.domain.comment_form import Box
from app.recognition.ink import Mask, components
from app.recognition.ocr import Grey, LinePicture, as_grey

Spot = tuple[int, int, int, int]
"""Left, top, right, bottom in dots."""

_PAPER = 255
_JOINT = 1.1
"""White within a line that is closed, in character heights."""

_WIDTHS = (0.25, 2.2)
_TALLEST, _IDEAL = 1.35, 0.92
_SMALL, _DUST, _RIGHT = 0.45, 0.08, 0.5
_SMALL_KANA, _SHIFTED = 0.78, 0.14
_BRACKET = (0.18, 1.05)
_ARM = 0.34
_ARC_HIGH, _ARC_WIDE, _BEND, _UNEVEN = (0.1, 0.38), 0.5, 0.25, 0.3
_STROKE_WIDE, _STROKE_HIGH = 0.35, 0.55
_SPACE = 1.15
_ROOM = 0.12
_MOST_LINES = 200
_MOST_PIECES = 400


@dataclass(frozen=True, slots=True)
class LaidLine:
    """One line that runs down, laid level.

    Attributes:
        picture: Its characters side by side.
        fraction: Where it stands, as fractions of the page.
        characters: How many they are, about.
    """

    picture: LinePicture
    fraction: Box
    characters: int


def laid_lines(grey: Grey, mask: Mask, size: float) -> tuple[LaidLine, ...]:
    """Find the lines that run down, from the right to the left, and lay them level.

    Args:
        grey: An evened page without rules.
        mask: Its ink.
        size: Height of its characters in dots.
    """
    found = []
    high, wide = mask.shape
    for spot in _line_spots(mask, size)[:_MOST_LINES]:
        left, top, right, bottom = spot
        cells = _cells(mask[top:bottom, left:right], size)
        if not cells:
            continue
        picture = _laid(grey[top:bottom, left:right], mask[top:bottom, left:right], cells, size)
        fraction = (left / wide, top / high, right / wide, bottom / high)
        found.append(LaidLine(picture, fraction, len(cells)))
    return tuple(found)


def _line_spots(mask: Mask, size: float) -> list[Spot]:
    """Find the lines, from the right."""
    # What stands beside each other in a character is nearer than two lines are.
    kernel = numpy.ones((max(3, int(_JOINT * size) | 1), 1), numpy.uint8)
    smeared = cv2.morphologyEx(mask.astype(numpy.uint8), cv2.MORPH_CLOSE, kernel)
    kernel = numpy.ones((1, max(3, int(0.18 * size) | 1)), numpy.uint8)
    smeared = cv2.morphologyEx(smeared, cv2.MORPH_CLOSE, kernel)
    _, stats = components(smeared > 0)
    spots = [
        (left, top, left + wide, top + high)
        for left, top, wide, high, _ in stats[1:].tolist()
        if max(wide, high) >= _WIDTHS[0] * size
    ]
    lines: list[Spot] = []
    for spot in sorted(spots, key=lambda each: each[1] - each[3]):
        for at, line in enumerate(lines):
            if _same_line(line, spot, size):
                lines[at] = _around(line, spot)
                break
        else:
            lines.append(spot)
    lines = [each for each in lines if each[2] - each[0] <= _WIDTHS[1] * size]
    return _from_the_right(lines, size)


def _same_line(line: Spot, spot: Spot, size: float) -> bool:
    shared = min(line[2], spot[2]) - max(line[0], spot[0])
    narrow = min(line[2] - line[0], spot[2] - spot[0])
    apart = max(line[1], spot[1]) - min(line[3], spot[3])
    together = max(line[2], spot[2]) - min(line[0], spot[0])
    return shared > 0.5 * narrow and apart < 3 * size and together <= 1.5 * size


def _around(one: Spot, other: Spot) -> Spot:
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def _from_the_right(lines: Sequence[Spot], size: float) -> list[Spot]:
    """Order lines by columns from the right, within one from above."""
    columns: list[list[Spot]] = []
    for line in sorted(lines, key=lambda each: -(each[0] + each[2])):
        middle = (line[0] + line[2]) / 2
        last = columns[-1] if columns else []
        if last and abs(middle - (last[0][0] + last[0][2]) / 2) < 0.6 * size:
            last.append(line)
        else:
            columns.append([line])
    return [line for column in columns for line in sorted(column, key=lambda each: each[1])]


def _cells(ink: Mask, size: float) -> list[tuple[int, int]]:
    """Part a line between its characters; gives where each begins and ends."""
    rows = ink.any(axis=1).astype(numpy.int8)
    edges = numpy.flatnonzero(numpy.diff(numpy.concatenate(([0], rows, [0]))))
    runs: list[tuple[int, int]] = []
    for begin, end in edges.reshape(-1, 2).tolist():
        runs.extend(_torn(ink, begin, end, size))
    cells: list[tuple[int, int]] = []
    pieces: list[tuple[int, int]] = []
    for run in runs[:_MOST_PIECES]:
        if _is_point(ink[run[0] : run[1]], size):
            cells += [*_grouped(pieces, size), run]
            pieces = []
        else:
            pieces.append(run)
    return [*cells, *_grouped(pieces, size)]


def _is_point(ink: Mask, size: float) -> bool:
    """Say whether a piece is 、 or 。, which stand small and alone in the upper right."""
    columns = numpy.flatnonzero(ink.any(axis=0))
    first, last = int(columns[0]), int(columns[-1]) + 1
    small = max(ink.shape[0], last - first) < _SMALL * size
    return bool(small and ink.shape[0] > _DUST * size and first > _RIGHT * ink.shape[1])


def _torn(ink: Mask, begin: int, end: int, size: float) -> list[tuple[int, int]]:
    """Part a run of characters that touch where the least ink stands."""
    parts = []
    profile = ink[begin:end].sum(axis=1).astype(float)
    start = begin
    while end - start > _TALLEST * size:
        first = start - begin + max(1, int(0.6 * size))
        last = min(end - begin - 1, start - begin + int(1.25 * size))
        valley = begin + first + int(numpy.argmin(profile[first : last + 1]))
        parts.append((start, valley))
        start = valley
    return [*parts, (start, end)]


def _grouped(runs: Sequence[tuple[int, int]], size: float) -> list[tuple[int, int]]:
    """Join the pieces of one character (二, 言, い), so that all are about as high as they are.

    The cheapest partition is found by dynamic programming: a character costs how far it is from
    the usual height, and white within it costs more than white between two.
    """
    costs = [0.0]
    begins = [0]
    for end in range(1, len(runs) + 1):
        best, best_begin = float("inf"), end - 1
        for begin in range(end - 1, max(-1, end - 7), -1):
            high = (runs[end - 1][1] - runs[begin][0]) / size
            if high > _TALLEST and begin < end - 1:
                break
            whites = [runs[at + 1][0] - runs[at][1] for at in range(begin, end - 1)]
            within = sum((white / size) ** 2 for white in whites)
            cost = costs[begin] + (high - _IDEAL) ** 2 + 1.5 * within + 0.05
            if cost < best:
                best, best_begin = cost, begin
        costs.append(best)
        begins.append(best_begin)
    cells: list[tuple[int, int]] = []
    end = len(runs)
    while end:
        cells.append((runs[begins[end]][0], runs[end - 1][1]))
        end = begins[end]
    return cells[::-1]


def _laid(grey: Grey, mask: Mask, cells: Sequence[tuple[int, int]], size: float) -> LinePicture:
    """Set the characters of a line side by side."""
    side = max(round(1.1 * size), grey.shape[1])
    room = round(_ROOM * size)
    greys: list[Grey] = []
    blacks: list[Grey] = []
    before: int | None = None
    for top, bottom in cells:
        if before is not None and top - before > _SPACE * size:
            greys.append(_paper(side, round(0.7 * size)))
            blacks.append(_paper(side, round(0.7 * size)))
        before = bottom
        ink = numpy.where(mask[top:bottom], 0, _PAPER).astype(numpy.uint8)
        columns = numpy.flatnonzero(mask[top:bottom].any(axis=0))
        first, last = int(columns[0]), int(columns[-1]) + 1
        how = _how(mask[top:bottom, first:last], first / grey.shape[1], size)
        for pictures, whole in ((greys, grey[top:bottom]), (blacks, ink)):
            pictures.append(_square(as_grey(whole[:, first:last]), side, size, room, how))
    margin = _paper(side, round(0.5 * size))
    return LinePicture(
        as_grey(_framed(numpy.hstack([margin, *greys, margin]), room)),
        as_grey(_framed(numpy.hstack([margin, *blacks, margin]), room)),
    )


def _framed(picture: Grey, room: int) -> Grey:
    return as_grey(
        cv2.copyMakeBorder(picture, room, room, 0, 0, cv2.BORDER_CONSTANT, value=(_PAPER,))
    )


class _How(Enum):
    """How a character stands otherwise in a level line."""

    SAME = auto()
    POINT = auto()
    SMALL_KANA = auto()
    TURNED = auto()
    OPENING = auto()
    CLOSING = auto()


def _how(ink: Mask, before: float, size: float) -> _How:
    """Tell how a character is brought into a level line.

    Args:
        ink: It, without white around it.
        before: The part of the line's width that is white left of it.
        size: Height of the line's characters in dots.
    """
    high, wide = ink.shape
    if before > _RIGHT and max(high, wide) < _SMALL * size:
        return _How.POINT
    if wide < _STROKE_WIDE * size and high > max(_STROKE_HIGH * size, 2.2 * wide):
        return _How.TURNED
    bracket = _bracket(ink, size)
    if bracket is not _How.SAME:
        return bracket
    if before > _SHIFTED and max(high, wide) < _SMALL_KANA * size:
        return _How.SMALL_KANA
    return _How.SAME


def _bracket(ink: Mask, size: float) -> _How:
    """Know brackets, which lie above and below what they hold: two arms, or a flat arc."""
    high, wide = ink.shape
    least, most = (each * size for each in _BRACKET)
    whole = float(ink.sum())
    if least <= high <= most and 1.2 * high <= wide <= most:
        rows, columns = max(1, round(_ARM * high)), max(1, round(_ARM * wide))
        for how, lying, upright in (
            (_How.OPENING, slice(0, rows), slice(wide - columns, wide)),
            (_How.CLOSING, slice(high - rows, high), slice(0, columns)),
        ):
            rest = ink.copy()
            rest[lying, :] = False
            rest[:, upright] = False
            along = bool(ink[lying].any(axis=0).mean() > 0.85)  # noqa: PLR2004 - of an arm
            down = bool(ink[:, upright].any(axis=1).mean() > 0.85)  # noqa: PLR2004 - likewise
            if along and down and float(rest.sum()) < 0.03 * whole:
                return how
    if _ARC_HIGH[0] * size <= high <= _ARC_HIGH[1] * size and wide >= _ARC_WIDE * size:
        y, x = numpy.nonzero(ink)
        ends = (y[x < wide / 6], y[x >= wide * 5 / 6])
        inner = y[(x >= wide * 2 / 5) & (x < wide * 3 / 5)]
        if inner.size and all(each.size for each in ends):
            bends = [float(each.mean() - inner.mean()) / high for each in ends]
            if abs(bends[0] - bends[1]) < _UNEVEN and min(abs(each) for each in bends) > _BEND:
                return _How.OPENING if bends[0] > 0 else _How.CLOSING
    return _How.SAME


def _square(char: Grey, side: int, size: float, room: int, how: _How) -> Grey:
    """Put one character where it stands in a level line."""
    if how in (_How.TURNED, _How.OPENING, _How.CLOSING):
        char = as_grey(numpy.ascontiguousarray(numpy.rot90(char)))
    high, wide = char.shape
    head, foot = round((side - size) / 2), round((side + size) / 2)
    square = _paper(side, wide + 2 * room)
    top, left = (side - high) // 2, room
    if how is _How.POINT:
        square = _paper(side, max(wide, round(0.5 * size)) + room)
        top, left = foot - high - room // 2, 0
    elif how is _How.SMALL_KANA:
        top = foot - high - room // 2
    elif how is _How.OPENING and high < _BRACKET[1] * size:
        top = head
    elif how is _How.CLOSING and high < _BRACKET[1] * size:
        top = foot - high
    top = max(0, min(top, side - high))
    high = min(high, side - top)
    square[top : top + high, left : left + wide] = char[:high]
    return square


def _paper(high: int, wide: int) -> Grey:
    return numpy.full((high, wide), _PAPER, numpy.uint8)
