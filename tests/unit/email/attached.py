"""Files as citizens attach them, built in code: every name and address in them is invented."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from html import escape

import openpyxl
import pyzipper
from docx import Document
from fpdf import FPDF
from msoffcrypto.format.ooxml import OOXMLFile

from app.recognition.fonts import font_file
from tests.unit.email.mails import b64, multipart, part, word

_SECTOR = 512
_MINI_CUTOFF = 4096
_FREE, _CHAIN_END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def zipped(members: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def zipped_in_cp932(name: str, data: bytes) -> bytes:
    """Pack as Windows does in Japan: names in CP932, no mark."""
    stand_in = "N" * len(name.encode("cp932"))
    return zipped({stand_in: data}).replace(stand_in.encode(), name.encode("cp932"))


def locked(packed: bytes) -> bytes:
    """Set the mark of a password on every member."""
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = packed.find(mark)
        while start >= 0:
            packed = packed[: start + at] + b"\x01" + packed[start + at + 1 :]
            start = packed.find(mark, start + 1)
    return packed


def zipped_with_password(members: Mapping[str, bytes], password: bytes) -> bytes:
    """Pack with AES of 256 bits (AE-2)."""
    packed = io.BytesIO()
    with pyzipper.AESZipFile(
        packed, "w", compression=zipfile.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(password)
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def zipped_with_old_cipher(name: str, data: bytes, password: bytes) -> bytes:
    """Pack one file with the cipher of PKZIP 2 (APPNOTE.TXT, 6.1), stored."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def crc(before: int, byte: int) -> int:
        return (zlib.crc32(bytes([byte]), before ^ 0xFFFFFFFF) ^ 0xFFFFFFFF) & 0xFFFFFFFF

    def feed(byte: int) -> None:
        keys[0] = crc(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = crc(keys[2], keys[1] >> 24)

    for byte in password:
        feed(byte)
    checksum = zlib.crc32(data)
    out = bytearray()
    for byte in bytes(11) + bytes([checksum >> 24]) + data:
        mix = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ (((mix * (mix ^ 1)) >> 8) & 0xFF))
        feed(byte)
    named = name.encode()
    facts = struct.pack(
        "<5H3I2H", 20, 0x801, 0, 0, 0x21, checksum, len(out), len(data), len(named), 0
    )
    entry = b"PK\x03\x04" + facts + named + bytes(out)
    listed = (
        b"PK\x01\x02" + struct.pack("<H", 20) + facts + struct.pack("<3H2I", 0, 0, 0, 0, 0) + named
    )
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(listed), len(entry), 0)
    return entry + listed + end


def whole_docx(rows: Sequence[tuple[str, str]]) -> bytes:
    """Build a form as Word itself would: with every part there is."""
    made = Document()
    table = made.add_table(rows=0, cols=2)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    packed = io.BytesIO()
    made.save(packed)
    return packed.getvalue()


def locked_office(data: bytes, password: str) -> bytes:
    """Lock an Office file as Office 2010 and newer do ([MS-OFFCRYPTO], agile)."""
    out = io.BytesIO()
    OOXMLFile(io.BytesIO(data)).encrypt(password, out)
    return out.getvalue()


def jtd(text: str, readings: Mapping[str, str] | None = None) -> bytes:
    """Write a document of 一太郎: its text stream, with readings above words."""
    stream = bytearray(b"SsmgV.01" + bytes(12) + b"TextV.01" + bytes(4))

    def put(*units: int) -> None:
        stream.extend(struct.pack(f">{len(units)}H", *units))

    def write(said: str) -> None:
        stream.extend(said.encode("utf-16-be"))

    put(0x1C, 14, 0, 0x30, 0x1F)
    rest = text
    for base, reading in (readings or {}).items():
        before, rest = rest.split(base, 1)
        write(before)
        for which, said in ((0, base), (1, reading)):
            put(0x1C, 1, 7, 0, which, 0x82, 0x1D)
            write(said)
            put(0x1E)
        put(5, 0x41, 0x1F)
    write(rest)
    put(0x0E, 0x3042)
    return compound({"DocumentText": bytes(stream), "LayoutBox": b"\x00"})


