"""The reading program: it loads everything once, and is forked for every file.

Started by ``page_server`` as ``python -m app.recognition.page_child``. The program itself never
sees a file, so every fork begins clean. A fork decodes and reads the pages of one file, and may
crash in doing so; it speaks ``wire`` with ``page_process``. It opens no network and no database,
and writes temporary pictures only.
"""

import gc
import importlib
import json
import mmap
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import BinaryIO, Final, NoReturn

import cv2
from PIL import Image

from app.domain.errors import RecognitionUnavailable
from app.domain.findings import Finding
from app.recognition import wire
from app.recognition.certainty import fitted_certainty
from app.recognition.confinement import (
    allow_processor_time,
    confine,
    die_with_parent,
    give_back_memory,
)
from app.recognition.decoding import FileRefused, PageRefused, Pages, open_pages
from app.recognition.engines import best_engine
from app.recognition.language import known_language
from app.recognition.ocr import OcrEngine
from app.recognition.page_reader import PageReader
from app.recognition.page_server import ANSWER, BEGIN, REQUEST
from app.recognition.reading import PageReading, ReadingLimits
from app.recognition.templates import from_json
from app.recognition.typed_reading import with_typed
from app.recognition.variants import variant_judge

_DESCRIPTORS = 3
_NICENESS: Final = 10
"""Reading may take every core; whoever posts a comment meanwhile goes first."""


def main() -> int:
    """Fork for every file until the service closes its end."""
    control = socket.socket(fileno=int(sys.argv[1]))
    die_with_parent()
    if os.getppid() != int(sys.argv[2]):
        return 1
    limits = wire.limits_from_json(json.loads(sys.argv[3]))
    os.nice(_NICENESS)
    cv2.setNumThreads(1)
    engine = loaded(limits)
    gc.collect()
    give_back_memory()  # what is free here would be copied when a fork uses it
    gc.freeze()  # what the forks share is not to be copied for the sake of counting references
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, REQUEST.size, _DESCRIPTORS)
        if len(request) != REQUEST.size:
            return 0
        word, pid = REQUEST.unpack(request)
        begins = word == BEGIN
        answer = _fork(control, descriptors, engine, limits) if begins else _collected(pid)
        control.sendall(ANSWER.pack(answer))


def loaded(limits: ReadingLimits) -> OcrEngine | None:
    """Load everything that reading a page takes; no engine where none is installed."""
    variant_judge(), fitted_certainty(), known_language()
    # Libraries import these with the first page, which every page of a fork would be.
    Image.init()
    importlib.import_module("numpy.ma")
    try:
        return best_engine(limits)
    except RecognitionUnavailable:
        return None


def _fork(
    control: socket.socket,
    descriptors: Sequence[int],
    engine: OcrEngine | None,
    limits: ReadingLimits,
) -> int:
    """Start a process for a file; gives its number, 0 where the machine allows no more."""
    program = os.getpid()
    try:
        pid = os.fork()
    except OSError:
        pid = 0
    else:
        if pid == 0:
            _become_reader(program, control, descriptors, engine, limits)
    for each in descriptors:
        os.close(each)
    if pid > 0:
        with suppress(OSError):  # the fork did it first
            os.setpgid(pid, pid)
    return pid


def _collected(pid: int) -> int:
    """Collect a fork that was ended; gives its exit code, as ``subprocess`` counts them."""
    try:
        _, status = os.waitpid(pid, 0)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status)


def _become_reader(
    program: int,
    control: socket.socket,
    descriptors: Sequence[int],
    engine: OcrEngine | None,
    limits: ReadingLimits,
) -> NoReturn:
    """Be the process of one file, and end with it."""
    code = 1
    try:
        control.close()
        os.setpgid(0, 0)
        die_with_parent()
        if os.getppid() == program:
            confine(limits)
            orders, answers, file = descriptors
            with os.fdopen(orders, "rb") as source, os.fdopen(answers, "wb") as sink:
                _read_file(source, sink, file, engine, limits)
            code = 0
    finally:
        os._exit(code)  # whatever happened: nothing of the program may run on in its fork


def _read_file(
    source: BinaryIO,
    answers: BinaryIO,
    file: int,
    engine: OcrEngine | None,
    limits: ReadingLimits,
) -> None:
    """Serve one file until the other side closes the pipe."""
    greeting, _ = wire.receive(source, max_tail=0)
    if engine is None:
        wire.send(answers, {"pages": 0, "refused": RecognitionUnavailable.code})
        return
    try:
        # Shared with every process that reads the same file, and never copied.
        pages = open_pages(mmap.mmap(file, 0, access=mmap.ACCESS_COPY), limits)
    except FileRefused as refusal:
        wire.send(answers, {"pages": 0, "refused": refusal.code})
        return
    templates = [from_json(each) for each in greeting["templates"]]
    wire.send(answers, {"pages": len(pages), "refused": None})
    _serve(source, answers, pages, PageReader(templates, engine), limits)


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
        page = read_page(pages, reader, number)
        wire.send(answers, wire.page_to_json(page), page.image or b"")


def read_page(pages: Pages, reader: PageReader, number: int) -> PageReading:
    """Decode a page and read it."""
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
