"""Reading the cells and tick boxes of a page that was printed from a known template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy

from app.domain.comment_form import ADDRESS, CATEGORY_CODE, Box, Reading, low_confidence
from app.domain.findings import Finding, at
from app.recognition.cells import NAMES, CellText, Picture, cell_text, with_doubt
from app.recognition.certainty import Certainty
from app.recognition.corrections import find_corrections
from app.recognition.decoding import Raster
from app.recognition.doubles import is_passed_over, with_doubles
from app.recognition.form_layout import rule_dots
from app.recognition.form_template import FormTemplate, TemplateField
from app.recognition.ink import without_bad_lines
from app.recognition.language import Language
from app.recognition.lines import LineCut, cut_lines
from app.recognition.marks import find_marked
from app.recognition.ocr import Grey, OcrEngine
from app.recognition.registration import Placement, cut
from app.recognition.variants import VariantJudge

DOTS_PER_MM = 12.0
"""Fineness of a cut field, about 300 dpi."""

_SHORT = frozenset({*NAMES, ADDRESS})
"""Fields of which nobody misses a character unless it is pointed out."""

_BILEVEL_PART = 0.999
_EVERY = 8

_INSET_MM = 0.3
"""The frame is left out of the cut; registration is good to 0.16 mm."""


@dataclass(frozen=True, slots=True)
class FieldsRead:
    """What the fields of one page gave."""

    readings: dict[str, Reading]
    findings: tuple[Finding, ...]


class FieldReader:
    """Cuts fields by a template and lets an engine read them."""

    def __init__(
        self, engine: OcrEngine, judge: VariantJudge, certainty: Certainty, language: Language
    ) -> None:
        """Keep the engine, and who tells variants, words and how sure a reading is."""
        self._engine = engine
        self._judge = judge
        self._language = language
        self._certainty = certainty

    def read(
        self, raster: Raster, placement: Placement, template: FormTemplate, page: int
    ) -> FieldsRead:
        """Read every field of a page; empty cells and boxes give no reading."""
        grey = without_bad_lines(raster.grey, raster.across, raster.down)
        raster = replace(raster, grey=grey)
        readings: dict[str, Reading] = {}
        findings: list[Finding] = []
        cells = [each for each in template.fields if each.page == page]
        pictures = {each.field: _cut_cell(raster, placement, template, each) for each in cells}
        picture = _picture(raster, placement)
        cuts = {
            each.field: _lines(pictures[each.field], template, each, faxed=picture.faxed)
            for each in cells
        }
        texts = self._read_cells(template, cells, cuts)
        picture = with_doubt(picture, texts.values())
        for cell in cells:
            text = texts[cell.field]
            if text.value:
                readings[cell.field] = self.reading(text, picture, cell, template)
                findings.extend(
                    Finding(
                        code="variant_doubtful",
                        field=cell.field,
                        data={"read": taken, "other": other},
                    )
                    for taken, other in text.doubts
                )
                if text.preferred:
                    findings.append(Finding(code="words_weighed", field=cell.field))
            # What the writer took back is still read: a person decides what counts.
            if cuts[cell.field]:
                findings.extend(_corrections(pictures[cell.field], template, cell))
        _read_choices(raster, placement, template, page, readings, findings)
        findings.extend(
            Finding(code="low_confidence", field=pointer)
            for pointer, reading in readings.items()
            if (reading.confidence is not None and reading.confidence < low_confidence(pointer))
            or (pointer in _SHORT and is_passed_over(texts[pointer], cuts[pointer]))
        )
        return FieldsRead(readings, tuple(findings))

    def _read_cells(
        self,
        template: FormTemplate,
        cells: Sequence[TemplateField],
        cuts: Mapping[str, Sequence[LineCut]],
    ) -> dict[str, CellText]:
        """Read the cells."""
        # One call for the whole page: an engine may have to load its data for every call.
        read = iter(
            self._engine.read_lines([line.picture for cell in cells for line in cuts[cell.field]])
        )
        texts = {}
        for cell in cells:
            lines = cuts[cell.field]
            left, _, right, _ = _inner(template, cell.box)
            text = cell_text(
                cell.field,
                right - left,
                lines,
                [next(read) for _ in lines],
                self._judge,
                self._language,
            )
            texts[cell.field] = with_doubles(cell.field, text, lines)
        return texts

    def reading(
        self, text: CellText, picture: Picture, cell: TemplateField, template: FormTemplate
    ) -> Reading:
        """Make a reading of what a cell says; its confidence is the chance that all of it is right.

        Args:
            text: What it says.
            picture: What it was read from.
            cell: The cell.
            template: The template it belongs to.
        """
        return Reading(
            value=text.value,
            confidence=self._certainty.probability(
                cell.field, text.evidence(cell.field, picture, self._language)
            ),
            source="ocr",
            page=cell.page,
            box=cell.box,
            engine=self._engine.name,
            template=template.id,
            raw=None if text.raw == text.value else text.raw,
            seen=text.seen if cell.field == ADDRESS else (),
        )


def lines_in(
    raster: Raster, placement: Placement, template: FormTemplate, cell: TemplateField
) -> tuple[LineCut, ...]:
    """Cut one cell of a page into its lines."""
    picture = _cut_cell(raster, placement, template, cell)
    return _lines(picture, template, cell, faxed=_picture(raster, placement).faxed)


def _picture(raster: Raster, placement: Placement) -> Picture:
    """Describe the picture a page is read from."""
    across, down = (float(numpy.hypot(*placement.to_raster[:2, axis])) for axis in (0, 1))
    some = raster.grey[::_EVERY, ::_EVERY]
    bilevel = float(((some == 0) | (some == some.max())).mean()) > _BILEVEL_PART
    return Picture(dots_per_mm=min(across, down), bilevel=bilevel)


def _inner(template: FormTemplate, box: Box) -> Box:
    left, top, right, bottom = template.in_mm(box)
    return (left + _INSET_MM, top + _INSET_MM, right - _INSET_MM, bottom - _INSET_MM)


def _cut_cell(
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


def _lines(
    picture: Grey, template: FormTemplate, cell: TemplateField, *, faxed: bool
) -> tuple[LineCut, ...]:
    inner = _inner(template, cell.box)
    rules = [
        (x - inner[0], y - inner[1]) for x, y in rule_dots(template.in_mm(cell.box), cell.row_mm)
    ]
    return cut_lines(picture, DOTS_PER_MM, rules, faxed=faxed)


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
