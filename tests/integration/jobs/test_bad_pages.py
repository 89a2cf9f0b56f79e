"""A decoder that crashes, hangs or wants everything costs a worker of PostgreSQL one page."""

import io
import os
import signal
import struct
import zlib
from dataclasses import replace

import pytest
from PIL import Image

from app.domain.envelope import Channel, Envelope, Part
from app.domain.status import SubmissionState
from app.domain.submission import Lane
from app.intake.desk import PROGRAM, Desk
from app.intake.receive import receive
from app.jobs.embedded import Runner
from app.jobs.wakes import Wakes
from app.main import called_lanes
from app.recognition.page_process import PageProcess
from app.recognition.pages import Recogniser
from app.recognition.reading import PageReading, ReadingLimits
from tests.builders import NOON
from tests.integration.jobs.conftest import Place, eventually

BAD = 2
"""The page at which the decoder is struck."""


def a_fax(number: int) -> bytes:
    pages = [Image.new("1", (99 + number, 99 + each), 1) for each in range(3)]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression="group4")
    return out.getvalue()


def a_bomb() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def come(desk: Desk, data: bytes, number: int) -> str:
    envelope = Envelope(
        channel=Channel.FAX,
        received_at=NOON,
        source="fax",
        source_item=f"job-{number}",
        facts={"job_id": f"job-{number}"},
        parts=(Part(filename="fax", media_type="application/octet-stream", data=data),),
    )
    return receive(desk, envelope, actor=PROGRAM).submission_id


def unreadable(desk: Desk, submission_id: str) -> set[str | None]:
    submission = desk.queries.submissions.get(submission_id)
    assert submission is not None
    records = desk.queries.comments.of_submission(submission_id)
    said = [*submission.findings, *(each for record in records for each in record.findings)]
    return {each.data.get("page") for each in said if each.code == "page_unreadable"}


@pytest.mark.parametrize("how", ["crashes", "hangs", "is greedy"])
def test_a_bad_decoder_costs_one_page_and_not_the_worker(
    place: Place, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    really = PageProcess.read
    struck: list[int] = []

    def read(process: PageProcess, number: int) -> PageReading:
        if how != "is greedy" and number == BAD and not struck:
            assert process.pid is not None
            struck.append(process.pid)
            os.kill(process.pid, signal.SIGSEGV if how == "crashes" else signal.SIGSTOP)
        return really(process, number)

    monkeypatch.setattr(PageProcess, "read", read)
    limits = ReadingLimits(page_seconds=15.0)
    desk = replace(place.desk, recogniser=Recogniser(processes=1, limits=limits))
    runner = Runner(
        desk,
        Wakes(),
        alone=False,
        called=called_lanes(place.settings),
        reads=frozenset({Lane.OCR, Lane.STACK}),
    )
    runner.start()
    try:
        bad = come(desk, a_bomb() if how == "is greedy" else a_fax(1), 1)
        eventually(lambda: place.state(bad) is SubmissionState.DONE)
        good = come(desk, a_fax(2), 2)
        eventually(lambda: place.state(good) is SubmissionState.DONE)
        eventually(lambda: place.jobs() == [])
    finally:
        runner.stop()
        desk.recogniser.end()
    assert len(unreadable(desk, bad)) == 1
    assert unreadable(desk, good) == set()
    assert how == "is greedy" or struck
