"""Where a form lies on its picture: flat as a scan, or seen by a camera."""

import cv2
import numpy
import pytest
from numpy.typing import NDArray

from app.recognition.registration import Sheet, place
from app.recognition.templates import design
from tests.builders import a_consultation

TEMPLATE = design(a_consultation(number=12))
DOTS_PER_MM = 8.0
PAGE = numpy.array([(0, 0), (210, 0), (210, 297), (0, 297)], dtype=numpy.float32)

Matrix = NDArray[numpy.float64]


def _sheet(to_raster: Matrix, noise: float) -> Sheet:
    chance = numpy.random.default_rng(5)
    corners = {}
    for each in TEMPLATE.markers:
        left, top, right, bottom = TEMPLATE.in_mm(each.box)
        paper = numpy.array([(left, top), (right, top), (right, bottom), (left, bottom)])
        seen = cv2.perspectiveTransform(paper[None], to_raster)[0]
        corners[each.marker] = seen + chance.normal(0, noise, (4, 2))
    return Sheet(mark=None, corners=corners)


def _seen(pushed: float) -> Matrix:
    """Give a camera that sees two corners of the page so many millimetres too far inside."""
    moved = PAGE + numpy.array([(pushed, 0), (-pushed, 0), (0, 0), (0, 0)], dtype=numpy.float32)
    return numpy.asarray(cv2.getPerspectiveTransform(PAGE, DOTS_PER_MM * moved), numpy.float64)


@pytest.mark.parametrize("pushed", [0.4, 1.0, 8.0])
def test_a_photograph_from_nearly_above_has_its_perspective(pushed: float) -> None:
    placement = place(_sheet(_seen(pushed), noise=0.15), TEMPLATE)
    assert placement is not None
    inside = numpy.array([[(x, y) for x in (15.0, 105.0, 195.0) for y in (40.0, 150.0, 264.0)]])
    there, meant = (
        cv2.perspectiveTransform(inside, each) for each in (placement.to_raster, _seen(pushed))
    )
    assert numpy.abs(there - meant).max() / DOTS_PER_MM < 0.08


def test_a_flat_page_has_none() -> None:
    placement = place(_sheet(_seen(0.0), noise=0.3), TEMPLATE)
    assert placement is not None
    assert placement.to_raster[2].tolist() == [0.0, 0.0, 1.0]
