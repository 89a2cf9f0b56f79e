"""The files of an arrival, wherever their bytes are kept, and the envelope they came in."""

import contextlib
import errno
import tempfile
from collections.abc import Iterator, Sequence

from app.domain.envelope import Envelope, Part, Spooled
from app.domain.errors import StorageFull
from app.domain.submission import Document, Submission
from app.intake.desk import Desk


def bytes_of(desk: Desk, document: Document) -> bytes:
    """Give a file exactly as it came.

    Raises:
        FileNotFoundError: Neither its row nor the blob store has it.
    """
    content = desk.queries.submissions.content(document.id)
    return desk.blobs.get(document.sha256) if content is None else content


_IN_MEMORY_BYTES = 4 * 1024 * 1024
"""Most mails; scans of several pages are larger."""
Originals = Sequence[tuple[Document, bytes | None]]
"""The originals of an arrival, each with its bytes unless they are in the blob store."""


@contextlib.contextmanager
def parts_of(desk: Desk, originals: Originals) -> Iterator[tuple[Part, ...]]:
    """Give the originals of an arrival, byte for byte; large ones lie on disk until the end.

    Raises:
        FileNotFoundError: The blob store has not got one.
        StorageFull: There is no room in the temporary folder.
    """
    with contextlib.ExitStack() as stack:
        yield tuple(
            Part(
                filename=document.filename,
                media_type=document.media_type,
                data=_data(desk, document, stack) if content is None else content,
            )
            for document, content in originals
        )


def _data(desk: Desk, document: Document, stack: contextlib.ExitStack) -> bytes | Spooled:
    if document.size <= _IN_MEMORY_BYTES:
        return desk.blobs.get(document.sha256)
    file = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    for chunk in desk.blobs.chunks(document.sha256):
        try:
            file.write(chunk)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageFull from error
            raise
    return Spooled(file, file.tell())


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
