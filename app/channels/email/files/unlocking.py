"""Files with a password, tried with the words of the writer's own mails.

Runs only in the child that opens attachments. A password is compared and forgotten: it stands in
no answer, no error and no name.
"""

import io
import zipfile
from collections.abc import Callable, Sequence

import msoffcrypto
import pikepdf
import pyzipper
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError
from msoffcrypto.format.ooxml import OOXMLFile

from app.channels.email.files.archive import Archive, Member, unpacked
from app.channels.email.files.found import InnerFile

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAX_BYTES = 100 * 1024 * 1024
_FIRST_KILOBYTE = 1024


def unlocked(file: InnerFile, passwords: Sequence[str]) -> tuple[InnerFile, ...]:
    """Open a file with the first password that fits; empty where none does.

    Returns:
        The file without its password, or the members of an archive that had one.
    """
    try:
        return _unlocked(file, passwords) if passwords else ()
    # Decoders raise whatever they stumble on; a file that cannot be opened stays locked.
    except Exception:  # noqa: BLE001 - this process exists to contain that
        return ()


def _unlocked(file: InnerFile, passwords: Sequence[str]) -> tuple[InnerFile, ...]:
    if file.data.startswith(b"PK"):
        return _members(file.data, passwords)
    opener: Callable[[bytes, str], bytes | None] = _office
    if b"%PDF-" in file.data[:_FIRST_KILOBYTE]:
        opener = _pdf
    elif not file.data.startswith(_OLE):
        return ()
    for password in passwords:
        data = opener(file.data, password)
        if data is not None and len(data) <= _MAX_BYTES:
            return (
                InnerFile(
                    filename=file.filename, media_type=file.media_type, data=data, opened=True
                ),
            )
    return ()


def _pdf(data: bytes, password: str) -> bytes | None:
    try:
        with pikepdf.open(io.BytesIO(data), password=password) as document:
            opened = io.BytesIO()
            document.save(opened, encryption=False)
    except pikepdf.PdfError:  # a wrong password among them
        return None
    return opened.getvalue()


def _office(data: bytes, password: str) -> bytes | None:
    """Open OOXML in its locked container ([MS-OFFCRYPTO]) and the binary formats of 97 to 2003."""
    opened = io.BytesIO()
    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(data))
        verify = {"verify_password": True} if isinstance(office, OOXMLFile) else {}
        office.load_key(password=password, **verify)
        office.decrypt(opened)
    except (DecryptionError, FileFormatError, InvalidKeyError, ParseError):
        return None
    return opened.getvalue()


def _members(data: bytes, passwords: Sequence[str]) -> tuple[InnerFile, ...]:
    """Open the locked members of an archive, of the old cipher and of AES (WinZip AE-1, AE-2)."""
    with pyzipper.AESZipFile(io.BytesIO(data)) as archive:
        locked = [info for info in archive.infolist() if info.flag_bits & 1 and not info.is_dir()]
        if not locked:
            return ()
        smallest = min(locked, key=lambda info: info.file_size)
        for password in _encoded(passwords):
            if _fits(archive, smallest, password):
                return unpacked(archive, locked, {}, password=password, opened=True)
    return ()


def _encoded(passwords: Sequence[str]) -> Sequence[bytes]:
    """Give each password as the programs of this country write it: UTF-8, or CP932."""
    found: dict[bytes, None] = {}
    for password in passwords:
        found[password.encode("utf-8", "surrogatepass")] = None
        found[password.encode("cp932", "ignore")] = None
    return tuple(each for each in found if each)


def _fits(archive: Archive, info: Member, password: bytes) -> bool:
    """Read a member to its end: the old cipher tells a wrong password only by the checksum."""
    try:
        with archive.open(info, pwd=password) as stream:
            left = _MAX_BYTES
            while left > 0 and (piece := stream.read(1 << 16)):
                left -= len(piece)
    except (zipfile.BadZipFile, pyzipper.BadZipFile, RuntimeError, NotImplementedError):
        return False
    except (OSError, EOFError, ValueError):
        return False
    return True
