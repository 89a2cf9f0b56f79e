"""The design of the blank 意見書: which cell goes where, decided without drawing anything.

Pure and deterministic: the same consultation and revision give the same boxes on every machine,
whatever fonts it has. The widths of words are taken as if every character were as wide as its
font is high (half of it for ASCII), which no gothic font exceeds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

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
from app.recognition.form_sizes import MILLIMETRES_PER_POINT, Sizes, sizes_of
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
    Variant,
)

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
MARGIN = 8.0
"""Of the markers: office printers reach 5 mm from the edge, and the quiet zone needs 3 mm."""

LEFT, RIGHT = 15.0, 195.0
MIN_OPINION_ROWS = 5
CATEGORY_CLEAR = 1.5
"""Keeps the frame out of the reach in which a circle around the first or last box counts."""

RULE_INSET = 2.0
RULE_STEP = 2.0
"""The writing lines are rows of grey dots: seen by the writer, known one by one to the reader."""

_ID_ENDS = {
    Variant.STANDARD: "",
    Variant.LARGE: "-large",
    Variant.CONTINUATION: "-continued",
}
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

    sizes: Sizes
    page: int = 1
    y: float = 0.0
    fields: list[TemplateField] = field(default_factory=list)
    choices: list[TemplateChoice] = field(default_factory=list)
    areas: list[TemplateArea] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.y = self.sizes.top

    @property
    def beside(self) -> float:
        """Where the cells begin, beside their labels."""
        return LEFT + self.sizes.label_width

    def room(self, height: float) -> None:
        """Go to the next page unless so much fits on this one."""
        if self.y + height > self.sizes.bottom:
            self.page += 1
            self.y = self.sizes.top

    def area(self, role: AreaRole, box: Box, of: str | None = None) -> None:
        self.areas.append(TemplateArea(role=role, page=self.page, box=_fractions(box), field=of))

    def labelled_cell(self, pointer: str, height: float) -> None:
        self.room(height)
        bottom = self.y + height
        self.area(AreaRole.LABEL, (LEFT, self.y, self.beside, bottom), pointer)
        box = _fractions((self.beside, self.y, RIGHT, bottom))
        self.fields.append(TemplateField(field=pointer, page=self.page, box=box))
        self.y = bottom


def design(consultation: Consultation) -> FormTemplate:
    """Lay out a consultation's blank form; many categories make it grow to further pages.

    Its other kinds are designed with it: the large type, and the sheet on which an opinion
    goes on, which is the page after its last.
    """
    standard = _template(consultation, _form(consultation, Variant.STANDARD), Variant.STANDARD)
    large = _template(consultation, _form(consultation, Variant.LARGE), Variant.LARGE)
    further = _continuation(consultation, max(standard.pages, large.pages) + 1)
    return replace(
        standard, variants=(large, _template(consultation, further, Variant.CONTINUATION))
    )


def _form(consultation: Consultation, variant: Variant) -> _Sheet:
    sheet = _Sheet(sizes_of(variant))
    _place_measure(sheet, consultation.measure_name)
    sheet.labelled_cell(NAME, sheet.sizes.cell)
    sheet.labelled_cell(REPRESENTATIVE, sheet.sizes.cell)
    sheet.labelled_cell(ADDRESS, sheet.sizes.address_cell)
    _place_categories(sheet, consultation.categories)
    if any(each.detail_label for each in consultation.categories):
        sheet.labelled_cell(CATEGORY_DETAIL, sheet.sizes.cell)
    _place_opinion(sheet)
    return sheet


def _continuation(consultation: Consultation, page: int) -> _Sheet:
    """Lay out the sheet on which an opinion goes on; the name keeps loose sheets together."""
    sheet = _Sheet(sizes_of(Variant.CONTINUATION), page=page)
    _place_measure(sheet, consultation.measure_name)
    sheet.labelled_cell(NAME, sheet.sizes.cell)
    _place_opinion(sheet)
    return sheet


def _template(consultation: Consultation, sheet: _Sheet, variant: Variant) -> FormTemplate:
    name = f"ikb-{consultation.number}-r{consultation.template_revision}-v{VERSION}"
    first = sheet.page if variant is Variant.CONTINUATION else 1
    return FormTemplate(
        id=name + _ID_ENDS[variant],
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
        areas=(*sheet.areas, *_every_page(range(first, sheet.page + 1), sheet.sizes)),
        markers=_markers(),
        qr=_fractions(_qr_box()),
        variant=variant,
    )


def _place_measure(sheet: _Sheet, name: str) -> None:
    points = sheet.sizes.measure_points
    lines = wrapped_lines(name, points, RIGHT - sheet.beside - 6)
    height = max(sheet.sizes.cell, lines * points * MILLIMETRES_PER_POINT * 1.25 + 4)
    height = min(height, 60.0)  # a longer name is printed smaller
    sheet.area(AreaRole.MEASURE, (LEFT, sheet.y, RIGHT, sheet.y + height))
    sheet.y += height


def _place_categories(sheet: _Sheet, categories: tuple[Category, ...]) -> None:
    if not categories:
        return
    sizes = sheet.sizes
    sheet.room(sizes.heading + 3 * sizes.category_row)
    top = sheet.y
    sheet.y += sizes.heading + CATEGORY_CLEAR
    label_left = LEFT + 4 + sizes.tick + 4.5
    for each in categories:
        lines = wrapped_lines(_label(each), sizes.choice_points, RIGHT - label_left - 2)
        height = max(sizes.category_row, lines * sizes.category_line + 4)
        if sheet.y + height + CATEGORY_CLEAR > sizes.bottom:
            end = sheet.y + CATEGORY_CLEAR
            sheet.area(AreaRole.CATEGORIES, (LEFT, top, RIGHT, end), CATEGORY_CODE)
            sheet.room(PAGE_HEIGHT)
            top = sheet.y
            sheet.y += sizes.heading + CATEGORY_CLEAR
        middle = sheet.y + height / 2
        tick = (
            LEFT + 4,
            middle - sizes.tick / 2,
            LEFT + 4 + sizes.tick,
            middle + sizes.tick / 2,
        )
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
    sizes = sheet.sizes
    sheet.room(sizes.heading + MIN_OPINION_ROWS * sizes.opinion_row)
    top = sheet.y + sizes.heading
    rows = int((sizes.bottom - top) // sizes.opinion_row)
    sheet.area(AreaRole.OPINION_HEADING, (LEFT, sheet.y, RIGHT, top), OPINION)
    # The last rows share what is left, so that the body ends at the same height on every form.
    box = _fractions((LEFT, top, RIGHT, sizes.bottom))
    row = (sizes.bottom - top) / rows
    sheet.fields.append(
        TemplateField(field=OPINION, page=sheet.page, box=box, row_mm=round(row, 4))
    )


def _every_page(pages: Iterable[int], sizes: Sizes) -> list[TemplateArea]:
    areas = []
    qr_left = _qr_box()[0] - 4 * QR_MODULE_MM
    for page in pages:
        for role, box in (
            (AreaRole.TITLE, (24.0, 8.0, 130.0, 20.0)),
            (AreaRole.GUIDANCE, (24.0, 21.5, qr_left, sizes.top - 1.5)),
            (AreaRole.FORM_ID, (130.0, 8.0, qr_left, 20.0)),
            (AreaRole.OFFICE, (23.0, sizes.bottom + 2, 187.0, 289.0)),
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
