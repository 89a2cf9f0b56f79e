"""Twins such as 高 and 髙 are told apart by their strokes, and what stays open is said."""

from dataclasses import replace

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from app.recognition.fonts import font_file
from app.recognition.glyphs import FEATURES, described, glyph
from app.recognition.lines import cut_lines
from app.recognition.ocr import LinePicture
from app.recognition.reading import TextLine
from app.recognition.variants import Writing, variant_judge

WHOLE = (0.0, 0.0, 1.0, 1.0)
DOTS_PER_MM = 12.0
SIZE = 72
WHITE = numpy.full((40, 400), 255, dtype=numpy.uint8)


def _picture(text: str) -> LinePicture:
    """Print a line in the form's own font, 6 mm high."""
    page = Image.new("L", (1400, 150), 255)
    hand = ImageFont.truetype(str(font_file()), SIZE)
    ImageDraw.Draw(page).text((40, 30), text, fill=20, font=hand)
    (line,) = cut_lines(numpy.asarray(page), DOTS_PER_MM, [])
    return line.picture


def _line(text: str, sure: float = 0.99) -> TextLine:
    """Say that an engine read a text that begins where the ink of its picture does."""
    pad = 12
    return TextLine(
        text=text,
        confidence=sure,
        box=WHOLE,
        sureness=(sure,) * len(text),
        places=tuple(pad + SIZE * (index + 0.5) for index in range(len(text))),
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("髙橋健一", "高橋健一"),
        ("高橋健一", "高橋健一"),
        ("大﨑花子", "大崎花子"),
        ("大崎花子", "大崎花子"),
        ("濵田弘美", "濱田弘美"),
        ("渡邉由美", "渡邊由美"),
        ("渡邊由美", "渡邊由美"),
        ("横山秋穂", "橫山秋穗"),
    ],
)
def test_a_twin_in_a_name_is_told_by_its_strokes(written: str, read: str) -> None:
    line = variant_judge().judged(_picture(written), _line(read), Writing.NAMES).line
    assert line.text == written
    assert line.raw == (None if read == written else read)


@pytest.mark.parametrize("written", ["濵", "渡", "演"])
@pytest.mark.parametrize("read", ["渡", "演", "瀘"])
def test_what_the_engine_hardly_knows_may_be_a_letter_it_does_not_know(
    written: str, read: str
) -> None:
    text = f"小{read}花子"
    seen = ((read, 0.3), ("湯", 0.2), ("渡", 0.1), ("演", 0.1))
    options = tuple(seen if each == read else () for each in text)
    line = replace(_line(text), options=options)
    taken = variant_judge().judged(_picture(f"小{written}花子"), line, Writing.NAMES).line.text
    assert taken == f"小{written}花子"


def test_running_text_takes_the_form_of_today_without_looking() -> None:
    blank = LinePicture(WHITE, WHITE)
    read = _line("每月の錄画を增やす")
    judged = variant_judge().judged(blank, read, Writing.RUNNING)
    assert judged.line.text == "毎月の録画を増やす"
    assert judged.line.raw == "每月の錄画を增やす"


@pytest.mark.parametrize("written", ["緑ヶ丘", "緑ケ丘"])
@pytest.mark.parametrize("read", ["緑ヶ丘", "緑ケ丘"])
def test_small_and_large_ke_are_told_by_their_size(written: str, read: str) -> None:
    line = variant_judge().judged(_picture(written), _line(read), Writing.RUNNING).line
    assert line.text == written


@pytest.mark.parametrize(("height", "read", "surely"), [(30, "ヶ", True), (48, "ヶ", False)])
def test_a_ke_of_a_size_between_is_less_sure(height: int, read: str, surely: bool) -> None:
    line = _line("緑ケ丘")
    grey = numpy.full((84, 240), 255, dtype=numpy.uint8)
    for place, tall in zip(line.places, (60, height, 60), strict=True):
        grey[72 - tall : 72, round(place) - 20 : round(place) + 20] = 0
    judged = variant_judge().judged(LinePicture(grey, grey), line, Writing.RUNNING).line
    assert judged.text[1] == read
    assert (judged.sureness[1] > 0.95) is surely


def test_running_text_is_not_searched_for_letters_of_registers() -> None:
    judged = variant_judge().judged(_picture("最高"), _line("最高"), Writing.RUNNING)
    assert (judged.line.text, judged.doubts) == ("最高", ())


def test_a_character_without_strokes_stays_in_doubt() -> None:
    blank = LinePicture(WHITE, WHITE)
    judged = variant_judge().judged(blank, _line("髙高"), Writing.NAMES)
    assert judged.doubts
    assert min(judged.line.sureness) < 0.99


def test_a_reading_without_places_stays_as_it_is() -> None:
    read = TextLine(text="高崎", confidence=0.9, box=WHOLE)
    assert variant_judge().judged(_picture("髙﨑"), read, Writing.NAMES).line == read


@given(st.text("高崎濱邊每增 あ1", max_size=6), st.sampled_from(Writing))
def test_judging_keeps_length_and_spaces(text: str, writing: Writing) -> None:
    line = variant_judge().judged(LinePicture(WHITE, WHITE), _line(text), writing).line
    assert [each.isspace() for each in line.text] == [each.isspace() for each in text]
    assert len(line.sureness) == len(text)


def test_one_character_is_cut_out_of_its_line() -> None:
    picture = _picture("田一山")
    places = _line("田一山").places
    shapes = [
        cut.shape
        for cut in (glyph(picture, places, index) for index in range(3))
        if cut is not None
    ]
    assert len(shapes) == 3
    # 一 is flat, its neighbours are about square.
    assert shapes[1][0] * 4 < shapes[1][1]
    assert all(high > 0.6 * wide for high, wide in (shapes[0], shapes[2]))
    assert glyph(LinePicture(WHITE, WHITE), (20.0,), 0) is None


def test_a_character_is_described_by_numbers_of_one_length() -> None:
    picture = _picture("髙")
    numbers = described(picture.grey)
    assert numbers.shape == (FEATURES,)
    assert numpy.linalg.norm(numbers) == pytest.approx(1.0, abs=1e-3)
