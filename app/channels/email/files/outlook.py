"""Outlook's own formats: .msg ([MS-OXMSG]) and winmail.dat (TNEF)."""

import struct
from collections.abc import Sequence

import olefile
from tnefparse.properties import MAPI_ATTACH_LONG_FILENAME
from tnefparse.tnef import TNEF, TNEFAttachment

from app.channels.email.decoding import decode
from app.channels.email.files.found import Found, InnerFile
from app.channels.email.html_text import html_to_text

_SUBSTANCE = "__substg1.0_"
_ATTACHMENT = "__attach_version1.0_"
_PROPERTIES = "__properties_version1.0"
_BODY, _HTML, _SENDER, _SENDER_SMTP = "1000", "1013", "0C1F", "5D01"
_DATA, _LONG_NAME, _NAME, _MEDIA_TYPE = "3701", "3707", "3704", "370E"
_UNICODE, _BYTES, _BINARY = "001F", "001E", "0102"
_CODEPAGE_TAGS = (0x3FFD0003, 0x3FDE0003)
_CODEPAGES = {932: "cp932", 50220: "iso-2022-jp", 50222: "iso-2022-jp", 51932: "euc-jp"}
_HEADER_BYTES, _ENTRY_BYTES = 32, 16
_MOST_ATTACHMENTS = 100


def msg_found(ole: olefile.OleFileIO) -> Found:
    """Give what an Outlook message holds."""
    charset = _charset(ole)
    text = _string(ole, [], _BODY, charset)
    if not text:
        markup = _stream(ole, [f"{_SUBSTANCE}{_HTML}{_BINARY}"])
        text = html_to_text(decode(markup, charset).text).text if markup else ""
    folders = sorted({entry[0] for entry in ole.listdir() if entry[0].startswith(_ATTACHMENT)})
    inner = [_attachment(ole, folder, charset) for folder in folders[:_MOST_ATTACHMENTS]]
    sender = _string(ole, [], _SENDER_SMTP, charset) or _string(ole, [], _SENDER, charset)
    return Found(
        text=_lines(text),
        inner=tuple(each for each in inner if each is not None),
        sender=sender if "@" in sender else None,
        findings=("attachment_limit",) if len(folders) > _MOST_ATTACHMENTS else (),
    )


def tnef_found(data: bytes) -> Found:
    """Give what a winmail.dat holds."""
    tnef = TNEF(data, do_checksum=False)
    text = _as_text(tnef.body)
    if not text and tnef.htmlbody:
        text = html_to_text(_as_text(tnef.htmlbody)).text
    inner = [
        InnerFile(filename=_base_name(_long_name(each) or title), data=bytes(each.data))
        for each, title in zip(tnef.attachments, _titles(tnef), strict=True)
        if each.data
    ]
    over = len(inner) > _MOST_ATTACHMENTS
    return Found(
        text=_lines(text),
        inner=tuple(inner[:_MOST_ATTACHMENTS]),
        findings=("attachment_limit",) if over else (),
    )


def _titles(tnef: TNEF) -> list[str]:
    """Give the short names by our own ladder: the library takes every one for UTF-8."""
    titles: list[str] = []
    for each in tnef.objects:
        if each.name == TNEF.ATTATTACHRENDDATA:
            titles.append("")
        elif each.name == TNEF.ATTATTACHTITLE and titles:
            titles[-1] = _as_text(each.data)
    return titles


def _long_name(attachment: TNEFAttachment) -> str:
    found = (each.data for each in attachment.mapi_attrs if each.name == MAPI_ATTACH_LONG_FILENAME)
    return _as_text(next(found, ""))


def _as_text(value: str | bytes | None) -> str:
    if isinstance(value, bytes):
        return decode(value.rstrip(b"\x00")).text
    return (value or "").rstrip("\x00")


def _attachment(ole: olefile.OleFileIO, folder: str, charset: str) -> InnerFile | None:
    data = _stream(ole, [folder, f"{_SUBSTANCE}{_DATA}{_BINARY}"])
    if not data:
        return None
    inside = [folder]
    name = _string(ole, inside, _LONG_NAME, charset) or _string(ole, inside, _NAME, charset)
    media_type = _string(ole, inside, _MEDIA_TYPE, charset)
    return InnerFile(
        filename=_base_name(name),
        media_type=media_type or "application/octet-stream",
        data=data,
    )


def _string(ole: olefile.OleFileIO, path: Sequence[str], tag: str, charset: str) -> str:
    wide = _stream(ole, [*path, f"{_SUBSTANCE}{tag}{_UNICODE}"])
    if wide:
        return wide.decode("utf-16-le", "replace").rstrip("\x00")
    return decode(_stream(ole, [*path, f"{_SUBSTANCE}{tag}{_BYTES}"]), charset).text.rstrip("\x00")


def _stream(ole: olefile.OleFileIO, path: Sequence[str]) -> bytes:
    return bytes(ole.openstream(list(path)).read()) if ole.exists(list(path)) else b""


def _charset(ole: olefile.OleFileIO) -> str:
    """Find the code page of strings that are not Unicode."""
    data = _stream(ole, [_PROPERTIES])
    for at in range(_HEADER_BYTES, len(data) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        tag, _, value = struct.unpack_from("<III", data, at)
        if tag in _CODEPAGE_TAGS and value in _CODEPAGES:
            return _CODEPAGES[value]
    return ""


def _base_name(name: str) -> str | None:
    return name.replace("\\", "/").rsplit("/", 1)[-1].strip("\x00 ") or None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
