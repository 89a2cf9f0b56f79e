"""Which tick box is marked, by the ink that the form did not print; doubt stays doubt.

People tick, cross, fill and circle; they circle the box, its number or its words, and they take
a mark back by striking it out (二重線). What the form printed stands where the template says:
the outlines of the boxes, and the words in the middle of their rows. Everything else is writing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy
from numpy.typing import NDArray

from app.domain.comment_form import Box
from app.recognition.decoding import Raster
from app.recognition.form_template import FormTemplate, TemplateChoice
from app.recognition.grain import without_grain
from app.recognition.ink import Mask, components, flattened, ink_mask, without_bad_lines
from app.recognition.mark_rows import Row, in_place, is_frame, rows_of
from app.recognition.ocr import Grey
from app.recognition.registration import Placement, cut
from app.recognition.streaks import without_streaks

_DOTS_PER_MM = 10.0
_BESIDE_MM = 3.3
"""How far left of the boxes is looked; the frame is 4 mm away."""

_ABOVE_MM = 1.0
"""The same above the first row and below the last; there the frame is 1.5 mm away."""

_OUTLINE_MM = 0.55
"""Half the width of the band of the printed outline, with room for registration and blur."""

_BRIDGE_MM = 0.8
"""Half the distance of the parts of one stroke on both sides of an outline, or a little more."""

_SPECK_MM2 = 0.15
_DOUBTFUL_MM2 = 0.4
_MARKED_MM2 = 1.0
_STRAY_MM2 = 0.6
_AROUND_WEIGHT = 0.5
"""Ink beside the box counts less: a hasty tick in the next box reaches there."""

_RIVAL = 0.5
"""One stroke through two boxes belongs to the one that holds most of it, if it is that clear."""

_RING_REACH_MM = 3.5
"""How near a box ink must lie to be part of a ring round it."""

_FAINT = 0.5
"""Of the contrast of the printed outlines; a pencil reaches it, a smudge does not."""

_STRUCK_SURE = 0.8
"""What is offered beside a struck mark was right on all of 40 forms; a person looks all the same.
"""
_STRIKE_MM = 7.5
_BEYOND_MM = 0.6
"""A stroke through a box runs out of it on both sides, the filling of a box does not."""

_STRIKE_THICK_MM = 2.6
_SLANT_MM = 0.4


class Doubt(StrEnum):
    """Why a mark is no answer; the values are codes of findings."""

    UNCLEAR = "choice_ambiguous"
    STRUCK = "writing_struck_out"


@dataclass(frozen=True, slots=True)
class Marked:
    """The outcome for one question.

    Attributes:
        choice: The box that is marked; with a doubt it is only offered. None if none can be.
        doubt: What a person must look at.
        confidence: 0..1 for the choice.
        evidence: Where the ink is that decided, as fractions of the form's page.
    """

    choice: TemplateChoice | None = None
    doubt: Doubt | None = None
    confidence: float = 0.0
    evidence: Box | None = None


def find_marked(
    raster: Raster, placement: Placement, template: FormTemplate, choices: Sequence[TemplateChoice]
) -> Marked:
    """Decide which of the boxes on this page is marked.

    Args:
        raster: The page.
        placement: How the form lies on it.
        template: What it was printed from.
        choices: The boxes, which stand in one column.
    """
    rows = rows_of(template, choices)
    area = (
        min(each.box[0] for each in rows) - _BESIDE_MM,
        rows[0].top - _ABOVE_MM,
        max(each.right for each in rows),
        rows[-1].bottom + _ABOVE_MM,
    )
    grey = without_bad_lines(raster.grey, raster.across, raster.down)
    even = flattened(cut(grey, placement, area, _DOTS_PER_MM), _DOTS_PER_MM)
    strip = _Strip(even, in_place(even, [each.within(area) for each in rows], _DOTS_PER_MM))
    found = strip.decide()
    if found.evidence is None:
        return Marked()
    left, top, right, bottom = found.evidence
    width, height = template.page_width_mm, template.page_height_mm
    evidence = (
        (area[0] + left) / width,
        (area[1] + top) / height,
        (area[0] + right) / width,
        (area[1] + bottom) / height,
    )
    choice = None if found.row is None else choices[found.row]
    return Marked(choice, found.doubt, found.confidence, evidence)


@dataclass(frozen=True, slots=True)
class _Decision:
    """A row by its index, and where the ink is, in millimetres of the strip."""

    row: int | None = None
    doubt: Doubt | None = None
    confidence: float = 0.0
    evidence: Box | None = None


@dataclass(slots=True, eq=False)
class _Group:
    """Ink that hangs together.

    Attributes:
        x: Where its dots are, in millimetres of the strip.
        y: The same, from top to bottom.
        box: Left, top, right, bottom in millimetres of the strip.
        area: Square millimetres.
        inside: Square millimetres inside each row's box.
        faint: Whether it is paler than what is printed.
        row: Index of the row that it marks; None while nobody can say.
        at_words: Whether it stands round the words, not at the box.
    """

    x: NDArray[numpy.float64]
    y: NDArray[numpy.float64]
    box: Box
    area: float
    inside: list[float]
    faint: bool
    row: int | None = None
    at_words: bool = False

    @property
    def strength(self) -> float:
        """Weigh it as a mark of its row."""
        if self.row is None:
            return 0.0
        within = self.inside[self.row]
        return within + _AROUND_WEIGHT * (self.area - within)


class _Strip:
    """The rows of one question, cut out and evened."""

    def __init__(self, even: Grey, rows: Sequence[Row]) -> None:
        self._rows = rows
        calm = without_grain(ink_mask(even), even, _DOTS_PER_MM)
        self._mask, self._even = without_streaks(*calm, _DOTS_PER_MM)
        height, width = even.shape
        self._x, self._y = numpy.arange(width) / _DOTS_PER_MM, numpy.arange(height) / _DOTS_PER_MM
        self._outlines = numpy.zeros_like(self._mask)
        self._words = numpy.zeros_like(self._mask)
        for row in rows:
            self._draw_outline(row)
            self._words |= row.is_word(self._x, self._y[:, None])

    def _draw_outline(self, row: Row) -> None:
        """Mark the band of a printed outline; only the dots around the box are looked at."""
        left, top, right, bottom = row.box
        reach = 2 * _OUTLINE_MM
        columns = slice(*numpy.searchsorted(self._x, (left - reach, right + reach)))
        rows = slice(*numpy.searchsorted(self._y, (top - reach, bottom + reach)))
        outside = row.outside(self._x[columns], self._y[rows, None])
        self._outlines[rows, columns] |= numpy.abs(outside) <= _OUTLINE_MM

    def decide(self) -> _Decision:
        groups = self._groups()
        self._own(groups)
        struck = [index for index in range(len(self._rows)) if self._is_struck(index)]
        marked = {each.row for each in groups if each.row is not None}
        strong = [
            row
            for row in marked
            if sum(each.strength for each in groups if each.row == row) >= _MARKED_MM2
        ]
        weak = any(self._is_doubtful(groups, row) for row in marked)
        stray = [each for each in groups if each.row is None and each.area >= _STRAY_MM2]
        shown = [each for each in groups if each.strength >= _DOUBTFUL_MM2] + stray
        evidence = _around([each.box for each in shown] + [self._rows[row].box for row in struck])
        if struck:
            left = [row for row in strong if row not in struck]
            offered = left[0] if len(left) == 1 and not weak and not stray else None
            return _Decision(offered, Doubt.STRUCK, _STRUCK_SURE if left else 0.0, evidence)
        if evidence is None:
            return _Decision()
        if len(strong) != 1 or weak or stray:
            return _Decision(doubt=Doubt.UNCLEAR, evidence=evidence)
        own = [each for each in groups if each.row == strong[0]]
        if all(each.faint for each in own):
            return _Decision(doubt=Doubt.UNCLEAR, evidence=evidence)
        sure = 0.96 if all(each.at_words for each in own) else 0.99
        return _Decision(strong[0], None, sure, evidence)

    @staticmethod
    def _is_doubtful(groups: Sequence[_Group], row: int) -> bool:
        strength = sum(each.strength for each in groups if each.row == row)
        return _DOUBTFUL_MM2 <= strength < _MARKED_MM2

    def _groups(self) -> list[_Group]:
        """Find what was written, the parts of a stroke that an outline parts taken together."""
        ink = self._mask & ~self._outlines & ~self._words
        size = 2 * round(_BRIDGE_MM * _DOTS_PER_MM) + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        if not ink.any():
            return []
        around = _around_ink(ink, size)
        ink = ink[around]
        labels, stats = components(cv2.dilate(ink.astype(numpy.uint8), kernel).astype(bool))
        printed = self._even[self._mask & self._outlines]
        black = float(numpy.percentile(printed, 25)) if printed.size else 0.0
        even, across, down = self._even[around], self._x[around[1]], self._y[around[0]]
        groups = []
        for number, (left, top, wide, high, _) in enumerate(stats[1:].tolist(), start=1):
            place = numpy.s_[top : top + high, left : left + wide]
            part = ink[place] & (labels[place] == number)
            area = float(part.sum()) / _DOTS_PER_MM**2
            if area < _SPECK_MM2:
                continue
            rows, columns = numpy.nonzero(part)
            x, y = across[left + columns], down[top + rows]
            box = _box_of(x, y)
            if is_frame(box, len(self._y) / _DOTS_PER_MM):
                continue
            dark = float(numpy.percentile(even[place][part], 25))
            groups.append(
                _Group(
                    x=x,
                    y=y,
                    box=box,
                    area=area,
                    inside=[
                        float((row.outside(x, y) < -_OUTLINE_MM).sum()) / _DOTS_PER_MM**2
                        for row in self._rows
                    ],
                    faint=(255 - dark) < _FAINT * (255 - black),
                )
            )
        return groups

    def _own(self, groups: list[_Group]) -> None:
        """Say of every group which row it marks."""
        for each in groups:
            each.row = self._by_inside(each)
        self._own_rings(groups)
        loose = [each for each in groups if each.row is None and each.area >= _STRAY_MM2]
        for index, row in enumerate(self._rows):
            arcs = [each for each in loose if each.row is None and row.is_beside(each.box)]
            rounds = any(row.is_left_arc(each.x, each.y) for each in arcs)
            if rounds or row.is_surrounded([each.box for each in arcs]):
                for each in arcs:
                    each.row, each.at_words = index, True
        for each in groups:
            if each.row is None and each.area < _STRAY_MM2:
                each.row = self._by_nearness(each)

    def _own_rings(self, groups: list[_Group]) -> None:
        """Give the pieces of a ring round one box, or round box and words, to its row."""
        rings = []
        for index, row in enumerate(self._rows):
            pieces = [
                each
                for each in groups
                if each.row in (None, index) and row.is_within_reach(each.box)
            ]
            x, y = _places(pieces)
            if row.is_ringed(x, y):
                rings.append((index, pieces))
            for each in groups:
                if each.row in (None, index):
                    continue
                # The mark of one box may run into a ring round the next: two answers, not one.
                near = row.outside(each.x, each.y) <= _RING_REACH_MM
                if near.any() and row.is_ringed(
                    numpy.append(x, each.x[near]), numpy.append(y, each.y[near])
                ):
                    each.row = None
        for index, pieces in rings:
            shared = any(each in other for each in pieces for at, other in rings if at != index)
            for each in pieces:
                each.row = each.row if shared else index

    @staticmethod
    def _by_inside(group: _Group) -> int | None:
        order = sorted(range(len(group.inside)), key=lambda index: -group.inside[index])
        most = group.inside[order[0]]
        next_most = group.inside[order[1]] if len(order) > 1 else 0.0
        if most < _SPECK_MM2 or next_most > _RIVAL * most:
            return None
        return order[0]

    def _by_nearness(self, group: _Group) -> int | None:
        """Give what is too small to be a mark of its own to the box beside which it stands."""
        near = [
            index
            for index, row in enumerate(self._rows)
            if float(row.outside(group.x, group.y).min()) <= 2 * _OUTLINE_MM
        ]
        return near[0] if len(near) == 1 else None

    def _is_struck(self, index: int) -> bool:
        """Look for long level strokes through a box or through its words."""
        row = self._rows[index]
        half = (row.box[3] - row.box[1]) / 2 - _OUTLINE_MM
        beyond = row.box[2] - row.box[0] + 2 * _BEYOND_MM
        # No slant beyond the band: there the box itself has level sides, and rings add to them.
        through_box = self._strokes(row.middle - half, row.middle + half, beyond, slack=0.0)
        words = int(numpy.searchsorted(self._x, row.words_left))
        through_words = self._strokes(row.words_top, row.words_bottom, _STRIKE_MM, left=words)
        near_box = self._x <= row.words_left + 1
        return self._has_thin(through_box & near_box) or bool(through_words.any())

    def _strokes(
        self, top: float, bottom: float, length: float, left: int = 0, slack: float = _SLANT_MM
    ) -> Mask:
        """Find level strokes of a length between two heights, right of a column.

        Args:
            top: Above this none is looked for.
            bottom: Nor below this.
            length: How long one is at least.
            left: The column.
            slack: So far above and below the ends of a slanting one may lie.
        """
        slant, beyond = (round(each * _DOTS_PER_MM) for each in (_SLANT_MM, slack))
        first, last = max(0, round(top * _DOTS_PER_MM)), round(bottom * _DOTS_PER_MM)
        above = max(0, first - beyond)
        ink = self._mask[above : last + beyond, left:]
        thick = cv2.dilate(ink.astype(numpy.uint8), numpy.ones((slant, 1), numpy.uint8))
        long = numpy.ones((1, round(length * _DOTS_PER_MM)), numpy.uint8)
        edge = cv2.copyMakeBorder(
            thick, 0, 0, long.size, long.size, cv2.BORDER_CONSTANT, value=(0,)
        )
        opened = cv2.morphologyEx(edge, cv2.MORPH_OPEN, long)[:, long.size : -long.size]
        return numpy.asarray(opened[first - above : last - above] > 0)

    @staticmethod
    def _has_thin(strokes: Mask) -> bool:
        """Say whether one of the strokes is a line and not the filling of a box."""
        rows = strokes.any(axis=1).astype(numpy.int8)
        edges = numpy.flatnonzero(numpy.diff(numpy.concatenate(([0], rows, [0]))))
        return any(b - a <= _STRIKE_THICK_MM * _DOTS_PER_MM for a, b in edges.reshape(-1, 2))


def _around(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    return (
        min(each[0] for each in boxes),
        min(each[1] for each in boxes),
        max(each[2] for each in boxes),
        max(each[3] for each in boxes),
    )


def _around_ink(ink: Mask, margin: int) -> tuple[slice, slice]:
    """Give the part of a mask that holds all its ink and so many dots around it."""
    rows, columns = numpy.flatnonzero(ink.any(axis=1)), numpy.flatnonzero(ink.any(axis=0))
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1),
    )


def _places(groups: Sequence[_Group]) -> tuple[NDArray[numpy.float64], NDArray[numpy.float64]]:
    """Give the dots of all of them."""
    none = numpy.empty(0)
    return (
        numpy.concatenate([none, *(each.x for each in groups)]),
        numpy.concatenate([none, *(each.y for each in groups)]),
    )


def _box_of(x: NDArray[numpy.float64], y: NDArray[numpy.float64]) -> Box:
    """Give the box around dots, each of which has a width and a height."""
    left, top, right, bottom = (
        round(float(each) * _DOTS_PER_MM) for each in (x.min(), y.min(), x.max(), y.max())
    )
    return (
        left / _DOTS_PER_MM,
        top / _DOTS_PER_MM,
        (right + 1) / _DOTS_PER_MM,
        (bottom + 1) / _DOTS_PER_MM,
    )
