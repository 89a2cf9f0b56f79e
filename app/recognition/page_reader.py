"""Reading one decoded page: our form by its template, anything else as running text."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.findings import Finding
from app.recognition.decoding import Raster
from app.recognition.fields import FieldReader
from app.recognition.form_template import FormTemplate
from app.recognition.ink import flattened, ink_mask, without_specks
from app.recognition.ocr import EngineFailed, OcrEngine
from app.recognition.pictures import box_on_picture, quarter_turns, turned, with_picture
from app.recognition.reading import PageReading, TextLine
from app.recognition.registration import (
    Placement,
    Sheet,
    find_sheet,
    place,
    read_mark_in_place,
    squared,
)
from app.recognition.templates import QrMark, by_mark

if TYPE_CHECKING:
    from app.domain.comment_form import Reading

_A4_WIDTH_INCHES = 8.27
_READING_WIDTH = 2480
_BLANK_INK = 0.00025
"""Part of a page that is ink on an empty sheet with its specks."""

_BLANK_DPI = 100
"""Enough to see that nothing is there; drawing the picture costs more than telling that."""

_EDGE = 0.03
"""Part of each side that is not looked at for blankness: shadows and punched holes."""


class PageReader:
    """Reads the pages of one file, one at a time."""

    def __init__(self, templates: Sequence[FormTemplate], engine: OcrEngine) -> None:
        """Keep the templates that pages may have been printed from."""
        self._templates = by_mark(templates)
        self._fields = FieldReader(engine)
        self._engine = engine

    def template(self, page: PageReading) -> FormTemplate | None:
        """Give the template by which a page was read."""
        return next((each for each in self._templates.values() if each.id == page.template), None)

    def unreadable(self, number: int) -> PageReading:
        """Give the reading of a page that could not be decoded."""
        return PageReading(page=number, findings=(Finding(code="page_unreadable"),))

    def read(self, raster: Raster, number: int) -> PageReading:
        """Read a page."""
        if _is_blank(raster):
            return with_picture(PageReading(page=number, blank=True), raster, 0, dpi=_BLANK_DPI)
        sheet = find_sheet(raster)
        if sheet.mark is not None and sheet.mark.is_separator:
            return with_picture(PageReading(page=number, separator=True), raster, 0)
        mark, template, placement = self._identify(raster, sheet)
        if template is not None and placement is not None and mark is not None:
            page = self._read_form(raster, number, template, placement, mark)
            return with_picture(page, raster, quarter_turns(placement, template))
        return self._read_paper(raster, number, sheet, mark)

    def _identify(
        self, raster: Raster, sheet: Sheet
    ) -> tuple[QrMark | None, FormTemplate | None, Placement | None]:
        mark = sheet.mark
        if mark is None and len(sheet.corners) >= 3:  # noqa: PLR2004 - enough to look closer
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
            findings.extend(read.findings)
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
        lines: tuple[TextLine, ...] = ()
        turns = 0
        try:
            turns = self._engine.turned_by(even) // 90
            lines = self._engine.read_page(turned(even, turns))
        except EngineFailed:
            findings.append(Finding(code="page_unreadable"))
        page = PageReading(
            page=number,
            consultation_number=None if mark is None else mark.consultation_number,
            form_page=None if mark is None else mark.page,
            findings=tuple(findings),
            text="\n".join(line.text for line in lines),
            lines=lines,
        )
        return with_picture(page, raster, turns)


def _is_blank(raster: Raster) -> bool:
    view, _, _ = squared(raster, 1000)
    even = flattened(view, 1000 / _A4_WIDTH_INCHES / 25.4)
    height, width = even.shape
    edge_y, edge_x = int(height * _EDGE), int(width * _EDGE)
    inner = even[edge_y : height - edge_y, edge_x : width - edge_x]
    mask = without_specks(ink_mask(inner), 3)
    return mask.size == 0 or float(mask.mean()) < _BLANK_INK
