"""Files that were typed on a computer are read from their text, and held against their picture."""

import io

import pikepdf
import pypdfium2
import pytest
from fpdf import FPDF
from fpdf.enums import TextMode
from PIL import Image

from app.domain.comment_form import ADDRESS, CATEGORY_CODE, NAME, OPINION
from app.domain.consultation import Category
from app.domain.envelope import Part
from app.recognition.blank_form import draw
from app.recognition.filled_form import as_fax_tiff, as_pdf, fill, fill_fields, printed
from app.recognition.fonts import font_file
from app.recognition.form_fields import with_fields
from app.recognition.form_template import FormTemplate, Variant
from app.recognition.pages import PageReading
from app.recognition.separator_sheet import draw_separator
from app.recognition.templates import design
from tests.builders import a_consultation
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
    NAME: "髙橋 𠮷乃",
    ADDRESS: "北星市中央2条3丁目4番地",
    CATEGORY_CODE: "3",
    OPINION: "一つめの意見です。\n\n二つめは、説明会を平日の夜にも開いてほしいということです。",
}
OTHER = "この文は画面では見えません。計画には全面的に賛成します。"


def _kind(variant: Variant) -> FormTemplate:
    kind = TEMPLATE.kind(variant)
    assert kind is not None
    return kind


def _blank(variant: Variant = Variant.STANDARD) -> bytes:
    kinds = (_kind(variant), _kind(Variant.CONTINUATION))
    return with_fields(draw(CONSULTATION, *kinds), kinds)


def _read(data: bytes) -> tuple[PageReading, ...]:
    part = Part(filename="a.bin", media_type="application/octet-stream", data=data)
    return RECOGNISER.read(part, TEMPLATES).pages


def _values(page: PageReading) -> dict[str, str]:
    return {pointer: each.value for pointer, each in page.readings.items()}


def _codes(page: PageReading) -> set[str]:
    return {each.code for each in page.findings}


@pytest.mark.parametrize("variant", [Variant.STANDARD, Variant.LARGE])
def test_what_was_typed_into_the_form_is_taken_to_the_letter(variant: Variant) -> None:
    template = _kind(variant)
    data = fill_fields(_blank(variant), template, ANSWERS, continued="続きです。")
    *form, further = _read(data)
    found = {pointer: each for page in form for pointer, each in page.readings.items()}
    assert {pointer: each.value for pointer, each in found.items()} == ANSWERS
    assert {each.source for each in found.values()} == {"text"}
    assert {each.confidence for each in found.values()} == {None}
    assert {each.template for each in found.values()} == {template.id}
    cell = next(each for each in template.fields if each.field == NAME)
    assert found[NAME].box == pytest.approx(cell.box, abs=0.005)
    assert _values(further) == {NAME: ANSWERS[NAME], OPINION: "続きです。"}
    assert not set().union(*(_codes(each) for each in (*form, further)))


def test_an_empty_fillable_form_gives_no_readings() -> None:
    for page in _read(_blank()):
        assert page.template is not None
        assert not page.readings
        assert not page.findings


def test_a_form_filled_on_a_computer_and_faxed_is_read_by_its_picture() -> None:
    answers = {**ANSWERS, NAME: "北野 花子"}
    pages = printed(fill_fields(_blank(), TEMPLATE, answers))
    page = _read(as_fax_tiff(pages[:1]))[0]
    values = _values(page)
    assert values[CATEGORY_CODE] == "3"
    assert "".join(values[NAME].split()) == "北野花子"
    assert page.readings[NAME].source == "ocr"
    assert page.readings[CATEGORY_CODE].source == "mark"


def test_a_flattened_form_is_read_by_the_text_in_its_cells() -> None:
    page = _read(_flattened(fill_fields(_blank(), TEMPLATE, {**ANSWERS, NAME: "北野 花子"})))[0]
    assert _values(page)[NAME] == "北野 花子"
    assert _values(page)[ADDRESS] == ANSWERS[ADDRESS]
    assert page.readings[ADDRESS].source == "text"
    assert page.readings[CATEGORY_CODE].value == "3"


def _flattened(data: bytes) -> bytes:
    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    for page in document:
        pypdfium2.raw.FPDFPage_Flatten(page.raw, pypdfium2.raw.FLAT_PRINT)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _written(*lines: str, size: float = 12) -> FPDF:
    """A letter as an office program prints it to PDF."""
    pdf = FPDF(unit="mm", format="A4")
    pdf.add_font("Letter", fname=font_file())
    pdf.add_page()
    pdf.set_font("Letter", size=size)
    for index, line in enumerate(lines):
        pdf.text(25, 40 + index * 8, line)
    return pdf


LETTER = (
    "氏名 髙橋 花子",
    "住所 北星市中央2条3丁目4番地",
    "意見 評価書の説明会を、平日の夜にも開いてください。",
    "仕事を持つ人も参加できるようにして、記録を公表してください。",
)


def test_a_letter_printed_to_pdf_is_read_to_the_letter() -> None:
    (page,) = _read(bytes(_written(*LETTER).output()))
    assert page.typed
    assert page.text.splitlines() == list(LETTER)
    assert not _codes(page)


def test_white_text_is_set_apart_and_told() -> None:
    pdf = _written(*LETTER)
    pdf.set_text_color(255)
    pdf.text(25, 150, OTHER)
    (page,) = _read(bytes(pdf.output()))
    assert OTHER not in page.text
    assert "hidden_text" in _codes(page)


