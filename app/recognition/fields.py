"""Reading the cells and tick boxes of a page that was printed from a known template."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.comment_form import (
    ADDRESS,
    CATEGORY_CODE,
    NAME,
    OPINION,
    REPRESENTATIVE,
    Box,
    Reading,
)
from app.domain.findings import Finding, at
from app.recognition.corrections import find_corrections
from app.recognition.decoding import Raster
from app.recognition.form_layout import rule_dots
from app.recognition.form_template import FormTemplate, TemplateField
from app.recognition.japanese import mended_address
from app.recognition.lines import LineCut, cut_lines, ends_early
from app.recognition.marks import find_marked
from app.recognition.ocr import Grey, OcrEngine
from app.recognition.reading import TextLine
from app.recognition.registration import Placement, cut

DOTS_PER_MM = 12.0
"""Fineness of a cut field, about 300 dpi."""

LOW_CONFIDENCE = 0.8

_NAMES = frozenset({NAME, REPRESENTATIVE})
_CONFUSED = frozenset("崎浜濱邉邊")
_CONFUSED_SURENESS = 0.7
"""No engine here has 﨑 and 濵, and none tells 邉 from 邊: the image decides, before a person."""

_INSET_MM = 0.3
"""The frame is left out of the cut; registration is good to 0.16 mm."""


@dataclass(frozen=True, slots=True)
class FieldsRead:
    """What the fields of one page gave."""

    readings: dict[str, Reading]
    findings: tuple[Finding, ...]


class FieldReader:
    """Cuts fields by a template and lets an engine read them."""

    def __init__(self, engine: OcrEngine) -> None:
        """Keep the engine."""
        self._engine = engine

    def read(
        self, raster: Raster, placement: Placement, template: FormTemplate, page: int
    ) -> FieldsRead:
        """Read every field of a page; empty cells and boxes give no reading."""
        readings: dict[str, Reading] = {}
        findings: list[Finding] = []
        # What the writer took back is still read: a person decides what counts.
        findings.extend(self._read_cells(raster, placement, template, page, readings))
        _read_choices(raster, placement, template, page, readings, findings)
        findings.extend(
            Finding(code="low_confidence", field=pointer)
            for pointer, reading in readings.items()
            if reading.confidence is not None and reading.confidence < LOW_CONFIDENCE
        )
        return FieldsRead(readings, tuple(findings))

    def _read_cells(
        self,
        raster: Raster,
        placement: Placement,
        template: FormTemplate,
        page: int,
        readings: dict[str, Reading],
    ) -> list[Finding]:
        """Read the cells; gives what a person must look at: strikes and seals."""
        cells = [each for each in template.fields if each.page == page]
        pictures = [_picture(raster, placement, template, cell) for cell in cells]
        cuts = [
            _lines(picture, template, cell) for picture, cell in zip(pictures, cells, strict=True)
        ]
        # One call for the whole page: an engine may have to load its data for every call.
        read = self._engine.read_lines([line.picture for lines in cuts for line in lines])
        taken = 0
        for cell, lines in zip(cells, cuts, strict=True):
            texts = read[taken : taken + len(lines)]
            taken += len(lines)
            value, raw, confidence = _joined(cell, template, lines, texts)
            if value:
                readings[cell.field] = Reading(
                    value=value,
                    confidence=confidence,
                    source="ocr",
                    page=page,
                    box=cell.box,
                    engine=self._engine.name,
                    template=template.id,
                    raw=None if raw == value else raw,
                )
        return [
            finding
            for cell, picture, lines in zip(cells, pictures, cuts, strict=True)
            if lines
            for finding in _corrections(picture, template, cell)
        ]


def _inner(template: FormTemplate, box: Box) -> Box:
    left, top, right, bottom = template.in_mm(box)
    return (left + _INSET_MM, top + _INSET_MM, right - _INSET_MM, bottom - _INSET_MM)


def _picture(
    raster: Raster, placement: Placement, template: FormTemplate, cell: TemplateField
) -> Grey:
    return cut(raster.grey, placement, _inner(template, cell.box), DOTS_PER_MM)


def _corrections(picture: Grey, template: FormTemplate, cell: TemplateField) -> list[Finding]:
    """Say where a cell was corrected, once for strikes and once for seals."""
    found = find_corrections(picture, DOTS_PER_MM)
    inner = _inner(template, cell.box)
    findings = []
    for code, boxes in (("writing_struck_out", found.strikes), ("seal_on_writing", found.seals)):
        if boxes:
            left, top, right, bottom = (
                min(each[0] for each in boxes) + inner[0],
                min(each[1] for each in boxes) + inner[1],
                max(each[2] for each in boxes) + inner[0],
                max(each[3] for each in boxes) + inner[1],
            )
            width, height = template.page_width_mm, template.page_height_mm
            where = at((left / width, top / height, right / width, bottom / height))
            findings.append(Finding(code=code, field=cell.field, data=where))
    return findings


def _lines(picture: Grey, template: FormTemplate, cell: TemplateField) -> tuple[LineCut, ...]:
    inner = _inner(template, cell.box)
    rules = [
        (x - inner[0], y - inner[1]) for x, y in rule_dots(template.in_mm(cell.box), cell.row_mm)
    ]
    return cut_lines(picture, DOTS_PER_MM, rules)


def _joined(
    cell: TemplateField,
    template: FormTemplate,
    lines: Sequence[LineCut],
    texts: Sequence[TextLine],
) -> tuple[str, str, float]:
    """Join the lines of a cell; a line that runs to the right edge goes on in the next.

    Returns:
        What it says, what the engine read before any rule touched it, and how sure that is.
    """
    inner = _inner(template, cell.box)
    width = inner[2] - inner[0]
    value = raw = ""
    sureness: list[float] = []
    for line, text in zip(lines, texts, strict=True):
        value += text.text
        raw += text.text if text.raw is None else text.raw
        sureness += text.sureness or [text.confidence] * len(text.text)
        if cell.field == OPINION and ends_early(line, width):
            value += "\n"
            raw += "\n"
    if cell.field == ADDRESS:
        value = mended_address(value)
    return value.strip(), raw.strip(), _confidence(cell.field, value, sureness, texts)


def _confidence(
    pointer: str, value: str, sureness: Sequence[float], texts: Sequence[TextLine]
) -> float:
    """Say how sure a field is: of running text the usual character, of a name every one of them."""
    length = sum(len(each.text) for each in texts)
    if not length:
        return 0.0
    usual = sum(each.confidence * len(each.text) for each in texts) / length
    if pointer == OPINION:
        return round(usual, 4)
    whole = math.prod(sureness)
    if pointer in _NAMES and _CONFUSED & set(value):
        whole *= _CONFUSED_SURENESS
    return round(min(usual, whole), 4)


def _read_choices(
    raster: Raster,
    placement: Placement,
    template: FormTemplate,
    page: int,
    readings: dict[str, Reading],
    findings: list[Finding],
) -> None:
    choices = [each for each in template.choices if each.page == page]
    if not choices:
        return
    marked = find_marked(raster, placement, template, choices)
    if marked.doubt is not None and marked.evidence is not None:
        evidence = at(marked.evidence)
        findings.append(Finding(code=marked.doubt.value, field=CATEGORY_CODE, data=evidence))
    if marked.choice is not None:
        readings[CATEGORY_CODE] = Reading(
            value=marked.choice.code,
            confidence=marked.confidence,
            source="mark",
            page=page,
            box=marked.choice.box,
            engine="marks 2",
            template=template.id,
        )
