"""Turning what was read into comment records, each with its receipt number."""

from collections.abc import Sequence, Sized
from dataclasses import replace
from datetime import datetime

from app.domain import receipt_number
from app.domain.access import Actor
from app.domain.audit import AuditAction, AuditEntry
from app.domain.comment import CommentRecord, ConsultationSource
from app.domain.comment_form import CommentForm
from app.domain.consultation import Consultation
from app.domain.findings import Finding
from app.domain.measure import Measure, MeasureVerdict
from app.domain.measure_name import Similarity
from app.domain.status import CommentStatus
from app.domain.submission import Submission
from app.domain.timeliness import UNKNOWN
from app.intake import places
from app.intake.judge import judge
from app.storage.repositories.unit import Repositories

_TOLD_LATER = frozenset({"correction_arrived", "correction_not_mailed", "reply_undeliverable"})
"""Findings that came after reading and change no status; reading again does not take them back."""


def draft(
    form: CommentForm,
    submission: Submission,
    *,
    position: int,
    consultations: Sequence[Consultation],
    similarity: Similarity,
    door: str | None = None,
    flawless: bool = False,
    towns: places.Known = places.NONE,
) -> CommentRecord:
    """Give the judged record of a form, still without a receipt number.

    Args:
        form: What was read.
        submission: The arrival it came in; its findings concern each of its comments.
        position: Its place among the comments of that arrival.
        consultations: Every consultation.
        similarity: Likeness of two texts.
        door: Code of the consultation whose address an e-application was posted to.
        flawless: Whether the door has looked for what is missing and for individual numbers.
        towns: The towns by which addresses are judged.
    """
    code, source = _named_from_outside(form, submission, consultations, door)
    record = CommentRecord(
        receipt_number="",
        consultation=code,
        submission_id=submission.id,
        position=position,
        channel=submission.channel,
        delivery=submission.delivery,
        received_at=submission.received_at,
        postmarked_on=submission.postmarked_on,
        collected_at=submission.collected_at,
        timeliness=UNKNOWN,
        submitter=form.submitter,
        measure=Measure(written=form.measure_written, verdict=MeasureVerdict.MISSING),
        opinion=form.opinion,
        status=CommentStatus.NEEDS_REVIEW,
        findings=(),
        readings=form.readings,
        by_ocr=form.by_ocr,
        consultation_source=source,
        pages=form.pages,
        form_findings=_distinct(
            (*submission.findings, *form.findings, *_named_twice(code, source, submission))
        ),
    )
    judged = judge(record, consultations, similarity=similarity, flawless=flawless)
    placed = places.placed(judged, towns)
    return judged if placed is judged else judge(placed, consultations, similarity=similarity)


def _named_from_outside(
    form: CommentForm,
    submission: Submission,
    consultations: Sequence[Consultation],
    door: str | None,
) -> tuple[str | None, ConsultationSource | None]:
    if door is not None:
        return door, ConsultationSource.DOOR
    printed = next((c.code for c in consultations if c.number == form.consultation_number), None)
    if printed is not None:
        return printed, ConsultationSource.FORM
    if submission.consultation is not None:
        return submission.consultation, ConsultationSource.MAILROOM
    return None, None


def _named_twice(
    code: str | None, source: ConsultationSource | None, submission: Submission
) -> tuple[Finding, ...]:
    """Say so when the form's code and the upload name different consultations."""
    if source is ConsultationSource.FORM and submission.consultation not in (None, code):
        return (Finding(code="measure_other_than_named", field="/consultation"),)
    return ()


