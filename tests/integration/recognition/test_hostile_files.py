"""No file can take the service down: each ends as findings, in a process of its own."""

import io
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fpdf
import pytest
from PIL import Image

from app.domain.comment_form import NAME
from app.domain.envelope import Part
from app.domain.errors import Unavailable
from app.recognition.filled_form import as_fax_tiff, as_pdf, fill
from app.recognition.page_process import PageProcess, ProcessFailed
from app.recognition.page_server import PageServer
from app.recognition.pages import DocumentReading, ReadingLimits, Recogniser
from app.recognition.templates import design
from tests.builders import a_consultation

CONSULTATION = a_consultation()
TEMPLATE = design(CONSULTATION)
TEMPLATES = {(1, 1): TEMPLATE}


def _read(data: bytes, **limits: float) -> DocumentReading:
    part = Part(filename="scan.pdf", media_type="application/pdf", data=data)
    recogniser = Recogniser(limits=ReadingLimits(**limits))  # type: ignore[arg-type]
    try:
        return recogniser.read(part, TEMPLATES)
    finally:
        recogniser.end()


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


def test_pictures_a_dot_high_or_wide_kill_no_process() -> None:
    chance = random.Random(7)
    strips = [
        Image.frombytes("L", size, chance.randbytes(size[0] * size[1]))
        for size in ((1, 1), (3, 3), (20, 1), (500, 1), (5000, 1), (1, 500), (1, 5000), (3000, 2))
    ]
    out = io.BytesIO()
    strips[0].save(out, "TIFF", save_all=True, append_images=strips[1:])
    pages = _read(out.getvalue()).pages
    assert len(pages) == len(strips)
    codes = [found.code for each in pages for found in each.findings]
    assert "page_unreadable" not in codes


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
    said = [*found.findings, *(each for page in found.pages for each in page.findings)]
    # Its pages may be counted in that time; none of them can be read.
    assert [each.code for each in said] in (["file_unreadable"], ["page_unreadable"])


@pytest.fixture
def server() -> Iterator[PageServer]:
    made = PageServer(ReadingLimits())
    yield made
    made.close()


@contextmanager
def _process(data: bytes, server: PageServer) -> Iterator[PageProcess]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        with PageProcess(file, TEMPLATES, ReadingLimits(), server) as process:
            yield process


def test_a_process_that_dies_costs_one_page(server: PageServer) -> None:
    data = as_fax_tiff(fill(CONSULTATION, TEMPLATE, {NAME: "旭川 花子"}) * 2)
    with _process(data, server) as process:
        assert process.open().pages == 2
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSEGV)
        with pytest.raises(ProcessFailed, match=f"it ended with {-signal.SIGSEGV}"):
            process.read(1)
        assert process.read(2).readings[NAME].value == "旭川 花子"


def test_when_the_program_itself_is_ended_it_is_started_again(
    server: PageServer,
) -> None:
    data = as_fax_tiff([Image.new("L", (99, 99), 255)])
    with _process(data, server) as process:
        process.open()
        assert process.pid is not None
        program = int(_stat(process.pid)[1])
        os.kill(program, signal.SIGKILL)
        with pytest.raises(ProcessFailed):
            process.read(1)
        assert process.read(1).blank


ABANDON = """
import sys, time
from app.recognition.page_process import PageProcess
from app.recognition.page_server import PageServer
from app.recognition.reading import ReadingLimits
process = PageProcess(open(sys.argv[1], "rb"), {}, ReadingLimits(), PageServer(ReadingLimits()))
process.open()
print(process.pid, flush=True)
time.sleep(600)
"""


