"""Messages between the service and the processes that open mails and files.

JSON with binary tails, never pickle: a process that a hostile mail took over must not be able
to run code in the service by its answer.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

_HEAD = struct.Struct(">QI")
_SIZE = struct.Struct(">Q")
_MAX_JSON = 64 * 1024 * 1024
_MAX_TAILS = 1_000
_STEP = 1024 * 1024
"""Bytes read at once; a whole tail at once would hold the interpreter while memory is made."""


class BrokenFrame(Exception):
    """The other side is gone or does not speak as agreed."""


def send(stream: BinaryIO, message: Mapping[str, object], tails: Sequence[bytes] = ()) -> None:
    """Write one message."""
    body = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
    stream.write(_HEAD.pack(len(body), len(tails)))
    stream.write(body)
    for tail in tails:
        stream.write(_SIZE.pack(len(tail)))
        stream.write(tail)
    stream.flush()


# Any: JSON is untyped at this border.
def receive(stream: BinaryIO, *, most: int) -> tuple[dict[str, Any], list[bytes]]:
    """Read one message.

    Args:
        stream: Where from.
        most: Bytes its tails may have together.

    Raises:
        BrokenFrame: It is not whole, or larger than agreed.
    """
    size, count = _HEAD.unpack(_exactly(stream, _HEAD.size))
    if size > _MAX_JSON or count > _MAX_TAILS:
        raise BrokenFrame("larger than agreed")
    try:
        message = json.loads(_exactly(stream, size))
    except ValueError as error:
        raise BrokenFrame("not JSON") from error
    if not isinstance(message, dict):
        raise BrokenFrame("not an object")
    tails: list[bytes] = []
    for _ in range(count):
        (length,) = _SIZE.unpack(_exactly(stream, _SIZE.size))
        most -= length
        if most < 0:
            raise BrokenFrame("larger than agreed")
        tails.append(_exactly(stream, length))
    return message, tails


def _exactly(stream: BinaryIO, size: int) -> bytes:
    pieces: list[bytes] = []
    missing = size
    while missing:
        piece = stream.read(min(missing, _STEP))
        if not piece:
            raise BrokenFrame("ended early")
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
