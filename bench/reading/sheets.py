"""Writing on our own printed form: where its boxes are is taken from ``form.json``."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # form.json is JSON

import numpy
from numpy.typing import NDArray
from PIL import Image

from app.recognition.filled_form import printed
from bench.reading.letters import DOTS_PER_MM as _MM
from bench.reading.letters import Hand, Ink, Letter
from bench.reading.ticks import Mark, Spot, draw_mark, strike_out

_MARGIN_MM = 3.0
_SMALLEST_MM = 2.8
_LINE_PITCH = 1.25
_DOTTED = 12
"""Dark dots of one printed writing line, at least."""

_NEVER_FIRST = frozenset("、。，．")
"""Letters that hang over the end of a line rather than begin the next."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A writing cell.

    Attributes:
        box: Left, top, right, bottom in dots.
        rows: Where its printed writing lines are, in dots from the top of the page.
    """

    box: Spot
    rows: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Blank:
    """The first page of a blank form.

    Attributes:
        picture: The page as printed, grey.
        cells: Its writing cells by JSON pointer.
        choices: Its tick boxes by code.
    """

    picture: NDArray[numpy.uint8]
    cells: Mapping[str, Cell]
    choices: Mapping[str, Spot]


def blank_of(pdf: bytes, layout: Mapping[str, Any]) -> Blank:
    """Print a form and find its boxes.

    Args:
        pdf: ``form.pdf``.
        layout: ``form.json``.
    """
    picture = numpy.array(printed(pdf, dpi=300)[0])
    cells = {}
    for each in layout["fields"]:
        if each["page"] == 1:
            box = _in_dots(each["box"], picture.shape)
            cells[str(each["field"])] = Cell(box, _ruled(picture, box))
    choices = {
        str(each["code"]): _in_dots(each["box"], picture.shape)
        for each in layout["choices"]
        if each["page"] == 1
    }
    return Blank(picture, cells, choices)


def write(
    blank: Blank,
    hand: Hand,
    answers: Mapping[str, str],
    mark: Mark,
    codes: Sequence[str],
    chance: random.Random,
    *,
    size: tuple[float, float] = (4.2, 5.8),
) -> Image.Image:
    """Fill in a sheet.

    Args:
        blank: The form.
        hand: Who writes.
        answers: What goes into the cells, by JSON pointer.
        mark: How the category is answered.
        codes: The boxes that are marked: of ``STRUCK`` the first one is struck out again.
        chance: Draws the unevenness of hand and pen.
        size: Between what sizes the writer chooses, in millimetres.
    """
    ink = numpy.zeros(blank.picture.shape, numpy.uint8)
    size_mm = chance.uniform(*size)
    for pointer, text in answers.items():
        if text:
            # Where there is room, a short answer is written larger.
            larger = 1.0 if blank.cells[pointer].rows else chance.uniform(1.0, 1.35)
            write_cell(ink, blank.cells[pointer], hand, text, size_mm * larger, chance)
    pen = chance.uniform(0.35, 0.8) * _MM
    for place, code in enumerate(codes):
        draw_mark(ink, blank.choices[code], pen, chance)
        if mark is Mark.STRUCK and place == 0:
            strike_out(ink, blank.choices[code], pen, chance)
    darkest = chance.randint(15, 70)
    paper = blank.picture.astype(numpy.float32)
    cover = ink.astype(numpy.float32) / 255.0
    page = numpy.minimum(paper, 255.0 - cover * (255.0 - darkest))
    return Image.fromarray(page.astype(numpy.uint8))


def write_line(
    ink: Ink,
    hand: Hand,
    text: str,
    place: tuple[float, float],
    width: float,
    chance: random.Random,
) -> None:
    """Write one line, in letters of about 5 mm, smaller if it would not fit.

    Args:
        ink: Where it is added.
        hand: Who writes.
        text: What.
        place: Its left upper corner in dots.
        width: Room for it in dots.
        chance: Draws the unevenness of the hand.
    """
    size = chance.uniform(4.2, 5.5) * _MM
    letters = [hand.letter(char, size, chance) for char in text]
    length = sum(each.advance for each in letters)
    if length > width:
        letters = [hand.letter(char, size * width / length, chance) for char in text]
    _put_line(ink, letters, *place)


def write_cell(
    ink: Ink, cell: Cell, hand: Hand, text: str, size_mm: float, chance: random.Random
) -> None:
    """Write into a cell, smaller if it would not fit."""
    left, top, right, bottom = cell.box
    width = right - left - 2 * _MARGIN_MM * _MM
    rows = [top, *cell.rows, bottom]
    while True:
        size = size_mm * _MM
        state = chance.getstate()
        lines = _lines(hand, text, size, width, chance)
        if cell.rows:
            fits, pitch = len(lines) < len(rows), rows[1] - rows[0]
            begin = top
        else:
            pitch = size * _LINE_PITCH
            fits = len(lines) * pitch <= bottom - top - _MM
            begin = (top + bottom - len(lines) * pitch) / 2
        if (fits and size <= 0.82 * pitch) or size_mm <= _SMALLEST_MM:
            break
        chance.setstate(state)
        size_mm -= 0.2
    for number, line in enumerate(lines):
        above = rows[number] if cell.rows and number < len(rows) - 1 else begin + number * pitch
        x = left + (_MARGIN_MM + chance.uniform(-0.8, 1.0)) * _MM
        _put_line(ink, line, x, above + (pitch - size) / 2)


def _lines(
    hand: Hand, text: str, size: float, width: float, chance: random.Random
) -> list[list[Letter]]:
    lines: list[list[Letter]] = [[]]
    used = 0.0
    for char in text:
        letter = hand.letter(char, size, chance)
        if lines[-1] and used + letter.advance > width and char not in _NEVER_FIRST:
            lines.append([])
            used = 0.0
        if not lines[-1] and len(lines) > 1 and char.isspace():
            continue
        lines[-1].append(letter)
        used += letter.advance
    return lines


def _put_line(ink: Ink, line: Sequence[Letter], x: float, y: float) -> None:
    for letter in line:
        _put(ink, letter.ink, round(x + letter.left), round(y + letter.top))
        x += letter.advance


def _put(ink: Ink, letter: Ink, left: int, top: int) -> None:
    """Lay a letter's ink over what is there, cut at the edges of the page."""
    high, wide = ink.shape
    x, y = max(0, left), max(0, top)
    right, bottom = min(wide, left + letter.shape[1]), min(high, top + letter.shape[0])
    if right > x and bottom > y:
        there = ink[y:bottom, x:right]
        numpy.maximum(there, letter[y - top : bottom - top, x - left : right - left], out=there)


def _ruled(picture: NDArray[numpy.uint8], box: Spot) -> tuple[float, ...]:
    """Find the dotted lines that are printed for writing; a cell without them gives none."""
    left, top, right, bottom = (round(each) for each in box)
    edge = round(1.5 * _MM)
    inside = picture[top + edge : bottom - edge, left + edge : right - edge] < 225
    dark = (inside[:, 1:] & ~inside[:, :-1]).sum(axis=1) >= _DOTTED
    rows: list[float] = []
    begin: int | None = None
    for y, hit in enumerate([*dark.tolist(), False]):
        if hit and begin is None:
            begin = y
        elif not hit and begin is not None:
            rows.append(top + edge + (begin + y - 1) / 2)
            begin = None
    return tuple(rows)


def _in_dots(box: Sequence[float], shape: tuple[int, ...]) -> Spot:
    high, wide = shape[:2]
    return (box[0] * wide, box[1] * high, box[2] * wide, box[3] * high)
