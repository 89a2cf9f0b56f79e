"""What may have been two things is said, though the engine was sure of every character."""

import numpy
import pytest

from app.domain.comment_form import ADDRESS, NAME, OPINION
from app.recognition.cells import CellText
from app.recognition.doubles import is_passed_over, with_doubles
from app.recognition.lines import LineCut
from app.recognition.ocr import LinePicture
from app.recognition.reading import TextLine

HIGH = 40


def _text(*lines: str) -> CellText:
    read = tuple(TextLine(text=each, confidence=0.99, box=(0, 0, 1, 1)) for each in lines)
    value = "".join(lines)
    return CellText(value=value, raw=value, lines=read, doubts=())


def _cut(*spots: int, high_mm: float = 4.0) -> LineCut:
    """Draw characters as wide as they are high at these places."""
    ink = numpy.full((HIGH + 20, 900), 255, dtype=numpy.uint8)
    for middle in spots:
        ink[10 : 10 + HIGH, middle - HIGH // 2 + 2 : middle + HIGH // 2 - 2] = 0
    return LineCut(LinePicture(ink, ink), (3.0, 4.0, 60.0, 4.0 + high_mm))


@pytest.mark.parametrize(
    ("read", "taken", "other"),
    [
        ("五十嵐 工三", "五十嵐 エミ", "五十嵐 工三"),
        ("佐藤 三工", "佐藤 ミエ", "佐藤 三工"),
        ("後藤 十三", "後藤 十三", "後藤 ナミ"),
        ("後藤 ナミ", "後藤 ナミ", "後藤 十三"),
    ],
)
def test_a_given_name_that_is_another_stroke_by_stroke(read: str, taken: str, other: str) -> None:
    text = with_doubles(NAME, _text(read), [_cut()])
    assert (text.value, text.doubts) == (taken, ((taken, other),))


@pytest.mark.parametrize(
    "name", ["山口 一二三", "佐藤 エミ", "中村 タカ", "森 力", "田口", "伊藤 二三男", "石川 エリ"]
)
def test_a_name_that_is_hardly_another_is_left_alone(name: str) -> None:
    assert with_doubles(NAME, _text(name), [_cut()]) == _text(name)


@pytest.mark.parametrize(
    ("address", "joints"),
    [
        ("末広2条3丁目13-1.6", 1),
        ("緑が丘1丁目1 1緑ヶ丘団地", 1),
        ("末広2条3丁目2-19 203", 0),
        ("東光1 0条4丁目5番6号", 0),
        ("末広2条3丁目13-1-6", 0),
        ("末広2条3丁目5 3号室", 0),
    ],
)
def test_what_joins_two_numbers_of_an_address_may_be_a_dash(address: str, joints: int) -> None:
    text = with_doubles(ADDRESS, _text(address), [_cut()])
    assert text.value == address
    assert [other for _, other in text.doubts] == ["-"] * joints


def test_small_kana_above_a_name_are_no_part_of_it() -> None:
    written = _text("さとう はなこ", "佐藤 花子")
    text = with_doubles(NAME, written, [_cut(high_mm=2.0), _cut(high_mm=4.0)])
    assert (text.value, text.raw) == ("佐藤 花子", written.raw)
    assert text.doubts == (("佐藤 花子", "さとう はなこ佐藤 花子"),)


def test_a_first_line_as_large_as_the_next_is_part_of_the_name() -> None:
    written = _text("ひまわりのかい", "佐藤 花子")
    assert with_doubles(NAME, written, [_cut(), _cut()]) == written


def test_an_opinion_has_no_doubles() -> None:
    assert with_doubles(OPINION, _text("後藤 十三 1.5"), [_cut()]).doubts == ()


@pytest.mark.parametrize(
    ("spots", "passed"), [((30, 70, 110, 150), True), ((30, 70, 150), False), ((30, 70), False)]
)
def test_ink_between_characters_that_nobody_read_is_noticed(
    spots: tuple[int, ...], passed: bool
) -> None:
    line = TextLine(text="田口郎", confidence=0.99, box=(0, 0, 1, 1), places=(30.0, 70.0, 150.0))
    text = CellText(value="田口郎", raw="田口郎", lines=(line,), doubts=())
    assert is_passed_over(text, [_cut(*spots)]) is passed
