"""Lines are cut where writing is; dirt and printed rules are no writing."""

import cv2
import numpy
import pytest

from app.recognition.lines import cut_lines
from app.recognition.ocr import Grey
from app.recognition.page_lines import find_lines

DOTS_PER_MM = 12.0


def _field(*rows: int) -> Grey:
    """Draw rows of character-like crosses of 5 mm."""
    field = numpy.full((480, 1200), 255, dtype=numpy.uint8)
    for top in rows:
        for left in range(60, 900, 72):
            cv2.rectangle(field, (left, top), (left + 55, top + 55), (20,), 5)
            cv2.line(field, (left, top + 28), (left + 55, top + 28), (20,), 5)
    return field


@pytest.mark.parametrize("rows", [(40,), (40, 160), (40, 160, 280)])
def test_every_row_of_writing_is_one_line(rows: tuple[int, ...]) -> None:
    assert len(cut_lines(_field(*rows), DOTS_PER_MM, [])) == len(rows)


def test_a_field_with_specks_only_is_empty() -> None:
    field = _field()
    for place in range(30, 450, 40):
        field[place : place + 5, 2 * place : 2 * place + 5] = 0
    assert cut_lines(field, DOTS_PER_MM, []) == ()


def test_a_speck_far_from_the_writing_adds_no_line_and_no_width() -> None:
    field = _field(160)
    field[430:435, 1100:1105] = 0
    field[180:185, 1100:1105] = 0
    (line,) = cut_lines(field, DOTS_PER_MM, [])
    assert line.box_mm[2] < 80


@pytest.mark.parametrize("away", [0, 17])
def test_a_ring_broken_into_specks_stays(away: int) -> None:
    field = _field(160)
    for left, top in ((911, 206), (917, 206), (911, 212), (917, 212)):
        field[top : top + 3, left + away : left + away + 3] = 0
    (line,) = cut_lines(field, DOTS_PER_MM, [])
    assert line.box_mm[2] == pytest.approx((920 + away) / DOTS_PER_MM, abs=0.2)


def test_a_single_speck_beside_the_writing_is_no_ring() -> None:
    field = _field(160)
    field[206:211, 928:933] = 0
    (line,) = cut_lines(field, DOTS_PER_MM, [])
    assert line.box_mm[2] == pytest.approx(910 / DOTS_PER_MM, abs=0.3)


def test_a_dot_close_to_the_writing_stays() -> None:
    field = _field(160)
    field[206:211, 912:917] = 0
    (line,) = cut_lines(field, DOTS_PER_MM, [])
    assert line.box_mm[2] == pytest.approx(917 / DOTS_PER_MM, abs=0.2)


@pytest.mark.parametrize("angle", [-2.0, 0.0, 2.0])
def test_the_lines_of_a_page_are_found_from_above_though_it_lies_askew(angle: float) -> None:
    page = numpy.full((1600, 1200), 255, dtype=numpy.uint8)
    page[200:680] = _field(40, 160, 280)
    cv2.line(page, (20, 900), (1180, 900), (0,), 3)
    turn = cv2.getRotationMatrix2D((600, 800), angle, 1.0)
    askew = cv2.warpAffine(page, turn, (1200, 1600), borderValue=(255,)).astype(numpy.uint8)
    lines = find_lines(askew)
    assert len(lines) == 3
    assert [each.box[1] for each in lines] == sorted(each.box[1] for each in lines)


def test_a_white_page_has_no_lines() -> None:
    assert find_lines(numpy.full((800, 600), 255, dtype=numpy.uint8)) == ()
