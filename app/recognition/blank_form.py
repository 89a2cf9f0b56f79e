"""Drawing the blank 意見書 as a PDF: the template says where, the consultation says what."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import segno
from fpdf import FPDF

from app.domain.comment_form import Box
from app.domain.consultation import Consultation
from app.domain.form_wording import FORM_WORDS
from app.recognition.fonts import font_file
from app.recognition.form_layout import rule_dots, text_width
from app.recognition.form_sizes import MILLIMETRES_PER_POINT, sizes_of
from app.recognition.form_template import (
    QR_MODULE_MM,
    AreaRole,
    FormTemplate,
    TemplateArea,
    TemplateChoice,
    TemplateField,
)
from app.recognition.form_words import deadline_line, office_lines
from app.recognition.markers import cells
from app.recognition.templates import qr_text

_FONT = "Form"
_FRAME, _RULE = 0.35, 0.2
_DOT = 0.25
_DOT_GREY = 150
_SHADE = 246
_LEAST_POINTS = 5.0


def draw(consultation: Consultation, template: FormTemplate, *further: FormTemplate) -> bytes:
    """Draw the blank form; the same input gives the same bytes.

    Args:
        consultation: Whose form it is.
        template: Where everything goes.
        further: Templates of sheets that follow, such as that on which the opinion goes on.

    Raises:
        RecognitionUnavailable: No Japanese font is installed.
    """
    return _Drawing(consultation, template).bytes((template, *further))


class _Drawing:
    """One form being drawn, page by page."""

    def __init__(self, consultation: Consultation, template: FormTemplate) -> None:
        self._consultation = consultation
        self._template = template
        self._sizes = sizes_of(template.variant)
        size = (template.page_width_mm, template.page_height_mm)
        self._pdf = FPDF(unit="mm", format=size)
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.c_margin = 0
        self._pdf.add_font(_FONT, fname=font_file())
        # The day the procedure opens, not now: what is drawn twice must be the same bytes.
        opened = consultation.opens_on
        self._pdf.set_creation_date(datetime(opened.year, opened.month, opened.day, tzinfo=UTC))
        self._pdf.set_title(f"{FORM_WORDS['title']} {consultation.measure_name}")
        self._pdf.set_lang("ja")
        self._pdf.set_subject(template.id)

    def bytes(self, templates: Sequence[FormTemplate]) -> bytes:
        for template in templates:
            self._template = template
            self._sizes = sizes_of(template.variant)
            for page in template.page_numbers():
                self._page(page)
        return bytes(self._pdf.output())

    def _page(self, page: int) -> None:
        self._pdf.add_page()
        self._registration(page)
        for area in (each for each in self._template.areas if each.page == page):
            self._area(area)
        for cell in (each for each in self._template.fields if each.page == page):
            self._cell(cell)
        for choice in (each for each in self._template.choices if each.page == page):
            self._choice(choice)

    def _registration(self, page: int) -> None:
        for marker in self._template.markers:
            left, top, right, _ = self._template.in_mm(marker.box)
            self._squares(cells(marker.marker) == 0, left, top, (right - left) / 6)
        code = segno.make(qr_text(self._template, page), error="m", micro=False, boost_error=False)
        matrix = [[bool(cell) for cell in row] for row in code.matrix]
        _, top, right, _ = self._template.in_mm(self._template.qr)
        side = len(matrix) * QR_MODULE_MM
        # Set in the upper right corner of its room: there the neighbours keep their distance.
        self._squares(matrix, right - side, top, QR_MODULE_MM)

    def _squares(
        self, rows: Iterable[Iterable[bool]], left: float, top: float, side: float
    ) -> None:
        """Fill dark cells, a run of neighbours as one rectangle so that no hairline parts them."""
        self._pdf.set_fill_color(0)
        for y, row in enumerate(rows):
            run = 0
            for x, dark in enumerate([*row, False]):
                if dark:
                    run += 1
                elif run:
                    self._pdf.rect(
                        left + (x - run) * side, top + y * side, run * side, side + 0.01, style="F"
                    )
                    run = 0

    def _area(self, area: TemplateArea) -> None:
        box = self._template.in_mm(area.box)
        if area.role is AreaRole.TITLE:
            self._title(box)
        elif area.role is AreaRole.FORM_ID:
            self._form_id(box, area.page)
        elif area.role is AreaRole.GUIDANCE:
            self._lines(box, self._words("guidance").splitlines(), self._sizes.line_points)
        elif area.role is AreaRole.MEASURE:
            self._measure(box)
        elif area.role is AreaRole.CATEGORIES:
            self._strip(box, FORM_WORDS["categories"], self._words("categories_hint"))
        elif area.role is AreaRole.OPINION_HEADING:
            self._strip(box, self._words("opinion"), self._words("opinion_hint"))
        elif area.role is AreaRole.OFFICE:
            lines = [deadline_line(self._consultation), *office_lines(self._consultation.office)]
            self._lines(box, lines, self._sizes.line_points)
        elif area.role is AreaRole.LABEL:
            self._label(box, area.field or "")

    def _title(self, box: Box) -> None:
        left, top, right, _ = box
        points = self._sizes.procedure_points
        self._text(FORM_WORDS["procedure"], left, top + 0.3, right - left, points)
        below = top + 0.3 + points * MILLIMETRES_PER_POINT * 1.35
        self._text(self._words("title"), left, below, right - left, self._sizes.title_points)

    def _words(self, key: str) -> str:
        """Give the words for this kind of the form where it has words of its own."""
        own = f"{key}@{self._template.variant.name.lower()}"
        return FORM_WORDS.get(own, FORM_WORDS[key])

    def _form_id(self, box: Box, page: int) -> None:
        left, top, right, _ = box
        points = self._sizes.number_points
        number = FORM_WORDS["form_number"].format(id=self._template.id)
        self._text(number, left, top + 0.3, right - left, points, align="R")
        turned = self._words("page").format(page=page, pages=self._template.pages)
        below = top + 0.3 + points * MILLIMETRES_PER_POINT * 1.4
        self._text(turned, left, below, right - left, points, align="R")

    def _measure(self, box: Box) -> None:
        left, top, right, bottom = box
        beside = left + self._sizes.label_width
        self._shade((left, top, beside, bottom))
        self._frame(box)
        self._frame((left, top, beside, bottom))
        self._caption((left, top, beside, bottom), FORM_WORDS["measure"], "")
        room = (beside + 3, top, right - 3, bottom)
        self._paragraph(room, self._consultation.measure_name, self._sizes.measure_points)

    def _label(self, box: Box, field: str) -> None:
        self._shade(box)
        self._frame(box)
        self._caption(box, FORM_WORDS[field], FORM_WORDS.get(f"{field}#hint", ""))

    def _caption(self, box: Box, words: str, hint: str) -> None:
        left, top, right, bottom = box
        middle = (top + bottom) / 2
        lines = hint.splitlines()
        first = self._sizes.caption_points * MILLIMETRES_PER_POINT
        step = self._sizes.hint_points * MILLIMETRES_PER_POINT * 1.25
        y = middle - (first + len(lines) * step) / 2
        self._text(words, left + 2, y, right - left - 3, self._sizes.caption_points)
        for index, line in enumerate(lines):
            below = y + first + 0.7 + index * step
            self._text(line, left + 2, below, right - left - 3, self._sizes.hint_points)

    def _strip(self, box: Box, words: str, hint: str) -> None:
        left, top, right, bottom = box
        head = (left, top, right, top + self._sizes.heading)
        self._shade(head)
        self._frame(head)
        if bottom > head[3] + 1:
            self._frame(box)
        points, small = self._sizes.caption_points, self._sizes.strip_points
        middle = (top + head[3]) / 2
        wide = text_width(words, points)
        self._text(words, left + 2, middle - points * MILLIMETRES_PER_POINT / 2, wide + 1, points)
        beside = left + 4 + wide
        self._text(
            hint, beside, middle - small * MILLIMETRES_PER_POINT / 2, right - beside - 2, small
        )

    def _cell(self, cell: TemplateField) -> None:
        box = self._template.in_mm(cell.box)
        self._pdf.set_fill_color(_DOT_GREY)
        for x, y in rule_dots(box, cell.row_mm):
            self._pdf.rect(x - _DOT / 2, y - _DOT / 2, _DOT, _DOT, style="F")
        self._frame(box)

    def _choice(self, choice: TemplateChoice) -> None:
        left, top, right, bottom = self._template.in_mm(choice.box)
        self._pdf.set_draw_color(0)
        self._pdf.set_line_width(_FRAME)
        self._pdf.rect(left, top, right - left, bottom - top)
        category = self._consultation.category(choice.code)
        if category is None:
            return
        words = f"{category.code}　{category.label}"
        if category.detail_label:
            words += FORM_WORDS["detail_of_category"].format(detail=category.detail_label)
        self._paragraph(self._template.in_mm(choice.label), words, self._sizes.choice_points)

    def _paragraph(self, box: Box, words: str, points: float) -> None:
        """Set words in the middle of a box, smaller where they would not fit."""
        left, top, right, bottom = box
        while True:
            self._pdf.set_font(_FONT, size=points)
            lines = self._wrapped(words, right - left)
            step = points * MILLIMETRES_PER_POINT * 1.25
            if len(lines) * step <= bottom - top - 1 or points <= _LEAST_POINTS:
                break
            points -= 0.5
        y = (top + bottom - len(lines) * step) / 2 + (step - points * MILLIMETRES_PER_POINT) / 2
        for index, line in enumerate(lines):
            self._text(line, left, y + index * step, right - left, points)

    def _wrapped(self, words: str, width: float) -> list[str]:
        """Break a text into lines at any character, as Japanese does, but before no full stop."""
        lines = [""]
        for char in words:
            full = self._pdf.get_string_width(lines[-1] + char) > width
            if full and char not in "、。，．）」』】":
                lines.append("")
            lines[-1] += char
        return lines

    def _lines(self, box: Box, lines: list[str], points: float) -> None:
        left, top, right, bottom = box
        step = min(points * MILLIMETRES_PER_POINT * 1.35, (bottom - top) / max(1, len(lines)))
        for index, line in enumerate(lines):
            self._text(line, left, top + index * step, right - left, points)

    def _text(
        self, words: str, left: float, top: float, width: float, points: float, *, align: str = "L"
    ) -> None:
        """Set one line, condensed where it would run out of its room."""
        self._pdf.set_text_color(0)
        self._pdf.set_font(_FONT, size=points)
        wide = self._pdf.get_string_width(words)
        if wide > width:
            self._pdf.set_font(_FONT, size=max(4.0, points * width / wide))
        self._pdf.set_xy(left, top)
        self._pdf.cell(width, points * MILLIMETRES_PER_POINT, words, align=align)

    def _shade(self, box: Box) -> None:
        left, top, right, bottom = box
        self._pdf.set_fill_color(_SHADE)
        self._pdf.rect(left, top, right - left, bottom - top, style="F")

    def _frame(self, box: Box) -> None:
        left, top, right, bottom = box
        self._pdf.set_draw_color(0)
        self._pdf.set_line_width(_RULE)
        self._pdf.rect(left, top, right - left, bottom - top)
