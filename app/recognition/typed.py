"""What a PDF page holds as text, form values and notes, and whether a reader would see it.

Only ever called in the page process: the file may be hostile.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any  # pypdfium2 is published without types

import numpy
import pypdfium2
from pypdfium2 import raw as pdfium

from app.domain.comment_form import Box
from app.recognition.ocr import Grey

_MOST_CHARS = 200_000
_MOST_OBJECTS = 50_000
_MOST_ANNOTATIONS = 5_000
_GRID = 100_000
"""Fineness in which pdfium tells places; it speaks whole numbers."""

_LARGE_PICTURE = 0.5
"""Pictures over so much of the page are a scan; text that is not drawn over it is its OCR."""

_INK_CONTRAST = 40
_SPACES = (0x20, 0xA0, 0x3000)
_UNSEEN_FLAGS = 1 << 1 | 1 << 5  # hidden, no view (ISO 32000-1, table 165)


@dataclass(frozen=True, slots=True)
class TypedChar:
    """A character of the text layer; its box is in fractions of the page as it is shown."""

    char: str
    box: Box


@dataclass(frozen=True, slots=True)
class TypedValue:
    """A form field or note of the page.

    Attributes:
        text: What was typed; empty for a tick box.
        box: As fractions of the page.
        ticked: For a tick box or radio button, whether it is on; else None.
    """

    text: str
    box: Box
    ticked: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What is typed on a page.

    Attributes:
        chars: Characters a reader sees.
        unseen: Characters a reader does not see.
        values: Form fields and notes.
        scanned: Whether the page is a scan, so that unseen characters are its scanner's reading.
    """

    chars: tuple[TypedChar, ...] = ()
    unseen: tuple[TypedChar, ...] = ()
    values: tuple[TypedValue, ...] = ()
    scanned: bool = False

    def __bool__(self) -> bool:
        return bool(self.chars or self.unseen or self.values)


NOTHING_TYPED = Typed()


def typed_on(page: pypdfium2.PdfPage, grey: Grey) -> Typed:
    """Take the typed contents of a page.

    Args:
        page: The page.
        grey: Its picture, by which is told what a reader sees.
    """
    order, picture = _painting_order(page)
    seen: list[TypedChar] = []
    unseen: list[TypedChar] = []
    for each, ink, painted, invisible in _chars(page, order):
        covered = picture is not None and painted < picture
        hidden = invisible or covered or not (ink is None or _has_ink(grey, ink))
        (unseen if hidden else seen).append(each)
    return Typed(
        chars=tuple(seen),
        unseen=tuple(unseen),
        values=tuple(_values(page)),
        scanned=picture is not None,
    )


def _painting_order(page: pypdfium2.PdfPage) -> tuple[dict[int, int], int | None]:
    """Give the turn in which each object is painted, and the turn of a picture of the page.

    Some machines cut the picture of a page into strips: what counts is how much all cover.
    """
    width, height = page.get_size()
    order: dict[int, int] = {}
    covered, last = 0.0, 0
    outer = None
    for turn, each in enumerate(page.get_objects(max_depth=8)):
        if turn > _MOST_OBJECTS:
            break
        order[_address(each.raw)] = turn
        # A picture inside a group stands where the group does.
        outer = each if each.level == 0 else outer
        if each.type == pdfium.FPDF_PAGEOBJ_IMAGE and outer is not None:
            left, bottom, right, top = outer.get_bounds()
            covered += (right - left) * (top - bottom)
            last = turn
    return order, last if covered >= _LARGE_PICTURE * width * height else None


def _address(pointer: Any) -> int:  # noqa: ANN401 - a ctypes pointer
    return ctypes.addressof(pointer.contents)


