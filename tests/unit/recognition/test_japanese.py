"""Only what cannot stand where it was read is put right, and it is said where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.recognition.japanese import is_japanese, mended, mended_address


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("コ一ポ旭", "コーポ旭"),
        ("コ-ポ旭", "コーポ旭"),
        ("りサイクル", "リサイクル"),
        ("ありました", "ありました"),
        ("さ<ら", "さくら"),
        ("できませんか0", "できませんか。"),
        ("説明してください。", "説明してください。"),
        ("サービス一覧", "サービス一覧"),
        ("ハ力ル", "ハカル"),
        ("電力会社の力", "電力会社の力"),
        ("見られるでしよう", "見られるでしょう"),
        ("利用しよう", "利用しよう"),
        ("3-5", "3-5"),
    ],
)
def test_a_character_gives_way_only_where_it_is_impossible(read: str, meant: str) -> None:
    text, places = mended(read)
    assert text == meant
    assert places == tuple(at for at, char in enumerate(read) if meant[at] != char)


@given(st.text())
def test_mending_keeps_the_length_and_is_done_once(text: str) -> None:
    once, _ = mended(text)
    assert len(once) == len(text)


@pytest.mark.parametrize(
    ("read", "meant"),
    [("6条3丁日2一5", "6条3丁目2-5"), ("1ー2", "1-2"), ("末広一条二丁目", "末広一条二丁目")],
)
def test_an_address_has_dashes_between_numbers(read: str, meant: str) -> None:
    assert mended_address(read) == meant


@pytest.mark.parametrize("char", "髙﨑濵邉齋宮あアA1。〒㈱①々")
def test_what_is_written_in_japan_is_told_from_what_is_not(char: str) -> None:
    assert is_japanese(char)


@pytest.mark.parametrize("char", "宫们这🚼")
def test_what_no_japanese_hand_writes_is_left_out(char: str) -> None:
    assert not is_japanese(char)
