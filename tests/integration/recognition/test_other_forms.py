"""Forms of other cities, fax lines and envelopes that we draw ourselves, read by the real engine."""

import random

import numpy
import pytest
from PIL import Image, ImageDraw, ImageFont

from app.domain.comment_form import (
    ADDRESS,
    CATEGORY_CODE,
    CATEGORY_DETAIL,
    MEASURE,
    NAME,
    OPINION,
    PHONE,
    REPRESENTATIVE,
    CommentForm,
)
from app.domain.findings import Finding
from app.recognition.decoding import Raster
from app.recognition.engines import best_engine
from app.recognition.fonts import font_file
from app.recognition.forms import forms_in
from app.recognition.page_reader import PageReader
from app.recognition.reading import ReadingLimits
from bench.reading.letters import NEAT, FontHand
from bench.reading.other_forms import CATEGORIES, FORMS, FURIGANA, filled
from bench.reading.score import error_rate, plain
from tests.copiers import COPIERS

ANSWERS = {
    MEASURE: "北星市緑の基本計画（素案）",
    NAME: "神居さくら",
    ADDRESS: "北星市中央2条3丁目4番地",
    PHONE: "0166-00-5678",
    REPRESENTATIVE: "神居太郎",
    FURIGANA: "かむいさくら",
    CATEGORY_DETAIL: "北の森商店",
    OPINION: "図書館の開館時間を、平日の夜にも延ばしてください。働く人は昼間に行くことが"
    "できません。子どもの広場は、雨の日に使えません。",
}
MOST_WRONG = 0.06
MARKED = 1
HEADER = "2026/11/20 14:32  FAX 0166-00-5678  北の森商店  P.001/003"
LETTER = (
    "意見書",
    "住所　北星市中央2条3丁目4番地",
    "氏名　神居さくら",
    "意見",
    "図書館の開館時間を、平日の夜にも延ばしてください。",
    "働く人は昼間に行くことができません。",
)
ENVELOPE = (
    "070-0001",
    "北星市中央1条1丁目1番地",
    "北星市役所　環境部　環境政策課　御中",
    "「北星市緑の基本計画」意見書在中",
    "8.11.20",
    "〒070-0002",
    "北星市西2条3丁目",
    "神居さくら",
)


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return PageReader([], best_engine(ReadingLimits()))


def _values(form: CommentForm) -> dict[str, str]:
    return {pointer: reading.value for pointer, reading in form.readings.items()}


def _codes(form: CommentForm) -> set[str]:
    return {each.code for each in form.findings}


@pytest.mark.parametrize(
    ("layout", "copier", "turns"),
    [
        ("boxes", "fax 204x98", 0),
        ("above", "photo", 0),
        ("section", "200 dpi", 2),
        ("body", "fax 204x98", 0),
        ("inside", "200 dpi", 1),
        ("open", "photo", 0),
    ],
)
def test_a_form_of_another_city_is_read_by_its_cells(
    reader: PageReader, layout: str, copier: str, turns: int
) -> None:
    chance = random.Random(f"{layout} {copier}")
    form = FORMS[layout]
    sheet = filled(form, FontHand(font_file(), NEAT), ANSWERS, chance, marked=[MARKED])
    copy = COPIERS[copier](sheet, chance)
    if turns:
        copy = Raster(numpy.ascontiguousarray(numpy.rot90(copy.grey, turns)), 200, 200)
    page = reader.read(copy, 1)
    (read,) = forms_in([page], {})
    values = _values(read)
    wanted = {each: ANSWERS.get(each, CATEGORIES[MARKED]) for each in form.asked}
    assert set(values) == set(wanted)
    for pointer, text in wanted.items():
        most = MOST_WRONG if pointer == OPINION else 0.13 if copier == "fax 204x98" else 0.0
        said = values[pointer].removeprefix(f"{MARKED + 1}")
        assert error_rate(text, said) <= most, (pointer, said)
    assert page.height > page.width
    assert "not_our_form" in _codes(read)
    place = read.readings[NAME]
    assert place.box is not None
    assert place.page == 1


