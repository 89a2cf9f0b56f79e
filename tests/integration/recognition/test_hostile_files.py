"""No file can take the service down: each ends as findings, in a process of its own."""

import io
import os
import signal
import struct
import threading
import time
import zlib
from pathlib import Path

import fpdf
import pytest
from PIL import Image

from app.domain.comment_form import NAME
from app.domain.envelope import Part
from app.recognition.filled_form import as_fax_tiff, as_pdf, fill
from app.recognition.page_process import PageProcess, ProcessFailed
from app.recognition.pages import DocumentReading, ReadingLimits, Recogniser
from app.recognition.templates import design
from tests.builders import a_consultation

CONSULTATION = a_consultation()
TEMPLATE = design(CONSULTATION)
TEMPLATES = {(1, 1): TEMPLATE}


def _read(data: bytes, **limits: float) -> DocumentReading:
    part = Part(filename="scan.pdf", media_type="application/pdf", data=data)
    return Recogniser(limits=ReadingLimits(**limits)).read(part, TEMPLATES)  # type: ignore[arg-type]


def _encrypted() -> bytes:
    document = fpdf.FPDF()
    document.add_page()
    document.set_encryption("owner", "user")
    return bytes(document.output())


def _bomb() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def _png(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("L", size, 0).save(out, "PNG")
    return out.getvalue()


NO_PAGES = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>"
)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        ("意見です。".encode(), "file_unsupported"),
        (b"PK\x03\x04 something", "file_unsupported"),
        (b"%PDF-1.4 but nothing else", "file_unreadable"),
        (b"II*\0\xff\xff\xff\xff", "file_unreadable"),
        (b"\xff\xd8\xff\xe0", "file_unreadable"),
        (NO_PAGES, "file_unreadable"),
        (_encrypted(), "file_encrypted"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, code: str) -> None:
    found = _read(data)
    codes = {each.code for each in found.findings}
    codes |= {each.code for page in found.pages for each in page.findings}
    # A file that opens but has no decodable page says so on its page.
    assert codes & {code, "page_unreadable"}


@pytest.mark.parametrize("data", [_bomb(), _png((1, 1)), _png((1, 9000))])
def test_a_monstrous_picture_costs_its_page_only(data: bytes) -> None:
    (page,) = _read(data).pages
    assert {each.code for each in page.findings} & {"page_unreadable"} or page.text == ""


def test_a_file_cut_off_in_the_middle_keeps_its_first_pages() -> None:
    images = fill(CONSULTATION, TEMPLATE, {NAME: "旭川 花子"}) * 3
    data = as_fax_tiff(images)
    pages = _read(data[: len(data) // 2]).pages
    assert pages[0].readings[NAME].value == "旭川 花子"
    assert "page_unreadable" in {each.code for each in pages[-1].findings}


def test_pages_beyond_the_limit_are_left_unread_and_mentioned() -> None:
    images = [Image.new("L", (200, 280), 255)] * 4
    found = _read(as_pdf(images), pages=2)
    assert len(found.pages) == 2
    assert [each.code for each in found.findings] == ["page_limit"]


def test_a_page_that_takes_too_long_is_given_up_and_the_service_goes_on() -> None:
    data = as_pdf(fill(CONSULTATION, TEMPLATE, {NAME: "旭川 花子"}))
    found = _read(data, page_seconds=0.01)
    assert [each.code for each in found.findings] == ["file_unreadable"]


def test_a_process_that_dies_costs_one_page() -> None:
    data = as_fax_tiff(fill(CONSULTATION, TEMPLATE, {NAME: "旭川 花子"}) * 2)
    with PageProcess(data, TEMPLATES, ReadingLimits()) as process:
        assert process.open().pages == 2
        child = process._child  # noqa: SLF001 - the crash is ours to cause
        assert child is not None
        os.kill(child.pid, signal.SIGSEGV)
        with pytest.raises(ProcessFailed):
            process.read(1)
        assert process.read(2).readings[NAME].value == "旭川 花子"


def test_the_process_ends_with_the_thread_that_reads() -> None:
    pids: list[int] = []

    def abandon() -> None:
        process = PageProcess(as_pdf([Image.new("L", (99, 99), 255)]), {}, ReadingLimits())
        process.open()
        assert process._child is not None  # noqa: SLF001 - to look for it below
        pids.append(process._child.pid)  # noqa: SLF001 - likewise
        kept.append(process)

    kept: list[PageProcess] = []
    thread = threading.Thread(target=abandon)
    thread.start()
    thread.join()
    deadline = time.monotonic() + 30
    while _state(pids[0]) not in {"Z", ""} and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _state(pids[0]) in {"Z", ""}
    kept[0].__exit__(None, None, None)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


def test_two_lanes_read_at_once() -> None:
    data = as_fax_tiff(fill(CONSULTATION, TEMPLATE, {NAME: "旭川 花子"}))
    recogniser = Recogniser()
    part = Part(filename=None, media_type="image/tiff", data=data)
    seen: list[str] = []

    def lane() -> None:
        (page,) = recogniser.read(part, TEMPLATES).pages
        seen.append(page.readings[NAME].value)

    lanes = [threading.Thread(target=lane) for _ in range(2)]
    for each in lanes:
        each.start()
    for each in lanes:
        each.join()
    assert seen == ["旭川 花子"] * 2


def test_progress_is_told_page_by_page() -> None:
    told: list[tuple[int, int]] = []
    part = Part(
        filename=None,
        media_type="application/pdf",
        data=as_pdf([Image.new("L", (200, 280), 255)] * 3),
    )
    Recogniser().read(part, {}, on_page=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