def _paragraph(line: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>'


def docx(rows: Sequence[tuple[str, str]], below: str = "") -> bytes:
    """Build a form as a table of labels and values, with text below it."""
    table = "".join(
        "<w:tr>"
        + "".join(f"<w:tc>{''.join(map(_paragraph, cell.split(chr(10))))}</w:tc>" for cell in row)
        + "</w:tr>"
        for row in rows
    )
    body = f"<w:tbl>{table}</w:tbl>" + "".join(map(_paragraph, below.split("\n")))
    struck = "<w:p><w:pPr><w:tabs><w:tab w:pos='1'/></w:tabs></w:pPr><w:del><w:r><w:delText>消</w:delText></w:r></w:del></w:p>"
    document = f'<w:document xmlns:w="{W}"><w:body>{body}{struck}</w:body></w:document>'
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": document.encode()})


def odt(text: str) -> bytes:
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.split("\n"))
    content = f'<office:document-content xmlns:office="o" xmlns:text="t">{lines}</office:document-content>'
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "content.xml": content.encode(),
        }
    )


def xlsx(rows: Sequence[Sequence[object]], hidden: str = "") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if hidden:
        unseen = book.create_sheet("隠し")
        unseen["A1"] = hidden
        unseen.sheet_state = "hidden"
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def rtf(text: str) -> bytes:
    out = ["{\\rtf1\\ansi\\ansicpg932{\\fonttbl{\\f0\\fcharset128 MS Mincho;}}\\f0 "]
    for line in text.split("\n"):
        out.extend(f"\\'{byte:02x}" for byte in line.encode("cp932"))
        out.append("\\par\n")
    return "".join([*out, "}"]).encode("ascii")


def pdf(text: str, password: str | None = None) -> bytes:
    made = FPDF()
    made.add_page()
    made.add_font("gothic", fname=str(font_file()))
    made.set_font("gothic", size=12)
    made.multi_cell(0, text=text)
    if password is not None:
        made.set_encryption(owner_password=password, user_password=password)
    return bytes(made.output())


