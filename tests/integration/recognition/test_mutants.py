"""Damaged and hostile files through arrival, queue and the real processes: each ends stored and seen.

Our own scans in every format we read, mutated by seed: cut off, bits turned, blocks overwritten or
repeated, sizes forged, one format's head on another's body, and a few bombs made on purpose.
"""

import hashlib
import io
import itertools
import os
import random
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from pillow_heif import register_heif_opener

from app.domain.comment_form import ADDRESS, NAME, OPINION
from app.domain.consultation import Consultation
from app.domain.envelope import Channel, Delivery, Envelope, Part
from app.domain.status import CommentStatus, SubmissionState
from app.domain.submission import Lane
from app.intake import procedures
from app.intake.desk import Desk
from app.intake.documents import bytes_of
from app.intake.read import claim, read
from app.intake.receive import receive
from app.recognition.filled_form import as_fax_tiff, as_pdf, fill
from app.recognition.form_layout import design
from app.recognition.pages import ReadingLimits, Recogniser
from tests.builders import ADMIN, NOON, a_consultation

FULL, SAMPLE = 1_000, 22
LANES = 2
ANSWERS = {
    NAME: "北野花子",
    ADDRESS: "北星市中央2条3丁目4番地",
    OPINION: "評価書の説明会を、平日の夜にも開いてください。",
}
SIZE_FIELDS = {
    "PDF": rb"/(?:Width|Height|Length|Count|BitsPerComponent|Size) (\d+)",
    "PNG": rb"IHDR(.{8})",
    "TIFF": rb"(?:\x00\x01|\x01\x01|\x11\x01|\x17\x01)[\x03\x04]\x00.{4}(.{4})",
    "JPEG": rb"\xff[\xc0\xc2].{3}(.{4})",
    "HEIC": rb"ispe.{4}(.{8})",
}
"""Where each format says how large it is."""


def _encoded(image: Image.Image, kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def _scans(consultation: Consultation) -> dict[str, bytes]:
    """Give our form, filled in and scanned, in every format."""
    register_heif_opener()
    (page,) = fill(consultation, design(consultation), ANSWERS, dpi=150)
    return {
        "PDF": as_pdf([page], dpi=150),
        "TIFF": as_fax_tiff([page] * 2, dpi=(204, 98)),
        "JPEG": _encoded(page, "JPEG", quality=60, dpi=(150, 150)),
        "PNG": _encoded(page, "PNG", dpi=(150, 150)),
        "HEIC": _encoded(page.resize((620, 877)).convert("RGB"), "HEIF", quality=50),
    }


def _cut_off(data: bytes, _kind: str, chance: random.Random, _all: Sequence[bytes]) -> bytes:
    return data[: chance.randrange(1, len(data))]


def _bits_turned(data: bytes, _kind: str, chance: random.Random, _all: Sequence[bytes]) -> bytes:
    mutated = bytearray(data)
    # Near the head is where a file says what it is.
    reach = chance.choice([64, 512, len(data)])
    for _ in range(chance.choice([1, 4, 40, 400])):
        mutated[chance.randrange(min(reach, len(data)))] ^= 1 << chance.randrange(8)
    return bytes(mutated)


def _overwritten(data: bytes, _kind: str, chance: random.Random, _all: Sequence[bytes]) -> bytes:
    start = chance.randrange(len(data))
    length = chance.choice([4, 64, 4096])
    fill_with = chance.choice([b"\0" * length, b"\xff" * length, chance.randbytes(length)])
    return data[:start] + fill_with + data[start + length :]


def _repeated(data: bytes, _kind: str, chance: random.Random, _all: Sequence[bytes]) -> bytes:
    start = chance.randrange(len(data))
    block = data[start : start + chance.choice([16, 1024, 65536])]
    return data[:start] + block * chance.randint(2, 30) + data[start:]


def _size_forged(data: bytes, kind: str, chance: random.Random, _all: Sequence[bytes]) -> bytes:
    places = list(re.finditer(SIZE_FIELDS[kind], data, re.DOTALL))
    if not places:
        return _bits_turned(data, kind, chance, _all)
    start, end = chance.choice(places).span(1)
    if kind == "PDF":
        number = str(chance.choice([0, 1, 65_535, 99_999_999, 2**31, 2**63])).encode()
        return data[:start] + number + data[end:]
    huge = chance.choice([b"\xff", b"\x7f", b"\x00", b"\x01"]) * (end - start)
    return data[:start] + huge + data[end:]


def _wrong_head(data: bytes, _kind: str, chance: random.Random, every: Sequence[bytes]) -> bytes:
    length = chance.choice([4, 12, 64, 600])
    return chance.choice(every)[:length] + data[length:]


MUTATIONS: tuple[Callable[[bytes, str, random.Random, Sequence[bytes]], bytes], ...] = (
    _cut_off,
    _bits_turned,
    _overwritten,
    _repeated,
    _size_forged,
    _wrong_head,
)


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def _png_bomb(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(2_000_000), 9))
    return b"\x89PNG\r\n\x1a\n" + body + _chunk(b"IEND", b"")


