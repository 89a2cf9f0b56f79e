"""Confidence is a probability: it falls with doubt, and never claims to be certain."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.comment_form import ADDRESS, EMAIL, NAME, OPINION
from app.recognition.cells import CellText, Picture, with_doubt
from app.recognition.certainty import LEAST, MOST, Evidence, fitted_certainty
from app.recognition.language import known_language
from app.recognition.reading import TextLine

POINTERS = (NAME, ADDRESS, OPINION, EMAIL)
CLEAN = Evidence(sureness=(0.995,) * 5)


@pytest.mark.parametrize("pointer", POINTERS)
def test_what_is_read_surely_is_likelier_than_what_is_not(pointer: str) -> None:
    weigh = fitted_certainty().probability
    doubtful = Evidence(
        sureness=(0.995, 0.995, 0.3, 0.995, 0.6),
        contradicted=2,
        page_loss=0.2,
        page_doubted=0.2,
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
        misfits=st.integers(0, 60),
        strangers=st.integers(0, 60),
        gaps=st.integers(0, 60),
        page_loss=st.floats(0, 4),
        page_doubted=st.floats(0, 1),
        bilevel=st.booleans(),
    ),
    st.sampled_from(POINTERS),
)
def test_nothing_is_ever_certain(evidence: Evidence, pointer: str) -> None:
    assert LEAST <= fitted_certainty().probability(pointer, evidence) <= MOST


def test_a_cell_gives_evidence_of_all_lines_or_of_one() -> None:
    lines = (_line("意（見 書", 0.9), _line("で.す", 0.5, contradicted=1))
    cell = CellText(value="意（見書で.す", raw="意（見書で.す", lines=lines, doubts=())
    page = Picture(dots_per_mm=3.9, bilevel=True)
    language = known_language()
    whole, second = (cell.evidence(OPINION, page, language, each) for each in (None, 1))
    assert (len(whole.sureness), whole.contradicted, whole.misfits) == (7, 1, 2)
    assert (tuple(second.sureness), second.contradicted, second.misfits) == ((0.5,) * 3, 1, 1)
    assert whole.bilevel


def test_a_page_tells_how_hard_all_of_it_is_to_read() -> None:
    easy, hard = (
        CellText(value="意見", raw="意見", lines=(_line("意見", sure),), doubts=())
        for sure in (1.0, 0.5)
    )
    page = with_doubt(Picture(dots_per_mm=12.0, bilevel=False), [easy, hard])
    assert page.loss == pytest.approx(0.3466, abs=1e-3)
    assert page.doubted == 0.5
    assert easy.evidence(OPINION, page, known_language()).page_loss == page.loss


def test_what_is_read_surely_on_a_page_that_is_hard_to_read_is_less_likely_right() -> None:
    weigh = fitted_certainty().probability
    beside = replace(CLEAN, page_loss=0.5, page_doubted=0.3)
    assert weigh(NAME, beside) < weigh(NAME, CLEAN)


@pytest.mark.parametrize("pointer", POINTERS)
def test_what_does_not_fit_together_is_less_likely_right(pointer: str) -> None:
    weigh = fitted_certainty().probability
    sure = Evidence(sureness=(0.97,) * 9, page_loss=0.05, page_doubted=0.05)
    assert weigh(pointer, replace(sure, misfits=1)) < weigh(pointer, sure)
    assert weigh(pointer, replace(sure, gaps=1)) < weigh(pointer, sure)
    assert weigh(pointer, replace(sure, strangers=1)) < weigh(pointer, sure)


@pytest.mark.parametrize(
    ("pointer", "misfits", "strangers"),
    [(NAME, 0, 0), (EMAIL, 0, 0), (ADDRESS, 1, 1), (OPINION, 0, 1)],
)
def test_names_are_no_strangers_and_only_addresses_are_held_against_their_kind(
    pointer: str, misfits: int, strangers: int
) -> None:
    text = "岩平県高田市1-2ピレッジ旭"
    cell = CellText(value=text, raw=text, lines=(_line(text, 0.9),), doubts=())
    page = Picture(dots_per_mm=12.0, bilevel=False)
    told = cell.evidence(pointer, page, known_language())
    assert (told.misfits, told.strangers) == (misfits, strangers)


def _line(text: str, sure: float, contradicted: int = 0) -> TextLine:
    return TextLine(
        text=text,
        confidence=sure,
        box=(0.0, 0.0, 1.0, 1.0),
        sureness=tuple(1.0 if char.isspace() else sure for char in text),
        contradicted=contradicted,
    )
