"""Messages between the service and the process that decodes and reads pages.

JSON with a binary tail, never pickle: a process that a hostile file took over must not be able
to run code in the service by its answer.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, BinaryIO

from app.domain.comment_form import Box, Reading
from app.domain.findings import FINDINGS, Finding
from app.domain.ruled_form import Choice, FormCell, Mark
from app.recognition.reading import PageReading, ReadingLimits, TextLine

_HEAD = struct.Struct(">IQ")
_MAX_JSON = 64 * 1024 * 1024


class BrokenMessage(Exception):
    """The other side is gone or does not speak as agreed."""


def send(stream: BinaryIO, message: Mapping[str, object], tail: bytes = b"") -> None:
    """Write one message."""
    body = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
    stream.write(_HEAD.pack(len(body), len(tail)))
    stream.write(body)
    stream.write(tail)
    stream.flush()


# Any: JSON is untyped at this border.
def receive(stream: BinaryIO, *, max_tail: int) -> tuple[dict[str, Any], bytes]:
    """Read one message.

    Raises:
        BrokenMessage: It is not whole, or larger than agreed.
    """
    size, tail_size = _HEAD.unpack(_exactly(stream, _HEAD.size))
    if size > _MAX_JSON or tail_size > max_tail:
        raise BrokenMessage("larger than agreed")
    try:
        message = json.loads(_exactly(stream, size))
    except ValueError as error:
        raise BrokenMessage("not JSON") from error
    if not isinstance(message, dict):
        raise BrokenMessage("not an object")
    return message, _exactly(stream, tail_size)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise BrokenMessage("ended early")
    return data


def limits_from_json(data: Mapping[str, Any]) -> ReadingLimits:
    """Rebuild the limits."""
    return ReadingLimits(
        file_bytes=int(data["file_bytes"]),
        pages=int(data["pages"]),
        page_pixels=int(data["page_pixels"]),
        page_seconds=float(data["page_seconds"]),
        page_cpu_seconds=int(data["page_cpu_seconds"]),
        memory_bytes=int(data["memory_bytes"]),
        engine_seconds=float(data["engine_seconds"]),
    )


def page_to_json(page: PageReading) -> dict[str, object]:
    """Give a page without its picture, which travels as the tail."""
    return {
        "page": page.page,
        "width": page.width,
        "height": page.height,
        "blank": page.blank,
        "template": page.template,
        "form_page": page.form_page,
        "consultation_number": page.consultation_number,
        "readings": {key: asdict(each) for key, each in page.readings.items()},
        "findings": [
            {"code": each.code, "field": each.field, "data": dict(each.data)}
            for each in page.findings
        ],
        "text": page.text,
        "lines": [asdict(each) for each in page.lines],
        "cells": [asdict(each) for each in page.cells],
        "around": page.around,
        "header": page.header,
        "envelope": page.envelope,
        "typed": page.typed,
        "separator": page.separator,
    }


def page_from_json(data: Mapping[str, Any], image: bytes) -> PageReading:
    """Rebuild a page and its picture.

    Raises:
        BrokenMessage: A member is missing or has no usable value.
    """
    try:
        return PageReading(
            page=int(data["page"]),
            width=int(data["width"]),
            height=int(data["height"]),
            image=image or None,
            blank=bool(data["blank"]),
            template=_text(data["template"]),
            form_page=_number(data["form_page"]),
            consultation_number=_number(data["consultation_number"]),
            readings={str(key): _reading(each) for key, each in data["readings"].items()},
            findings=tuple(_finding(each) for each in data["findings"]),
            text=str(data["text"]),
            lines=tuple(_text_line(each) for each in data["lines"]),
            cells=tuple(_cell(each) for each in data["cells"]),
            around=str(data["around"]),
            header=str(data["header"]),
            envelope=str(data["envelope"]),
            typed=bool(data["typed"]),
            separator=bool(data["separator"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenMessage("not a page") from error


def _reading(data: Mapping[str, Any]) -> Reading:
    confidence = data["confidence"]
    return Reading(
        value=str(data["value"]),
        confidence=None if confidence is None else float(confidence),
        source=str(data["source"]),
        page=_number(data["page"]),
        box=None if data["box"] is None else _box(data["box"]),
        engine=_text(data["engine"]),
        template=_text(data["template"]),
        raw=_text(data["raw"]),
        seen=tuple((str(taken), str(others)) for taken, others in data["seen"]),
    )


def _finding(data: Mapping[str, Any]) -> Finding:
    code = str(data["code"])
    if code not in FINDINGS:
        raise ValueError(code)
    values = {str(key): str(each) for key, each in data["data"].items()}
    return Finding(code=code, field=_text(data["field"]), data=values)


def _text_line(data: Mapping[str, Any]) -> TextLine:
    return TextLine(
        text=str(data["text"]),
        confidence=float(data["confidence"]),
        box=_box(data["box"]),
        sureness=tuple(float(each) for each in data["sureness"]),
        raw=_text(data["raw"]),
        engine=_text(data["engine"]),
        places=tuple(float(each) for each in data["places"]),
        contradicted=int(data["contradicted"]),
        options=tuple(
            tuple((str(char), float(chance)) for char, chance in each) for each in data["options"]
        ),
        preferred=int(data["preferred"]),
    )


def _cell(data: Mapping[str, Any]) -> FormCell:
    return FormCell(
        box=_box(data["box"]),
        shown=_box(data["shown"]),
        lines=tuple(str(each) for each in data["lines"]),
        choices=tuple(
            Choice(text=str(each["text"]), mark=Mark(each["mark"])) for each in data["choices"]
        ),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: int | str | None) -> int | None:
    return None if value is None else int(value)


def _box(values: Sequence[float]) -> Box:
    left, top, right, bottom = (float(each) for each in values)
    return (left, top, right, bottom)
