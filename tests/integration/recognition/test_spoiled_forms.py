"""A form whose QR code is covered is told by its print; a form in another size still registers."""

import random

import numpy
import pytest
from PIL import Image, ImageDraw

from app.domain.comment_form import ADDRESS, CATEGORY_CODE, NAME, OPINION
from app.recognition.decoding import Raster
from app.recognition.engines import best_engine
from app.recognition.filled_form import fill
from app.recognition.form_template import FormTemplate
from app.recognition.page_reader import PageReader
from app.recognition.reading import PageReading, ReadingLimits
from app.recognition.templates import design
from tests.builders import a_consultation
from tests.copiers import COPIERS

CONSULTATION = a_consultation(number=12)
TEMPLATE = design(CONSULTATION)
OTHER = design(
    a_consultation(number=17, code="other", measure_name="北星市自転車活用推進計画（素案）")
)
ANSWERS = {
    NAME: "旭川 花子",
    ADDRESS: "北星市中央2条3丁目4番地",
    CATEGORY_CODE: "2",
    OPINION: "説明会を開いてください。",
}


def _covered(template: FormTemplate) -> Image.Image:
    page = fill(CONSULTATION, template, ANSWERS)[0]
    left, top, right, bottom = template.qr
    box = (left * page.width, top * page.height, right * page.width, bottom * page.height)
    ImageDraw.Draw(page).rectangle(box, fill=200)
    return page


def _read(raster: Raster, *templates: FormTemplate) -> PageReading:
    return PageReader(templates, best_engine(ReadingLimits())).read(raster, 1)


@pytest.mark.parametrize("copy", ["200 dpi", "fax 204x98"])
def test_a_covered_qr_code_leaves_the_printed_number(copy: str) -> None:
    page = _read(COPIERS[copy](_covered(TEMPLATE), random.Random(3)), OTHER, TEMPLATE)
    assert page.template == TEMPLATE.id
    assert page.readings[NAME].value == ANSWERS[NAME]
    assert page.readings[CATEGORY_CODE].value == "2"
    assert "form_named_in_print" in {each.code for each in page.findings}


def test_a_form_that_cannot_be_told_gives_no_printed_word_as_a_value() -> None:
    page = _read(COPIERS["200 dpi"](_covered(TEMPLATE), random.Random(3)), OTHER)
    assert page.template is None
    assert page.readings == {}
    assert page.text == ""
    assert "form_template_unknown" in {each.code for each in page.findings}


def test_a_number_alone_chooses_no_form() -> None:
    """The printed number of one consultation beside the measure of another is a misreading."""
    twin = design(a_consultation(number=12, measure_name="北星市自転車活用推進計画（素案）"))
    page = _read(COPIERS["200 dpi"](_covered(TEMPLATE), random.Random(3)), twin)
    assert page.template is None


@pytest.mark.parametrize(("size", "dots"), [(0.95, (2480, 3508)), (1.22, (3508, 4961))])
def test_a_form_copied_in_another_size_still_registers(size: float, dots: tuple[int, int]) -> None:
    page = fill(CONSULTATION, TEMPLATE, ANSWERS)[0]
    sheet = Image.new("L", dots, 255)
    copied = page.resize((round(page.width * size), round(page.height * size)))
    sheet.paste(copied, ((dots[0] - copied.width) // 2, 20))
    read = _read(Raster(numpy.array(sheet), 300, 300), TEMPLATE)
    values = {pointer: each.value for pointer, each in read.readings.items()}
    assert values[NAME] == ANSWERS[NAME]
    assert values[CATEGORY_CODE] == "2"
    assert "registration_doubtful" not in {each.code for each in read.findings}
