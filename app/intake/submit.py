"""The door for e-applications (電子申請): refused with every reason, or recorded, at once."""

import asyncio
from collections.abc import Sequence

from app.domain.envelope import Channel, Envelope, Part
from app.domain.errors import ConsultationNotOpen, InvalidInput, NotAllowed, NotFound
from app.domain.submission import Lane
from app.intake.admission import Posting, check
from app.intake.desk import IN_ROW_BYTES, Desk
from app.intake.postings import (
    Posted,
    Prepared,
    Render,
    Submitted,
    body_digest,
    prepare,
    record_together,
)
from app.intake.receive import Kept, keep


async def submit(desk: Desk, posting: Posting, *, render: Render) -> Submitted:
    """Record an e-application, or refuse it with every reason at once.

    Returns:
        The answer, once the record is synced to disk.

    Raises:
        NotFound: There is no such consultation.
        NotAllowed: The key is confined to others.
        ConsultationNotOpen: It came outside the period.
        InvalidInput: Something is missing or wrong; the Idempotency-Key stays unused.
        KeyReused: The Idempotency-Key came with another body before.
        StorageFull: There is no room; nothing was recorded.
    """
    if not posting.actor.may_touch(posting.code):
        raise NotAllowed
    envelope = Envelope(
        channel=Channel.E_APPLICATION,
        received_at=desk.clock(),
        source=f"key {posting.actor.name}",
        source_item=desk.new_id(),
        parts=(Part(filename=None, media_type="application/json", data=posting.raw),),
        consultation=posting.code,
    )
    if len(posting.raw) > IN_ROW_BYTES:
        posted = await asyncio.to_thread(_posted_beside, desk, posting, envelope, render)
    else:
        posted = _posted(desk, posting, envelope, render)
    submitted = await desk.writer.join(record_together, posted)
    if not submitted.repeated and posting.application.submitter.email and desk.mailer is not None:
        desk.wake(Lane.LIGHT)  # for the acknowledgement; nothing is left to be read
    return submitted


def _posted(
    desk: Desk, posting: Posting, envelope: Envelope, render: Render, *, beside: bool = False
) -> Posted:
    kept = keep(desk, envelope, envelope.source_item or "", beside=beside)
    return Posted(
        desk=desk,
        posting=posting,
        envelope=envelope,
        kept=kept,
        digest=body_digest(posting.raw) if posting.idempotency_key is not None else "",
        render=render,
        prepared=_prepared(desk, posting, envelope, kept),
    )


def _prepared(
    desk: Desk, posting: Posting, envelope: Envelope, kept: Sequence[Kept]
) -> Prepared | None:
    """Check and judge it by the rules as they were a moment ago, while others are being synced.

    The transaction sees that they are the same, else it does so anew; it also has the words for
    what is refused.
    """
    consultation = desk.known.get(posting.code)
    if consultation is None:
        return None
    try:
        return prepare(desk, posting, envelope, kept, consultation, every_consultation=tuple)
    except (ConsultationNotOpen, InvalidInput):
        return None


def _posted_beside(desk: Desk, posting: Posting, envelope: Envelope, render: Render) -> Posted:
    """Keep a large body in the blob store, but not one that will be refused.

    The transaction that refuses it cannot undo a blob, and what is refused may hold somebody's
    individual number, which nobody may keep. With an Idempotency-Key it may still be a repeat
    of what was taken in time, so there the transaction has the word.
    """
    consultations = desk.queries.consultations
    consultation = consultations.get(posting.code)
    if consultation is None:
        raise NotFound("consultation_not_found")
    try:
        check(desk, consultations.all, posting, consultation, at=envelope.received_at)
    except (ConsultationNotOpen, InvalidInput):
        if posting.idempotency_key is None:
            raise
        return _posted(desk, posting, envelope, render)
    return _posted(desk, posting, envelope, render, beside=True)
