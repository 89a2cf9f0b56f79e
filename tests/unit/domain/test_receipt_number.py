import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import receipt_number

NUMBERS = st.builds(receipt_number.compose, st.integers(0, 10**9 - 1), st.integers(1, 10**12 - 1))


@given(st.integers(0, 10**9 - 1), st.integers(1, 10**12 - 1))
def test_reading_gives_back_what_was_composed(consultation: int, serial: int) -> None:
    number = receipt_number.compose(consultation, serial)
    first, second, _ = number.split("-")
    assert (int(first), int(second)) == (consultation, serial)
    assert receipt_number.is_valid(number)
    assert receipt_number.lenient(number) == number


def test_it_looks_as_documented() -> None:
    assert receipt_number.compose(1, 1) == "001-000001-2"
    assert receipt_number.compose(1234, 1234567).startswith("1234-1234567-")
    assert receipt_number.compose(receipt_number.NO_CONSULTATION, 1).startswith("000-000001-")


@given(NUMBERS, st.data())
def test_every_single_wrong_digit_is_caught(number: str, data: st.DataObject) -> None:
    places = [place for place, char in enumerate(number) if char != "-"]
    place = data.draw(st.sampled_from(places))
    for digit in "0123456789":
        wrong = number[:place] + digit + number[place + 1 :]
        assert receipt_number.is_valid(wrong) == (wrong == number)


@given(NUMBERS)
def test_every_swap_of_neighbours_is_caught(number: str) -> None:
    places = [place for place, char in enumerate(number) if char != "-"]
    for one, other in itertools.pairwise(places):
        swapped = list(number)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        wrong = "".join(swapped)
        assert receipt_number.is_valid(wrong) == (wrong == number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0010000012",
        "001-0000012",
        "001 000001 2",
        "001-000001-2 ",
        "001-000001-2\n",
        "００１-000001-2",
        "01-000001-2",
        "0001-000001-2",
        "001-0000001-2",
        "001-000001-3",
        "001-000000-1",
        "000-000000-0",
    ],
)
def test_only_the_canonical_form_is_valid(text: str) -> None:
    assert not receipt_number.is_valid(text)


@pytest.mark.parametrize(
    "text",
    [
        "001-000001-2",
        " 001-000001-2 ",
        "００１－０００００１－２",
        "001 000001 2",
        "0010000012",
        "001ー000001—2",
        "001000001-2",
        "受付番号：001-000001-2",
        "٠٠١-٠٠٠٠٠١-٢",
    ],
)
def test_a_search_box_understands_what_people_type(text: str) -> None:
    assert receipt_number.lenient(text) == "001-000001-2"


@pytest.mark.parametrize(
    "text", ["", "あ", "001-000001-3", "001-000001", "001-000001-2-2", "x" * 99]
)
def test_what_is_no_number_stays_none(text: str) -> None:
    assert receipt_number.lenient(text) is None


@given(st.text())
def test_a_search_box_never_fails(text: str) -> None:
    found = receipt_number.lenient(text)
    assert found is None or receipt_number.is_valid(found)


@pytest.mark.parametrize(("consultation", "serial"), [(-1, 1), (1, 0), (10**9, 1), (1, 10**12)])
def test_numbers_out_of_range_are_a_mistake(consultation: int, serial: int) -> None:
    with pytest.raises(ValueError, match="receipt number"):
        receipt_number.compose(consultation, serial)
