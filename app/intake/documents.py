"""The bytes of a document, wherever they are kept."""

from app.domain.submission import Document
from app.intake.desk import Desk


def bytes_of(desk: Desk, document: Document) -> bytes:
    """Give a file exactly as it came.

    Raises:
        FileNotFoundError: Neither its row nor the blob store has it.
    """
    content = desk.queries.submissions.content(document.id)
    return desk.blobs.get(document.sha256) if content is None else content
