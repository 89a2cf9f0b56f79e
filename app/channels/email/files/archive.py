"""ZIP archives: bounded in depth, number and size; names only ever shown, never used as paths."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from app.channels.email.decoding import decode
from app.channels.email.files.found import FileClosed, Found, InnerFile

MAX_MEMBERS = 100
MAX_BYTES = 100 * 1024 * 1024
_MAX_RATIO = 200
_SMALL = 1024 * 1024
"""What unpacks to less than this is no bomb, however well it was packed."""
_UTF8_NAME = 0x800
_LOCKED = 0x1
_LONGEST_NAME = 200


Archive: TypeAlias = Any
"""``zipfile.ZipFile``, or the reader of locked archives: of the same methods, without types."""
Member: TypeAlias = Any
"""``ZipInfo`` of either."""


def zip_found(archive: zipfile.ZipFile) -> Found:
    """Unpack an archive within bounds.

    Raises:
        FileClosed: It needs a password.
    """
    members = [info for info in archive.infolist() if not info.is_dir()]
    if members and all(info.flag_bits & _LOCKED for info in members):
        raise FileClosed("attachment_encrypted")
    findings: dict[str, None] = {}
    inner = unpacked(archive, members, findings)
    return Found(inner=inner, findings=tuple(findings))


def unpacked(
    archive: Archive,
    members: Sequence[Member],
    findings: dict[str, None],
    *,
    password: bytes | None = None,
    opened: bool = False,
) -> tuple[InnerFile, ...]:
    """Unpack members of an archive within bounds.

    Args:
        archive: The archive.
        members: Those to unpack; locked ones are passed over without a password.
        findings: Where to say what was passed over.
        password: What opens the locked ones.
        opened: Whether they are to be marked as opened with a password.
    """
    return tuple(_unpacked(archive, members, findings, password, opened=opened))


def _unpacked(
    archive: Archive,
    members: Sequence[Member],
    findings: dict[str, None],
    password: bytes | None,
    *,
    opened: bool,
) -> Iterator[InnerFile]:
    left = MAX_BYTES
    if len(members) > MAX_MEMBERS:
        findings["attachment_limit"] = None
    for info in members[:MAX_MEMBERS]:
        name = _name(info)
        if _is_litter(name):
            continue
        if _climbs(name):
            findings["attachment_suspicious"] = None
        if info.flag_bits & _LOCKED and password is None:
            findings["attachment_encrypted"] = None
            continue
        data = _data(archive, info, left, password)
        if data is None:
            findings["attachment_limit"] = None
            continue
        left -= len(data)
        yield InnerFile(filename=_last(name), data=data, opened=opened)


def _data(archive: Archive, info: Member, left: int, password: bytes | None) -> bytes | None:
    """Unpack one member; None where it is larger than may be, whatever it claims."""
    bound = min(left, max(_SMALL, info.compress_size * _MAX_RATIO))
    if info.file_size > bound:
        return None
    try:
        with archive.open(info, pwd=password) as stream:
            data: bytes = stream.read(bound + 1)
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError):
        return None
    except (RuntimeError, zlib.error):  # the library's own error of a wrong checksum is one
        return None
    return None if len(data) > bound else data


def _name(info: Member) -> str:
    """Give a member's name; without the mark for UTF-8 it is in whatever its writer used."""
    if info.flag_bits & _UTF8_NAME:
        return str(info.filename)
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return str(info.filename)
    return decode(raw, "cp932").text


def _climbs(name: str) -> bool:
    """Say whether a name would leave the folder it is unpacked into."""
    plain = name.replace("\\", "/")
    return plain.startswith("/") or plain[1:2] == ":" or ".." in plain.split("/") or "\0" in plain


def _is_litter(name: str) -> bool:
    """Say whether a member is what a system keeps for itself."""
    last = _last(name)
    return name.startswith("__MACOSX/") or last in (".DS_Store", "Thumbs.db", "desktop.ini")


def _last(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1][-_LONGEST_NAME:]
