"""Marks that people make on a form, drawn with a shaky hand; the same for the same chance.

All lengths are millimetres of the page. What a mark means stands beside it in ``CLEAR`` and
``DOUBTFUL``: only the first may be taken for an answer without a word.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

from app.domain.comment_form import Box
from app.recognition.form_template import FormTemplate, TemplateChoice

Point = tuple[float, float]


@dataclass
class Pen:
    """A pen on a printed page.

    Attributes:
        page: The picture that is drawn on.
        dots_per_mm: Its fineness.
        chance: Makes the hand shake.
        width: Of its stroke.
        ink: How dark it is, 0 is black.
    """

    page: Image.Image
    dots_per_mm: float
    chance: random.Random
    width: float = 0.5
    ink: int = 30

    def stroke(self, points: Sequence[Point], shake: float = 0.12) -> None:
        """Draw one stroke through some points."""
        dots = [
            (
                (x + self.chance.gauss(0, shake)) * self.dots_per_mm,
                (y + self.chance.gauss(0, shake)) * self.dots_per_mm,
            )
            for x, y in points
        ]
        width = max(1, round(self.width * self.dots_per_mm))
        ImageDraw.Draw(self.page).line(dots, fill=self.ink, width=width, joint="curve")

    def oval(self, box: Box, shake: float = 0.06) -> None:
        """Draw round a box by hand; the ends cross or do not quite meet."""
        left, top, right, bottom = box
        start, gap = self.chance.uniform(0, 6.28), self.chance.uniform(-0.5, 0.3)
        points = []
        for step in range(49):
            angle = start + (2 * math.pi - gap) * step / 48
            points.append(
                (
                    (left + right) / 2 + (right - left) / 2 * math.cos(angle),
                    (top + bottom) / 2 + (bottom - top) / 2 * math.sin(angle),
                )
            )
        self.stroke(points, shake)


@dataclass(frozen=True)
class Sheet:
    """The boxes of a form's choices, in millimetres."""

    template: FormTemplate
    choices: Sequence[TemplateChoice]

    def box(self, index: int) -> Box:
        """Give a tick box."""
        return self.template.in_mm(self.choices[index].box)

    def label(self, index: int) -> Box:
        """Give the room of the words beside it."""
        return self.template.in_mm(self.choices[index].label)


Mark = Callable[[Pen, Sheet, int, int], None]
"""Draws with a pen on a sheet: the choice that is meant, and another one."""


def _grown(box: Box, by: float) -> Box:
    return (box[0] - by, box[1] - by, box[2] + by, box[3] + by)


