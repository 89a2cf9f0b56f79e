"""Which tick box is marked, by the ink that the form did not print; doubt stays doubt."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from app.domain.comment_form import Box
from app.recognition.form_template import FormTemplate, TemplateChoice
from app.recognition.ink import ink_mask
from app.recognition.ocr import Grey
from app.recognition.registration import Placement, cut

_DOTS_PER_MM = 12.0
_REACH_MM = 2.2
"""How far around its box a circle counts; the next box's reach begins there."""

_OUTLINE_MM = 0.55
"""Half the width of the band of the printed outline, with room for registration and blur."""

_MARKED_MM2 = 1.0
_DOUBTFUL_MM2 = 0.4
_RIVAL = 0.4
_AROUND_WEIGHT = 0.5
"""Ink beside the box counts less: a hasty tick in the next box reaches there."""


@dataclass(frozen=True, slots=True)
class Marked:
    """The outcome for one question.

    Attributes:
        choice: The box that is clearly marked; None if none is, or if there is doubt.
        doubtful: Whether something is marked that cannot be told with certainty.
        confidence: 0..1 for the choice.
    """

    choice: TemplateChoice | None
    doubtful: bool
    confidence: float


def find_marked(
    even: Grey, placement: Placement, template: FormTemplate, choices: Sequence[TemplateChoice]
) -> Marked:
    """Decide which of the boxes on this page is marked."""
    weights = [_ink(even, placement, template.in_mm(each.box)) for each in choices]
    order = sorted(range(len(weights)), key=lambda index: -weights[index])
    best = weights[order[0]]
    rival = weights[order[1]] if len(order) > 1 else 0.0
    if best < _DOUBTFUL_MM2:
        return Marked(None, doubtful=False, confidence=0.0)
    if best < _MARKED_MM2 or (rival >= _DOUBTFUL_MM2 and rival > _RIVAL * best):
        return Marked(None, doubtful=True, confidence=0.0)
    confidence = (1 - rival / best) * min(1.0, 0.6 + 0.2 * best / _MARKED_MM2)
    return Marked(choices[order[0]], doubtful=False, confidence=round(confidence, 4))


def _ink(even: Grey, placement: Placement, box: Box) -> float:
    """Weigh the ink in and around a box, its printed outline taken away, in square millimetres."""
    left, top, right, bottom = box
    reach = (left - _REACH_MM, top - _REACH_MM, right + _REACH_MM, bottom + _REACH_MM)
    mask = ink_mask(cut(even, placement, reach, _DOTS_PER_MM))
    height, width = mask.shape
    y, x = numpy.mgrid[0:height, 0:width] / _DOTS_PER_MM
    # Distance from the outline, negative inside the box.
    side_x, side_y = (right - left) / 2, (bottom - top) / 2
    outside = numpy.maximum(
        numpy.abs(x - width / _DOTS_PER_MM / 2) - side_x,
        numpy.abs(y - height / _DOTS_PER_MM / 2) - side_y,
    )
    within = float((mask & (outside < -_OUTLINE_MM)).sum()) / _DOTS_PER_MM**2
    around = float((mask & (outside > _OUTLINE_MM)).sum()) / _DOTS_PER_MM**2
    return within + _AROUND_WEIGHT * around
