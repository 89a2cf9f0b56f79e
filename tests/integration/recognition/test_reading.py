"""Our printed form, filled, scanned and faxed, is read by the real Tesseract."""

import io
import unicodedata
from collections.abc import Callable

import pypdfium2
import pytest
from fpdf import FPDF
from PIL import Image, ImageDraw
from rapidfuzz.distance import Levenshtein

from app.domain.comment_form import ADDRESS, CATEGORY_CODE, CATEGORY_DETAIL, NAME, OPINION
from app.domain.consultation import Category
from app.domain.envelope import Part
from app.recognition.blank_form import draw
from app.recognition.doctor import check
from app.recognition.filled_form import as_fax_tiff, as_pdf, fill
from app.recognition.pages import PageReading
from app.recognition.templates import design
from tests.builders import MEASURE, a_consultation
from tests.integration.recognition.conftest import RECOGNISER

CONSULTATION = a_consultation(
    number=12,
    categories=tuple(
        Category(code=str(number), label=f"区分{number}に当たる方", detail_label="名称")
        for number in range(1, 7)
    ),
)
TEMPLATE = design(CONSULTATION)
TEMPLATES = {(12, 1): TEMPLATE}
ANSWERS = {
    NAME: "旭川 花子",
    ADDRESS: "旭川市6条通9丁目46番地",
    CATEGORY_CODE: "2",
    CATEGORY_DETAIL: "あさひ印刷株式会社",
    OPINION: "評価書の案を読みました。特定個人情報の委託先の監督について、もう少し具体的に書いてください。"
    "職員の研修の回数と内容を毎年公表することを求めます。",
}

Copier = Callable[[list[Image.Image]], bytes]


def _png(pages: list[Image.Image]) -> bytes:
    out = io.BytesIO()
    pages[0].save(out, "PNG", dpi=(300, 300))
    return out.getvalue()


def _jpeg_200(pages: list[Image.Image]) -> bytes:
    out = io.BytesIO()
    skewed = pages[0].rotate(1.7, fillcolor=255, resample=Image.Resampling.BICUBIC)
    skewed.resize((1654, 2339)).save(out, "JPEG", quality=65, dpi=(200, 200))
    return out.getvalue()


def _turned(angle: int) -> Copier:
    return lambda pages: _png([pages[0].rotate(angle, expand=True)])


COPIERS: dict[str, Copier] = {
    "scan as PDF": as_pdf,
    "skewed JPEG of 200 dpi": _jpeg_200,
    "upside down": _turned(180),
    "lying": _turned(90),
    "fine fax G4": as_fax_tiff,
    "standard fax G3": lambda pages: as_fax_tiff(pages, dpi=(204, 98), compression="group3"),
}


def _read_all(data: bytes) -> tuple[PageReading, ...]:
    part = Part(filename="a.bin", media_type="application/octet-stream", data=data)
    return RECOGNISER.read(part, TEMPLATES).pages


def _read(data: bytes) -> PageReading:
    (page,) = _read_all(data)
    return page


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.mark.parametrize("copier", COPIERS.values(), ids=COPIERS.keys())
def test_a_filled_form_is_read_however_it_was_copied(copier: Copier) -> None:
    page = _read(copier(fill(CONSULTATION, TEMPLATE, ANSWERS)))
    values = {pointer: each.value for pointer, each in page.readings.items()}
    assert (page.template, page.form_page, page.consultation_number) == (TEMPLATE.id, 1, 12)
    assert values[CATEGORY_CODE] == "2"
    assert values[NAME] == ANSWERS[NAME]
    assert _plain(values[ADDRESS]) == ANSWERS[ADDRESS]
    opinion = _plain(values[OPINION])
    assert Levenshtein.distance(opinion, _plain(ANSWERS[OPINION])) <= 3
    assert page.image is not None
    with Image.open(io.BytesIO(page.image)) as picture:
        assert (picture.width, picture.height) == (page.width, page.height)
        assert picture.height > picture.width


def test_a_reading_says_where_on_the_picture_it_stands() -> None:
    page = _read(_turned(180)(fill(CONSULTATION, TEMPLATE, ANSWERS)))
    cell = next(each for each in TEMPLATE.fields if each.field == NAME)
    assert page.readings[NAME].box == pytest.approx(cell.box, abs=0.005)


@pytest.mark.parametrize("code", ["1", "4", "6"])
def test_a_circle_around_the_box_counts_as_a_tick(code: str) -> None:
    page = _read(as_fax_tiff([_circled(code)]))
    assert page.readings[CATEGORY_CODE].value == code


def test_two_marks_are_never_resolved_by_guessing() -> None:
    page = _read(_png([_circled("2", "5")]))
    assert CATEGORY_CODE not in page.readings
    assert "choice_ambiguous" in {each.code for each in page.findings}


