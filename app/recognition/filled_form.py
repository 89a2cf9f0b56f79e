"""A filled sample of our own form, for the demonstration: printed, written on, scanned, faxed."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pikepdf
import pypdfium2
from PIL import Image, ImageDraw, ImageFont

from app.domain.comment_form import CATEGORY_CODE
from app.domain.consultation import Consultation
from app.recognition.blank_form import draw
from app.recognition.fonts import font_file
from app.recognition.form_template import FormTemplate, TemplateField

_A4_INCHES = (210 / 25.4, 297 / 25.4)
_FAX_WIDTH = 1728
"""Dots of a fax line (ITU-T T.4), 215 mm wide: A4 with a little to spare."""

_POINTS = 72.0
_TEXT_MM = 5.0
_LINE_MM = 9.0
_FAX_BLACK = 150


def fill(
    consultation: Consultation,
    template: FormTemplate,
    answers: Mapping[str, str],
    *,
    dpi: int = 300,
    font: Path | None = None,
) -> list[Image.Image]:
    """Print the blank form and write answers into its cells.

    Args:
        consultation: Whose form it is.
        template: Its template.
        answers: What to write, by JSON pointer; the category by its code.
        dpi: Fineness of the pictures.
        font: The hand it is written in; the form's own font if None.

    Returns:
        A grey picture of each page.
    """
    pages = printed(draw(consultation, template), dpi=dpi)
    first = template.page_numbers().start
    for cell in template.fields:
        if answers.get(cell.field):
            _write(pages[cell.page - first], template, cell, answers[cell.field], dpi, font)
    for choice in template.choices:
        if answers.get(CATEGORY_CODE) == choice.code:
            left, top, right, bottom = (each * dpi / 25.4 for each in template.in_mm(choice.box))
            wide, high = right - left, bottom - top
            tick = [
                (left + 0.15 * wide, top + 0.5 * high),
                (left + 0.4 * wide, top + 0.85 * high),
                (left + 1.05 * wide, top - 0.1 * high),
            ]
            pen = max(2, round(0.5 * dpi / 25.4))
            ImageDraw.Draw(pages[choice.page - first]).line(tick, fill=30, width=pen, joint="curve")
    return pages


def fill_fields(
    form: bytes, template: FormTemplate, answers: Mapping[str, str], *, continued: str = ""
) -> bytes:
    """Type answers into the fields of a fillable form, as a program for PDFs saves it.

    Args:
        form: The blank form.
        template: Its template.
        answers: What to type, by JSON pointer; the category by its code.
        continued: What goes on upon the sheet that follows.
    """
    typed = {pointer.strip("/").replace("/", "_"): each for pointer, each in answers.items()}
    typed["opinion_continued"] = continued
    codes = [each.code for each in template.choices]
    with pikepdf.open(io.BytesIO(form)) as document:
        for field in document.Root.AcroForm.Fields:
            answer = typed.get(str(field.T), "")
            if answer and str(field.FT) == "/Btn":
                state = pikepdf.Name(f"/c{codes.index(answer) + 1}")
                field.V = state
                for button in field.Kids:
                    button.AS = state if state in button.AP.N else pikepdf.Name.Off
            elif answer:
                field.V = pikepdf.String(answer)
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


def printed(pdf: bytes, *, dpi: int = 300) -> list[Image.Image]:
    """Print a PDF with what was typed into its fields; gives a grey picture of each page."""
    document = pypdfium2.PdfDocument(pdf)
    document.init_forms()
    return [
        each.render(scale=dpi / _POINTS, grayscale=True).to_pil().convert("L") for each in document
    ]


def _write(
    page: Image.Image,
    template: FormTemplate,
    cell: TemplateField,
    words: str,
    dpi: int,
    font: Path | None,
) -> None:
    millimetre = dpi / 25.4
    left, top, right, bottom = (each * millimetre for each in template.in_mm(cell.box))
    step = (cell.row_mm or _LINE_MM) * millimetre
    size = _TEXT_MM * millimetre
    hand = ImageFont.truetype(str(font or font_file()), round(size))
    lines = _wrapped(words, hand, right - left - 6 * millimetre)
    if not cell.row_mm:
        step = min(step, (bottom - top) / len(lines))
        if len(lines) > 1:
            hand = ImageFont.truetype(str(font or font_file()), round(min(size, step * 0.7)))
        top += (bottom - top - step * len(lines)) / 2
    pencil = ImageDraw.Draw(page)
    for index, line in enumerate(lines):
        middle = top + (index + 0.5) * step
        pencil.text((left + 3 * millimetre, middle), line, fill=30, font=hand, anchor="lm")


def _wrapped(words: str, hand: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines: list[str] = []
    for paragraph in words.split("\n"):
        lines.append("")
        for char in paragraph:
            if hand.getlength(lines[-1] + char) > width:
                lines.append("")
            lines[-1] += char
    return lines


def as_pdf(images: Sequence[Image.Image], *, dpi: int = 300) -> bytes:
    """Make a scan: a PDF with one JPEG a page, as office machines write it."""
    out = io.BytesIO()
    first, *rest = images
    first.save(out, "PDF", resolution=dpi, save_all=True, append_images=rest, quality=80)
    return out.getvalue()


def as_fax_tiff(
    images: Sequence[Image.Image],
    *,
    dpi: tuple[int, int] = (204, 196),
    compression: str = "group4",
) -> bytes:
    """Make what a fax gateway stores: black and white, 1728 dots across, G3 or G4."""
    pages = []
    for image in images:
        size = (round(_A4_INCHES[0] * dpi[0]), round(_A4_INCHES[1] * dpi[1]))
        small = image.convert("L").resize(size, Image.Resampling.BOX)
        line = Image.new("L", (_FAX_WIDTH, size[1]), 255)
        line.paste(small, ((_FAX_WIDTH - size[0]) // 2, 0))
        pages.append(line.point(lambda dot: 255 if dot > _FAX_BLACK else 0).convert("1"))
    out = io.BytesIO()
    first, *rest = pages
    first.save(out, "TIFF", compression=compression, dpi=dpi, save_all=True, append_images=rest)
    return out.getvalue()
