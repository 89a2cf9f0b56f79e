"""Taking in an arrival: its bytes and its job are on disk before its source is told."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.domain.access import Actor
from app.domain.audit import AuditAction, AuditEntry
from app.domain.comment_form import ReplyRoute
from app.domain.envelope import Channel, Envelope, Part, Spooled
from app.domain.errors import FieldProblem, InvalidInput, NotAllowed, Refusal
from app.domain.findings import Finding
from app.domain.status import SubmissionState
from app.domain.submission import Document, Submission, lane_of
from app.intake.desk import IN_ROW_BYTES, Desk
from app.storage.repositories.unit import Repositories


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a source is told.

    Attributes:
        submission_id: The arrival; the first one where the same came before.
        state: Where it stands.
        repeated: Whether it was here already.
    """

    submission_id: str
    state: SubmissionState
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file whose bytes are safe, or small enough to go into its row."""

    document: Document
    content: bytes | None


def receive(desk: Desk, envelope: Envelope, *, actor: Actor) -> Received:
    """Take in an arrival; safe to call again with the same one.

    The same channel and the same bytes (for a fax, and the same job) are the same arrival:
    nothing new is stored, and differing metadata leave a finding.

    Raises:
        InvalidInput: It names a consultation, box or round that does not exist.
        NotAllowed: The key is confined to other consultations.
        StorageFull: There is no room; nothing was stored.
    """
    (told,) = receive_each(desk, (envelope,), actor=actor)
    if isinstance(told, Exception):
        raise told
    return told


def receive_each(
    desk: Desk, envelopes: Sequence[Envelope], *, actor: Actor
) -> tuple[Received | Exception, ...]:
    """Take in several arrivals that share a commit, each for itself.

    Returns:
        For each what its source is told, or the error that ``receive`` raises of it.
    """
    told: dict[int, Received | Exception] = {}
    works = {}
    for place, envelope in enumerate(envelopes):
        try:
            works[place] = _storing(desk, envelope, actor)
        except Refusal as error:
            told[place] = error
    told |= zip(works, desk.writer.run_each(tuple(works.values())), strict=True)
    for place, envelope in enumerate(envelopes):
        answer = told[place]
        if isinstance(answer, Received) and not answer.repeated:
            desk.wake(lane_of(envelope.channel))
    return tuple(told[place] for place in range(len(envelopes)))


def _storing(desk: Desk, envelope: Envelope, actor: Actor) -> Callable[[Repositories], Received]:
    """Make the bytes of an arrival safe; what is given stores the rows that name them."""
    if envelope.consultation is not None and not actor.may_touch(envelope.consultation):
        raise NotAllowed
    submission_id = desk.new_id()
    kept = keep(desk, envelope, submission_id)
    return lambda repositories: _store(desk, repositories, envelope, submission_id, kept, actor)


def fingerprint(envelope: Envelope, kept: Sequence[Kept]) -> str:
    """Name an arrival by its channel and bytes; for a fax by its job as well.

    The bytes were hashed when they were kept: 200 MB take too long inside a transaction.
    """
    if envelope.channel is Channel.E_APPLICATION:
        # Equal texts of two people may be equal bytes; Idempotency-Key tells a repeat. Its own id
        # rises with time, so the index of fingerprints grows at its end.
        return f"posting:{envelope.source_item or ''}"
    digest = hashlib.sha256(envelope.channel.value.encode())
    if envelope.channel is Channel.FAX:
        digest.update(b"\njob:" + envelope.facts.get("job_id", "").encode())
    for each in kept:
        digest.update(b"\n" + bytes.fromhex(each.document.sha256))
    return digest.hexdigest()


def keep(
    desk: Desk, envelope: Envelope, submission_id: str, *, beside: bool = True
) -> tuple[Kept, ...]:
    """Make the bytes of large parts durable before the transaction that names them.

    Args:
        desk: Where to work.
        envelope: What came.
        submission_id: The arrival it becomes.
        beside: Whether large parts go to the blob store; else they go into their rows, too.
    """
    return tuple(
        kept_part(desk, part, submission_id, position, beside=beside)
        for position, part in enumerate(envelope.parts)
    )


def kept_part(
    desk: Desk,
    part: Part,
    submission_id: str,
    position: int,
    *,
    page: int | None = None,
    beside: bool = True,
    most_in_row: int = IN_ROW_BYTES,
) -> Kept:
    """Make one file durable, or ready to go into its row if it is small."""
    content = part.whole() if not beside or part.size <= most_in_row else None
    if content is not None:
        sha256 = hashlib.sha256(content).hexdigest()
    elif isinstance(part.data, Spooled):
        sha256 = desk.blobs.put_file(part.data.file)
    else:
        sha256 = desk.blobs.put(part.data)
    return Kept(
        document=Document(
            id=desk.new_id(),
            submission_id=submission_id,
            position=position,
            role=part.role,
            page=page,
            filename=part.filename,
            media_type=part.media_type,
            size=part.size,
            sha256=sha256,
        ),
        content=content,
    )


def arrival(
    envelope: Envelope,
    kept: Sequence[Kept],
    desk: Desk,
    *,
    state: SubmissionState = SubmissionState.QUEUED,
    units: int | None = None,
    reply: ReplyRoute | None = None,
) -> Submission:
    """Give the record of an envelope that has just come.

    An e-application is read at the door, so its record is done when it is made.
    """
    return Submission(
        id=kept[0].document.submission_id,
        fingerprint=fingerprint(envelope, kept),
        channel=envelope.channel,
        delivery=envelope.delivery,
        state=state,
        units=units,
        reply=reply,
        source=envelope.source,
        source_item=envelope.source_item,
        announced=envelope.announced,
        received_at=envelope.received_at,
        recorded_at=desk.clock(),
        consultation=envelope.consultation,
        postmarked_on=envelope.postmarked_on,
        drop_box=envelope.drop_box,
        collection_id=envelope.collection_id,
        collected_at=envelope.collected_at,
        facts=dict(envelope.facts),
    )


def _store(  # one transaction, told in the order in which it happens
    desk: Desk,
    repositories: Repositories,
    envelope: Envelope,
    submission_id: str,
    kept: tuple[Kept, ...],
    actor: Actor,
) -> Received:
    envelope = _with_references(repositories, envelope, submission_id)
    submission = arrival(envelope, kept, desk)
    if not repositories.submissions.add(submission):
        return _repeat(desk, repositories, submission, actor)
    for each in kept:
        repositories.submissions.add_document(each.document, each.content)
    _tell_source(repositories, submission, submission.id)
    repositories.audit.add(
        AuditEntry(
            at=submission.recorded_at,
            actor=actor,
            action=AuditAction.SUBMISSION_RECEIVED,
            submission_id=submission.id,
            consultation=submission.consultation,
            detail={"channel": submission.channel.value, "source": submission.source},
        )
    )
    return Received(submission_id=submission.id, state=submission.state, repeated=False)


def _tell_source(repositories: Repositories, submission: Submission, became: str) -> None:
    channel = submission.counted_by
    repositories.sources.tell(
        channel,
        submission.source,
        submission.source_item or became,
        at=submission.recorded_at,
        # A mailbox counts mails; that pages of one are missing is told by a finding.
        announced=submission.announced if channel is submission.channel else None,
        submission_id=became,
    )


def _with_references(
    repositories: Repositories, envelope: Envelope, submission_id: str
) -> Envelope:
    """Check what the envelope names, and take over what a collection round knows."""
    problems = []
    if envelope.consultation and repositories.consultations.get(envelope.consultation) is None:
        problems.append(FieldProblem("/consultation", "consultation_unknown"))
    if envelope.drop_box and repositories.drop_boxes.box(envelope.drop_box) is None:
        problems.append(FieldProblem("/drop_box", "drop_box_unknown"))
    if envelope.collection_id:
        collection = repositories.drop_boxes.collection(envelope.collection_id)
        if collection is None:
            problems.append(FieldProblem("/collection_id", "collection_unknown"))
        elif envelope.drop_box not in (None, collection.drop_box):
            problems.append(FieldProblem("/drop_box", "drop_box_differs"))
        else:
            envelope = replace(
                envelope,
                drop_box=collection.drop_box,
                collected_at=collection.collected_at,
                source=f"collection {collection.id}",
                source_item=None,
            )
    if problems:
        raise InvalidInput(problems=tuple(problems))
    if not envelope.source:
        envelope = replace(envelope, source=f"scan {submission_id}")
    return envelope


def _repeat(desk: Desk, repositories: Repositories, again: Submission, actor: Actor) -> Received:
    first = repositories.submissions.by_fingerprint(again.fingerprint)
    if first is None:
        raise RuntimeError("an arrival was refused as known and cannot be found")
    differing = differing_facts(first, again)
    if differing:
        finding = Finding(
            code="same_bytes_other_facts", data={"fields": "、".join(sorted(differing))}
        )
        if finding not in first.findings:
            repositories.submissions.add_findings(first.id, [finding])
            for comment in repositories.comments.of_submission(first.id):
                repositories.comments.change(
                    replace(
                        comment,
                        findings=(*comment.findings, finding),
                        form_findings=(*comment.form_findings, finding),
                        revision=comment.revision + 1,
                    )
                )
    if again.source_item is not None:
        _tell_source(repositories, again, first.id)
    repositories.audit.add(
        AuditEntry(
            at=desk.clock(),
            actor=actor,
            action=AuditAction.SUBMISSION_REPEATED,
            submission_id=first.id,
            detail={"differing": sorted(differing)},
        )
    )
    return Received(submission_id=first.id, state=first.state, repeated=True)


_COMPARED = (
    "delivery",
    "announced",
    "received_at",
    "consultation",
    "postmarked_on",
    "drop_box",
    "collection_id",
)


def differing_facts(first: Submission, again: Submission) -> frozenset[str]:
    """Name the metadata in which a repeated arrival differs from the first."""
    facts = {
        name
        for name in first.facts.keys() | again.facts.keys()
        if first.facts.get(name) != again.facts.get(name)
    }
    return frozenset(facts).union(
        name for name in _COMPARED if getattr(first, name) != getattr(again, name)
    )