@pytest.mark.parametrize("copier", [_png, as_fax_tiff], ids=["scan", "fax"])
def test_what_is_struck_out_goes_to_a_person(copier: Copier) -> None:
    (image,) = fill(CONSULTATION, TEMPLATE, ANSWERS)
    left, top, _, bottom = next(each.box for each in TEMPLATE.fields if each.field == NAME)
    middle, start = (top + bottom) / 2 * image.height, (left + 0.02) * image.width
    for y in (middle - 7, middle + 7):
        ImageDraw.Draw(image).line((start, y, start + 150, y - 3), fill=30, width=5)
    struck = {
        each.field for each in _read(copier([image])).findings if each.code == "writing_struck_out"
    }
    assert struck == {NAME}


@pytest.mark.parametrize("copier", COPIERS.values(), ids=COPIERS.keys())
def test_what_is_not_struck_out_is_not_taken_for_it(copier: Copier) -> None:
    page = _read(copier(fill(CONSULTATION, TEMPLATE, ANSWERS)))
    assert "writing_struck_out" not in {each.code for each in page.findings}


def test_a_reading_names_the_engine_that_read_it() -> None:
    page = _read(_png(fill(CONSULTATION, TEMPLATE, ANSWERS)))
    assert (page.readings[NAME].engine or "").startswith("PP-OCRv6 small")


def test_an_empty_form_gives_no_readings() -> None:
    page = _read(as_fax_tiff(fill(CONSULTATION, TEMPLATE, {}), dpi=(204, 98)))
    assert page.template == TEMPLATE.id
    assert page.readings == {}
    assert not page.blank


@pytest.mark.parametrize(("hidden", "kept"), [(1, True), (2, False)])
def test_three_markers_are_enough_and_two_are_not(hidden: int, kept: bool) -> None:
    (image,) = fill(CONSULTATION, TEMPLATE, ANSWERS)
    pencil = ImageDraw.Draw(image)
    for marker in TEMPLATE.markers[2 : 2 + hidden]:
        left, top, right, bottom = marker.box
        box = (left * image.width, top * image.height, right * image.width, bottom * image.height)
        pencil.rectangle(box, fill=255)
    page = _read(_png([image]))
    assert "registration_doubtful" in {each.code for each in page.findings}
    assert (NAME in page.readings) is kept


@pytest.mark.parametrize("angle", [0, 180])
def test_a_free_letter_is_read_as_text_even_upside_down(angle: int) -> None:
    page = _read(_turned(angle)([_letter()]))
    assert page.template is None
    assert "特定個人情報" in page.text


def _letter() -> Image.Image:
    """Paste what stands in the opinion box on an empty sheet, its frame left out."""
    (image,) = fill(CONSULTATION, TEMPLATE, ANSWERS)
    left, top, right, bottom = next(each.box for each in TEMPLATE.fields if each.field == OPINION)
    wide, high = image.size
    inner = (
        round(left * wide) + 9,
        round(top * high) + 9,
        round(right * wide) - 9,
        round(bottom * high) - 9,
    )
    letter = Image.new("L", image.size, 255)
    letter.paste(image.crop(inner), (200, 300))
    return letter


def test_a_fax_inside_a_pdf_is_read() -> None:
    fax = Image.open(io.BytesIO(as_fax_tiff(fill(CONSULTATION, TEMPLATE, ANSWERS), dpi=(204, 98))))
    document = FPDF(unit="mm", format="A4")
    document.add_page()
    document.image(fax, x=-2.6, y=0, w=215.15, h=297)
    page = _read(bytes(document.output()))
    assert page.readings[NAME].value == ANSWERS[NAME]
    assert page.readings[CATEGORY_CODE].value == "2"


def test_a_stack_keeps_its_pages_in_order() -> None:
    images = [fill(CONSULTATION, TEMPLATE, {NAME: name})[0] for name in ("鈴木 美咲", "佐藤 健一")]
    pages = _read_all(as_fax_tiff([*images, Image.new("L", images[0].size, 255)]))
    assert [each.page for each in pages] == [1, 2, 3]
    assert [each.blank for each in pages] == [False, False, True]
    assert pages[0].readings[NAME].value.startswith("鈴木")
    assert pages[1].readings[NAME].value.startswith("佐藤")


def test_the_blank_form_is_the_same_bytes_each_time_and_its_words_are_text() -> None:
    pdf = draw(CONSULTATION, TEMPLATE)
    assert pdf == draw(CONSULTATION, TEMPLATE)
    words = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
    for word in (MEASURE, "氏名", "住所", "区分6に当たる方", "意見の内容", TEMPLATE.id):
        assert word in words


def test_the_doctor_finds_everything_here() -> None:
    assert all(each.found for each in check())


def _circled(*codes: str) -> Image.Image:
    (image,) = fill(CONSULTATION, TEMPLATE, {NAME: ANSWERS[NAME]})
    pencil = ImageDraw.Draw(image)
    for choice in TEMPLATE.choices:
        if choice.code in codes:
            left, top, right, bottom = choice.box
            box = (
                left * image.width - 18,
                top * image.height - 18,
                right * image.width + 18,
                bottom * image.height + 18,
            )
            pencil.ellipse(box, outline=0, width=5)
    return image