def test_the_process_ends_with_the_service_however_that_ends(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(as_fax_tiff([Image.new("L", (99, 99), 255)]))
    with subprocess.Popen(
        [sys.executable, "-c", ABANDON, str(path)], stdout=subprocess.PIPE, text=True
    ) as service:
        assert service.stdout is not None
        pid = int(service.stdout.readline())
        program = int(_stat(pid)[1])
        service.kill()
    for each in (pid, program):
        deadline = time.monotonic() + 30
        while _stat(each)[0] not in {"Z", ""} and time.monotonic() < deadline:
            time.sleep(0.05)
        assert _stat(each)[0] in {"Z", ""}


def _stat(pid: int) -> list[str]:
    """Give state and parent of a process; an empty state where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except FileNotFoundError:
        return ["", "0"]


IMPORTED = """
import io, sys
from PIL import Image
from app.recognition.decoding import open_pages
from app.recognition.page_child import loaded, read_page
from app.recognition.page_reader import PageReader
from app.recognition.reading import ReadingLimits
from app.recognition.templates import design
from tests.builders import a_consultation
reader = PageReader([design(a_consultation())], loaded(ReadingLimits()))
known = set(sys.modules)
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        read_page(open_pages(file.read(), ReadingLimits()), reader, 1)
print(*sorted(set(sys.modules) - known))
"""


def test_a_page_is_read_without_loading_anything_more(tmp_path: Path) -> None:
    (page,) = fill(CONSULTATION, TEMPLATE, {NAME: "旭川 花子"})
    (tmp_path / "form.tif").write_bytes(as_fax_tiff([page]))
    (tmp_path / "form.pdf").write_bytes(as_pdf([page]))
    page.save(tmp_path / "form.jpg")
    files = [str(each) for each in tmp_path.iterdir()]

    told = subprocess.run(
        [sys.executable, "-c", IMPORTED, *files], capture_output=True, text=True, check=True
    )

    assert told.stdout.split() == []


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
    recogniser.end()
    assert seen == ["旭川 花子"] * 2


def test_several_processes_read_one_file_and_its_pages_keep_their_order() -> None:
    names = ["旭川 花子", "北野 一郎", "南川 太郎", "東山 次郎"]
    images = [page for name in names for page in fill(CONSULTATION, TEMPLATE, {NAME: name})]
    pictures: list[int] = []
    part = Part(filename=None, media_type="application/pdf", data=as_pdf(images))
    recogniser = Recogniser(processes=3)
    found = recogniser.read(
        part, TEMPLATES, on_picture=lambda page, _: pictures.append(page.number)
    )
    recogniser.end()
    assert [each.readings[NAME].value for each in found.pages] == names
    assert [each.page for each in found.pages] == [1, 2, 3, 4]
    assert sorted(pictures) == [1, 2, 3, 4]
    assert not any(each.image for each in found.pages)


def test_a_reading_that_the_end_of_the_service_breaks_off_says_nothing_of_its_pages() -> None:
    part = Part(
        filename=None,
        media_type="application/pdf",
        data=as_pdf([Image.new("L", (200, 280), 255)] * 3),
    )
    recogniser = Recogniser()
    with pytest.raises(Unavailable):
        recogniser.read(part, {}, on_page=lambda _done, _total: recogniser.close())
    recogniser.end()


def test_what_a_listener_raises_ends_the_reading() -> None:
    part = Part(
        filename=None,
        media_type="application/pdf",
        data=as_pdf([Image.new("L", (200, 280), 255)] * 9),
    )

    def refuse(_done: int, _total: int) -> None:
        raise KeyError("mine")

    recogniser = Recogniser(processes=2)
    with pytest.raises(KeyError):
        recogniser.read(part, {}, on_page=refuse)
    assert len(recogniser.read(part, {}).pages) == 9
    recogniser.end()


def test_progress_is_told_page_by_page() -> None:
    told: list[tuple[int, int]] = []
    part = Part(
        filename=None,
        media_type="application/pdf",
        data=as_pdf([Image.new("L", (200, 280), 255)] * 3),
    )
    recogniser = Recogniser()
    recogniser.read(part, {}, on_page=lambda done, total: told.append((done, total)))
    recogniser.end()
    assert told == [(1, 3), (2, 3), (3, 3)]
