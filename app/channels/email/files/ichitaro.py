"""The text of 一太郎 documents (.jtd): the runs of their text stream, without any layout.

Its maker publishes no specification. What is read here is what people who compared many documents
with what 一太郎 shows have described in public (the OpenJTD project's notes on ``DocumentText``):
a stream named so that opens with ``SsmgV.01``; big-endian units of 16 bits; text behind 0x001F up
to the next control; words with a reading above them between 0x001D and 0x001E, the fifth unit
before telling the word (0) from its reading (1). Whatever does not fit that is not read at all.
"""

import struct
import unicodedata
from collections.abc import Sequence

import olefile

from app.channels.email.files.found import FileClosed

STREAM = "DocumentText"
_COMPRESSED = "JSCompDocument"
_MAGIC = b"SsmgV.01"
_MAX_BYTES = 4 * 1024 * 1024
_TEXT, _INLINE, _INLINE_END = 0x1F, 0x1D, 0x1E
_SELECTOR = 2
"""Units from the one that tells a word from its reading to the 0x001D that opens it."""
_LONGEST_INLINE = 256
_KEPT = frozenset({0x09, 0x0A, 0x0D})
_FIRST_PRINTABLE, _DELETE, _LAST_CONTROL = 0x20, 0x7F, 0x9F
_FEWEST_LETTERS = 0.9
"""Of real text nearly every character is one that a person types."""


def is_ichitaro(ole: olefile.OleFileIO) -> bool:
    """Say whether a compound file is a document of 一太郎."""
    return bool(ole.exists(STREAM) or ole.exists(_COMPRESSED))


def ichitaro_text(ole: olefile.OleFileIO) -> str:
    """Give the text of a document of 一太郎.

    Raises:
        FileClosed: It cannot be taken out with certainty.
    """
    if not ole.exists(STREAM):
        raise FileClosed("attachment_ichitaro")
    stream = ole.openstream(STREAM).read(_MAX_BYTES)
    if not stream.startswith(_MAGIC):
        raise FileClosed("attachment_ichitaro")
    count = len(stream) // 2
    units = _runs(struct.unpack_from(f">{count}H", stream))
    text = struct.pack(f">{len(units)}H", *units).decode("utf-16-be", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not _is_plausible(text):
        raise FileClosed("attachment_ichitaro")
    return text


def _runs(units: Sequence[int]) -> list[int]:
    """Collect the units of text."""
    shown: list[int] = []
    inside = False
    at = 0
    while at < len(units):
        unit = units[at]
        if unit == _TEXT:
            inside = True
        elif unit == _INLINE:
            end = _inline_end(units, at)
            inside = False
            if end is not None:
                if at >= _SELECTOR and units[at - _SELECTOR] == 0:
                    shown.extend(units[at + 1 : end])
                at = end
        elif _is_control(unit):
            inside = False
        elif inside:
            shown.append(unit)
        at += 1
    return shown


def _inline_end(units: Sequence[int], start: int) -> int | None:
    for at in range(start + 1, min(start + 1 + _LONGEST_INLINE, len(units))):
        if units[at] == _INLINE_END:
            return at
    return None


def _is_control(unit: int) -> bool:
    return (unit < _FIRST_PRINTABLE and unit not in _KEPT) or _DELETE <= unit <= _LAST_CONTROL


def _is_plausible(text: str) -> bool:
    """Say whether it reads like text: letters, marks and blanks, no broken pairs."""
    if not text.strip() or "\ufffd" in text:
        return False
    typed = sum(char in "\n\t" or unicodedata.category(char)[0] in "LNPSZM" for char in text)
    return typed >= len(text) * _FEWEST_LETTERS