def _pdf(*objects: bytes) -> bytes:
    body = b"".join(b"%d 0 obj%sendobj\n" % (at, each) for at, each in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R>>"


_CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
_PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"


def _page(contents: bytes, media: bytes = b"0 0 595 842") -> bytes:
    resources = b"/Resources<</XObject<</F 4 0 R>>>>"
    return b"<</Type/Page/Parent 2 0 R/MediaBox[%s]%s/Contents %s>>" % (media, resources, contents)


def _stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream " % (extra, len(data), data)


def _bombs() -> Iterator[bytes]:
    """Make files that ask for far more than they are worth."""
    yield _png_bomb(60_000, 60_000)
    yield _png_bomb(1, 2**31 - 1)
    yield _png_bomb(7_000, 8_000)
    # A form that draws itself, ten times at every level.
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 4 0 R>>>>"
    yield _pdf(_CATALOG, _PAGES, _page(b"5 0 R"), _stream(b"/F Do " * 10, form), _stream(b"/F Do"))
    # Half a million brackets, one inside the other, and as many saved states.
    yield _pdf(_CATALOG, _PAGES, _page(b"4 0 R"), _stream(b"[" * 500_000))
    yield _pdf(_CATALOG, _PAGES, _page(b"4 0 R"), _stream(b"q " * 500_000))
    # 200 MB of white space out of 200 kB.
    flate = _stream(zlib.compress(b" " * 200_000_000, 9), b"/Filter/FlateDecode")
    yield _pdf(_CATALOG, _PAGES, _page(b"4 0 R"), flate)
    # A page of two kilometres, a page tree that holds itself, a page without size.
    yield _pdf(_CATALOG, _PAGES, _page(b"4 0 R", b"0 0 5669291 5669291"), _stream(b""))
    yield _pdf(_CATALOG, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>")
    yield _pdf(_CATALOG, _PAGES, _page(b"4 0 R", b"0 0 0 0"), _stream(b""))
    # A TIFF whose directory follows itself, and one of 100,000 strips.
    yield b"II*\0\x08\0\0\0" + b"\x01\0" + struct.pack("<HHII", 256, 4, 1, 9) + b"\x08\0\0\0"
    strips = struct.pack("<HHII", 273, 4, 100_000, 8) + struct.pack("<HHII", 256, 4, 1, 2**31)
    yield b"II*\0\x08\0\0\0" + b"\x02\0" + strips + b"\0\0\0\0"
    yield b"\0\0\0\x18ftypheic" + b"\0" * 8 + struct.pack(">I", 2**31) + b"meta" + b"\0" * 64
    noise = Image.effect_noise((900, 1200), 90)
    ImageDraw.Draw(noise).rectangle((0, 0, 899, 1199), outline=0, width=40)
    yield _encoded(noise, "PNG")
    yield "意見です。".encode("cp932") * 1000


def _mutants(scans: dict[str, bytes], seed: int) -> Iterator[bytes]:
    """Make mutants without end, no two alike: equal bytes would be one arrival."""
    made = set()
    for data in itertools.chain(_bombs(), _mutated(scans, seed)):
        print_of = hashlib.sha256(data).digest()
        if print_of not in made:
            made.add(print_of)
            yield data


def _mutated(scans: dict[str, bytes], seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    every = list(scans.values())
    kinds = itertools.cycle(itertools.product(MUTATIONS, scans))
    for mutate, kind in kinds:
        yield mutate(scans[kind], kind, chance, every)


def _envelope(data: bytes, number: int) -> Envelope:
    return Envelope(
        channel=Channel.MAIL,
        delivery=Delivery.HAND,
        received_at=NOON,
        source="",
        facts={"number": str(number)},  # so that two equal mutants are told apart by their findings
        parts=(Part(filename="scan.bin", media_type="application/octet-stream", data=data),),
    )


def _states() -> list[str]:
    """Give the state of every process that this one started and did not collect."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text("ascii").split()
    return [
        Path(f"/proc/{each}/stat").read_text("ascii").rpartition(")")[2].split()[0]
        for each in children
    ]


@pytest.fixture
def impatient(desk: Desk, soak: bool) -> Iterator[Desk]:
    """A desk that grants a page less time than usual: many of these would use all of it."""
    limits = ReadingLimits(page_seconds=60.0, page_cpu_seconds=10 if soak else 4)
    recogniser = Recogniser(processes=LANES, limits=limits)
    yield replace(desk, recogniser=recogniser)
    recogniser.end()


def _read_all(desk: Desk, lane: Lane) -> None:
    while (submission := claim(desk, lane, worker="test")) is not None:
        read(desk, submission.id, worker="test", lane=lane)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_mutant_ends_stored_and_seen(impatient: Desk, soak: bool) -> None:
    desk = impatient
    scans = _scans(procedures.create(desk, a_consultation(), actor=ADMIN))
    count = FULL if soak else SAMPLE
    seen: dict[str, bytes] = {}
    for number, data in enumerate(itertools.islice(_mutants(scans, 20260401), count)):
        received = receive(desk, _envelope(data, number), actor=ADMIN)
        seen[received.submission_id] = data
    for lane in (Lane.OCR, Lane.STACK):
        with ThreadPoolExecutor(LANES) as lanes:
            for each in [lanes.submit(_read_all, desk, lane) for _ in range(LANES)]:
                each.result()
    assert len(seen) == count
    for submission_id, data in seen.items():
        submission = desk.queries.submissions.get(submission_id)
        assert submission is not None
        # Done, not failed: no file makes the use case itself stumble.
        assert (submission.state, submission.failures) == (SubmissionState.DONE, 0)
        original = desk.queries.submissions.original(submission_id)
        assert original is not None
        assert bytes_of(desk, original) == data
        assert original.sha256 == hashlib.sha256(data).hexdigest()
        records = desk.queries.comments.of_submission(submission_id)
        assert records
        assert all(each.status is CommentStatus.NEEDS_REVIEW for each in records)
        assert all(each.findings for each in records)
    assert "Z" not in _states()
