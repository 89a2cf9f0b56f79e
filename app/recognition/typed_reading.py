"""Putting what was typed on a page in the place of what was read from its picture.

The picture is read all the same: it is what its writer saw, and tells a text layer that says
something else.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import cv2
import numpy

from app.domain.comment_form import CATEGORY_CODE, NAME, OPINION, REPRESENTATIVE, Box, Reading
from app.domain.findings import Finding
from app.recognition.decoding import Raster
from app.recognition.form_template import FormTemplate, TemplateChoice, TemplateField
from app.recognition.pictures import box_on_picture, quarter_turns
from app.recognition.reading import PageReading, TextLine
from app.recognition.registration import Matrix, Placement, find_sheet, place
from app.recognition.typed import Typed, TypedChar, TypedValue
from app.recognition.typed_lines import joined, lines_of

ENGINE = "text layer"
_CONTRADICTS = 0.5
"""A text layer of which the picture shows less than this says something else."""

_NAME_CONTRADICTS = 0.15
"""In a name of four characters the engine may miss three: 髙, 𠮷, 﨑 are not in its books."""

_NAMES = (NAME, REPRESENTATIVE)
_COVERS = 0.6
"""Running text must hold so much of what is to be seen; else it is a stamp upon a picture."""

_ENOUGH = 4
"""Characters from which a comparison says anything."""

_UNSEEN = 5
"""Unseen characters on a page that is no scan, from which a person is told."""

_CHOICE_REACH_MM = 1.0
_INK = 110
"""Darker than the dots of the writing lines."""


def with_typed(
    page: PageReading, typed: Typed, raster: Raster, template: FormTemplate | None
) -> PageReading:
    """Take typed values over into a page that was read from its picture.

    Args:
        page: The page as its picture was read.
        typed: What its file holds as text.
        raster: Its picture.
        template: The template it was printed from, if it is ours.
    """
    if not typed or page.separator:
        return page
    placement = None if template is None else place(find_sheet(raster), template)
    if template is not None and placement is not None and page.form_page is not None:
        page = _Form(page, typed, raster, template, placement).read()
    else:
        page = _running(page, typed, raster)
    return _with_unseen(page, typed)


def is_contradicted(typed: str, seen: str, *, least: float = _CONTRADICTS) -> bool:
    """Say whether a picture shows something else than a text layer says.

    Args:
        typed: The text layer.
        seen: What the engine read of the picture.
        least: How much of the one must be found in the other.
    """
    said = _folded(typed)
    return sum(said.values()) >= _ENOUGH and _share(said, _folded(seen)) < least


def _folded(text: str) -> Counter[str]:
    return Counter(
        char for char in unicodedata.normalize("NFKC", text) if char.isalnum() or char.isalpha()
    )


def _share(part: Counter[str], whole: Counter[str]) -> float:
    """Give how much of one text is found in another, whatever its order."""
    size = sum(part.values())
    return sum((part & whole).values()) / size if size else 1.0


def _with_unseen(page: PageReading, typed: Typed) -> PageReading:
    """Tell of text that a reader does not see, unless it is what a scanner read."""
    hidden = "".join(each.char for each in typed.unseen)
    if typed.scanned:
        seen = page.text + "".join(each.value for each in page.readings.values())
        told = len(hidden) >= _ENOUGH and is_contradicted(seen, hidden)
    else:
        told = len(hidden) >= _UNSEEN
    if not told:
        return page
    # A page that looks empty and says something is no empty back of a sheet.
    return replace(page, blank=False, findings=(*page.findings, Finding(code="hidden_text")))


def _running(page: PageReading, typed: Typed, raster: Raster) -> PageReading:
    """Take running text: characters and form values together, where they stand."""
    height, width = raster.grey.shape
    size = (width, height * _ratio(raster))
    noted = [char for value in typed.values for char in _spread(value)]
    lines = lines_of([_scaled(each, size) for each in (*typed.chars, *noted)])
    text = joined(lines, max((line.box[2] for line in lines), default=0.0))
    if page.blank or not text:
        return page
    if is_contradicted(text, page.text):
        return replace(page, findings=(*page.findings, Finding(code="text_layer_differs")))
    if _share(_folded(page.text), _folded(text)) < _COVERS:
        return page
    return replace(
        page,
        text=text,
        typed=True,
        # What was read in the cells of a form must not pass for typed.
        cells=(),
        around="",
        lines=tuple(
            TextLine(text=each.text, confidence=1.0, box=_scaled_back(each.box, size))
            for each in lines
        ),
    )


def _ratio(raster: Raster) -> float:
    return 1.0 if not (raster.across and raster.down) else raster.across / raster.down


def _scaled(char: TypedChar, size: tuple[float, float]) -> TypedChar:
    left, top, right, bottom = char.box
    box = (left * size[0], top * size[1], right * size[0], bottom * size[1])
    return TypedChar(char.char, box)


def _scaled_back(box: Box, size: tuple[float, float]) -> Box:
    left, top, right, bottom = box
    return (left / size[0], top / size[1], right / size[0], bottom / size[1])


def _spread(value: TypedValue) -> Iterable[TypedChar]:
    """Give the characters of a form value places in its box, line by line."""
    left, top, right, bottom = value.box
    rows = value.text.split("\n") if value.text else []
    for index, row in enumerate(rows):
        y = top + (bottom - top) * index / len(rows)
        high = (bottom - top) / len(rows)
        wide = (right - left) / max(1, len(row))
        for place_, char in enumerate(row):
            if not char.isspace():
                x = left + place_ * wide
                yield TypedChar(char, (x, y, x + wide, y + high))


class _Form:
    """A page of our form on which something was typed."""

    def __init__(
        self,
        page: PageReading,
        typed: Typed,
        raster: Raster,
        template: FormTemplate,
        placement: Placement,
    ) -> None:
        self._page = page
        self._typed = typed
        self._raster = raster
        self._template = template
        self._placement = placement
        self._turns = quarter_turns(placement, template)
        self._to_form = numpy.linalg.inv(placement.to_raster).astype(numpy.float64)
        self._chars = [self._on_form(each) for each in typed.chars]
        self._readings = dict(page.readings)
        self._findings = list(page.findings)

    def read(self) -> PageReading:
        for cell in self._template.fields:
            if cell.page == self._page.form_page:
                self._read_cell(cell)
        choices = [each for each in self._template.choices if each.page == self._page.form_page]
        if choices:
            self._read_choices(choices)
        return replace(self._page, readings=self._readings, findings=tuple(self._findings))

    def _read_cell(self, cell: TemplateField) -> None:
        box = self._template.in_mm(cell.box)
        noted = [each.text for each in self._values_in(box, 0.0) if each.text]
        text = "\n".join([*noted, *filter(None, [self._typed_in(cell, box)])])
        if not text.strip():
            return
        seen = self._readings.get(cell.field)
        shown = bool(noted) and seen is None and self._has_ink(box)
        least = _NAME_CONTRADICTS if cell.field in _NAMES else _CONTRADICTS
        if not shown and is_contradicted(text, seen.value if seen else "", least=least):
            self._findings.append(Finding(code="text_layer_differs", field=cell.field))
            return
        self._settle(cell.field, text, cell.box)

    def _typed_in(self, cell: TemplateField, box: Box) -> str:
        lines = lines_of([each for each in self._chars if _is_inside(each.box, box, 0.0)])
        if cell.field == OPINION:
            return joined(lines, box[2])
        return "".join(line.text for line in lines)

    def _read_choices(self, choices: Sequence[TemplateChoice]) -> None:
        """Take the ticked button; the picture of a tick somebody drew counts as before."""
        asked = False
        on = []
        for choice in choices:
            for value in self._values_in(self._template.in_mm(choice.box), _CHOICE_REACH_MM):
                asked = asked or value.ticked is not None
                if value.ticked and choice not in on:
                    on.append(choice)
        seen = self._readings.get(CATEGORY_CODE)
        if not asked or not on:
            return
        if len(on) > 1 or (seen is not None and seen.value != on[0].code):
            self._readings.pop(CATEGORY_CODE, None)
            self._forget(CATEGORY_CODE)
            self._findings.append(Finding(code="choice_ambiguous", field=CATEGORY_CODE))
            return
        self._settle(CATEGORY_CODE, on[0].code, on[0].box)

    def _settle(self, pointer: str, text: str, box: Box) -> None:
        """Put a typed value in the place of what was read; what was doubted then is settled."""
        self._forget(pointer)
        self._readings[pointer] = Reading(
            value=text,
            confidence=None,
            source="text",
            page=self._page.page,
            box=box_on_picture(self._raster, self._placement, self._template, box, self._turns),
            engine=ENGINE,
            template=self._template.id,
        )

    def _forget(self, pointer: str) -> None:
        self._findings = [each for each in self._findings if each.field != pointer]

    def _values_in(self, box: Box, reach: float) -> list[TypedValue]:
        return [
            each for each in self._typed.values if _is_inside(self._to_mm(each.box), box, reach)
        ]

    def _on_form(self, char: TypedChar) -> TypedChar:
        return TypedChar(char.char, self._to_mm(char.box))

    def _to_mm(self, box: Box) -> Box:
        return _mapped(box, self._raster, self._to_form)

    def _has_ink(self, box: Box) -> bool:
        """Say whether anything dark stands in a cell, its frame left out."""
        left, top, right, bottom = (box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1)
        corners = numpy.array([[(left, top), (right, bottom)]], dtype=numpy.float64)
        (ax, ay), (bx, by) = cv2.perspectiveTransform(corners, self._placement.to_raster)[0]
        part = self._raster.grey[
            max(0, int(min(ay, by))) : int(max(ay, by)), max(0, int(min(ax, bx))) : int(max(ax, bx))
        ]
        return part.size > 0 and int(part.min()) < _INK


def _mapped(box: Box, raster: Raster, to_form: Matrix) -> Box:
    """Turn a box of the page into millimetres of the form."""
    height, width = raster.grey.shape
    left, top, right, bottom = box
    corners = numpy.array(
        [[(left * width, top * height), (right * width, bottom * height)]], dtype=numpy.float64
    )
    (ax, ay), (bx, by) = cv2.perspectiveTransform(corners, to_form)[0]
    return (
        float(min(ax, bx)),
        float(min(ay, by)),
        float(max(ax, bx)),
        float(max(ay, by)),
    )


def _is_inside(inner: Box, outer: Box, reach: float) -> bool:
    """Say whether the middle of one box lies in another."""
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] - reach <= x <= outer[2] + reach and outer[1] - reach <= y <= outer[3] + reach
