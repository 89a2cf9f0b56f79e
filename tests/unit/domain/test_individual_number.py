import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import individual_number
from app.domain.individual_number import fields_with_number, holds_individual_number

VALID = "983205673214"


def check_digit(eleven: str) -> str:
    weights = [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]
    rest = sum(int(d) * w for d, w in zip(eleven, weights, strict=True)) % 11
    return "0" if rest <= 1 else str(11 - rest)


@pytest.mark.parametrize(
    "text",
    [
        VALID,
        "9832 0567 3214",
        "9832-0567-3214",
        "9832－0567－3214",
        "9832ー0567ー3214",
        "9832一0567一3214",
        "９８３２　０５６７　３２１４",
        "九八三二〇五六七三二一四",
        "九八三二零五六七三二一四",
        "98 32 05 67 32 14",
        "983 205 673 214",
        "9 8 3 2 0 5 6 7 3 2 1 4",
        "98320-5673214",
        "9832\n0567\n3214",
        "98320567\u200b3214",
        "私の番号は983205673214です。",
        "マイナンバー：9832-0567-3214 電話 0166-24-6967",
        "983205673214 0166-24-6967",
        "3210-983205673214",
        "1 9832 0567 3214",
        "٩٨٣٢٠٥٦٧٣٢١٤",
        "9832-05-67 3214",
    ],
)
def test_a_number_is_found_however_it_is_written(text: str) -> None:
    assert holds_individual_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "意見です。",
        "983205673215",
        "98320567321",
        "9983205673214",
        "9832056732149",
        "7000012050002",
        "7-0000-1205-0002",
        "T7000012050002",
        "5983205673214",
        "9832-0567-3214-0000",
        "9832,0567,3214",
        "+98-320-5673-214",
        "〒983-2056 73214",
        "9832056\n73214",
        "9\n8\n3\n2\n0\n5\n6\n7\n3\n2\n1\n4",
        "電話 0166-24-6967、ファクシミリ 0166-24-6968",
        "070-8525 旭川市6条通9丁目46番地",
        "2015-04-15～2015-05-15",
        "090-1234-5678",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert not holds_individual_number(text)


def test_a_date_with_what_follows_is_no_number() -> None:
    passing = next(
        digits
        for rest in range(1000)
        if (digits := f"20150515{rest:03d}") and (digits := digits + check_digit(digits))
    )
    assert holds_individual_number(passing)
    assert not holds_individual_number(f"2015-05-15 {passing[8:]}")


def test_groups_like_a_date_that_never_was_are_a_number() -> None:
    digits = "20151350123"
    digits += check_digit(digits)
    assert holds_individual_number(f"{digits[:4]}-{digits[4:6]}-{digits[6:8]} {digits[8:]}")


@pytest.mark.parametrize(
    "written", ["+819031284065", "電話＋819031284065まで", "+8190 3128 4065", "+8190-3128-4065"]
)
def test_an_international_telephone_number_is_no_number(written: str) -> None:
    assert not holds_individual_number(written)
    assert holds_individual_number(written.replace("+", "").replace("＋", ""))


def test_a_telephone_number_with_an_extension_is_no_number() -> None:
    digits = "01662469671"
    digits += check_digit(digits)
    assert not holds_individual_number(f"{digits[:4]}-{digits[4:6]}-{digits[6:10]}-{digits[10:]}")


@given(st.from_regex(r"[0-9]{11}", fullmatch=True))
def test_every_number_with_its_check_digit_is_found(eleven: str) -> None:
    digits = eleven + check_digit(eleven)
    assert holds_individual_number(digits)
    assert holds_individual_number(f"{digits[:4]} {digits[4:8]} {digits[8:]}")
    wrong = str((int(digits[-1]) + 1) % 10)
    assert not holds_individual_number(digits[:-1] + wrong)


@given(st.text())
def test_any_text_can_be_looked_through(text: str) -> None:
    assert holds_individual_number(text) in (True, False)


def test_the_fields_that_hold_one_are_named() -> None:
    fields = {"/opinion": "9832-0567-3214", "/submitter/name": None, "/submitter/phone": "0166"}
    assert fields_with_number(fields) == ("/opinion",)


@pytest.mark.parametrize(
    "written", ["9832.0567.3214", "9832・0567・3214", "９８３２．０５６７．３２１４"]
)
def test_dots_in_fours_are_seen_through(written: str) -> None:
    assert holds_individual_number(f"番号は{written}です。")


@pytest.mark.parametrize("written", ["1.9832.0567.3214", "983.2056.73214", "9832.0567・3214"])
def test_other_dots_join_nothing(written: str) -> None:
    assert not holds_individual_number(f"番号は{written}です。")


def test_plain_characters_hold_no_more_digits_when_they_are_folded() -> None:
    """Else a text might be passed over whose digits only show in its folded copy."""
    digits, plain = individual_number._DIGIT, individual_number._ONE_FOR_ONE  # noqa: SLF001 - the shortcut's own ground
    found = [char for char in map(chr, range(sys.maxunicode + 1)) if plain.fullmatch(char)]
    assert {"1", "１", "一", "か", "カ", "章", "（", "。"} <= set(found)
    assert not {"⑫", "㍘", "½", "〳", "\ud800"} & set(found)
    for char in found:
        folded = unicodedata.normalize("NFKC", char)
        assert len(digits.findall(folded)) <= len(digits.findall(char)), char
