"""The process that looks at the pages of an upload, and reads none of them.

Started by ``looker`` as ``python -m app.recognition.look_child``; speaks ``wire`` with
``page_process``. It loads no engine, so that it answers while somebody waits at the scanner.
"""

import json
import mmap
import os
import sys
from typing import BinaryIO

from app.domain.findings import Finding
from app.recognition import wire
from app.recognition.confinement import allow_processor_time, confine, die_with_parent
from app.recognition.decoding import FileRefused, PageRefused, Pages, open_pages
from app.recognition.form_template import FormTemplate
from app.recognition.quality import is_blank, weaknesses
from app.recognition.reading import PageReading, ReadingLimits
from app.recognition.registration import find_sheet
from app.recognition.templates import from_json


def main() -> int:
    """Serve one file until the other side closes the pipe."""
    orders, answers, file, parent = map(int, sys.argv[1:5])
    die_with_parent()
    if os.getppid() != parent:
        return 1
    limits = wire.limits_from_json(json.loads(sys.argv[5]))
    confine(limits)
    with os.fdopen(orders, "rb") as source, os.fdopen(answers, "wb") as sink:
        _look_at_file(source, sink, file, limits)
    return 0


def _look_at_file(source: BinaryIO, answers: BinaryIO, file: int, limits: ReadingLimits) -> None:
    greeting, _ = wire.receive(source, max_tail=0)
    try:
        pages = open_pages(mmap.mmap(file, 0, access=mmap.ACCESS_COPY), limits)
    except FileRefused as refusal:
        wire.send(answers, {"pages": 0, "refused": refusal.code})
        return
    wire.send(answers, {"pages": len(pages), "refused": None})
    templates = [from_json(each) for each in greeting["templates"]]
    while True:
        try:
            request, _ = wire.receive(source, max_tail=0)
        except wire.BrokenMessage:
            return
        allow_processor_time(limits.page_cpu_seconds)
        page = look(pages, templates[0] if templates else None, int(request["page"]))
        wire.send(answers, wire.page_to_json(page))


def look(pages: Pages, template: FormTemplate | None, number: int) -> PageReading:
    """Look at one page.

    Args:
        pages: The opened file.
        template: Any of the forms; the markers of all stand in the same places.
        number: 1-based.
    """
    try:
        raster = pages.page(number)
    except PageRefused:
        return PageReading(page=number, findings=(Finding(code="page_unreadable"),))
    if is_blank(raster):
        return PageReading(page=number, blank=True)
    findings = weaknesses(raster, find_sheet(raster), template)
    if raster.damaged:
        findings = (*findings, Finding(code="page_unreadable"))
    return PageReading(page=number, findings=findings)


if __name__ == "__main__":
    sys.exit(main())
