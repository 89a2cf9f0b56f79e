"""The text of .doc (Word 97 to 2003): its piece table, as the format's specification lays it out.

[MS-DOC] 2.4.1: the File Information Block names the stream of tables and, in it, the list of
pieces; each piece is text of one or of two bytes a character.
"""

import struct

import olefile

from app.channels.email.files.found import FileClosed

_MAGIC = 0xA5EC
_ENCRYPTED, _SECOND_TABLE = 0x0100, 0x0200
_CLX = 0x01A2
_CCP_TEXT = 0x004C
_PROPERTIES, _PIECES = 0x01, 0x02
_COMPRESSED = 0x40000000
_MAX_CHARACTERS = 5_000_000
_CELL, _FIELD_BEGIN, _FIELD_SEPARATOR, _FIELD_END = "\x07", "\x13", "\x14", "\x15"
_SHOWN = {"\r": "\n", "\x0b": "\n", "\x0c": "\n", _CELL: "\t", "\x1e": "-", "\xa0": " "}
_PIECE = 8


def doc_text(ole: olefile.OleFileIO) -> str:
    """Give the text of a Word document of the binary kind.

    Raises:
        FileClosed: It needs a password or is no such document.
    """
    stream = ole.openstream("WordDocument").read()
    if len(stream) < _CLX + _PIECE or struct.unpack_from("<H", stream, 0)[0] != _MAGIC:
        raise FileClosed("attachment_unread")
    (flags,) = struct.unpack_from("<H", stream, 0x0A)
    if flags & _ENCRYPTED:
        raise FileClosed("attachment_encrypted")
    tables = ole.openstream("1Table" if flags & _SECOND_TABLE else "0Table").read()
    start, size = struct.unpack_from("<II", stream, _CLX)
    (length,) = struct.unpack_from("<I", stream, _CCP_TEXT)
    text = _text(stream, _piece_table(tables[start : start + size]), length)
    return _shown(text)


def _piece_table(clx: bytes) -> bytes:
    at = 0
    while at < len(clx) and clx[at] == _PROPERTIES:
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if at >= len(clx) or clx[at] != _PIECES:
        raise FileClosed("file_unreadable")
    (size,) = struct.unpack_from("<I", clx, at + 1)
    return clx[at + 5 : at + 5 + size]


def _text(stream: bytes, table: bytes, length: int) -> str:
    count = (len(table) - 4) // (4 + _PIECE)
    ends = struct.unpack_from(f"<{count + 1}I", table, 0)
    pieces: list[str] = []
    for number in range(count):
        first, last = ends[number], min(ends[number + 1], length, _MAX_CHARACTERS)
        if last <= first:
            continue
        (where,) = struct.unpack_from("<I", table, 4 * (count + 1) + number * _PIECE + 2)
        if where & _COMPRESSED:
            begin = (where & ~_COMPRESSED) // 2
            pieces.append(stream[begin : begin + last - first].decode("cp1252", "replace"))
        else:
            data = stream[where : where + 2 * (last - first)]
            pieces.append(data.decode("utf-16-le", "replace"))
    return "".join(pieces)


def _shown(text: str) -> str:
    """Give what a reader sees: no field codes, a row of a table on a line."""
    text = text.replace(_CELL * 2, "\n")  # the last cell's mark, then the row's
    shown: list[str] = []
    codes: list[bool] = []  # for each open field, whether its code is still going on
    for char in text:
        if char == _FIELD_BEGIN:
            codes.append(True)
        elif char == _FIELD_SEPARATOR and codes:
            codes[-1] = False
        elif char == _FIELD_END and codes:
            codes.pop()
        elif not any(codes):
            seen = _SHOWN.get(char, char)
            if seen >= " " or seen in "\n\t":
                shown.append(seen)
    return "".join(shown).strip("\n")
