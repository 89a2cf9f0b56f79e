import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.text import fold, has_forbidden_characters, is_missing


@pytest.mark.parametrize(
    "text", [None, "", " ", "\u3000\t\r\n", "\u200b\u200d\ufeff", "\u3164", "\u2060\u00ad\ufe0f"]
)
def test_what_nobody_can_see_is_missing(text: str | None) -> None:
    assert is_missing(text)


@pytest.mark.parametrize("text", ["あ", "\u3164a", "0", "。", "葛\U000e0100"])
def test_what_can_be_seen_is_there(text: str) -> None:
    assert not is_missing(text)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_every_character_folds_to_something_stable() -> None:
    for point in range(0x110000):
        folded = fold(chr(point))
        assert fold(folded) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("ﾊﾟﾌﾞﾘｯｸ", "パブリック"),
        ("旭川　花子", "旭川花子"),
        ("葛\U000e0100飾", "葛飾"),
        ("か\u200b\u3099", "が"),
    ],
)
def test_ways_of_writing_the_same_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("髙", "高"), ("𠮷", "吉"), ("斎", "斉")])
def test_letters_of_names_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_what_no_store_keeps_is_noticed() -> None:
    assert has_forbidden_characters("a\x00")
    assert has_forbidden_characters("a\ud83d")
    assert not has_forbidden_characters("𠮷野家\n")
