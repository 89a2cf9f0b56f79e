"""Strikes and seals are found in a field; dashes, underlines and rings of characters are not."""

import cv2
import numpy
import pytest

from app.recognition.corrections import find_corrections
from app.recognition.ocr import Grey

DOTS_PER_MM = 12.0


def _field() -> Grey:
    """Draw a row of character-like crosses of 5 mm."""
    field = numpy.full((240, 1400), 255, dtype=numpy.uint8)
    for left in range(60, 900, 72):
        cv2.rectangle(field, (left, 80), (left + 55, 135), (20,), 5)
        cv2.line(field, (left + 28, 80), (left + 28, 135), (20,), 5)
    return field


def _seal(field: Grey, x: int, y: int, radius: int) -> None:
    cv2.circle(field, (x, y), radius, (60,), 6)
    for step in (-1, 0, 1):
        half = radius // 2
        cv2.line(field, (x - half, y + step * half), (x + half, y + step * half), (60,), 6)
    cv2.line(field, (x, y - radius // 2), (x, y + radius // 2), (60,), 6)


def test_plain_writing_has_no_corrections() -> None:
    found = find_corrections(_field(), DOTS_PER_MM)
    assert (found.strikes, found.seals) == ((), ())


@pytest.mark.parametrize("length", [120, 400])
def test_two_lines_through_writing_are_found_where_they_are(length: int) -> None:
    field = _field()
    for y in (98, 116):
        cv2.line(field, (130, y), (130 + length, y - 3), (20,), 5)
    strikes = find_corrections(field, DOTS_PER_MM).strikes
    assert strikes
    assert min(each[0] for each in strikes) == pytest.approx(130 / DOTS_PER_MM, abs=1.5)
    assert max(each[2] for each in strikes) == pytest.approx((130 + length) / DOTS_PER_MM, abs=1.5)


@pytest.mark.parametrize("y", [152, 60])
def test_a_line_under_or_over_writing_strikes_nothing_out(y: int) -> None:
    field = _field()
    cv2.line(field, (60, y), (700, y), (20,), 5)
    assert find_corrections(field, DOTS_PER_MM).strikes == ()


def test_a_dash_is_no_strike() -> None:
    field = _field()
    cv2.line(field, (960, 108), (1200, 108), (20,), 5)
    assert find_corrections(field, DOTS_PER_MM).strikes == ()


@pytest.mark.parametrize(("x", "radius"), [(1100, 63), (420, 63), (1100, 38)])
def test_a_seal_is_found_over_writing_and_beside_it(x: int, radius: int) -> None:
    field = _field()
    _seal(field, x, 115, radius)
    (seal,) = find_corrections(field, DOTS_PER_MM).seals
    assert (seal[0] + seal[2]) / 2 == pytest.approx(x / DOTS_PER_MM, abs=0.6)


@pytest.mark.parametrize("radius", [28, 40, 63])
def test_an_empty_ring_is_no_seal(radius: int) -> None:
    field = _field()
    cv2.circle(field, (1100, 115), radius, (20,), 6)
    assert find_corrections(field, DOTS_PER_MM).seals == ()


def test_a_numeral_in_a_ring_is_no_seal() -> None:
    field = _field()
    cv2.circle(field, (1100, 115), 36, (20,), 6)
    cv2.line(field, (1100, 95), (1100, 135), (20,), 6)
    assert find_corrections(field, DOTS_PER_MM).seals == ()


def test_an_empty_field_has_no_corrections() -> None:
    field = numpy.full((60, 60), 255, dtype=numpy.uint8)
    assert find_corrections(field, DOTS_PER_MM).strikes == ()
