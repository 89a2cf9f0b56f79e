"""The text layer of a PDF."""

import pypdfium2

from app.channels.email.files.found import FileClosed
from app.channels.email.files.pdf_seen import is_all_seen

_MAX_PAGES = 100
_MAX_CHARACTERS = 500_000


def pdf_text(data: bytes) -> str:
    """Give the text of a PDF; empty for one that is only pictures, or says what it does not show.

    Such a one is read from its pages, where typed text is held against its picture (ADR 0041).

    Raises:
        FileClosed: It needs a password or is broken.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (
            pypdfium2.raw.FPDF_ERR_PASSWORD,
            pypdfium2.raw.FPDF_ERR_SECURITY,
        )
        raise FileClosed("attachment_encrypted" if locked else "file_unreadable") from error
    pieces: list[str] = []
    size = 0
    for number in range(min(len(document), _MAX_PAGES)):
        page = document[number]
        text = page.get_textpage().get_text_bounded()
        if text.strip() and not is_all_seen(page):
            return ""
        pieces.append(text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "-"))
        size += len(text)
        if size > _MAX_CHARACTERS:
            break
    return "\n".join(pieces).strip("\n")