def tick(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A tick, レ."""
    left, top, right, bottom = sheet.box(index)
    wide, high = right - left, bottom - top
    x, y = pen.chance.uniform(-0.8, 0.8), pen.chance.uniform(-0.8, 0.8)
    tail = pen.chance.uniform(0.8, 1.2)
    pen.stroke(
        [
            (left + 0.15 * wide + x, top + 0.45 * high + y),
            (left + 0.4 * wide + x, top + 0.85 * high + y),
            (left + tail * wide + x, top - 0.1 * high + y),
        ]
    )


def hasty_tick(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A tick whose tail runs into the row above."""
    left, top, right, bottom = sheet.box(index)
    wide, high = right - left, bottom - top
    pen.stroke(
        [
            (left + 0.2 * wide, top + 0.4 * high),
            (left + 0.45 * wide, top + 0.9 * high),
            (left + 1.7 * wide, top - pen.chance.uniform(0.5, 0.9) * high),
        ]
    )


def cross(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A cross, ×."""
    left, top, right, bottom = _grown(sheet.box(index), pen.chance.uniform(-1, 0.5))
    pen.stroke([(left, top), (right, bottom)], 0.3)
    pen.stroke([(right, top), (left, bottom)], 0.3)


def filled(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A box filled by hand, ■."""
    left, top, right, bottom = _grown(sheet.box(index), -0.4)
    points = []
    for step in range(12):
        y = top + (bottom - top) * step / 11
        points += [(left, y), (right, y + 0.3)]
    pen.stroke(points, 0.25)


def ring_in_box(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A small ○ in the box."""
    pen.oval(_grown(sheet.box(index), pen.chance.uniform(-1.4, -0.6)))


def ring_round_box(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A ○ round the box."""
    left, top, right, bottom = _grown(sheet.box(index), pen.chance.uniform(0.6, 2.0))
    x, y = pen.chance.uniform(-0.7, 0.7), pen.chance.uniform(-0.7, 0.7)
    pen.oval((left + x, top + y, right + x, bottom + y))


def close_ring(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A flat ○ that touches the outline of the box it goes round."""
    left, top, right, bottom = sheet.box(index)
    wide, high = pen.chance.uniform(0.9, 1.4), pen.chance.uniform(0.3, 0.6)
    pen.oval((left - wide, top - high, right + wide, bottom + high))


def double_ring(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A ◎ round the box."""
    pen.oval(_grown(sheet.box(index), -1.0))
    pen.oval(_grown(sheet.box(index), 1.2))


def _words(sheet: Sheet, index: int) -> Box:
    """Give where the first words of a label stand."""
    left, top, _, bottom = sheet.label(index)
    middle, half = (top + bottom) / 2, (sheet.box(index)[3] - sheet.box(index)[1]) * 0.36
    return (left, middle - half, left + 2 * half, middle + half)


def ring_round_number(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A ○ round the code number instead of the box."""
    left, top, _, bottom = _words(sheet, index)
    x = pen.chance.uniform(-0.4, 0.4)
    grow = pen.chance.uniform(0.7, 1.6)
    pen.oval((left - 0.6 - grow + x, top - grow, left + 2.6 + grow + x, bottom + grow))


def ring_round_label(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A ○ round the words instead of the box."""
    left, top, _, bottom = sheet.label(index)
    length, grow = pen.chance.uniform(25, 70), pen.chance.uniform(-0.6, 0.5)
    pen.oval((left - 1.5, top - grow, left + length, bottom + grow), 0.15)


def ring_round_row(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A ○ round box and words together."""
    left, top, _, bottom = sheet.label(index)
    length, grow = pen.chance.uniform(25, 70), pen.chance.uniform(-0.4, 0.6)
    pen.oval((sheet.box(index)[0] - 2, top - grow, left + length, bottom + grow), 0.15)


def thin_tick(pen: Pen, sheet: Sheet, index: int, other: int) -> None:
    """A tick with a fine pen."""
    pen.width = 0.3
    tick(pen, sheet, index, other)


def pencil_tick(pen: Pen, sheet: Sheet, index: int, other: int) -> None:
    """A tick with a pencil."""
    pen.ink, pen.width = pen.chance.randint(85, 125), 0.6
    tick(pen, sheet, index, other)


def two_ticks(pen: Pen, sheet: Sheet, index: int, other: int) -> None:
    """Two boxes ticked."""
    tick(pen, sheet, index, other)
    tick(pen, sheet, other, index)


def tick_and_cross(pen: Pen, sheet: Sheet, index: int, other: int) -> None:
    """One box ticked, one crossed: out, or chosen?"""
    tick(pen, sheet, index, other)
    cross(pen, sheet, other, index)


def tick_and_faint_tick(pen: Pen, sheet: Sheet, index: int, other: int) -> None:
    """A tick, and a fine one in another box."""
    tick(pen, sheet, index, other)
    thin_tick(pen, sheet, other, index)


def tick_and_ringed_number(pen: Pen, sheet: Sheet, index: int, other: int) -> None:
    """A tick in one row, a ○ round the number of another."""
    tick(pen, sheet, index, other)
    ring_round_number(pen, sheet, other, index)


def ring_and_tick_below(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A ○ round one box, and in the next one a tick that runs into it."""
    index = min(index, len(sheet.choices) - 2)
    pen.oval(_grown(sheet.box(index), pen.chance.uniform(1.2, 1.8)))
    hasty_tick(pen, sheet, index + 1, index)


def _strike(pen: Pen, box: Box, before: float, after: float) -> None:
    left, top, right, bottom = box
    middle = (top + bottom) / 2
    apart = pen.chance.uniform(0.5, 1.0)
    slope = pen.chance.uniform(-0.4, 0.4)
    for y in (middle - apart, middle + apart):
        points = [(left - before, y), ((left + right) / 2, y), (right + after, y + slope)]
        pen.stroke(points, 0.08)


def struck_tick(pen: Pen, sheet: Sheet, index: int, other: int) -> None:
    """A tick that was struck out (二重線), and no other."""
    tick(pen, sheet, index, other)
    _strike(pen, sheet.box(index), pen.chance.uniform(0.5, 1.5), pen.chance.uniform(1, 3))


def corrected_tick(pen: Pen, sheet: Sheet, index: int, other: int) -> None:
    """A tick struck out with its words, and another box ticked."""
    tick(pen, sheet, other, index)
    struck = (*sheet.box(other)[:2], sheet.label(other)[0] + 30, sheet.box(other)[3])
    _strike(pen, struck, 1.0, pen.chance.uniform(0, 20))
    tick(pen, sheet, index, other)


def struck_tick_and_tick(pen: Pen, sheet: Sheet, index: int, other: int) -> None:
    """A tick struck out, and another box ticked."""
    struck_tick(pen, sheet, other, index)
    tick(pen, sheet, index, other)


def scribbled_and_tick(pen: Pen, sheet: Sheet, index: int, other: int) -> None:
    """A box scribbled over, and another one ticked."""
    left, top, right, bottom = _grown(sheet.box(other), 0.6)
    points = []
    for step in range(16):
        y = top + (bottom - top) * step / 15
        points += [(left, y), (right, y + 0.3)]
    pen.stroke(points, 0.5)
    tick(pen, sheet, index, other)


def others_struck(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """The words of all other rows struck out, no box marked."""
    for each in range(len(sheet.choices)):
        if each != index:
            _strike(pen, _words(sheet, each), 0.5, pen.chance.uniform(18, 60))


def between_boxes(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A tick between two boxes."""
    index = min(index, len(sheet.choices) - 2)
    left, _, right, bottom = sheet.box(index)
    y = (bottom + sheet.box(index + 1)[1]) / 2
    x = pen.chance.uniform(-0.5, 0.5)
    pen.stroke([(left + 0.5 + x, y - 0.6), (left + 2 + x, y + 1.4), (right + x, y - 2.0)])


def ring_round_two(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A ○ round two boxes."""
    index = min(index, len(sheet.choices) - 2)
    left, top, right, _ = sheet.box(index)
    pen.oval((left - 1.5, top - 1, right + 1.5, sheet.box(index + 1)[3] + 1), 0.1)


def smudge(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A faint smudge of a finger over a box."""
    left, top, right, bottom = _grown(sheet.box(index), pen.chance.uniform(-1.0, 0.5))
    scale = pen.dots_per_mm
    area = [round(each * scale) for each in (left - 4, top - 4, right + 4, bottom + 4)]
    spot = Image.new("L", (area[2] - area[0], area[3] - area[1]), 255)
    inner = (4 * scale, 4 * scale, spot.width - 4 * scale, spot.height - 4 * scale)
    ImageDraw.Draw(spot).ellipse(inner, fill=pen.chance.randint(155, 200))
    spot = spot.filter(ImageFilter.GaussianBlur(scale * 0.8))
    under = pen.page.crop((area[0], area[1], area[2], area[3]))
    darker = Image.composite(under, spot, under.point(lambda dot: 255 if dot < 128 else 0))
    pen.page.paste(darker, (area[0], area[1]))


def touched(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """A dot where the pen touched the box and was lifted again."""
    left, top, right, bottom = sheet.box(index)
    x, y = pen.chance.uniform(left + 1, right - 1), pen.chance.uniform(top + 1, bottom - 1)
    pen.stroke([(x, y), (x + 0.6, y + 0.4)], 0.05)


def underlined(pen: Pen, sheet: Sheet, index: int, _other: int) -> None:
    """The words underlined, no box marked."""
    left, _, _, bottom = _words(sheet, index)
    pen.stroke([(left, bottom + 0.9), (left + 20, bottom + 1.0), (left + 40, bottom + 0.8)], 0.05)


def nothing(_pen: Pen, _sheet: Sheet, _index: int, _other: int) -> None:
    """No mark at all."""


CLEAR: Mapping[str, Mark] = {
    each.__name__: each
    for each in (
        tick,
        hasty_tick,
        thin_tick,
        pencil_tick,
        cross,
        filled,
        ring_in_box,
        ring_round_box,
        close_ring,
        double_ring,
        ring_round_number,
        ring_round_label,
        ring_round_row,
    )
}
"""Marks that everybody understands: the choice that is meant must come out, unflagged."""

DOUBTFUL: Mapping[str, Mark] = {
    each.__name__: each
    for each in (
        two_ticks,
        ring_and_tick_below,
        tick_and_cross,
        tick_and_faint_tick,
        tick_and_ringed_number,
        struck_tick,
        corrected_tick,
        struck_tick_and_tick,
        scribbled_and_tick,
        others_struck,
        between_boxes,
        ring_round_two,
        smudge,
        touched,
        underlined,
    )
}
"""Marks of which a person must hear; a choice may be offered, never taken in silence."""
