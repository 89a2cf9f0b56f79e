"""Reading one decoded page: our form by its template, anything else as running text."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.findings import Finding, at
from app.recognition.certainty import fitted_certainty
from app.recognition.decoding import Raster
from app.recognition.fields import FieldReader
from app.recognition.form_template import FormTemplate
from app.recognition.ink import flattened
from app.recognition.language import known_language
from app.recognition.ocr import EngineFailed, OcrEngine
from app.recognition.paper import PaperText, read_paper
from app.recognition.pictures import box_on_picture, quarter_turns, with_picture
from app.recognition.printed_id import mark_in_print
from app.recognition.quality import is_blank, weaknesses
from app.recognition.reading import PageReading
from app.recognition.registration import (
    MARKERS_NEEDED,
    Placement,
    Sheet,
    find_sheet,
    place,
    read_mark_in_place,
    squared,
)
from app.recognition.templates import QrMark, by_mark
from app.recognition.variants import variant_judge
from app.recognition.worded import Worded

if TYPE_CHECKING:
    from app.domain.comment_form import Reading

_A4_WIDTH_INCHES = 8.27
_READING_WIDTH = 2480
_BLANK_DPI = 100
"""Enough to see that nothing is there; drawing the picture costs more than telling that."""


class PageReader:
    """Reads the pages of one file, one at a time."""

    def __init__(
        self,
        templates: Sequence[FormTemplate],
        engine: OcrEngine,
        *,
        fields: FieldReader | None = None,
    ) -> None:
        """Keep the templates that pages may have been printed from.

        Args:
            templates: Those templates.
            engine: Who reads.
            fields: Who reads the fields of our forms; by the engine and the fitted numbers if None.
        """
        self._templates = by_mark(templates)
        self._fields = fields or FieldReader(
            engine, variant_judge(), fitted_certainty(), known_language()
        )
        self._engine = engine

    def template(self, page: PageReading) -> FormTemplate | None:
        """Give the template by which a page was read."""
        return next((each for each in self._templates.values() if each.id == page.template), None)

    def unreadable(self, number: int) -> PageReading:
        """Give the reading of a page that could not be decoded."""
        return PageReading(page=number, findings=(Finding(code="page_unreadable"),))

    def read(self, raster: Raster, number: int) -> PageReading:
        """Read a page."""
        if is_blank(raster):
            return with_picture(PageReading(page=number, blank=True), raster, 0, dpi=_BLANK_DPI)
        sheet = find_sheet(raster)
        if sheet.mark is not None and sheet.mark.is_separator:
            return with_picture(PageReading(page=number, separator=True), raster, 0)
        page = self._read(raster, number, sheet)
        known = {each.code for each in page.findings}
        any_form = next(iter(self._templates.values()), None)
        weak = (each for each in weaknesses(raster, sheet, any_form) if each.code not in known)
        return replace(page, findings=(*page.findings, *weak))

    def _read(self, raster: Raster, number: int, sheet: Sheet) -> PageReading:
        mark, template, placement = self._identify(raster, sheet)
        named = None
        if mark is None and len(sheet.corners) >= MARKERS_NEEDED:
            # The QR code is covered or spoiled: what is printed for people says it, too.
            named = mark_in_print(raster, sheet, self._templates.values(), self._engine)
            if named is None:
                unknown = Finding(code="form_template_unknown")
                return with_picture(PageReading(page=number, findings=(unknown,)), raster, 0)
            mark, template, placement = self._identify(raster, replace(sheet, mark=named))
        if template is not None and placement is not None and mark is not None:
            page = self._read_form(raster, number, template, placement, mark)
            if named is not None:
                page = replace(page, findings=(*page.findings, Finding(code="form_named_in_print")))
            return with_picture(page, raster, quarter_turns(placement, template))
        return self._read_paper(raster, number, sheet, mark)

    def _identify(
        self, raster: Raster, sheet: Sheet
    ) -> tuple[QrMark | None, FormTemplate | None, Placement | None]:
        mark = sheet.mark
        if mark is None and len(sheet.corners) >= MARKERS_NEEDED:
            mark = self._look_closer(raster, sheet)
        if mark is None:
            return None, None, None
        template = self._templates.get((mark.consultation_number, mark.revision, mark.variant))
        if template is None or template.version != mark.version or mark.page > template.pages:
            return mark, None, None
        return mark, template, place(sheet, template)

    def _look_closer(self, raster: Raster, sheet: Sheet) -> QrMark | None:
        """Cut out the QR code by the markers; forms of one version have it in one place."""
        tried = set()
        for template in self._templates.values():
            if template.qr in tried:
                continue
            tried.add(template.qr)
            placement = place(sheet, template)
            if placement is not None:
                mark = read_mark_in_place(raster, placement, template.in_mm(template.qr))
                if mark is not None:
                    return mark
        return None

    def _read_form(
        self,
        raster: Raster,
        number: int,
        template: FormTemplate,
        placement: Placement,
        mark: QrMark,
    ) -> PageReading:
        readings: dict[str, Reading] = {}
        findings: list[Finding] = []
        if placement.markers < len(template.markers):
            findings.append(Finding(code="registration_doubtful"))
        try:
            read = self._fields.read(raster, placement, template, mark.page)
        except EngineFailed:
            findings.append(Finding(code="page_unreadable"))
        else:
            turns = quarter_turns(placement, template)
            readings = {
                pointer: replace(
                    each, box=box_on_picture(raster, placement, template, each.box, turns)
                )
                for pointer, each in read.readings.items()
            }
            findings.extend(
                _shown(raster, placement, template, each, turns) for each in read.findings
            )
        return PageReading(
            page=number,
            template=template.id,
            form_page=mark.page,
            consultation_number=template.consultation_number,
            readings=readings,
            findings=tuple(findings),
        )

    def _read_paper(
        self, raster: Raster, number: int, sheet: Sheet, mark: QrMark | None
    ) -> PageReading:
        """Read a page that cannot be cut by a template."""
        findings = []
        if mark is not None:
            known = (mark.consultation_number, mark.revision, mark.variant) in self._templates
            code = "registration_doubtful" if known else "form_template_unknown"
            findings.append(Finding(code=code))
        elif sheet.corners:
            findings.append(Finding(code="registration_doubtful"))
        view, _, _ = squared(raster, _READING_WIDTH)
        even = flattened(view, _READING_WIDTH / _A4_WIDTH_INCHES / 25.4)
        read = PaperText(turns=0, lines=())
        try:
            read = read_paper(even, Worded(self._engine, known_language()))
        except EngineFailed:
            findings.append(Finding(code="page_unreadable"))
        if read.down:
            findings.append(Finding(code="vertical_writing"))
        if any(each.preferred for each in read.lines):
            findings.append(Finding(code="words_weighed"))
        page = PageReading(
            page=number,
            consultation_number=None if mark is None else mark.consultation_number,
            form_page=None if mark is None else mark.page,
            findings=tuple(findings),
            text=read.text,
            lines=read.lines,
            cells=read.cells,
            around=read.around,
            header=read.header,
            envelope=read.envelope,
        )
        return with_picture(page, raster, read.turns)


def _shown(
    raster: Raster, placement: Placement, template: FormTemplate, finding: Finding, turns: int
) -> Finding:
    """Bring the evidence of a finding from the template to the picture of the page."""
    where = finding.place
    box = box_on_picture(raster, placement, template, where.box if where else None, turns)
    return finding if box is None else replace(finding, data={**finding.data, **at(box)})
