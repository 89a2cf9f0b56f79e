"""Rings drawn round printed choices."""

import tracemalloc

import cv2
import numpy
import pytest

from app.recognition.ink import Mask
from app.recognition.printed_choices import rings_in

DOTS_PER_MM = 8.0


def _ringed(count: int) -> Mask:
    page = numpy.zeros((1600, 1600), numpy.uint8)
    for number in range(count):
        middle = (100 + 150 * (number % 10), 100 + 150 * (number // 10))
        cv2.circle(page, middle, 40, (1,), 4)
        cv2.line(page, (middle[0] - 8, middle[1]), (middle[0] + 8, middle[1]), (1,), 4)
    return page > 0


@pytest.mark.parametrize(("drawn", "found"), [(1, 1), (3, 3), (4, 0), (40, 0)])
def test_more_rings_than_somebody_draws_are_none(drawn: int, found: int) -> None:
    assert len(rings_in(_ringed(drawn), DOTS_PER_MM)) == found


def test_many_rings_take_no_more_room_than_a_few() -> None:
    mask = _ringed(40)
    tracemalloc.start()
    try:
        assert rings_in(mask, DOTS_PER_MM) == ()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 10 * mask.nbytes
