"""Where the form printed in the rows of a question, and where only a writer leaves ink."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from app.domain.comment_form import Box
from app.recognition.form_sizes import MILLIMETRES_PER_POINT, sizes_of
from app.recognition.form_template import FormTemplate, TemplateChoice
from app.recognition.ink import Mask
from app.recognition.ocr import Grey

_Field = NDArray[numpy.float64]

_STEP = 1.25
"""Distance of the printed lines of a label, in heights of its type."""

_MARGIN_MM = 0.4
_REACH_MM = 2.6
"""How far a ring round the words of a row may reach into the rows above and below."""

_BEFORE_MM = 0.3
_SECTORS, _ENCLOSED = 16, 10
"""In so many of all directions ink must lie for a ring round a box."""

_DRIFT_MM = 0.7
_FRAME_MM, _FRAME_THICK_MM = 10.0, 0.5
_ARC_MM, _BULGE_MM = 2.5, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One choice; all lengths in millimetres.

    Attributes:
        box: Its tick box.
        top: Where its row begins.
        bottom: Where it ends.
        words_left: Where its words begin.
        words_top: Above this nothing is printed in its row.
        words_bottom: Nor below this.
        right: Where its room ends.
    """

    box: Box
    top: float
    bottom: float
    words_left: float
    words_top: float
    words_bottom: float
    right: float

    @property
    def middle(self) -> float:
        """The height at which its box and its words are centred."""
        return (self.box[1] + self.box[3]) / 2

    def within(self, area: Box) -> "Row":
        """Give it in the coordinates of an area of the page."""
        x, y = area[0], area[1]
        left, top, right, bottom = self.box
        return Row(
            box=(left - x, top - y, right - x, bottom - y),
            top=self.top - y,
            bottom=self.bottom - y,
            words_left=self.words_left - x,
            words_top=self.words_top - y,
            words_bottom=self.words_bottom - y,
            right=self.right - x,
        )

    def outside(self, x: _Field, y: _Field) -> _Field:
        """Give the distance of places from the box's outline, negative inside."""
        left, top, right, bottom = self.box
        return numpy.maximum(
            numpy.abs(x - (left + right) / 2) - (right - left) / 2,
            numpy.abs(y - (top + bottom) / 2) - (bottom - top) / 2,
        )

    def is_ringed(self, x: _Field, y: _Field) -> bool:
        """Say whether ink goes round the box: seen from it, places lie in most directions."""
        angle = numpy.arctan2(y - self.middle, x - (self.box[0] + self.box[2]) / 2)
        sectors = ((angle + numpy.pi) / (2 * numpy.pi) * _SECTORS).astype(int)
        return len(numpy.unique(sectors)) >= _ENCLOSED

    def is_word(self, x: _Field, y: _Field) -> Mask:
        """Say of places whether words may be printed there."""
        return (x >= self.words_left - _BEFORE_MM) & (y >= self.words_top) & (y < self.words_bottom)

    def is_within_reach(self, box: Box) -> bool:
        """Say whether ink stands no higher and no lower than a ring round this row would."""
        return box[1] >= self.top - _REACH_MM and box[3] <= self.bottom + _REACH_MM

    def is_beside(self, box: Box) -> bool:
        """Say whether ink lies right of the tick box and within reach of this row."""
        return box[0] > self.box[2] and self.is_within_reach(box)

    def is_left_arc(self, x: _Field, y: _Field) -> bool:
        """Say whether ink is the left end of a ring that begins before the words.

        Args:
            x: Where its dots are; at least one.
            y: The same, from top to bottom.
        """
        top, bottom = float(y.min()), float(y.max())
        high = bottom - top
        if high < _ARC_MM or float(x.min()) > self.words_left - _BEFORE_MM:
            return False
        thirds = (top + high / 4, bottom - high / 4)
        middle = float(x[(y > thirds[0]) & (y < thirds[1])].min(initial=self.right))
        upper = float(x[y <= top + high / 8].min())
        lower = float(x[y >= bottom - high / 8].min())
        inside = self.box[1] < (top + bottom) / 2 < self.box[3] or (
            self.words_top < (top + bottom) / 2 < self.words_bottom
        )
        return inside and min(upper, lower) - middle >= _BULGE_MM

    def is_surrounded(self, boxes: Sequence[Box]) -> bool:
        """Say whether pieces of ink lie above and below its words, over the same stretch."""
        if any(
            each[1] < self.words_top and each[3] > self.words_bottom - _MARGIN_MM for each in boxes
        ):
            return True
        above = [each for each in boxes if each[3] <= self.words_top + _MARGIN_MM]
        below = [each for each in boxes if each[1] >= self.words_bottom - _MARGIN_MM]
        return any(
            min(one[2], two[2]) - max(one[0], two[0]) > 0.5 * min(one[2] - one[0], two[2] - two[0])
            for one in above
            for two in below
        )


def in_place(even: Grey, rows: Sequence[Row], dots_per_mm: float) -> list[Row]:
    """Move rows to where their boxes are printed: paper bends between the markers.

    Args:
        even: The rows on evened paper.
        rows: Where they are by the markers.
        dots_per_mm: How fine the picture is.
    """
    dark = 255.0 - even.astype(numpy.float64)
    found = []
    for row in rows:
        left, top, right, bottom = (round(each * dots_per_mm) for each in row.box)
        reach = round(_DRIFT_MM * dots_per_mm)
        across = dark[max(0, top) : bottom, :].mean(axis=0)
        down = dark[:, max(0, left) : right].mean(axis=1)
        found.append((_drift(across, left, right, reach), _drift(down, top, bottom, reach)))
    # A mark hides the outline of its box; what most rows say is where all are.
    x, y = (float(numpy.median(each)) / dots_per_mm for each in zip(*found, strict=True))
    return [each.within((-x, -y, 0.0, 0.0)) for each in rows]


def _drift(profile: _Field, first: int, last: int, reach: int) -> int:
    """Say by how many dots two lines stand off where they should, by the ink on both."""
    drifts = sorted(range(-reach, reach + 1), key=abs)
    ends = len(profile) - 1
    places = [(min(max(first + each, 0), ends), min(max(last + each, 0), ends)) for each in drifts]
    return max(zip(drifts, places, strict=True), key=lambda each: profile[list(each[1])].sum())[0]


def is_frame(box: Box, height: float) -> bool:
    """Say whether ink is what the edge of a picture cuts off a frame: flat, longer than a mark.

    Args:
        box: Where it is.
        height: Of the picture.
    """
    at_edge = box[1] <= 0 or box[3] >= height
    return at_edge and box[3] - box[1] <= _FRAME_THICK_MM and box[2] - box[0] >= _FRAME_MM


def rows_of(template: FormTemplate, choices: Sequence[TemplateChoice]) -> list[Row]:
    """Work out the rows of a question from the template."""
    sizes = sizes_of(template.variant)
    high = sizes.choice_points * MILLIMETRES_PER_POINT
    rows = []
    for choice in choices:
        left, top, right, bottom = template.in_mm(choice.label)
        lines = 1
        if bottom - top > sizes.category_row + 0.01:
            lines = max(1, round((bottom - top - 4) / sizes.category_line))
        half = (lines * _STEP - (_STEP - 1)) * high / 2 + _MARGIN_MM
        middle = (top + bottom) / 2
        rows.append(
            Row(
                box=template.in_mm(choice.box),
                top=top,
                bottom=bottom,
                words_left=left,
                words_top=middle - half,
                words_bottom=middle + half,
                right=right,
            )
        )
    return rows
