"""The files of an arrival, wherever their bytes are kept, and the envelope they came in."""

from collections.abc import Sequence

from app.domain.envelope import Envelope, Part
from app.domain.submission import Document, Submission
from app.intake.desk import Desk


def bytes_of(desk: Desk, document: Document) -> bytes:
    """Give a file exactly as it came.

    Raises:
        FileNotFoundError: Neither its row nor the blob store has it.
    """
    content = desk.queries.submissions.content(document.id)
    return desk.blobs.get(document.sha256) if content is None else content


Originals = Sequence[tuple[Document, bytes | None]]
"""The originals of an arrival, each with its bytes unless they are in the blob store."""


def parts_of(desk: Desk, originals: Originals) -> tuple[Part, ...]:
    """Give the originals of an arrival, byte for byte."""
    return tuple(
        Part(
            filename=document.filename,
            media_type=document.media_type,
            data=desk.blobs.get(document.sha256) if content is None else content,
        )
        for document, content in originals
    )


def envelope_of(submission: Submission, parts: tuple[Part, ...]) -> Envelope:
    """Give back the envelope an arrival came in."""
    return Envelope(
        channel=submission.channel,
        delivery=submission.delivery,
        received_at=submission.received_at,
        source=submission.source,
        source_item=submission.source_item,
        announced=submission.announced,
        parts=parts,
        consultation=submission.consultation,
        postmarked_on=submission.postmarked_on,
        collection_id=submission.collection_id,
        collected_at=submission.collected_at,
        drop_box=submission.drop_box,
        facts=submission.facts,
        opened_confirmed=any(each.code == "opened_confirmed" for each in submission.findings),
    )
