"""Making the drawn form fillable on a computer (AcroForm), in the same file (ADR 0039)."""

import io
from collections.abc import Sequence

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from app.domain.comment_form import OPINION, Box
from app.domain.form_wording import FORM_WORDS
from app.recognition.form_sizes import sizes_of
from app.recognition.form_template import FormTemplate, TemplateField, Variant

_POINTS_PER_MM = 72 / 25.4
_INSET_MM = 1.0
_FONT = "JaGo"
_OPINION_POINTS = 11.0
_LARGE_OPINION_POINTS = 15.0

# ISO 32000-1, tables 165, 226 and 228.
_PRINT = 1 << 2
_MULTILINE = 1 << 12
_NO_SCROLL = 1 << 23
_RADIO = 1 << 15
_IN_UNISON = 1 << 25


def with_fields(pdf: bytes, templates: Sequence[FormTemplate]) -> bytes:
    """Put a field over each writing cell and tick box; the same input gives the same bytes.

    Args:
        pdf: The drawn form.
        templates: What its pages were drawn from, in their order.
    """
    with pikepdf.open(io.BytesIO(pdf)) as document:
        _Fields(document).add(templates)
        out = io.BytesIO()
        document.save(
            out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate
        )
    return out.getvalue()


class _Fields:
    """The fields of one document being made."""

    def __init__(self, document: Pdf) -> None:
        self._document = document
        self._fields: dict[str, Object] = {}
        self._font = document.make_indirect(_font())

    def add(self, templates: Sequence[FormTemplate]) -> None:
        number = 0
        for template in templates:
            for page in template.page_numbers():
                self._add_page(self._document.pages[number].obj, template, page)
                number += 1
        self._document.Root.AcroForm = Dictionary(
            Fields=Array(self._fields.values()),
            # The reader's own program draws what is typed: it has a Japanese font, and
            # embedding thousands of characters would make the form fifty times as large.
            NeedAppearances=True,
            DA=String(f"/{_FONT} 0 Tf 0 g"),
            DR=Dictionary(Font=Dictionary({f"/{_FONT}": self._font})),
        )

    def _add_page(self, page: Object, template: FormTemplate, number: int) -> None:
        height = template.page_height_mm
        widgets = [
            self._text(page, template, cell) for cell in template.fields if cell.page == number
        ]
        for index, choice in enumerate(template.choices):
            if choice.page == number:
                rect = _rect(template.in_mm(choice.box), height, 0.0)
                words = self._choice_field(choice.field)
                widgets.append(self._tick(page, words, rect, f"/c{index + 1}"))
        page.Annots = Array(widgets)
        page.Tabs = Name.R  # the tab key goes through the fields row by row

    def _text(self, page: Object, template: FormTemplate, cell: TemplateField) -> Object:
        """Add a text field; the name on the sheet that continues is the one on the first."""
        name = cell.field.strip("/").replace("/", "_")
        if template.variant is Variant.CONTINUATION and cell.field == OPINION:
            name += "_continued"
        large = (
            sizes_of(template.variant).caption_points > sizes_of(Variant.STANDARD).caption_points
        )
        points = 0.0
        if cell.row_mm:
            points = _LARGE_OPINION_POINTS if large else _OPINION_POINTS
        field = self._fields.get(name)
        if field is None:
            words = FORM_WORDS.get(cell.field, FORM_WORDS["opinion"])
            field = self._document.make_indirect(
                Dictionary(
                    FT=Name.Tx,
                    T=String(name),
                    TU=String(words),
                    Ff=_MULTILINE | _NO_SCROLL if cell.row_mm else 0,
                    DA=String(f"/{_FONT} {points:g} Tf 0 g"),
                    Kids=Array(),
                )
            )
            self._fields[name] = field
        rect = _rect(template.in_mm(cell.box), template.page_height_mm, _INSET_MM)
        return self._widget(page, field, rect)

    def _choice_field(self, pointer: str) -> Object:
        name = pointer.strip("/").replace("/", "_")
        field = self._fields.get(name)
        if field is None:
            field = self._document.make_indirect(
                Dictionary(
                    FT=Name.Btn,
                    T=String(name),
                    TU=String(FORM_WORDS["categories"]),
                    Ff=_RADIO | _IN_UNISON,
                    V=Name.Off,
                    Kids=Array(),
                )
            )
            self._fields[name] = field
        return field

    def _tick(self, page: Object, field: Object, rect: list[float], state: str) -> Object:
        wide, high = rect[2] - rect[0], rect[3] - rect[1]
        box = Array([0, 0, wide, high])
        stroke = (
            f"q 0 G {wide * 0.11:.2f} w 1 J 1 j "
            f"{wide * 0.2:.2f} {high * 0.5:.2f} m {wide * 0.42:.2f} {high * 0.22:.2f} l "
            f"{wide * 0.84:.2f} {high * 0.82:.2f} l S Q"
        )
        ticked = Stream(self._document, stroke.encode())
        empty = Stream(self._document, b"")
        for each in (ticked, empty):
            each.Type, each.Subtype, each.BBox = Name.XObject, Name.Form, box
        widget = self._widget(page, field, rect)
        widget.AP = Dictionary(N=Dictionary({state: ticked, "/Off": empty}))
        widget.AS = Name.Off
        widget.MK = Dictionary(CA=String("4"))  # a tick, should a program draw its own
        return widget

    def _widget(self, page: Object, field: Object, rect: list[float]) -> Object:
        widget = self._document.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                Rect=Array(rect),
                F=_PRINT,
                P=page,
                Parent=field,
            )
        )
        field.Kids.append(widget)
        return widget


def _rect(box: Box, page_height: float, inset: float) -> list[float]:
    """Give a box in points from the lower left corner, as PDF counts."""
    left, top, right, bottom = box
    edges = (left + inset, page_height - bottom + inset, right - inset, page_height - top - inset)
    return [round(each * _POINTS_PER_MM, 2) for each in edges]


def _font() -> Dictionary:
    """Name a Japanese gothic that every reader replaces by one of its own.

    Its character collection, not its outlines, is what a reader needs (ISO 32000-1, 9.7.5.2).
    """
    base = Name("/HeiseiKakuGo-W5")
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name("/HeiseiKakuGo-W5-UniJIS-UTF16-H"),
        Encoding=Name("/UniJIS-UTF16-H"),
        DescendantFonts=Array(
            [
                Dictionary(
                    Type=Name.Font,
                    Subtype=Name.CIDFontType0,
                    BaseFont=base,
                    CIDSystemInfo=Dictionary(
                        Registry=String("Adobe"), Ordering=String("Japan1"), Supplement=4
                    ),
                    DW=1000,
                    FontDescriptor=Dictionary(
                        Type=Name.FontDescriptor,
                        FontName=base,
                        Flags=4,
                        FontBBox=Array([-92, -250, 1010, 922]),
                        ItalicAngle=0,
                        Ascent=752,
                        Descent=-221,
                        CapHeight=737,
                        StemV=114,
                    ),
                )
            ]
        ),
    )
