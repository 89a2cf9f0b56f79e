"""What the engine says is put together, compared and carried without loss."""

import io

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.comment_form import Reading
from app.domain.findings import Finding
from app.recognition import wire
from app.recognition.agreement import most_agreed
from app.recognition.japanese import mended_address
from app.recognition.reading import PageReading, TextLine
from app.recognition.spacing import join_words

WHOLE = (0.0, 0.0, 1.0, 1.0)


def _image(*spans: tuple[int, int]) -> numpy.typing.NDArray[numpy.uint8]:
    image = numpy.full((60, 600), 255, dtype=numpy.uint8)
    for left, right in spans:
        image[10:50, left:right] = 0
    return image


def test_a_gap_the_writer_left_becomes_a_space() -> None:
    image = _image((0, 36), (40, 76), (100, 136), (140, 176))
    assert join_words([("北星", 0, 76), ("花子", 100, 176)], image) == "北星 花子"


def test_words_the_engine_parted_are_joined_where_there_is_no_gap() -> None:
    image = _image((0, 36), (40, 76), (80, 116), (120, 156))
    assert join_words([("北星", 0, 76), ("花子", 80, 156)], image) == "北星花子"


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("北星市6条通9」目46番地", "北星市6条通9丁目46番地"),
        ("北星市永山3条19]目4-.12", "北星市永山3条19丁目4-12"),
        ("北星市東光7打2丁目3番8号", "北星市東光7条2丁目3番8号"),
        ("北星市中央1丁目2番3号", "北星市中央1丁目2番3号"),
        ("打越 1-2 目白", "打越 1-2 目白"),
    ],
)
def test_only_what_cannot_stand_in_an_address_is_mended(read: str, meant: str) -> None:
    assert mended_address(read) == meant


@given(st.text())
def test_mending_twice_changes_nothing_more(text: str) -> None:
    once = mended_address(text)
    assert mended_address(once) == once


def test_two_readings_outvote_a_surer_third() -> None:
    readings = [
        TextLine(text="賛成します", confidence=0.8, box=WHOLE),
        TextLine(text="資成します", confidence=0.9, box=WHOLE),
        TextLine(text="賛成します", confidence=0.8, box=WHOLE),
    ]
    chosen = most_agreed(readings)
    assert chosen.text == "賛成します"
    assert chosen.confidence < 0.8


def test_unanimous_readings_keep_their_confidence() -> None:
    readings = [TextLine(text="賛成", confidence=0.9, box=WHOLE)] * 3
    assert most_agreed(readings).confidence == pytest.approx(0.9)


def test_a_page_travels_between_the_processes_unchanged() -> None:
    page = PageReading(
        page=3,
        width=10,
        height=20,
        image=b"picture",
        template="ikb-1-r1-v1",
        form_page=1,
        consultation_number=1,
        readings={"/opinion": Reading(value="𠮷\n髙", confidence=0.5, source="ocr", box=WHOLE)},
        findings=(Finding(code="low_confidence", field="/opinion", data={"a": "b"}),),
        lines=(TextLine(text="行", confidence=0.1, box=WHOLE),),
    )
    pipe = io.BytesIO()
    wire.send(pipe, wire.page_to_json(page), page.image or b"")
    pipe.seek(0)
    message, tail = wire.receive(pipe, max_tail=100)
    assert wire.page_from_json(message, tail) == page


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 5, b"\xff" * 12, b"\0\0\0\1" + b"\0" * 8 + b"x", b"\0\0\0\2" + b"\0" * 8 + b"[]"],
)
def test_a_garbled_message_is_noticed(data: bytes) -> None:
    with pytest.raises(wire.BrokenMessage):
        wire.receive(io.BytesIO(data), max_tail=10)


def test_a_process_cannot_send_a_finding_that_does_not_exist() -> None:
    message = wire.page_to_json(PageReading(page=1))
    message["findings"] = [{"code": "made_up", "field": None, "data": {}}]
    with pytest.raises(wire.BrokenMessage):
        wire.page_from_json(message, b"")