def _distinct(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    kept: list[Finding] = []
    for each in findings:
        if each not in kept:
            kept.append(each)
    return tuple(kept)


def number_and_store(
    repositories: Repositories,
    record: CommentRecord,
    consultations: Sequence[Consultation],
    *,
    actor: Actor,
    at: datetime,
) -> CommentRecord:
    """Give a new record its receipt number and store it, with its line in the audit trail.

    The serial is a step of the consultation's counter inside the same transaction, so a record
    that is not stored leaves no gap.
    """
    number = next((c.number for c in consultations if c.code == record.consultation), None)
    (record,) = numbered(repositories, [record], number)
    repositories.comments.add(record, consultation_number=number, at=at)
    repositories.audit.add(recorded(record, actor=actor, at=at))
    return record


def missed(known: Sized, forms: Sized) -> Finding:
    """Say that an arrival gave fewer comments than it did before."""
    return Finding(
        code="fewer_than_before", data={"before": str(len(known)), "found": str(len(forms))}
    )


def not_found_again(
    repositories: Repositories,
    record: CommentRecord,
    finding: Finding,
    consultations: Sequence[Consultation],
    *,
    similarity: Similarity,
    actor: Actor,
    at: datetime,
) -> None:
    """Keep a comment that a new reading of its arrival did not find, and ask a person to look."""
    marked = replace(
        record,
        form_findings=(*_unmarked(record.form_findings), finding),
        revision=record.revision + 1,
    )
    marked = judge(marked, consultations, similarity=similarity)
    repositories.comments.change(marked)
    repositories.audit.add(
        AuditEntry(
            at=at,
            actor=actor,
            action=AuditAction.COMMENT_READ_AGAIN,
            receipt_number=marked.receipt_number,
            submission_id=marked.submission_id,
            consultation=marked.consultation,
            detail={"found_again": False, "status": marked.status.value},
        )
    )


def _unmarked(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(each for each in findings if each.code != "fewer_than_before")


def numbered(
    repositories: Repositories, records: Sequence[CommentRecord], consultation: int | None
) -> list[CommentRecord]:
    """Give new records of one consultation their receipt numbers, in order.

    Args:
        repositories: The transaction that will store them.
        records: Records without a receipt number.
        consultation: The number of their consultation; None while it is unknown.
    """
    last = repositories.counters.step(f"receipt:{consultation or 0}", by=len(records))
    return [
        each.but(receipt_number=receipt_number.compose(consultation or 0, serial))
        for serial, each in enumerate(records, start=last - len(records) + 1)
    ]


def recorded(record: CommentRecord, *, actor: Actor, at: datetime) -> AuditEntry:
    """Give the line of the audit trail for a new record."""
    return AuditEntry(
        at=at,
        actor=actor,
        action=AuditAction.COMMENT_RECORDED,
        receipt_number=record.receipt_number,
        submission_id=record.submission_id,
        consultation=record.consultation,
        detail={"status": record.status.value, "channel": record.channel.value},
    )


def read_again(
    repositories: Repositories,
    known: CommentRecord,
    fresh: CommentRecord,
    *,
    actor: Actor,
    at: datetime,
) -> CommentRecord:
    """Put a new reading into a known record, unless a person has worked on it.

    What a person corrected or decided stays; the record then only says that it was read again.
    """
    touched = known.decision is not None or bool(known.corrections)
    told = tuple(
        each
        for each in known.form_findings
        if each.code in _TOLD_LATER and each not in fresh.form_findings
    )
    kept = replace(
        fresh,
        form_findings=(*fresh.form_findings, *told),
        findings=(*fresh.findings, *told),
    )
    if touched:
        kept = replace(
            known,
            findings=_unmarked(known.findings),
            form_findings=_unmarked(known.form_findings),
        )
    record = replace(
        kept,
        receipt_number=known.receipt_number,
        opinion_count=known.opinion_count,
        corrections=known.corrections,
        revision=known.revision + 1,
    )
    repositories.comments.change(record)
    repositories.audit.add(
        AuditEntry(
            at=at,
            actor=actor,
            action=AuditAction.COMMENT_READ_AGAIN,
            receipt_number=record.receipt_number,
            submission_id=record.submission_id,
            consultation=record.consultation,
            detail={"kept_as_corrected": touched, "status": record.status.value},
        )
    )
    return record
