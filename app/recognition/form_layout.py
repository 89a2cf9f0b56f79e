"""The design of the blank 意見書: which cell goes where, decided without drawing anything.

Pure and deterministic: the same consultation and revision give the same boxes on every machine,
whatever fonts it has. The widths of words are taken as if every character were as wide as its
font is high (half of it for ASCII), which no gothic font exceeds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.domain.comment_form import (
    ADDRESS,
    CATEGORY_CODE,
    CATEGORY_DETAIL,
    NAME,
    OPINION,
    REPRESENTATIVE,
    Box,
)
from app.domain.consultation import Category, Consultation
from app.recognition.form_template import (
    MARKER_MM,
    QR_MODULE_MM,
    VERSION,
    AreaRole,
    FormTemplate,
    TemplateArea,
    TemplateChoice,
    TemplateField,
    TemplateMarker,
)

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
MARGIN = 8.0
"""Of the markers: office printers reach 5 mm from the edge, and the quiet zone needs 3 mm."""

LEFT, RIGHT = 15.0, 195.0
LABEL_WIDTH = 34.0
TOP, BOTTOM = 30.0, 264.0
"""Of the ruled body; above are title and QR code, below stands the office's address."""

CELL = 13.0
ADDRESS_CELL = 16.0
OPINION_ROW = 12.0
OPINION_HEADING = 6.5
MIN_OPINION_ROWS = 5
TICK = 5.0
CATEGORY_ROW = 9.0
CATEGORY_LINE = 4.4
CATEGORY_HEADING = 6.5
CATEGORY_CLEAR = 1.5
"""Keeps the frame out of the reach in which a circle around the first or last box counts."""

RULE_INSET = 2.0
RULE_STEP = 2.0
"""The writing lines are rows of grey dots: seen by the writer, known one by one to the reader."""

LABEL_POINTS = 10.0
MEASURE_POINTS = 12.0
MILLIMETRES_PER_POINT = 25.4 / 72

_QR_MODULES = 25
"""Room for QR version 2; the texts of today need version 1."""


def text_width(text: str, points: float) -> float:
    """Estimate from above how wide a line of text is, in millimetres."""
    ems = sum(0.6 if char.isascii() else 1.0 for char in text)
    return ems * points * MILLIMETRES_PER_POINT