def test_an_empty_form_gives_no_field(reader: PageReader) -> None:
    chance = random.Random(5)
    sheet = filled(FORMS["boxes"], FontHand(font_file()), {}, chance)
    (read,) = forms_in([reader.read(COPIERS["200 dpi"](sheet, chance), 1)], {})
    assert _values(read) == {}
    assert (read.submitter.name, read.measure_written, read.opinion) == (None, None, "")
    assert Finding(code="choice_ambiguous", field=CATEGORY_CODE) in read.findings


def _printed(lines: tuple[str, ...], *, size: int = 48, header: str = "") -> Image.Image:
    sheet = Image.new("L", (2480, 3508), 255)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(str(font_file()), size)
    if header:
        small = ImageFont.truetype(str(font_file()), 36)
        draw.text((200, 60), header, fill=0, font=small)
    for number, line in enumerate(lines):
        draw.text((250, 320 + number * 2 * size), line, fill=0, font=font)
    return sheet


def test_the_line_of_a_fax_machine_is_kept_apart_and_counts_the_pages(reader: PageReader) -> None:
    sheet = _printed(LETTER, header=HEADER)
    page = reader.read(COPIERS["fax 204x98"](sheet, random.Random(2)), 1)
    assert error_rate(HEADER, page.header) <= 0.15
    (read,) = forms_in([page], {})
    assert plain(read.submitter.name or "") == "神居さくら"
    assert error_rate("".join(LETTER[4:]), read.opinion) <= MOST_WRONG
    lacks = [each for each in read.findings if each.code == "pages_missing"]
    assert [each.data for each in lacks] == [{"announced": "3", "found": "1"}]


@pytest.mark.parametrize("first", [True, False])
def test_an_envelope_belongs_to_its_letter_and_names_no_writer(
    reader: PageReader, *, first: bool
) -> None:
    chance = random.Random(4)
    envelope, letter = (
        reader.read(COPIERS["200 dpi"](_printed(lines), chance), 1)
        for lines in (ENVELOPE, (*LETTER[:1], *LETTER[2:]))
    )
    pages = (envelope, letter) if first else (letter, envelope)
    numbered = [
        type(page)(page=number, text=page.text, lines=page.lines)
        for number, page in enumerate(pages, start=1)
    ]
    (read,) = forms_in(numbered, {})
    assert read.pages == (1, 2)
    assert read.submitter.address is None
    assert plain(read.submitter.name or "") == "神居さくら"
    assert "御中" not in read.opinion
    assert {"envelope_apart", "postmark_seen"} <= _codes(read)
    assert any(
        "北星市緑の基本計画" in line and code == "measure_name_from_envelope"
        for line, code in read.beside
    )
    dates = [each.data["date"] for each in read.findings if each.code == "postmark_seen"]
    assert dates == ["8.11.20"]


def test_an_envelope_beside_the_letter_on_one_sheet_is_set_apart(reader: PageReader) -> None:
    sheet = Image.new("L", (3508, 2480), 255)
    sheet.paste(_printed(LETTER, size=40).crop((0, 0, 1700, 2480)), (0, 0))
    sheet.paste(_printed(ENVELOPE, size=40).crop((0, 0, 1700, 2480)), (1750, 60))
    ImageDraw.Draw(sheet).rectangle((1850, 200, 3400, 1300), outline=120, width=3)
    page = reader.read(Raster(numpy.asarray(sheet), 300, 300), 1)
    (read,) = forms_in([page], {})
    assert "御中" in page.envelope
    assert plain(read.submitter.address or "") == ANSWERS[ADDRESS]
    assert error_rate("".join(LETTER[4:]), read.opinion) <= MOST_WRONG
    assert {"envelope_apart", "postmark_seen"} <= _codes(read)
