"""What a form template (様式) is: where the fields of a printed 意見書 are, as data.

A template is designed once for a consultation and its revision, stored, and never changed: a
sheet printed from it stays readable for ever. All lengths are millimetres on the page until they
are published as fractions of it.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.comment_form import Box

VERSION = 1
"""Version of the layout rules in ``form_layout``; grows when they change."""

MARKER_MM = 10.0
"""Side of an ArUco marker: found on every page in every fax grade."""

QR_MODULE_MM = 0.8
"""Side of one QR module: three dots at 98 lines per inch."""


class Variant(StrEnum):
    """Which of the printed kinds of one form a sheet is; its value stands in the QR code."""

    STANDARD = "A"
    LARGE = "L"
    """In large type (拡大文字版), for people who read and write with difficulty."""

    CONTINUATION = "C"
    """The sheet on which the opinion goes on (続紙); as many as are needed."""


class AreaRole(StrEnum):
    """What a printed, never filled, part of the page is for."""

    TITLE = "title"
    FORM_ID = "form_id"
    GUIDANCE = "guidance"
    MEASURE = "measure"
    CATEGORIES = "categories"
    OPINION_HEADING = "opinion_heading"
    OFFICE = "office"
    LABEL = "label"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateField:
    """A writing cell.

    Attributes:
        field: JSON pointer, as in ``domain.comment_form``.
        page: 1-based page of the form.
        box: Inner edge of its ruled border, as fractions of the page.
        row_mm: Distance of the dotted writing lines; 0 where the cell has none.
    """

    field: str
    page: int
    box: Box
    row_mm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateChoice:
    """A tick box.

    Attributes:
        field: JSON pointer it answers.
        code: The answer it stands for.
        page: 1-based page of the form.
        box: The square itself, as fractions of the page.
        label: The box of the words beside it.
    """

    field: str
    code: str
    page: int
    box: Box
    label: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateArea:
    """A part of the page that is printed only.

    Attributes:
        role: What it is for.
        page: 1-based page of the form.
        box: As fractions of the page.
        field: For a label, the JSON pointer it names.
    """

    role: AreaRole
    page: int
    box: Box
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateMarker:
    """One registration marker (ArUco 4x4).

    Attributes:
        marker: Its number in the dictionary.
        box: The black square, as fractions of the page; the same on every page.
    """

    marker: int
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class FormTemplate:
    """The layout of one consultation's blank form.

    Attributes:
        id: Its name in readings and in ``form.json``.
        version: Version of the layout rules that designed it.
        consultation_number: The consultation it is printed for.
        consultation_code: That consultation's code.
        revision: Revision of this consultation's form.
        measure_name: The measure name it prints.
        page_width_mm: Width of a page.
        page_height_mm: Height of a page.
        pages: How many pages it has.
        fields: Writing cells.
        choices: Tick boxes.
        areas: Printed parts.
        markers: Registration markers of every page.
        qr: Box of the QR code of every page, without its quiet zone.
        variant: Which kind of the form this is.
        variants: The other kinds, designed together with the standard one.
    """

    id: str
    version: int
    consultation_number: int
    consultation_code: str
    revision: int
    measure_name: str
    page_width_mm: float
    page_height_mm: float
    pages: int
    fields: tuple[TemplateField, ...]
    choices: tuple[TemplateChoice, ...]
    areas: tuple[TemplateArea, ...]
    markers: tuple[TemplateMarker, ...]
    qr: Box
    variant: Variant = Variant.STANDARD
    variants: "tuple[FormTemplate, ...]" = ()

    def every(self) -> "tuple[FormTemplate, ...]":
        """Give this template and its other kinds."""
        return (self, *self.variants)

    def kind(self, variant: Variant) -> "FormTemplate | None":
        """Give one kind of this form; None where it was designed without."""
        return next((each for each in self.every() if each.variant is variant), None)

    def page_numbers(self) -> range:
        """Give the numbers of its pages; the sheet that continues is the one after the last."""
        first = self.pages if self.variant is Variant.CONTINUATION else 1
        return range(first, self.pages + 1)

    def in_mm(self, box: Box) -> Box:
        """Give a box of this template in millimetres."""
        width, height = self.page_width_mm, self.page_height_mm
        return (box[0] * width, box[1] * height, box[2] * width, box[3] * height)
