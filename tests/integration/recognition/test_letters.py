"""Letters on plain paper that we print ourselves: lines that run down, and two columns."""

import random

import numpy
import pytest
from PIL import Image, ImageDraw, ImageFont

from app.domain.labelled_text import read_labelled
from app.recognition.decoding import Raster
from app.recognition.engines import best_engine
from app.recognition.fonts import font_file
from app.recognition.page_reader import PageReader
from app.recognition.reading import PageReading, ReadingLimits
from bench.reading.score import error_rate, plain
from tests.copiers import COPIERS

HEAD = ("意見書", "住所　北星市中央二条三丁目四番地", "氏名　神居さくら", "意見")
BODY = (
    "図書館の開館時間を、平日の夜にも延ばしてください。",
    "働く人は昼間に行くことができません。",
    "コンピューターの使い方も教えてください。",
    "「子どもの広場」は、雨の日に使えません。",
)
MOST_WRONG = 0.03
"""Characters; a point may be lost, a line out of its place is more than that."""

SHEET = (1169, 1654)
"""A5 at 200 dpi."""


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return PageReader([], best_engine(ReadingLimits()))


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file()), size)


def _down(lines: tuple[str, ...]) -> Image.Image:
    """Print lines from above to below, the first one at the right."""
    sheet = Image.new("L", SHEET, 255)
    draw = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        place = (SHEET[0] - 140 - number * 72, 120)
        draw.text(place, line, fill=0, font=_font(40), direction="ttb", language="ja")
    return sheet


def _level(lines: tuple[str, ...]) -> Image.Image:
    sheet = Image.new("L", SHEET, 255)
    draw = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        draw.text((90, 120 + number * 64), line, fill=0, font=_font(40))
    return sheet


def _read(reader: PageReader, sheet: Image.Image, turns: int = 0) -> PageReading:
    copy = COPIERS["200 dpi"](sheet.resize((1754, 2481)), random.Random(3))
    return reader.read(Raster(numpy.ascontiguousarray(numpy.rot90(copy.grey, turns)), 200, 200), 1)


@pytest.mark.parametrize("turns", [1])
def test_a_letter_whose_lines_run_down_is_read_from_the_right(
    reader: PageReader, turns: int
) -> None:
    page = _read(reader, _down((*HEAD, *BODY)), turns)
    form = read_labelled(page.text, source="ocr")
    assert form.submitter.name == "神居さくら"
    assert form.submitter.address == "北星市中央二条三丁目四番地"
    assert error_rate("".join(BODY), form.opinion) <= MOST_WRONG
    assert "vertical_writing" in {each.code for each in page.findings}
    assert page.height > page.width  # people see it upright


@pytest.mark.parametrize("turns", [2])
def test_a_letter_whose_lines_run_level_stays_one(reader: PageReader, turns: int) -> None:
    page = _read(reader, _level((*HEAD, *BODY)), turns)
    assert error_rate("".join((*HEAD, *BODY)), page.text) <= MOST_WRONG
    assert "vertical_writing" not in {each.code for each in page.findings}


@pytest.mark.parametrize("gutter", [50])
def test_of_two_columns_the_left_one_is_read_first(reader: PageReader, gutter: int) -> None:
    text = "".join(BODY).replace("「", "").replace("」", "") * 2
    wide = 11
    lines = [text[at : at + wide] for at in range(0, len(text), wide)]
    half = len(lines) // 2
    sheet = _level(HEAD)
    draw = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        column, row = divmod(number, half) if number < 2 * half else (1, half)
        place = (90 + column * (wide * 40 + gutter), 420 + row * 64)
        draw.text(place, line, fill=0, font=_font(40))
    page = _read(reader, sheet)
    assert error_rate("".join((*HEAD, *lines)), page.text) <= MOST_WRONG


def test_a_table_of_labels_and_values_is_read_row_by_row(reader: PageReader) -> None:
    rows = (
        ("住所", "北星市中央二条三丁目四番地"),
        ("氏名", "神居さくら"),
        ("電話", "0166-00-0000"),
    )
    sheet = Image.new("L", SHEET, 255)
    draw = ImageDraw.Draw(sheet)
    for number, (label, value) in enumerate(rows * 2):
        draw.text((90, 120 + number * 90), label, fill=0, font=_font(40))
        draw.text((500, 120 + number * 90), value, fill=0, font=_font(40))
    page = _read(reader, sheet)
    form = read_labelled(page.text, source="ocr")
    assert plain(form.submitter.name or "") == rows[1][1]
    assert plain(form.submitter.address or "") == rows[0][1]
