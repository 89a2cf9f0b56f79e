"""Signs that something was misread stand beside it; nothing is put right by them."""

import pytest

from app.recognition.misfits import (
    address_slips,
    gaps,
    lost_numbers,
    open_brackets,
    stray_marks,
    twins,
)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("東1丁目.24-21", 1),
        ("子ども.にも'配慮", 2),
        ("3.5億円と1,500人、Wi-Fiの整備", 0),
        ("賛成です、しかし，反対です", 1),
        ("賛成です，しかし，反対です．", 0),
        ("1. 賛成です。2. 除雪を", 0),
        ("午後ó時以降と600千円", 1),
        ("資料の2〇ページ", 1),
        ("〇印と二〇二六年", 0),
        ("してくださ[lo", 1),
        ("会館まで\u0392分、+αの効果", 1),
    ],
)
def test_marks_stand_in_numbers_and_latin_words_or_are_stray(text: str, count: int) -> None:
    assert stray_marks(text) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("第章の医療費と午後時以降と令和年度", 3),
        ("第1章、第\n２章、第三者、午後6時、令和元年度、午前中", 0),
        ("次第に減る", 0),
        ("652500万円と482.500万円", 2),
        ("11,500万円と10500円と3.5億円", 0),
    ],
)
def test_some_words_want_a_number(text: str, count: int) -> None:
    assert lost_numbers(text) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("富山東松沢市春光ヶ岡1259番地", 1),
        ("岩平県高田市本町1-2", 1),
        ("千里町4十日38番地", 1),
        ("西谷市錦2丁日22番地", 1),
        ("東谷市緑が丘四丁目3奇1号", 1),
        ("南町新富ヶ丘丁目31番地", 1),
        ("下岡市中央町9丁目18地の19", 1),
        ("石丘市花≠3丁目4番地", 1),
        ("岩手県北川市和賀町第3地割12番地", 0),
        ("〒070-0000 旭市4条12丁目無番地 A号室", 0),
        ("十日町市一番町1丁 目2番コーポ旭101 号室", 0),
        ("山口市緑町3-4", 0),
        ("北3条西2丁目1の2", 0),
        ("緑ヶ丘1番館202号", 0),
    ],
)
def test_an_address_is_written_like_one_or_something_slipped(text: str, count: int) -> None:
    assert address_slips(text) == count


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


def test_beside_figures_a_smaller_gap_is_room_for_one() -> None:
    places = [0.0, 60.0, 120.0, 180.0, 240.0]
    assert gaps("図書館で第3章", [*places, 285.0, 330.0]) == 0
    assert gaps("図書館で第3章", [*places, 285.0, 360.0]) == 1
    assert gaps("図書館で第一章", [*places, 300.0, 375.0]) == 0


def test_twins_stand_between_kanji_and_differ_in_size_only() -> None:
    assert twins("緑ヶ丘、緑ケ丘と三ヵ月") == 3
    assert twins("ケアの会とカキ") == 0
