"""The job that reads an arrival: open, recognise, check, record; safe to run twice."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain import retry
from app.domain.audit import AuditAction, AuditEntry
from app.domain.comment import CommentRecord
from app.domain.comment_form import CommentForm, Contents
from app.domain.envelope import Channel, DocumentRole, Envelope, Part
from app.domain.errors import Unavailable
from app.domain.findings import Finding
from app.domain.status import SubmissionState
from app.domain.submission import LONG_STACK, Lane, Submission
from app.intake import bounces, correspondence, outgoing
from app.intake.correspondence import Earlier
from app.intake.desk import PROGRAM, Desk
from app.intake.documents import bytes_of
from app.intake.forms import known_templates
from app.intake.mail_measure import measured
from app.intake.mail_pages import joined
from app.intake.pages import Pages, ReadElsewhere, read_pages
from app.intake.receive import Kept, kept_part
from app.intake.record import draft, missed, not_found_again, number_and_store, read_again
from app.intake.resent import mark_resent
from app.storage.repositories.unit import Repositories

_log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""How long a reading may be silent before another worker takes it over."""
DEATHS = 20
"""Readings that ended with the death of their process; then it is quarantined for a person.

Generous, since power cuts and restarts kill readings that are innocent.
"""
_JUNK = re.compile(r"junk|spam|bulk mail|迷惑", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What reading gave, before it is recorded."""

    contents: Contents
    forms: tuple[CommentForm, ...]
    findings: tuple[Finding, ...]
    derived: tuple[Kept, ...]
    units: int


def claim(desk: Desk, lane: Lane, *, worker: str) -> Submission | None:
    """Take the next waiting arrival of a lane under a lease; None when nothing waits."""
    now = desk.clock()
    return desk.writer.run(
        lambda repositories: repositories.submissions.claim(
            lane, worker=worker, now=now, until=now + LEASE
        )
    )


def read(desk: Desk, submission_id: str, *, worker: str, lane: Lane | None = None) -> None:
    """Read one arrival and record its comments.

    A mail that turns out to hold pictures of paper leaves the light lane for that of paper.
    Whatever goes wrong, in reading as in recording, ends in a visible state: queued again while
    it may pass, else failed or quarantined with a record beside the pages for a person to type in.

    Args:
        desk: What the use cases work with.
        submission_id: The arrival.
        worker: Who reads it.
        lane: The lane it was claimed from; None reads whatever it is.

    Raises:
        Unavailable: The database cannot be written; the lease runs out and it is read again.
    """
    submission = desk.queries.submissions.get(submission_id)
    if submission is None or submission.state is not SubmissionState.PROCESSING:
        return
    if submission.attempts - submission.failures > DEATHS:
        _give_up(desk, submission, SubmissionState.QUARANTINED, "reading_kills_process")
        return
    try:
        result = _open(desk, submission, worker, lane)
        if isinstance(result, Lane):
            _to_lane(desk, submission, result)
            return
        desk.writer.run(lambda repositories: _record(desk, repositories, submission, result))
    except Unavailable as error:
        _put_off(desk, submission, error.code)
        return
    except ReadElsewhere:
        _log.warning("A reading is left to whoever holds it now.", extra={"action": "read"})
        return
    except Exception:  # noqa: BLE001 - the last resort of a reading; a person is told
        _log.exception("A reading failed.", extra={"action": "read"})
        _again_or_give_up(desk, submission)
        return
    desk.wake(Lane.LIGHT)


def parts_of(desk: Desk, submission_id: str) -> tuple[Part, ...]:
    """Give the originals of an arrival, byte for byte."""
    return tuple(
        Part(
            filename=document.filename,
            media_type=document.media_type,
            data=bytes_of(desk, document),
        )
        for document in desk.queries.submissions.documents(submission_id)
        if document.role is DocumentRole.ORIGINAL
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
    )


def _open(desk: Desk, submission: Submission, worker: str, lane: Lane | None) -> _Read | Lane:
    """Open an arrival, or name the lane in which it has to be read."""
    contents, next_position = _contents(desk, submission)
    if contents.images and lane is Lane.LIGHT:
        return Lane.OCR
    attachments = tuple(
        kept_part(desk, part, submission.id, next_position + index)
        for index, part in enumerate(contents.attachments)
    )
    if contents.images:
        at = next_position + len(attachments)
        return _read_images(desk, submission, contents, attachments, at, worker, lane)
    forms: tuple[CommentForm, ...] = ()
    if contents.form is not None and contents.ignored is None:
        forms = (contents.form,)
    return _Read(
        contents=contents,
        forms=measured(desk, contents, submission, forms),
        findings=(*contents.findings, *_junk(submission)),
        derived=attachments,
        units=1,
    )


def _contents(desk: Desk, submission: Submission) -> tuple[Contents, int]:
    """Give what is inside an arrival, and the first free place among its documents."""
    envelope = envelope_of(submission, parts_of(desk, submission.id))
    return desk.channels[submission.channel].open(envelope), len(envelope.parts)


def _read_images(
    desk: Desk,
    submission: Submission,
    contents: Contents,
    attachments: tuple[Kept, ...],
    next_position: int,
    worker: str,
    lane: Lane | None,
) -> _Read | Lane:
    """Read the pages of an arrival; a long stack has a lane of its own."""
    templates = known_templates(desk)
    with desk.recogniser.open([each.data for each in contents.images], templates) as files:
        contents = _without_bytes(contents)
        if lane is Lane.OCR and files.pages > LONG_STACK:
            return Lane.STACK
        pages = read_pages(
            desk,
            submission,
            files,
            templates,
            next_position=next_position,
            worker=worker,
            lease=LEASE,
        )
    result = _of_pages(submission, contents, pages, attachments)
    return replace(result, forms=measured(desk, contents, submission, result.forms))


def _without_bytes(contents: Contents) -> Contents:
    """Let go of files that are kept where they are read: a long stack is read for minutes."""
    return replace(contents, images=tuple(replace(each, data=b"") for each in contents.images))


def _junk(submission: Submission) -> tuple[Finding, ...]:
    if _JUNK.search(submission.facts.get("folder", "")) is None:
        return ()
    return (Finding(code="found_in_junk"),)


def _of_pages(
    submission: Submission, contents: Contents, pages: Pages, attachments: tuple[Kept, ...]
) -> _Read:
    findings = (*contents.findings, *_junk(submission), *pages.findings)
    forms = pages.forms if contents.form is None else joined(contents, pages.forms)
    units = len(forms)
    if submission.channel is Channel.FAX:
        units = pages.count
        if submission.facts.get("transmission_error"):
            findings = (*findings, Finding(code="fax_interrupted"))
        if submission.announced is not None and submission.announced > pages.count:
            data = {"announced": str(submission.announced), "found": str(pages.count)}
            findings = (*findings, Finding(code="pages_missing", data=data))
    elif submission.announced is not None and submission.announced != units:
        data = {"declared": str(submission.announced), "found": str(units)}
        findings = (*findings, Finding(code="count_differs", data=data))
    return _Read(
        contents=contents,
        forms=forms,
        findings=findings,
        derived=(*attachments, *pages.kept),
        units=units,
    )


def _record(desk: Desk, repositories: Repositories, submission: Submission, result: _Read) -> None:
    """Store what was read, settle the arrival and queue its mail, all in one transaction."""
    current = repositories.submissions.get(submission.id, lock=True)
    if current is None or current.state is not SubmissionState.PROCESSING:
        return  # another worker finished it, or a person set it aside
    submission = replace(
        current,
        findings=_merged(current.findings, result.findings),
        reply=result.contents.reply,
    )
    repositories.submissions.drop_derived_documents(submission.id)
    for each in result.derived:
        repositories.submissions.add_document(each.document, each.content)
    if result.contents.ignored is not None:
        repositories.submissions.settle(
            submission, SubmissionState.IGNORED, reason=result.contents.ignored, units=1
        )
        if result.contents.report is not None:
            bounces.note(desk, repositories, submission, result.contents.report)
        _audit_read(desk, repositories, submission, SubmissionState.IGNORED, 0)
        return
    known = repositories.comments.of_submission(submission.id)
    if len(known) > len(result.forms):
        fewer = missed(known, result.forms)
        submission = replace(submission, findings=(*submission.findings, fewer))
    before = correspondence.earlier(repositories, submission, result.contents)
    records = _store_forms(desk, repositories, submission, result.forms, before)
    repositories.submissions.settle(submission, SubmissionState.DONE, units=result.units)
    _audit_read(desk, repositories, submission, SubmissionState.DONE, len(records))
    repositories.outbox.add(outgoing.mails_for(desk, submission, records, repositories))


def _merged(first: tuple[Finding, ...], more: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Keep what was said on arrival, replace what an earlier reading said."""
    kept = tuple(each for each in first if each.code == "same_bytes_other_facts")
    return (*kept, *(each for each in more if each not in kept))


def _store_forms(
    desk: Desk,
    repositories: Repositories,
    submission: Submission,
    forms: Sequence[CommentForm],
    before: Earlier = Earlier(),  # noqa: B008 - frozen and empty
) -> list[CommentRecord]:
    consultations = repositories.consultations.all()
    known = {each.position: each for each in repositories.comments.of_submission(submission.id)}
    at = desk.clock()
    at_the_door = submission.channel is Channel.E_APPLICATION
    records = []
    for position, form in enumerate(forms):
        fresh = draft(
            form,
            submission,
            position=position,
            consultations=consultations,
            similarity=desk.similarity,
            door=submission.consultation if at_the_door else None,
        )
        fresh = correspondence.pointed(desk, repositories, fresh, before, consultations)
        if position in known:
            record = read_again(repositories, known[position], fresh, actor=PROGRAM, at=at)
        else:
            record = number_and_store(repositories, fresh, consultations, actor=PROGRAM, at=at)
        records.append(mark_resent(repositories, record, submission, desk.similarity))
    for position, record in known.items():
        if position >= len(forms):
            not_found_again(
                repositories,
                record,
                missed(known, forms),
                consultations,
                similarity=desk.similarity,
                actor=PROGRAM,
                at=at,
            )
    correspondence.tell_first(desk, repositories, records, consultations)
    return records


def _audit_read(
    desk: Desk,
    repositories: Repositories,
    submission: Submission,
    state: SubmissionState,
    comments: int,
) -> None:
    repositories.audit.add(
        AuditEntry(
            at=desk.clock(),
            actor=PROGRAM,
            action=AuditAction.SUBMISSION_READ,
            submission_id=submission.id,
            detail={"state": state.value, "comments": comments},
        )
    )


def _put_off(desk: Desk, submission: Submission, why: str) -> None:
    """Queue it again without counting a failure: the fault is ours and will pass."""
    _log.warning("A reading is put off: %s.", why, extra={"action": "read"})
    now = desk.clock()
    _queue(
        desk,
        replace(submission, attempts=submission.attempts - 1),
        run_at=retry.reading_retry_at(attempts=1, now=now) or now,
    )


def _to_lane(desk: Desk, submission: Submission, lane: Lane) -> None:
    """Put it into the lane where nothing that is read sooner waits behind it."""
    now = desk.clock()
    desk.writer.run(
        lambda repositories: repositories.submissions.queue(
            submission.id,
            run_at=now,
            attempts=submission.attempts - 1,
            failures=submission.failures,
            lane=lane,
        )
    )
    desk.wake(lane)


def _again_or_give_up(desk: Desk, submission: Submission) -> None:
    submission = replace(submission, failures=submission.failures + 1)
    run_at = retry.reading_retry_at(attempts=submission.failures, now=desk.clock())
    if run_at is None:
        _give_up(desk, submission, SubmissionState.FAILED, "reading_failed")
    else:
        _queue(desk, submission, run_at=run_at)


def _queue(desk: Desk, submission: Submission, *, run_at: datetime) -> None:
    desk.writer.run(
        lambda repositories: repositories.submissions.queue(
            submission.id,
            run_at=run_at,
            attempts=submission.attempts,
            failures=submission.failures,
        )
    )


def _give_up(desk: Desk, submission: Submission, state: SubmissionState, reason: str) -> None:
    """Leave a record with empty fields beside the original, for a person to type in."""
    finding = Finding(code="reading_failed")
    form = CommentForm(findings=(finding,), by_ocr=submission.channel.is_paper_image)

    def work(repositories: Repositories) -> None:
        current = repositories.submissions.get(submission.id, lock=True)
        if current is None or current.state is not SubmissionState.PROCESSING:
            return
        if not repositories.comments.of_submission(submission.id):
            records = _store_forms(desk, repositories, current, (form,))
            repositories.outbox.add(outgoing.notices_for(desk, records, repositories))
        repositories.submissions.settle(
            replace(current, findings=_merged(current.findings, (finding,))),
            state,
            reason=reason,
            units=1,
        )
        _audit_read(desk, repositories, current, state, 1)

    desk.writer.run(work)