def compound(streams: Mapping[str, bytes]) -> bytes:
    """Write an OLE compound file; a slash in a name puts the stream into a storage."""
    storages = sorted({name.split("/")[0] for name in streams if "/" in name})
    padded = {name: data.ljust(_MINI_CUTOFF, b"\x00") for name, data in streams.items()}
    body = bytearray()
    fat: list[int] = []
    starts: dict[str, int] = {}
    for name, data in padded.items():
        count = -(-len(data) // _SECTOR)
        starts[name] = len(fat)
        fat.extend([*range(len(fat) + 1, len(fat) + count), _CHAIN_END])
        body += data.ljust(count * _SECTOR, b"\x00")
    entries = _directory(padded, storages, starts)
    directory_at = len(fat)
    count = len(entries) // _SECTOR
    fat.extend([*range(directory_at + 1, directory_at + count), _CHAIN_END])
    fats = 1
    while fats * (_SECTOR // 4) < len(fat) + fats:
        fats += 1
    first_fat = len(fat)
    fat.extend([_FAT] * fats)
    fat.extend([_FREE] * (fats * (_SECTOR // 4) - len(fat)))
    header = struct.pack(
        "<8s16s5H6x9I",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"",
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, fats, directory_at, 0, _MINI_CUTOFF),
        *(_CHAIN_END, 0, _CHAIN_END, 0),
    )
    places = [*range(first_fat, first_fat + fats), *[_FREE] * (109 - fats)]
    header += struct.pack("<109I", *places)
    return header + bytes(body) + entries + struct.pack(f"<{len(fat)}I", *fat)


def _directory(
    streams: Mapping[str, bytes], storages: Sequence[str], starts: Mapping[str, int]
) -> bytes:
    top = [*storages, *(name for name in streams if "/" not in name)]
    inside = {s: [name for name in streams if name.startswith(s + "/")] for s in storages}
    order = [*top, *(name for names in inside.values() for name in names)]
    place = {name: index + 1 for index, name in enumerate(order)}

    def entry(name: str, kind: int, following: int, child: int) -> bytes:
        named = name.encode("utf-16-le") + b"\x00\x00"
        return struct.pack(
            "<64sH2B3I16s4x16xIQ",
            named,
            len(named),
            *(kind, 1, _FREE, following, child),
            b"",
            starts.get(name, 0),
            0,
        )

    out = entry("Root Entry", 5, _FREE, 1 if top else _FREE)
    for group in (top, *inside.values()):
        for index, name in enumerate(group):
            following = place[group[index + 1]] if index + 1 < len(group) else _FREE
            child = place[inside[name][0]] if name in inside else _FREE
            made = entry(name.split("/")[-1], 1 if name in inside else 2, following, child)
            size = 0 if name in inside else len(streams[name])
            first = _FREE if name in inside else starts[name]
            out += made[:116] + struct.pack("<IQ", first if name not in inside else 0, size)
    unused = b"\x00" * 68 + struct.pack("<3I", _FREE, _FREE, _FREE) + b"\x00" * 48
    return out + unused * (-(len(out) // 128) % 4)


def doc(text: str, *, encrypted: bool = False) -> bytes:
    """Write a Word 97 document of two pieces, one of them of one byte a character."""
    label, body = "Form\r", text.replace("\n", "\r")
    start = 0x600
    stream = bytearray(start)
    flags = 0x0200 | (0x0100 if encrypted else 0)
    struct.pack_into("<H", stream, 0, 0xA5EC)
    struct.pack_into("<H", stream, 0x0A, flags)
    struct.pack_into("<I", stream, 0x4C, len(label) + len(body))
    stream += label.encode("cp1252")
    wide = len(stream)
    stream += body.encode("utf-16-le")
    ends = struct.pack("<3I", 0, len(label), len(label) + len(body))
    pieces = struct.pack("<HIH", 0, 0x40000000 | start * 2, 0) + struct.pack("<HIH", 0, wide, 0)
    clx = b"\x01\x02\x00ab\x02" + struct.pack("<I", len(ends + pieces)) + ends + pieces
    struct.pack_into("<II", stream, 0x01A2, 0, len(clx))
    return compound({"WordDocument": bytes(stream), "1Table": clx})


def xls(rows: Sequence[tuple[str, str]], *, encrypted: bool = False) -> bytes:
    """Write a workbook of BIFF8 records."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<2H", kind, len(data)) + data

    end = record(0x0A, b"")
    begin = struct.pack("<4H2I", 0x0600, 0x0005, 0, 0, 0, 0)
    lock = record(0x2F, struct.pack("<3H", 0, 1, 1)) if encrypted else b""
    head = record(0x809, begin) + lock + record(0x42, struct.pack("<H", 1200))
    place = len(head) + 4 + 8 + 2 + len(end)
    head += record(0x85, struct.pack("<IBB", place, 0, 0) + b"\x02\x00S1") + end
    cells = b"".join(
        record(
            0x204,
            struct.pack("<4HB", y, x, 0, len(value), 1) + value.encode("utf-16-le"),
        )
        for y, row in enumerate(rows)
        for x, value in enumerate(row)
    )
    sheet = record(0x809, struct.pack("<4H2I", 0x0600, 0x0010, 0, 0, 0, 0)) + cells + end
    return compound({"Workbook": head + sheet})


def msg(text: str, files: Mapping[str, bytes]) -> bytes:
    streams = {
        "__properties_version1.0": b"\x00" * 32,
        "__substg1.0_1000001F": text.encode("utf-16-le"),
        "__substg1.0_5D01001F": "taro@example.jp".encode("utf-16-le"),
    }
    for number, (name, data) in enumerate(files.items()):
        folder = f"__attach_version1.0_#{number:08X}"
        streams[f"{folder}/__substg1.0_37010102"] = data
        streams[f"{folder}/__substg1.0_3707001F"] = name.encode("utf-16-le")
    return compound(streams)


def winmail(text: str, files: Mapping[str, bytes]) -> bytes:
    def attribute(level: int, name: int, kind: int, data: bytes) -> bytes:
        checksum = sum(data) & 0xFFFF
        return (
            struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", checksum)
        )

    out = struct.pack("<IH", 0x223E9F78, 1)
    out += attribute(1, 0x9007, 6, struct.pack("<II", 932, 0))
    out += attribute(1, 0x800C, 2, text.encode("cp932") + b"\x00")
    for name, data in files.items():
        out += attribute(2, 0x9002, 6, b"\x00" * 14)
        out += attribute(2, 0x8010, 1, name.encode("cp932") + b"\x00")
        out += attribute(2, 0x800F, 6, data)
    return out + b"\x00" * 2


def eml(sender: str, text: str) -> bytes:
    head = f"From: {sender}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    return head.encode() + text.replace("\n", "\r\n").encode()


def mail_with(
    text: str, files: Mapping[str, bytes], media_type: str = "application/octet-stream"
) -> bytes:
    parts = [
        part(
            b64(data),
            f'Content-Type: {media_type}; name="{word(name.encode(), "utf-8").decode()}"\n'
            "Content-Disposition: attachment\nContent-Transfer-Encoding: base64",
        )
        for name, data in files.items()
    ]
    said = part(text.replace("\n", "\r\n").encode(), "Content-Type: text/plain; charset=utf-8")
    return multipart("mixed", said, *parts)
