"""The door for e-applications (電子申請): refused with every reason, or recorded, at once."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.channels.e_application import Application, form_of
from app.domain import deadline, individual_number, measure_name, requirements
from app.domain.access import Actor
from app.domain.audit import AuditAction, AuditEntry
from app.domain.comment import CommentRecord, Related
from app.domain.comment_form import EMAIL, ReplyRoute
from app.domain.consultation import Consultation
from app.domain.envelope import Channel, Envelope, Part
from app.domain.errors import (
    ConsultationNotOpen,
    FieldProblem,
    InvalidInput,
    KeyReused,
    NotAllowed,
    NotFound,
)
from app.domain.measure import MeasureCandidate
from app.domain.status import SubmissionState
from app.domain.submission import Document, Lane
from app.domain.text import MAX_OPINION_CHARACTERS, is_missing
from app.intake import outgoing
from app.intake.desk import IN_ROW_BYTES, Desk
from app.intake.judge import free_text
from app.intake.receive import Kept, arrival, keep
from app.intake.record import draft, number_and_store
from app.storage.repositories.unit import Repositories

Render = Callable[[CommentRecord, Sequence[Document], Sequence[Related]], bytes]
"""Writes the answer's body; it is kept with the Idempotency-Key, so the door brings it along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What a front end is told.

    Attributes:
        receipt_number: The comment.
        revision: Its revision when it was recorded.
        body: The answer's body.
        repeated: Whether the Idempotency-Key had been used for the same body before.
    """

    receipt_number: str
    revision: int
    body: bytes
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One POST at the door.

    Attributes:
        code: The consultation it was posted to.
        application: Its fields.
        raw: Its body, byte for byte: the original.
        actor: The key it came with.
        idempotency_key: The header, if it was sent.
        shape_problems: What the router found wrong with its shape; told with everything else.
        language: ``ja`` or ``en``, in which its writer is answered.
    """

    code: str
    application: Application
    raw: bytes
    actor: Actor
    idempotency_key: str | None = None
    shape_problems: tuple[FieldProblem, ...] = ()
    language: str = "ja"


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
        kept = await asyncio.to_thread(_kept_beside, desk, posting, envelope)
    else:
        kept = _kept(desk, posting, envelope)
    submitted = await desk.writer.run_async(
        lambda repositories: _store(desk, repositories, posting, envelope, kept, render)
    )
    if not submitted.repeated:
        desk.wake(Lane.LIGHT)
    return submitted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Original:
    """The body as it came.

    Attributes:
        kept: Its file.
        digest: What it says, for the Idempotency-Key.
    """

    kept: tuple[Kept, ...]
    digest: str


def _kept(desk: Desk, posting: Posting, envelope: Envelope, *, beside: bool = False) -> _Original:
    return _Original(
        kept=keep(desk, envelope, envelope.source_item or "", beside=beside),
        digest=body_digest(posting.raw) if posting.idempotency_key is not None else "",
    )


def _kept_beside(desk: Desk, posting: Posting, envelope: Envelope) -> _Original:
    """Keep a large body in the blob store, but not one that will be refused.

    The transaction that refuses it cannot undo a blob, and what is refused may hold somebody's
    individual number, which nobody may keep. With an Idempotency-Key it may still be a repeat
    of what was taken in time, so there the transaction has the word.
    """
    consultation = desk.queries.consultations.get(posting.code)
    if consultation is None:
        raise NotFound("consultation_not_found")
    try:
        _check(desk, desk.queries.consultations.all, posting, consultation, envelope)
    except (ConsultationNotOpen, InvalidInput):
        if posting.idempotency_key is None:
            raise
        return _kept(desk, posting, envelope)
    return _kept(desk, posting, envelope, beside=True)


def _store(  # one transaction, told in the order in which it happens
    desk: Desk,
    repositories: Repositories,
    posting: Posting,
    envelope: Envelope,
    original: _Original,
    render: Render,
) -> Submitted:
    consultation = repositories.consultations.get(posting.code)
    if consultation is None:
        raise NotFound("consultation_not_found")
    used = _reserve(repositories, posting, consultation, envelope, original.digest)
    if used is not None:
        return used
    _check(desk, repositories.consultations.all, posting, consultation, envelope)
    kept = original.kept
    record = _record(desk, repositories, posting, consultation, envelope, kept)
    body = render(record, [each.document for each in kept], repositories.comments.related(record))
    if posting.idempotency_key is not None:
        repositories.idempotency.answered(
            posting.actor.id,
            consultation.number,
            posting.idempotency_key,
            receipt_number=record.receipt_number,
            answer=body,
        )
    repositories.audit.add(
        AuditEntry(
            at=envelope.received_at,
            actor=posting.actor,
            action=AuditAction.SUBMISSION_RECEIVED,
            submission_id=record.submission_id,
            consultation=posting.code,
            detail={"channel": envelope.channel.value, "source": envelope.source},
        )
    )
    return Submitted(
        receipt_number=record.receipt_number,
        revision=record.revision,
        body=body,
        repeated=False,
    )


