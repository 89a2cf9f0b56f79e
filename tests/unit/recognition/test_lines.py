"""Lines are cut where writing is; dirt and printed rules are no writing."""

import cv2
import numpy
import pytest

from app.recognition.lines import cut_lines
from app.recognition.ocr import Grey, as_grey
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


@pytest.mark.parametrize("empty", [False, True])
def test_the_grain_of_a_picture_taken_in_the_dark_is_no_writing(*, empty: bool) -> None:
    dark = (_field() if empty else _field(160)).astype(numpy.float64) * 0.25
    grain = numpy.random.default_rng(3).normal(0, 14, dark.shape)
    lines = cut_lines((dark + grain).clip(0, 255).astype(numpy.uint8), DOTS_PER_MM, [])
    assert len(lines) == (0 if empty else 1)
    assert all(each.box_mm[2] == pytest.approx(910 / DOTS_PER_MM, abs=0.5) for each in lines)


RULES = [(2.0 + 2.0 * step, 20.0) for step in range(46)]
"""The dots of a writing line, in millimetres."""


def _ruled(field: Grey, grey: int) -> Grey:
    for x, y in RULES:
        left, top = round(x * DOTS_PER_MM), round(y * DOTS_PER_MM)
        field[top - 1 : top + 2, left - 1 : left + 2] = grey
    return field


@pytest.mark.parametrize("grey", [120, 255])
def test_a_comma_on_a_writing_line_stays_and_its_dots_go(grey: int) -> None:
    field = _ruled(_field(190), grey)
    field[237:243, 913:919] = 0
    (line,) = cut_lines(field, DOTS_PER_MM, RULES)
    assert line.box_mm[2] == pytest.approx(919 / DOTS_PER_MM, abs=0.1)
    assert (line.picture.grey[:, -8:] == 255).all()


def test_a_comma_is_as_small_as_its_letters() -> None:
    field = cv2.resize(_field(320), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    field[184:188, 470:474] = 0
    (line,) = cut_lines(as_grey(field), DOTS_PER_MM, [])
    assert line.box_mm[2] == pytest.approx(474 / DOTS_PER_MM, abs=0.1)


def test_a_ring_around_writing_is_not_as_high_as_its_line() -> None:
    field = _field(200)
    cv2.circle(field, (440, 230), 220, (90,), 8)
    heights = [each.box_mm[3] - each.box_mm[1] for each in cut_lines(field, DOTS_PER_MM, [])]
    assert any(each == pytest.approx(60 / DOTS_PER_MM, abs=0.5) for each in heights)


@pytest.mark.parametrize("lean", [0, 9])
def test_a_streak_through_a_cell_is_wiped(lean: int) -> None:
    field = _field(40, 160, 280)
    clean = [each.box_mm for each in cut_lines(field, DOTS_PER_MM, [])]
    cv2.line(field, (1000 - lean, 0), (1000 + lean, 479), (60,), 4)
    assert [each.box_mm for each in cut_lines(field, DOTS_PER_MM, [])] == clean
    assert cut_lines(_streak(lean), DOTS_PER_MM, []) == ()


def test_a_level_streak_is_wiped_too() -> None:
    field = _field(160)
    clean = [each.box_mm for each in cut_lines(field, DOTS_PER_MM, [])]
    cv2.line(field, (0, 300), (1199, 308), (60,), 4)
    assert [each.box_mm for each in cut_lines(field, DOTS_PER_MM, [])] == clean


def test_writing_stays_where_a_streak_crosses_it() -> None:
    field = _field(40, 160, 280)
    cv2.line(field, (297, 0), (297, 479), (60,), 4)
    lines = cut_lines(field, DOTS_PER_MM, [])
    assert len(lines) == 3
    assert all((each.picture.black[:, 249:253] == 0).any() for each in lines)


def _streak(lean: int) -> Grey:
    field = _field()
    cv2.line(field, (600 - lean, 0), (600 + lean, 479), (60,), 4)
    return field


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
