"""The page process: decodes and reads the pages of one file, and may crash in doing so.

Started by ``page_process`` as ``python -m app.recognition.page_child``; speaks ``wire`` on its
standard input and output. It opens no network and no database, and writes temporary pictures only.
"""

import os
import sys
from dataclasses import replace
from typing import BinaryIO

from app.domain.errors import RecognitionUnavailable
from app.domain.findings import Finding
from app.recognition import wire
from app.recognition.confinement import allow_processor_time, confine, die_with_parent
from app.recognition.decoding import FileRefused, PageRefused, Pages, open_pages
from app.recognition.engines import best_engine
from app.recognition.page_reader import PageReader
from app.recognition.reading import PageReading, ReadingLimits
from app.recognition.templates import from_json
from app.recognition.typed_reading import with_typed


def main() -> int:
    """Serve one file until the other side closes the pipe."""
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # A library that prints must not garble the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    die_with_parent()
    greeting, data = wire.receive(source, max_tail=sys.maxsize)
    if os.getppid() != int(greeting["parent"]):
        return 1
    limits = wire.limits_from_json(greeting["limits"])
    confine(limits)
    try:
        pages = open_pages(data, limits)
        templates = [from_json(each) for each in greeting["templates"]]
        engine = best_engine(limits)
    except FileRefused as refusal:
        wire.send(answers, {"pages": 0, "refused": refusal.code})
        return 0
    except RecognitionUnavailable as refusal:
        wire.send(answers, {"pages": 0, "refused": refusal.code})
        return 0
    wire.send(answers, {"pages": len(pages), "refused": None})
    _serve(source, answers, pages, PageReader(templates, engine), limits)
    return 0


def _serve(
    source: BinaryIO,
    answers: BinaryIO,
    pages: Pages,
    reader: PageReader,
    limits: ReadingLimits,
) -> None:
    while True:
        try:
            request, _ = wire.receive(source, max_tail=0)
        except wire.BrokenMessage:
            return
        allow_processor_time(limits.page_cpu_seconds)
        number = int(request["page"])
        page = _read(pages, reader, number)
        wire.send(answers, wire.page_to_json(page), page.image or b"")


def _read(pages: Pages, reader: PageReader, number: int) -> PageReading:
    try:
        raster = pages.page(number)
    except PageRefused:
        return reader.unreadable(number)
    page = reader.read(raster, number)
    page = with_typed(page, pages.typed(number, raster), raster, reader.template(page))
    if raster.damaged:
        broken = Finding(code="page_unreadable")
        return replace(page, findings=(*page.findings, broken))
    return page


if __name__ == "__main__":
    sys.exit(main())
