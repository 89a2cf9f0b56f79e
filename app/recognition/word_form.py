"""The blank 意見書 as a Word file, with the same labels (ADR 0040)."""

import io
import zipfile
from datetime import UTC, datetime

import docx
from docx.document import Document
from docx.enum.table import WD_ROW_HEIGHT_RULE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell, _Row
from docx.text.run import Run

from app.domain.comment_form import ADDRESS, CATEGORY_DETAIL, NAME, REPRESENTATIVE
from app.domain.consultation import Category, Consultation
from app.domain.form_wording import FORM_WORDS
from app.recognition.form_template import FormTemplate
from app.recognition.form_words import deadline_line, office_lines

_LATIN, _JAPANESE = "Yu Gothic", "游ゴシック"
"""On every Windows and Mac with Office; elsewhere a gothic takes its place."""

_MARGIN_MM = 18.0
_LABEL_MM = 42.0
_WIDTH_MM = 210.0 - 2 * _MARGIN_MM
_SHADE = "F2F2F2"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def write(consultation: Consultation, template: FormTemplate) -> bytes:
    """Write the form; the same input gives the same bytes.

    Args:
        consultation: Whose form it is.
        template: Its printed form, whose number stands on this one too.
    """
    document = docx.Document()
    _set_up(document, consultation, template)
    _line(document, FORM_WORDS["procedure"], 9)
    _line(document, FORM_WORDS["title"], 20, centred=True)
    number = FORM_WORDS["form_number"].format(id=template.id)
    _line(document, FORM_WORDS["word_guidance"], 9)
    table = document.add_table(rows=0, cols=2)
    table.style = "Table Grid"
    table.autofit = False
    for column, width in zip(table.columns, (_LABEL_MM, _WIDTH_MM - _LABEL_MM), strict=True):
        column.width = Mm(width)
    _labelled(table, FORM_WORDS["measure"], "", consultation.measure_name, 12)
    for pointer, height in ((NAME, 11), (REPRESENTATIVE, 11), (ADDRESS, 14)):
        _labelled(table, FORM_WORDS[pointer], FORM_WORDS[f"{pointer}#hint"], "", height)
    if consultation.categories:
        _categories(table, consultation.categories)
    if any(each.detail_label for each in consultation.categories):
        hint = FORM_WORDS[f"{CATEGORY_DETAIL}#hint"]
        _labelled(table, FORM_WORDS[CATEGORY_DETAIL], hint, "", 11)
    _opinion(table)
    for words in (deadline_line(consultation), *office_lines(consultation.office), number):
        _line(document, words, 9)
    return _repeatable(document)


def _set_up(document: Document, consultation: Consultation, template: FormTemplate) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(_MARGIN_MM)
    section.top_margin = section.bottom_margin = Mm(15)
    style = document.styles["Normal"]
    style.font.name = _LATIN
    style.font.size = Pt(10.5)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _JAPANESE)
    style.paragraph_format.space_after = Pt(2)
    opened = consultation.opens_on
    facts = document.core_properties
    facts.title = f"{FORM_WORDS['word_title']} {consultation.measure_name}"
    facts.subject = template.id
    facts.author = consultation.office.name or ""
    facts.comments = ""
    facts.language = "ja-JP"
    facts.created = facts.modified = datetime(opened.year, opened.month, opened.day, tzinfo=UTC)


def _line(document: Document, words: str, points: float, *, centred: bool = False) -> None:
    paragraph = document.add_paragraph()
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _write(paragraph.add_run(words), points)


def _write(run: Run, points: float) -> None:
    run.font.size = Pt(points)


def _row(table: Table, height_mm: float) -> _Row:
    row: _Row = table.add_row()  # type: ignore[no-untyped-call]  # the library left it out
    row.height, row.height_rule = Mm(height_mm), WD_ROW_HEIGHT_RULE.AT_LEAST
    return row


def _labelled(table: Table, words: str, hint: str, value: str, height_mm: float) -> None:
    label, cell = _row(table, height_mm).cells
    label.width, cell.width = Mm(_LABEL_MM), Mm(_WIDTH_MM - _LABEL_MM)
    _shaded(label)
    _write(label.paragraphs[0].add_run(words), 10.5)
    for line in hint.splitlines():
        _write(label.add_paragraph().add_run(line), 7.5)
    if value:
        _write(cell.paragraphs[0].add_run(value), 12)


def _across(table: Table, height_mm: float) -> _Cell:
    first, last = _row(table, height_mm).cells
    whole: _Cell = first.merge(last)
    return whole


def _heading(table: Table, words: str, hint: str) -> None:
    cell = _across(table, 6)
    _shaded(cell)
    _write(cell.paragraphs[0].add_run(words), 10.5)
    _write(cell.paragraphs[0].add_run(f"　{hint}"), 8)


def _categories(table: Table, categories: tuple[Category, ...]) -> None:
    _heading(table, FORM_WORDS["categories"], FORM_WORDS["word_categories_hint"])
    cell = _across(table, 8)
    for index, each in enumerate(categories):
        words = f"□　{each.code}　{each.label}"
        if each.detail_label:
            words += FORM_WORDS["detail_of_category"].format(detail=each.detail_label)
        paragraph = cell.paragraphs[0] if index == 0 else cell.add_paragraph()
        _write(paragraph.add_run(words), 10.5)


def _opinion(table: Table) -> None:
    _heading(table, FORM_WORDS["opinion"], FORM_WORDS["word_opinion_hint"])
    cell = _across(table, 80)
    _write(cell.paragraphs[0].add_run(""), 10.5)


def _shaded(cell: _Cell) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", _SHADE)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001 - the library's own documented way


def _repeatable(document: Document) -> bytes:
    """Pack the file with a fixed time in the place of now."""
    packed, out = io.BytesIO(), io.BytesIO()
    document.save(packed)
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(out, "w") as target:
        for name in sorted(source.namelist()):
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return out.getvalue()
