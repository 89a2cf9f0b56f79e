"""Signs that something was misread stand beside it; nothing is put right by them."""

import pytest

from app.recognition.misfits import gaps, open_brackets, stray_marks


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("東1丁目.24-21", 1),
        ("子ども.にも'配慮", 2),
        ("3.5億円と1,500人、Wi-Fiの整備", 0),
        ("賛成です、しかし，反対です", 1),
        ("賛成です，しかし，反対です．", 0),
        ("1. 賛成です。2. 除雪を", 0),
    ],
)
def test_marks_stand_in_numbers_and_latin_words_or_are_stray(text: str, count: int) -> None:
    assert stray_marks(text) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("（案)に「賛成」", 0),
        ("わかり）やすい", 1),
        ("「案（素案）", 1),
        ("1) 賛成です。ア）除雪", 0),
    ],
)
def test_brackets_have_two_halves(text: str, count: int) -> None:
    assert open_brackets(text) == count


def test_a_gap_is_room_for_a_character_without_even_a_space() -> None:
    even = [60.0 * index for index in range(6)]
    apart = [*even[:3], *(each + 60 for each in even[3:])]
    assert gaps("意見書提出先", even) == 0
    assert gaps("意見書提出先", apart) == 1
    spaced = [*apart[:3], 0.0, *apart[3:]]
    assert gaps("意見書 提出先", spaced) == 0
    assert gaps("意見書", apart[1:4]) == 0
    assert gaps("意見書提出先", ()) == 0
