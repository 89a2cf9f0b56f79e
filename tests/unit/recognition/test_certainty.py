"""Confidence is a probability: it falls with doubt, and never claims to be certain."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.comment_form import ADDRESS, EMAIL, NAME, OPINION
from app.recognition.cells import CellText, Picture, unevenness, with_doubt
from app.recognition.certainty import LEAST, MOST, Evidence, fitted_certainty
from app.recognition.reading import TextLine

POINTERS = (NAME, ADDRESS, OPINION, EMAIL)
CLEAN = Evidence(sureness=(0.995,) * 5)


@pytest.mark.parametrize("pointer", POINTERS)
def test_what_is_read_surely_is_likelier_than_what_is_not(pointer: str) -> None:
    weigh = fitted_certainty().probability
    doubtful = Evidence(
        sureness=(0.995, 0.995, 0.3, 0.995, 0.6),
        contradicted=2,
        doubted=2,
        mended=1,
        page_loss=0.2,
        page_doubted=0.2,
        page_contradicted=0.1,
    )
    assert weigh(pointer, CLEAN) > 0.8
    assert weigh(pointer, doubtful) < weigh(pointer, CLEAN) - 0.2


def test_a_long_text_is_less_likely_without_a_mistake_than_a_short_one() -> None:
    weigh = fitted_certainty().probability
    few, many = Evidence(sureness=(0.9,) * 4), Evidence(sureness=(0.9,) * 120)
    assert weigh(OPINION, many) < weigh(OPINION, few)


def test_nothing_read_is_right_with_no_probability() -> None:
    assert fitted_certainty().probability(NAME, Evidence(sureness=())) == 0.0


@given(
    st.builds(
        Evidence,
        sureness=st.lists(st.floats(0, 1), min_size=1, max_size=60).map(tuple),
        contradicted=st.integers(0, 60),
        mended=st.integers(0, 60),
        uneven=st.floats(0, 10),
        dots_per_mm=st.floats(0.1, 100),
        bilevel=st.booleans(),
    ),
    st.sampled_from(POINTERS),
)
def test_nothing_is_ever_certain(evidence: Evidence, pointer: str) -> None:
    assert LEAST <= fitted_certainty().probability(pointer, evidence) <= MOST


def test_a_cell_gives_evidence_of_all_lines_or_of_one() -> None:
    lines = (_line("意見 書", 0.9), _line("です", 0.5, contradicted=1))
    cell = CellText(value="意見書です", raw="意見書てす", lines=lines, doubts=())
    page = Picture(dots_per_mm=3.9, bilevel=True, uneven=0.1)
    whole, second = cell.evidence(page), cell.evidence(page, 1)
    assert (len(whole.sureness), whole.contradicted, whole.mended) == (5, 1, 1)
    assert (tuple(second.sureness), second.contradicted, second.mended) == ((0.5, 0.5), 1, 0)
    assert (whole.dots_per_mm, whole.bilevel, whole.uneven) == (3.9, True, 0.1)


def test_a_page_tells_how_hard_all_of_it_is_to_read() -> None:
    easy, hard = (
        CellText(value="意見", raw="意見", lines=(_line("意見", sure, contradicted),), doubts=())
        for sure, contradicted in ((1.0, 0), (0.5, 1))
    )
    page = with_doubt(Picture(dots_per_mm=12.0, bilevel=False), [easy, hard])
    assert page.loss == pytest.approx(0.3466, abs=1e-3)
    assert (page.doubted, page.contradicted) == (0.5, 0.25)
    assert easy.evidence(page).page_loss == page.loss


def test_what_is_read_surely_on_a_page_that_is_hard_to_read_is_less_likely_right() -> None:
    weigh = fitted_certainty().probability
    beside = replace(CLEAN, page_loss=0.5, page_doubted=0.3, page_contradicted=0.2)
    assert weigh(NAME, beside) < weigh(NAME, CLEAN)


def test_type_stands_evenly_and_a_hand_does_not() -> None:
    steady = [float(60 * index) for index in range(8)]
    shaky = [each + (9, -11, 6, -4)[index % 4] for index, each in enumerate(steady)]
    assert unevenness([_cell(steady)]) == pytest.approx(0.0)
    assert unevenness([_cell(shaky)]) > 0.05
    assert unevenness([_cell(steady[:3])]) == pytest.approx(0.0)


def _cell(places: list[float]) -> CellText:
    text = "意見書提出手続案"[: len(places)]
    line = TextLine(
        text=text,
        confidence=0.9,
        box=(0.0, 0.0, 1.0, 1.0),
        sureness=(0.9,) * len(text),
        places=tuple(places),
    )
    return CellText(value=text, raw=text, lines=(line,), doubts=())


def _line(text: str, sure: float, contradicted: int = 0) -> TextLine:
    return TextLine(
        text=text,
        confidence=sure,
        box=(0.0, 0.0, 1.0, 1.0),
        sureness=tuple(1.0 if char.isspace() else sure for char in text),
        contradicted=contradicted,
    )