def test_text_on_a_page_that_looks_empty_is_no_empty_back() -> None:
    pdf = FPDF(unit="mm", format="A4")
    pdf.add_font("Letter", fname=font_file())
    pdf.add_page()
    pdf.set_font("Letter", size=12)
    pdf.set_text_color(255)
    pdf.text(25, 40, OTHER)
    (page,) = _read(bytes(pdf.output()))
    assert not page.blank
    assert "hidden_text" in _codes(page)


def _scan_with_layer(layer: str, *, over: bool, strips: int = 1) -> bytes:
    """A scan of a filled form with a text layer, as scanners make it searchable."""
    answers = {**ANSWERS, NAME: "北野 花子"}
    (image,) = fill(CONSULTATION, TEMPLATE, answers)
    pdf = FPDF(unit="mm", format="A4")
    pdf.set_margin(0)
    pdf.add_font("Layer", fname=font_file())
    pdf.add_page()

    def put() -> None:
        pdf.set_font("Layer", size=12)
        with pdf.local_context(text_mode=TextMode.INVISIBLE if over else TextMode.FILL):
            for index, line in enumerate(layer.splitlines()):
                pdf.text(25, 200 + index * 10, line)

    if not over:
        put()
    deep = image.height // strips
    for strip in range(strips):
        part = image.crop((0, strip * deep, image.width, (strip + 1) * deep))
        pdf.image(part, 0, strip * 297 / strips, 210, 297 / strips)
    if over:
        put()
    return bytes(pdf.output())


@pytest.mark.parametrize("strips", [1, 4])
@pytest.mark.parametrize("over", [True, False])
def test_what_a_scanner_read_is_not_taken_for_typed(over: bool, strips: int) -> None:
    layer = "北野花了\n" + ANSWERS[ADDRESS] + "\n" + ANSWERS[OPINION]
    (page,) = _read(_scan_with_layer(layer, over=over, strips=strips))
    assert page.readings[NAME].source == "ocr"
    assert "北野" in page.readings[NAME].value
    assert "hidden_text" not in _codes(page)


def test_a_layer_behind_a_scan_that_says_something_else_is_told() -> None:
    (page,) = _read(_scan_with_layer(OTHER, over=True))
    assert page.readings[OPINION].source == "ocr"
    assert "hidden_text" in _codes(page)


def test_text_whose_letters_show_others_is_read_as_it_shows() -> None:
    # The glyphs are those of one sentence, the characters they claim to be those of another.
    shown, claimed = "計画の撤回を求めます", "全面的に賛成します。"
    data = bytes(_written(shown).output())
    (page,) = _read(_claiming(data, dict(zip(shown, claimed, strict=True))))
    assert "text_layer_differs" in _codes(page)
    assert not page.typed
    assert "撤回" in page.text


def _claiming(data: bytes, instead: dict[str, str]) -> bytes:
    """Exchange what the characters of a PDF's font say they are."""
    with pikepdf.open(io.BytesIO(data)) as document:
        for font in document.pages[0].Resources.Font.values():
            table = font.ToUnicode.read_bytes().decode("ascii")
            for char, other in instead.items():
                table = table.replace(f"<{ord(char):04X}>", f"<#{ord(other):04X}>")
            font.ToUnicode.write(table.replace("<#", "<").encode("ascii"))
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


def test_a_stamp_typed_over_a_photograph_does_not_stand_for_the_page() -> None:
    (image,) = fill(CONSULTATION, TEMPLATE, {NAME: "北野 花子", OPINION: ANSWERS[OPINION]})
    pdf = FPDF(unit="mm", format="A4")
    pdf.set_margin(0)
    pdf.add_font("Stamp", fname=font_file())
    pdf.add_page()
    pdf.image(image, 0, 0, 210, 297)
    pdf.set_font("Stamp", size=8)
    pdf.text(20, 5, "2015-05-15 10:00 FROM 0166000000 P.01")
    (page,) = _read(bytes(pdf.output()))
    assert page.template == TEMPLATE.id
    assert page.readings[OPINION].source == "ocr"


@pytest.mark.parametrize("angle", [0, 180])
@pytest.mark.parametrize("dpi", [(204, 196), (204, 98)])
def test_the_separator_sheet_is_known_in_every_fax_grade(dpi: tuple[int, int], angle: int) -> None:
    (sheet,) = printed(draw_separator())
    (page,) = _read(as_fax_tiff([sheet.rotate(angle)], dpi=dpi))
    assert page.separator
    assert not page.findings


def test_the_separator_sheet_is_known_from_a_skewed_scan() -> None:
    (sheet,) = printed(draw_separator(), dpi=200)
    skewed = sheet.rotate(3, fillcolor=255, resample=Image.Resampling.BICUBIC)
    (page,) = _read(as_pdf([skewed], dpi=200))
    assert page.separator


@pytest.mark.parametrize("variant", [Variant.LARGE, Variant.CONTINUATION])
def test_the_other_kinds_of_the_form_are_read_from_a_fax(variant: Variant) -> None:
    template = _kind(variant)
    pages = fill(CONSULTATION, template, {NAME: "北野 花子", OPINION: "説明会を開いてください。"})
    read = _read(as_fax_tiff(pages, dpi=(204, 98)))
    assert {each.template for each in read} == {template.id}
    values = {pointer: each for page in read for pointer, each in _values(page).items()}
    assert "".join(values[NAME].split()) == "北野花子"
    assert "".join(values[OPINION].split()).rstrip("。") == "説明会を開いてください"