def wrapped_lines(text: str, points: float, width: float) -> int:
    """Estimate from above on how many lines a text fits."""
    usable = width - points * MILLIMETRES_PER_POINT
    return max(1, -int(-text_width(text, points) // usable))


def rule_dots(box: Box, row_mm: float) -> Iterator[tuple[float, float]]:
    """Give the centres of the dots of a cell's writing lines, in millimetres."""
    if row_mm <= 0:
        return
    left, top, right, bottom = box
    for row in range(1, round((bottom - top) / row_mm)):
        for step in range(int((right - left - 2 * RULE_INSET) / RULE_STEP) + 1):
            yield left + RULE_INSET + step * RULE_STEP, top + row * row_mm


@dataclass(slots=True)
class _Sheet:
    """The pages while they are being laid out, from top to bottom."""

    page: int = 1
    y: float = TOP
    fields: list[TemplateField] = field(default_factory=list)
    choices: list[TemplateChoice] = field(default_factory=list)
    areas: list[TemplateArea] = field(default_factory=list)

    def room(self, height: float) -> None:
        """Go to the next page unless so much fits on this one."""
        if self.y + height > BOTTOM:
            self.page += 1
            self.y = TOP

    def area(self, role: AreaRole, box: Box, of: str | None = None) -> None:
        self.areas.append(TemplateArea(role=role, page=self.page, box=_fractions(box), field=of))

    def labelled_cell(self, pointer: str, height: float) -> None:
        self.room(height)
        bottom = self.y + height
        self.area(AreaRole.LABEL, (LEFT, self.y, LEFT + LABEL_WIDTH, bottom), pointer)
        box = _fractions((LEFT + LABEL_WIDTH, self.y, RIGHT, bottom))
        self.fields.append(TemplateField(field=pointer, page=self.page, box=box))
        self.y = bottom


def design(consultation: Consultation) -> FormTemplate:
    """Lay out a consultation's blank form; many categories make it grow to further pages."""
    sheet = _Sheet()
    _place_measure(sheet, consultation.measure_name)
    sheet.labelled_cell(NAME, CELL)
    sheet.labelled_cell(REPRESENTATIVE, CELL)
    sheet.labelled_cell(ADDRESS, ADDRESS_CELL)
    _place_categories(sheet, consultation.categories)
    if any(each.detail_label for each in consultation.categories):
        sheet.labelled_cell(CATEGORY_DETAIL, CELL)
    _place_opinion(sheet)
    return FormTemplate(
        id=f"ikb-{consultation.number}-r{consultation.template_revision}-v{VERSION}",
        version=VERSION,
        consultation_number=consultation.number,
        consultation_code=consultation.code,
        revision=consultation.template_revision,
        measure_name=consultation.measure_name,
        page_width_mm=PAGE_WIDTH,
        page_height_mm=PAGE_HEIGHT,
        pages=sheet.page,
        fields=tuple(sheet.fields),
        choices=tuple(sheet.choices),
        areas=(*sheet.areas, *_every_page(sheet.page)),
        markers=_markers(),
        qr=_fractions(_qr_box()),
    )


def _place_measure(sheet: _Sheet, name: str) -> None:
    lines = wrapped_lines(name, MEASURE_POINTS, RIGHT - LEFT - LABEL_WIDTH - 6)
    height = max(CELL, lines * MEASURE_POINTS * MILLIMETRES_PER_POINT * 1.25 + 4)
    height = min(height, 60.0)  # a longer name is printed smaller
    sheet.area(AreaRole.MEASURE, (LEFT, sheet.y, RIGHT, sheet.y + height))
    sheet.y += height


def _place_categories(sheet: _Sheet, categories: tuple[Category, ...]) -> None:
    if not categories:
        return
    sheet.room(CATEGORY_HEADING + 3 * CATEGORY_ROW)
    top = sheet.y
    sheet.y += CATEGORY_HEADING + CATEGORY_CLEAR
    label_left = LEFT + 4 + TICK + 4.5
    for each in categories:
        lines = wrapped_lines(_label(each), LABEL_POINTS, RIGHT - label_left - 2)
        height = max(CATEGORY_ROW, lines * CATEGORY_LINE + 4)
        if sheet.y + height + CATEGORY_CLEAR > BOTTOM:
            end = sheet.y + CATEGORY_CLEAR
            sheet.area(AreaRole.CATEGORIES, (LEFT, top, RIGHT, end), CATEGORY_CODE)
            sheet.room(PAGE_HEIGHT)
            top = sheet.y
            sheet.y += CATEGORY_HEADING + CATEGORY_CLEAR
        middle = sheet.y + height / 2
        tick = (LEFT + 4, middle - TICK / 2, LEFT + 4 + TICK, middle + TICK / 2)
        sheet.choices.append(
            TemplateChoice(
                field=CATEGORY_CODE,
                code=each.code,
                page=sheet.page,
                box=_fractions(tick),
                label=_fractions((label_left, sheet.y, RIGHT - 2, sheet.y + height)),
            )
        )
        sheet.y += height
    sheet.y += CATEGORY_CLEAR
    sheet.area(AreaRole.CATEGORIES, (LEFT, top, RIGHT, sheet.y), CATEGORY_CODE)


def _label(category: Category) -> str:
    return f"{category.code}　{category.label}（→ {category.detail_label or ''}）"


def _place_opinion(sheet: _Sheet) -> None:
    sheet.room(OPINION_HEADING + MIN_OPINION_ROWS * OPINION_ROW)
    top = sheet.y + OPINION_HEADING
    rows = int((BOTTOM - top) // OPINION_ROW)
    sheet.area(AreaRole.OPINION_HEADING, (LEFT, sheet.y, RIGHT, top), OPINION)
    # The last rows share what is left, so that the body ends at the same height on every form.
    box = _fractions((LEFT, top, RIGHT, BOTTOM))
    row = (BOTTOM - top) / rows
    sheet.fields.append(
        TemplateField(field=OPINION, page=sheet.page, box=box, row_mm=round(row, 4))
    )


def _every_page(pages: int) -> list[TemplateArea]:
    areas = []
    qr_left = _qr_box()[0] - 4 * QR_MODULE_MM
    for page in range(1, pages + 1):
        for role, box in (
            (AreaRole.TITLE, (24.0, 8.0, 130.0, 20.0)),
            (AreaRole.GUIDANCE, (24.0, 21.5, qr_left, 28.5)),
            (AreaRole.FORM_ID, (130.0, 8.0, qr_left, 20.0)),
            (AreaRole.OFFICE, (23.0, BOTTOM + 2, 187.0, 289.0)),
        ):
            areas.append(TemplateArea(role=role, page=page, box=_fractions(box)))
    return areas


def _markers() -> tuple[TemplateMarker, ...]:
    right, bottom = PAGE_WIDTH - MARGIN - MARKER_MM, PAGE_HEIGHT - MARGIN - MARKER_MM
    corners = ((MARGIN, MARGIN), (right, MARGIN), (right, bottom), (MARGIN, bottom))
    return tuple(
        TemplateMarker(marker=number, box=_fractions((x, y, x + MARKER_MM, y + MARKER_MM)))
        for number, (x, y) in enumerate(corners)
    )


def _qr_box() -> Box:
    side = _QR_MODULES * QR_MODULE_MM
    right = PAGE_WIDTH - MARGIN - MARKER_MM - 3.0 - 4 * QR_MODULE_MM
    return (right - side, MARGIN, right, MARGIN + side)


def _fractions(box: Box) -> Box:
    left, top, right, bottom = box
    return (
        round(left / PAGE_WIDTH, 6),
        round(top / PAGE_HEIGHT, 6),
        round(right / PAGE_WIDTH, 6),
        round(bottom / PAGE_HEIGHT, 6),
    )