def _reserve(
    repositories: Repositories,
    posting: Posting,
    consultation: Consultation,
    envelope: Envelope,
    digest: str,
) -> Submitted | None:
    """Take the Idempotency-Key, or give what it was answered; a refusal later frees it again."""
    if posting.idempotency_key is None:
        return None
    scope = (posting.actor.id, consultation.number, posting.idempotency_key)
    if repositories.idempotency.reserve(*scope, digest, at=envelope.received_at):
        return None
    answered = repositories.idempotency.find(*scope)
    if answered is None or answered.request_sha256 != digest:
        raise KeyReused
    return Submitted(
        receipt_number=answered.receipt_number,
        revision=1,
        body=answered.answer,
        repeated=True,
    )


def body_digest(raw: bytes) -> str:
    """Name a JSON body by its meaning: white space and the order of members do not matter."""
    try:
        meaning = json.dumps(json.loads(raw), sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        meaning = raw
    return hashlib.sha256(meaning).hexdigest()


def _check(
    desk: Desk,
    every_consultation: Callable[[], Sequence[Consultation]],
    posting: Posting,
    consultation: Consultation,
    envelope: Envelope,
) -> None:
    if not deadline.is_open(consultation, channel=envelope.channel, now=envelope.received_at):
        raise ConsultationNotOpen(
            extra={
                "opens_on": consultation.opens_on.isoformat(),
                "closes_on": consultation.closes_on.isoformat(),
            }
        )
    application = posting.application
    named = {each.field for each in posting.shape_problems}
    problems = [*posting.shape_problems, *door_problems(application, consultation)]
    candidates: tuple[MeasureCandidate, ...] = ()
    if not is_missing(application.measure_name) and not measure_name.door_verdict(
        application.measure_name, consultation
    ):
        candidates = _candidates(desk, every_consultation(), application, envelope)
        problems.append(_mismatch(consultation, candidates))
    problems = [
        each for each in problems if each in posting.shape_problems or each.field not in named
    ]
    if problems:
        shown = [
            {
                "consultation": each.consultation,
                "measure_name": each.measure_name,
                "score": each.score,
            }
            for each in candidates
        ]
        raise InvalidInput(problems=tuple(problems), extra={"candidates": shown} if shown else None)


def _candidates(
    desk: Desk,
    consultations: Sequence[Consultation],
    application: Application,
    envelope: Envelope,
) -> tuple[MeasureCandidate, ...]:
    """Rank the drafts that are open at this door now: one of them may be meant."""
    drafts = tuple(
        each
        for each in consultations
        if deadline.is_open(each, channel=envelope.channel, now=envelope.received_at)
    )
    return measure_name.candidates(
        application.measure_name or "", drafts, similarity=desk.similarity
    )


def _mismatch(consultation: Consultation, candidates: Sequence[MeasureCandidate]) -> FieldProblem:
    names = dict.fromkeys((*consultation.names, *(each.measure_name for each in candidates)))
    shown = "".join(f"「{name}」" for name in names)
    return FieldProblem("/measure_name", "measure_name_mismatch", {"candidates": shown})


def door_problems(application: Application, consultation: Consultation) -> list[FieldProblem]:
    """List everything that keeps an application out, by JSON pointer into its body."""
    # Too long it is refused anyway; looking through megabytes would make everybody wait.
    opinion = (application.opinion or "")[:MAX_OPINION_CHARACTERS]
    problems = list(
        requirements.missing(
            consultation,
            application.submitter,
            measure_written=application.measure_name,
            opinion=application.opinion,
        )
    )
    problems.extend(
        FieldProblem(pointer, "individual_number_present")
        for pointer in individual_number.fields_with_number(
            free_text(application.submitter, opinion)
        )
    )
    email = application.submitter.email
    if email is not None and not is_missing(email) and not outgoing.is_address(email):
        problems.append(FieldProblem(EMAIL, "email_invalid"))
    return problems


def _record(
    desk: Desk,
    repositories: Repositories,
    posting: Posting,
    consultation: Consultation,
    envelope: Envelope,
    kept: tuple[Kept, ...],
) -> CommentRecord:
    """Store the arrival, its original and its record, and queue its mail."""
    submission = arrival(
        envelope,
        kept,
        desk,
        state=SubmissionState.DONE,
        units=1,
        reply=_reply(posting.application),
    )
    repositories.submissions.add(submission)
    for each in kept:
        repositories.submissions.add_document(each.document, each.content)
    repositories.counters.step(f"seen:{envelope.channel.value}:{envelope.source}")
    consultations = (consultation,)
    fresh = draft(
        form_of(posting.application),
        submission,
        position=0,
        consultations=consultations,
        similarity=desk.similarity,
        door=consultation.code,
    )
    record = number_and_store(
        repositories, fresh, consultations, actor=posting.actor, at=envelope.received_at
    )
    mails = outgoing.mails_for(desk, submission, [record], repositories, language=posting.language)
    repositories.outbox.add(mails)
    return record


def _reply(application: Application) -> ReplyRoute | None:
    address = application.submitter.email
    if address is None or is_missing(address):
        return None
    return ReplyRoute(address=address, message_id=None, allowed=True)
