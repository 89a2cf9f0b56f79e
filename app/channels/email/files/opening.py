"""Opening one file by what its bytes are, whatever it is called."""

import io
import zipfile
from collections.abc import Callable

import olefile
from striprtf.striprtf import rtf_to_text

from app.channels.email.body import needs_a_reader, read_body
from app.channels.email.decoding import decode
from app.channels.email.files.archive import zip_found
from app.channels.email.files.found import FileClosed, Found, InnerFile
from app.channels.email.files.ichitaro import ichitaro_text, is_ichitaro
from app.channels.email.files.office_xml import docx_text, odt_text
from app.channels.email.files.outlook import msg_found, tnef_found
from app.channels.email.files.pdf_text import pdf_text
from app.channels.email.files.sheets import xls_text, xlsx_text
from app.channels.email.files.word_binary import doc_text
from app.channels.email.html_text import html_to_text
from app.channels.email.mime import read_mime

_MAX_TEXT_BYTES = 2 * 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
)
_HEIF = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_FIRST_KILOBYTE = 1024
_ENOUGH_TEXT = 8
"""Letters of a text layer that are more than a page number."""


def open_file(file: InnerFile) -> Found:
    """Open a file.

    Raises:
        FileClosed: Nothing of it can be read.
    """
    opener = _opener(file)
    if opener is None:
        raise FileClosed("attachment_unread")
    try:
        return opener(file)
    except FileClosed:
        raise
    # Decoders raise whatever they stumble on; this process exists to contain that.
    except Exception as error:
        raise FileClosed("file_unreadable") from error


def _opener(file: InnerFile) -> Callable[[InnerFile], Found] | None:
    data = file.data
    if b"%PDF-" in data[:_FIRST_KILOBYTE]:
        return _pdf
    if data.startswith(_PICTURES) or (data[4:8] == b"ftyp" and data[8:12] in _HEIF):
        return lambda _: Found(picture=True)
    starts: tuple[tuple[bytes, Callable[[InnerFile], Found]], ...] = (
        (b"PK\x03\x04", _packed),
        (b"PK\x05\x06", _packed),
        (_OLE, _compound),
        (b"{\\rtf", _rtf),
        (b"\x78\x9f\x3e\x22", lambda tnef: tnef_found(tnef.data)),
    )
    for start, opener in starts:
        if data.startswith(start):
            return opener
    return _by_name(file)


def _by_name(file: InnerFile) -> Callable[[InnerFile], Found] | None:
    """Text has no mark of its own, so its name and label are believed."""
    name = (file.filename or "").lower()
    if file.media_type == "message/rfc822" or name.endswith(".eml"):
        return _mail
    if file.media_type == "text/html" or name.endswith((".html", ".htm")):
        return _html
    if file.media_type == "text/plain" or name.endswith((".txt", ".csv", ".text", ".md")):
        return lambda text: Found(text=_decoded(text.data))
    return None


def _decoded(data: bytes) -> str:
    return decode(data[:_MAX_TEXT_BYTES]).text.replace("\r\n", "\n").replace("\r", "\n")


def _html(file: InnerFile) -> Found:
    shown = html_to_text(_decoded(file.data))
    return Found(text=shown.text, findings=("hidden_text",) if shown.hidden else ())


def _rtf(file: InnerFile) -> Found:
    text = rtf_to_text(file.data.decode("latin-1"), encoding="cp932", errors="replace")
    # A cell of a table ends in a bar, so that a row reads label|value|.
    return Found(text="\n".join(line.rstrip("|").replace("|", "\t") for line in text.split("\n")))


def _pdf(file: InnerFile) -> Found:
    text = pdf_text(file.data)
    if len("".join(text.split())) < _ENOUGH_TEXT:
        return Found(picture=True)
    return Found(text=text)


def _packed(file: InnerFile) -> Found:
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        names = set(archive.namelist())
        if "word/document.xml" in names:
            return Found(text=docx_text(archive))
        if "xl/workbook.xml" in names:
            return Found(text=xlsx_text(file.data))
        if {"mimetype", "content.xml"} <= names:
            return Found(text=odt_text(archive))
        if "[Content_Types].xml" in names:
            raise FileClosed("attachment_unread")
        return zip_found(archive)


def _compound(file: InnerFile) -> Found:
    with olefile.OleFileIO(io.BytesIO(file.data)) as ole:
        if ole.exists("EncryptedPackage"):
            raise FileClosed("attachment_encrypted")
        if ole.exists("WordDocument"):
            return Found(text=doc_text(ole))
        if ole.exists("Workbook") or ole.exists("Book"):
            return Found(text=xls_text(file.data))
        if ole.exists("__properties_version1.0"):
            return msg_found(ole)
        if is_ichitaro(ole):
            return Found(text=ichitaro_text(ole), findings=("attachment_text_only",))
    raise FileClosed("attachment_unread")


def _mail(file: InnerFile) -> Found:
    root = read_mime(file.data)
    body = read_body(root)
    inner = []
    for part in body.attachments:
        data = part.data()
        if needs_a_reader(part, len(data)):
            name = None if part.filename is None else part.filename.text
            inner.append(InnerFile(filename=name, media_type=part.media_type, data=data))
    senders = root.headers.addresses("from")
    return Found(
        text=body.text.text,
        inner=tuple(inner),
        sender=senders[0] if len(senders) == 1 else None,
        findings=("hidden_text",) if body.text.hidden else (),
    )