def _chars(
    page: pypdfium2.PdfPage, order: dict[int, int]
) -> Iterator[tuple[TypedChar, Box | None, int, bool]]:
    """Give each character, where its ink is, its turn of painting and whether that is invisible.

    Of spaces, which have no ink, those that somebody typed are given.
    """
    text = page.get_textpage()
    try:
        edges = [ctypes.c_double() for _ in range(4)]
        room = pdfium.FS_RECTF()
        for index in range(min(pdfium.FPDFText_CountChars(text.raw), _MOST_CHARS)):
            code = pdfium.FPDFText_GetUnicode(text.raw, index)
            if not _is_text(code) or not pdfium.FPDFText_GetCharBox(text.raw, index, *edges):
                continue
            left, right, bottom, top = (each.value for each in edges)
            ink = _on_page(page, left, bottom, right, top)
            box = ink
            # The room of a full stop is as high as that of a kanji: it tells the line.
            if pdfium.FPDFText_GetLooseCharBox(text.raw, index, room):
                box = _on_page(page, room.left, room.bottom, room.right, room.top)
            if code in _SPACES:
                if pdfium.FPDFText_IsGenerated(text.raw, index) == 0:
                    yield TypedChar(chr(code), box), None, _MOST_OBJECTS, False
                continue
            item = pdfium.FPDFText_GetTextObject(text.raw, index)
            turn = order.get(_address(item), 0) if item else 0
            mode = pdfium.FPDFTextObj_GetTextRenderMode(item) if item else 0
            unseen = mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
            yield TypedChar(chr(code), box), ink, turn, unseen
    finally:
        text.close()


def _is_text(code: int) -> bool:
    """Say whether a code is a character or a space."""
    if code < ord(" "):
        return False
    return not 0xD800 <= code <= 0xDFFF and code not in (0xFFFD, 0xFFFE, 0xFFFF)  # noqa: PLR2004


def _has_ink(grey: Grey, box: Box) -> bool:
    """Say whether something is to be seen where a character stands."""
    height, width = grey.shape
    left, right = int(box[0] * width) - 1, int(box[2] * width) + 2
    top, bottom = int(box[1] * height) - 1, int(box[3] * height) + 2
    part = grey[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    return part.size > 0 and int(numpy.ptp(part)) >= _INK_CONTRAST


def _values(page: pypdfium2.PdfPage) -> Iterator[TypedValue]:
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MOST_ANNOTATIONS)):
        note = pdfium.FPDFPage_GetAnnot(page.raw, index)
        if not note:
            continue
        try:
            if not pdfium.FPDFAnnot_GetFlags(note) & _UNSEEN_FLAGS:
                value = _value(page, note)
                if value is not None:
                    yield value
        finally:
            pdfium.FPDFPage_CloseAnnot(note)


def _value(page: pypdfium2.PdfPage, note: Any) -> TypedValue | None:  # noqa: ANN401 - a handle
    edges = pdfium.FS_RECTF()
    if not pdfium.FPDFAnnot_GetRect(note, edges):
        return None
    box = _on_page(page, edges.left, edges.bottom, edges.right, edges.top)
    kind = pdfium.FPDFAnnot_GetSubtype(note)
    if kind == pdfium.FPDF_ANNOT_FREETEXT:
        text = _string(pdfium.FPDFAnnot_GetStringValue, note, b"Contents")
        return TypedValue(text, box) if text else None
    if kind != pdfium.FPDF_ANNOT_WIDGET or page.formenv is None:
        return None
    form = page.formenv.raw
    field = pdfium.FPDFAnnot_GetFormFieldType(form, note)
    if field in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
        return TypedValue("", box, ticked=bool(pdfium.FPDFAnnot_IsChecked(form, note)))
    if field in (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX):
        text = _string(pdfium.FPDFAnnot_GetFormFieldValue, form, note)
        return TypedValue(text, box) if text else None
    return None


def _string(ask: Any, *named: Any) -> str:  # noqa: ANN401 - functions of a C library
    """Ask for a text of pdfium: first how long it is, then for it."""
    size = min(ask(*named, None, 0), 2 * _MOST_CHARS)
    held = (ctypes.c_ushort * (size // 2 + 1))()
    ask(*named, held, size)
    text = bytes(held)[:size].decode("utf-16-le", "ignore").split("\0", 1)[0]
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _on_page(page: pypdfium2.PdfPage, left: float, bottom: float, right: float, top: float) -> Box:
    """Turn a box of the page's own space into fractions of the page as it is shown."""
    x, y = ctypes.c_int(), ctypes.c_int()
    points = []
    for across, up in ((left, bottom), (right, top)):
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, _GRID, _GRID, 0, across, up, x, y)
        points.append((x.value / _GRID, y.value / _GRID))
    (ax, ay), (bx, by) = points
    return (min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))
