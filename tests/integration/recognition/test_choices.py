"""Marks in tick boxes: what everybody understands is read, of the rest a person hears."""

from dataclasses import replace

import cv2
import numpy
import pytest

from app.domain.comment_form import CATEGORY_CODE, low_confidence
from app.recognition.decoding import Raster
from app.recognition.engines import best_engine
from app.recognition.ink import without_bad_lines
from app.recognition.marks import Doubt, Marked, find_marked
from app.recognition.ocr import as_grey
from app.recognition.page_reader import PageReader
from app.recognition.reading import ReadingLimits
from app.recognition.registration import find_sheet, place
from bench.choices import Case, cases, read, verdict
from tests import pen
from tests.copiers import COPIERS

CLEAR = tuple(pen.CLEAR)
DOUBTFUL = tuple(pen.DOUBTFUL)


def _cases(kind: str, *, soak: bool) -> list[Case]:
    """Draw one kind of mark: everywhere when soaking, else once on the next kind of copy."""
    copies = tuple(COPIERS)
    if not soak:
        place_of = (*CLEAR, *DOUBTFUL, "nothing").index(kind) % len(copies)
        copies = (copies[place_of],)
    return list(cases(6 if soak else 1, 2026, copies, (kind,)))


@pytest.mark.soak
@pytest.mark.parametrize("kind", CLEAR)
def test_a_clear_mark_is_read(kind: str, *, soak: bool) -> None:
    came = [verdict(each, read(each)) for each in _cases(kind, soak=soak)]
    assert set(came) <= {"right", "flagged"}
    assert came.count("flagged") <= 0.1 * len(came)


@pytest.mark.soak
@pytest.mark.parametrize("kind", DOUBTFUL)
def test_a_doubtful_mark_is_never_taken_in_silence(kind: str, *, soak: bool) -> None:
    for each in _cases(kind, soak=soak):
        found = read(each)
        assert found is not None
        assert found.choice is None or found.doubt is not None


@pytest.mark.soak
def test_boxes_without_a_mark_give_nothing(*, soak: bool) -> None:
    assert {verdict(each, read(each)) for each in _cases("nothing", soak=soak)} == {"right"}


@pytest.mark.parametrize("off", [(0.3, 0.3), (-0.3, 0.3), (0.0, -0.4)])
def test_a_ring_close_to_its_box_strikes_nothing_out(off: tuple[float, float]) -> None:
    for case in cases(8, 3, ("300 dpi",), ("close_ring",)):
        found = read_askew(case, off)
        assert (found.choice and found.choice.code, found.doubt) == (case.code, None)


@pytest.mark.parametrize("copy", ["300 dpi", "fax 204x98"])
def test_a_tick_that_runs_into_a_ring_is_a_second_answer(copy: str) -> None:
    for case in cases(8, 3, (copy,), ("ring_and_tick_below",)):
        found = read(case)
        assert found is not None
        assert found.doubt is Doubt.UNCLEAR


def test_a_streak_down_a_scan_is_no_mark() -> None:
    (case,) = cases(1, 3, ("300 dpi",), ("tick",))
    grey = case.raster.grey.copy()
    cv2.line(grey, (1200, 0), (1206, grey.shape[0]), (60,), 3)
    found = read(replace(case, raster=replace(case.raster, grey=as_grey(grey))))
    assert found is not None
    assert (found.choice and found.choice.code, found.doubt) == (case.code, None)


@pytest.mark.parametrize("kind", ["tick", "nothing"])
def test_a_frame_that_shows_at_the_edge_is_no_mark(kind: str) -> None:
    (case,) = cases(1, 3, ("300 dpi",), (kind,))
    placement = place(find_sheet(case.raster), case.template)
    assert placement is not None
    # The strip is cut from a millimetre above its first row; a bent sheet shows the frame there.
    left, top, _, _ = case.template.in_mm(case.template.choices[0].label)
    ends = numpy.array([[left, top - 1.0, 1.0], [left + 60.0, top - 1.0, 1.0]])
    start, end = (placement.to_raster @ ends.T).T[:, :2].round().astype(int).tolist()
    grey = case.raster.grey.copy()
    cv2.line(grey, start, end, (0,), 4)
    disturbed = replace(case, raster=replace(case.raster, grey=grey))
    assert verdict(disturbed, read(disturbed)) == "right"


