"""Reading a page with a ruled table, cell by cell: nothing is read across a rule."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy

from app.domain.ruled_form import Choice, FormCell
from app.recognition.ink import Mask, components, ink_mask
from app.recognition.ocr import Grey, OcrEngine
from app.recognition.page_lines import (
    FoundLine,
    character_height,
    found_line,
    fraction_of,
    in_rows,
    line_boxes,
    ordered,
    without_rules,
)
from app.recognition.printed_choices import (
    Spot,
    Square,
    boxed_choices,
    ringed_choices,
    rings_in,
    squares_in,
    zone_of,
)
from app.recognition.reading import TextLine
from app.recognition.ruled_table import RuledPage

_REACH = 1.6
_PAPER = 255
_LARGEST_MM = 14.0
_DOT_MM = (0.7, 4.5)
"""How high and how wide at most a piece of a dotted writing line is."""

_DOTS_OF_A_RULE, _ALONG = 12, 0.5
_BESIDE_RULE_MM = 0.5
_BESIDE_TABLE_MM = 11.0
_LEAST_SURE = 0.6
"""Of a line around the table; the edge of a sheet reads as letters, too."""

_MOST_LINES = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledText:
    """What was read of a page with a table.

    Attributes:
        cells: Its cells.
        around: What stands outside of them.
        lines: All lines, from above.
    """

    cells: tuple[FormCell, ...]
    around: str
    lines: tuple[TextLine, ...]


@dataclass(slots=True)
class _Block:
    """A cell, or what is around the cells, before it is read."""

    box: Spot | None
    spots: list[Spot] = field(default_factory=list[Spot])
    found: list[FoundLine] = field(default_factory=list[FoundLine])
    squares: tuple[Square, ...] = ()
    rings: tuple[Spot, ...] = ()
    read: list[TextLine] = field(default_factory=list[TextLine])


def read_cells(page: RuledPage, engine: OcrEngine, shape: tuple[int, ...]) -> RuledText:
    """Read the cells of a page and what is around them.

    Args:
        page: The page.
        engine: What reads.
        shape: Height and width of the page as it was before it was set straight.

    Raises:
        EngineFailed: It could not be read.
    """
    ink = ink_mask(page.level)
    blocks = [_cell_block(page, ink, box, shape) for box in page.cells]
    blocks.append(_outer_block(page, ink, shape))
    pictures = [line.picture for block in blocks for line in block.found][:_MOST_LINES]
    read = iter(engine.read_lines(pictures))
    for block in blocks:
        block.read = [
            replace(line, box=found.box) for found, line in zip(block.found, read, strict=False)
        ]
    outer = blocks.pop()
    outer.read = [each for each in outer.read if each.confidence >= _LEAST_SURE]
    cells = tuple(_cell(block, page, shape) for block in blocks if block.box is not None)
    return RuledText(
        cells=cells,
        around="\n".join(_rows_of_text(outer)),
        lines=tuple(_in_reading_order(blocks, outer)),
    )


def writing_alone(page: RuledPage) -> Grey:
    """Give a page with nothing but what stands in its cells, to tell which way up it is.

    Rules and dotted lines are longer than any line of writing, whichever way the page lies.
    """
    alone = numpy.full_like(page.level, _PAPER)
    for left, top, right, bottom in page.cells:
        grey = page.level[top:bottom, left:right]
        ink = ink_mask(grey)
        kept = _without_dotted(ink, page.dots_per_mm)
        kept &= _without_dotted(numpy.ascontiguousarray(ink.T), page.dots_per_mm).T
        alone[top:bottom, left:right] = _wiped(grey, ink & ~kept, kept)
    return alone


def _cell(block: _Block, page: RuledPage, shape: tuple[int, ...]) -> FormCell:
    box = block.box or (0, 0, 0, 0)
    high, wide = page.level.shape
    choices: tuple[Choice, ...] = ()
    if block.squares:
        words = [(spot, line.text) for spot, line in zip(block.spots, block.read, strict=False)]
        choices = boxed_choices(block.squares, words)
    elif block.rings:
        choices = ringed_choices(
            block.rings,
            [
                (spot, line, (found.picture.grey.shape[1] - (spot[2] - spot[0])) // 2)
                for spot, line, found in zip(block.spots, block.read, block.found, strict=False)
            ],
        )
    return FormCell(
        box=(box[0] / wide, box[1] / high, box[2] / wide, box[3] / high),
        shown=fraction_of(box, page.back, shape),
        lines=tuple(each.text for each in block.read if each.text.strip()),
        choices=choices,
    )


def _cell_block(page: RuledPage, ink: Mask, box: Spot, shape: tuple[int, ...]) -> _Block:
    """Find the lines of a cell; in one cell what stands in a row is one line."""
    left, top, right, bottom = box
    block = _Block(box)
    whole = ink[top:bottom, left:right]
    mask = _without_dotted(whole, page.dots_per_mm)
    grey = _wiped(page.level[top:bottom, left:right], whole & ~mask, mask)
    block.squares = squares_in(mask, page.dots_per_mm)
    for square in block.squares:
        mask = _without(mask, zone_of(square.box, page.dots_per_mm))
    if not block.squares:
        size = character_height(mask, _LARGEST_MM * page.dots_per_mm) or 0.0
        rings = rings_in(mask, page.dots_per_mm, size)
        block.rings = tuple(spot for spot, _ in rings)
        for _, dots in rings:
            mask = mask & ~dots
            grey = _wiped(grey, dots, mask)
    spots, mask, grey = _rows(mask, grey, page.dots_per_mm, block.squares)
    origin = numpy.array([[1.0, 0, left], [0, 1.0, top], [0, 0, 1.0]])
    block.spots = spots
    block.found = [found_line(grey, mask, spot, page.back @ origin, shape) for spot in spots]
    return block


def _rows(
    mask: Mask, grey: Grey, dots_per_mm: float, squares: Sequence[Square]
) -> tuple[list[Spot], Mask, Grey]:
    size = character_height(mask, _LARGEST_MM * dots_per_mm)
    if size is None:
        return [], mask, grey
    mask, grey = without_rules(mask, grey, size)
    boxes = line_boxes(mask, size, _REACH)
    spots = [
        part
        for row in in_rows(boxes, size)
        for part in _joined(row, [each.box for each in squares])
    ]
    return spots, mask, grey


def _joined(row: Sequence[Spot], squares: Sequence[Spot]) -> list[Spot]:
    """Join what stands in a row, but not across a tick box."""
    parts: list[Spot] = []
    for box in row:
        last = parts[-1] if parts else None
        between = last is not None and any(
            last[2] <= (each[0] + each[2]) / 2 <= box[0]
            and each[1] <= (box[1] + box[3]) / 2 <= each[3]
            for each in squares
        )
        if last is None or between:
            parts.append(box)
        else:
            parts[-1] = (
                last[0],
                min(last[1], box[1]),
                max(last[2], box[2]),
                max(last[3], box[3]),
            )
    return parts


def _outer_block(page: RuledPage, ink: Mask, shape: tuple[int, ...]) -> _Block:
    """Find the lines around the cells."""
    reach = max(3, 2 * round(_BESIDE_RULE_MM * page.dots_per_mm) + 1)
    gone = cv2.dilate(page.rules.astype(numpy.uint8), numpy.ones((reach, reach), numpy.uint8))
    for left, top, right, bottom in page.cells:
        gone[top:bottom, left:right] = 1
    # Farther out is the edge of a photographed sheet, and the table it lies on.
    beside = round(_BESIDE_TABLE_MM * page.dots_per_mm)
    gone[:, : max(0, min(each[0] for each in page.cells) - beside)] = 1
    gone[:, max(each[2] for each in page.cells) + beside :] = 1
    mask = ink & ~gone.astype(bool)
    grey = numpy.where(gone > 0, _PAPER, page.level).astype(numpy.uint8)
    block = _Block(None)
    size = character_height(mask)
    if size is None:
        return block
    mask, grey = without_rules(mask, grey, size)
    block.spots = ordered(line_boxes(mask, size, _REACH), size)[:_MOST_LINES]
    block.found = [found_line(grey, mask, spot, page.back, shape) for spot in block.spots]
    return block


def _rows_of_text(block: _Block) -> list[str]:
    """Give the lines of what is around the cells, what stands in one row as one line."""
    rows: list[tuple[tuple[float, float, float, float], str]] = []
    for line in block.read:
        if not line.text.strip():
            continue
        middle = (line.box[1] + line.box[3]) / 2
        if rows and rows[-1][0][1] <= middle <= rows[-1][0][3] and line.box[0] > rows[-1][0][0]:
            rows[-1] = (rows[-1][0], f"{rows[-1][1]}\u3000{line.text}")
        else:
            rows.append((line.box, line.text))
    return [text for _, text in rows]


def _in_reading_order(cells: Sequence[_Block], outer: _Block) -> list[TextLine]:
    """Give all lines, those around the cells where they stand between them."""
    said = [line for line in outer.read if line.text]
    lines: list[TextLine] = []
    for block in cells:
        own = [line for line in block.read if line.text]
        if not own:
            continue
        while said and said[0].box[3] <= own[0].box[1]:
            lines.append(said.pop(0))
        lines += own
    return [*lines, *said]


def _wiped(grey: Grey, gone: Mask, kept: Mask) -> Grey:
    """Make white what is gone, its soft edges too, where it does not touch what is kept."""
    near = cv2.dilate(gone.astype(numpy.uint8), numpy.ones((5, 5), numpy.uint8)).astype(bool)
    return numpy.where(near & ~kept, _PAPER, grey).astype(numpy.uint8)


def _without(mask: Mask, spot: Spot) -> Mask:
    left, top, right, bottom = spot
    rest = mask.copy()
    rest[max(0, top) : bottom, max(0, left) : right] = False
    return rest


def _without_dotted(mask: Mask, dots_per_mm: float) -> Mask:
    """Take away dotted lines to write on: many low spots in a row across the cell."""
    labels, stats = components(mask)
    high, wide = stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_WIDTH]
    small = (high <= _DOT_MM[0] * dots_per_mm) & (wide <= _DOT_MM[1] * dots_per_mm)
    small[0] = False
    numbers = numpy.flatnonzero(small)
    if numbers.size < _DOTS_OF_A_RULE:
        return mask
    middles = stats[numbers, cv2.CC_STAT_TOP] + high[numbers] / 2
    near = max(2.0, 0.35 * dots_per_mm)
    drop = numpy.zeros(len(stats), bool)
    for middle in numpy.unique(numpy.round(middles)):
        row = numbers[numpy.abs(middles - middle) <= near]
        if row.size < _DOTS_OF_A_RULE:
            continue
        lefts = stats[row, cv2.CC_STAT_LEFT]
        # A row of dots is spread evenly; the points of a written line are not.
        cells = numpy.unique((lefts * 12) // mask.shape[1])
        if cells.size >= _ALONG * 12:
            drop[row] = True
    return mask & ~drop[labels]