def read_askew(case: Case, off: tuple[float, float]) -> Marked:
    """Read the choices of a copy whose markers say that it lies a little elsewhere."""
    placement = place(find_sheet(case.raster), case.template)
    assert placement is not None
    moved = numpy.array([[1.0, 0.0, off[0]], [0.0, 1.0, off[1]], [0.0, 0.0, 1.0]])
    askew = replace(placement, to_raster=placement.to_raster @ moved)
    choices = [each for each in case.template.choices if each.page == 1]
    return find_marked(case.raster, askew, case.template, choices)


@pytest.mark.parametrize("kind", ["two_ticks", "struck_tick", "scribbled_and_tick"])
def test_what_was_taken_back_is_shown_with_its_place(kind: str) -> None:
    (case,) = cases(1, 7, ("300 dpi",), (kind,))
    found = read(case)
    assert found is not None
    assert found.doubt is (Doubt.UNCLEAR if kind == "two_ticks" else Doubt.STRUCK)
    assert found.evidence is not None
    left, top, right, bottom = found.evidence
    boxes = [each.box for each in case.template.choices]
    assert left < boxes[0][2] < right
    assert boxes[0][1] - 0.02 < top < bottom < boxes[-1][3] + 0.02


def test_of_a_correction_the_box_that_stands_is_offered_and_never_more() -> None:
    (case,) = cases(1, 3, ("300 dpi",), ("struck_tick_and_tick",))
    found = read(case)
    assert found is not None
    assert found.choice is not None
    assert found.doubt is Doubt.STRUCK
    assert found.confidence < low_confidence(CATEGORY_CODE)


def test_a_person_sees_where_on_the_picture_the_doubt_is() -> None:
    (case,) = cases(1, 7, ("200 dpi",), ("two_ticks",))
    turned = Raster(numpy.ascontiguousarray(numpy.rot90(case.raster.grey, 2)), 200, 200)
    page = PageReader([case.template], best_engine(ReadingLimits())).read(turned, 1)
    (finding,) = [each for each in page.findings if each.code == "choice_ambiguous"]
    assert CATEGORY_CODE not in page.readings
    assert finding.place is not None
    column = [each.box for each in case.template.choices]
    left, top, right, bottom = finding.place.box
    assert left < (column[0][0] + column[0][2]) / 2 < right
    assert column[0][1] - 0.02 < top < bottom < column[-1][3] + 0.02


def test_a_bad_line_of_a_fax_strikes_nothing_out() -> None:
    (case,) = cases(1, 1, ("fax 204x196",), ("tick",))
    placement = place(find_sheet(case.raster), case.template)
    assert placement is not None
    grey = case.raster.grey.copy()
    for each in case.template.choices:
        left, top, _, bottom = case.template.in_mm(each.box)
        x, y, w = placement.to_raster @ numpy.array([left, (top + bottom) / 2, 1.0])
        grey[round(y / w) : round(y / w) + 2, round(x / w) - 40 : round(x / w) + 180] = 0
    disturbed = replace(case, raster=Raster(grey, 204, 196))
    assert verdict(disturbed, read(disturbed)) == "right"


@pytest.mark.parametrize(("thick", "kept"), [(2, False), (5, True)])
def test_only_a_thin_level_line_is_a_bad_line(thick: int, kept: bool) -> None:
    fax = numpy.full((2292, 1728), 255, numpy.uint8)
    fax[500 : 500 + thick, 300:700] = 0
    assert bool((without_bad_lines(fax, 204, 196) == 0).any()) is kept


@pytest.mark.parametrize("down", [98, 196])
@pytest.mark.parametrize("at", [1, 700, -1])
def test_a_bad_line_goes_and_the_strokes_it_crosses_stay(at: int, down: int) -> None:
    fax = numpy.full((1400, 1728), 255, numpy.uint8)
    fax[600:800, 400:420] = 0
    disturbed = fax.copy()
    disturbed[at, 300:700] = 0
    assert numpy.array_equal(without_bad_lines(disturbed, 204, down), fax)


def test_a_scan_in_grey_keeps_its_lines() -> None:
    scan = numpy.full((2339, 1654), 250, numpy.uint8)
    scan[500:502, 300:700] = 0
    assert numpy.array_equal(without_bad_lines(scan, 200, 200), scan)
