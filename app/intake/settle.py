"""What reading gave becomes comment records and the state of the arrival, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.domain.audit import AuditAction, AuditEntry
from app.domain.comment import CommentRecord
from app.domain.comment_form import CommentForm, Contents
from app.domain.envelope import Channel
from app.domain.findings import Finding
from app.domain.joined_form import is_labelled
from app.domain.junk import FOUND_IN_JUNK, is_sorted_out, shows_a_comment
from app.domain.placement import Places
from app.domain.status import SubmissionState
from app.domain.submission import Submission
from app.intake import bounces, correspondence, echoes, locked_files, outgoing, places
from app.intake.correspondence import Earlier
from app.intake.desk import PROGRAM, Desk
from app.intake.receive import Kept
from app.intake.record import draft, missed, not_found_again, number_and_store, read_again
from app.intake.resent import mark_resent
from app.storage.repositories.unit import Repositories

_SAID_ELSEWHERE = frozenset({"opened_confirmed", "same_bytes_other_facts"})
"""Findings on an arrival that reading it does not make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What reading gave, before it is recorded."""

    contents: Contents
    forms: tuple[CommentForm, ...]
    findings: tuple[Finding, ...]
    derived: tuple[Kept, ...]
    units: int
    towns: places.Known = field(default_factory=dict[str, Sequence[Places]])


def record(desk: Desk, repositories: Repositories, submission: Submission, result: Result) -> None:
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
    waiting = locked_files.read_again(desk, repositories, submission, result.contents)
    if result.contents.ignored is not None:
        _settle(
            desk, repositories, submission, SubmissionState.IGNORED, reason=result.contents.ignored
        )
        if result.contents.report is not None:
            bounces.note(desk, repositories, submission, result.contents.report)
        return
    before = correspondence.earlier(repositories, submission, result.contents)
    seen_before = FOUND_IN_JUNK in current.findings  # then a person let it out of quarantine
    is_mere_junk = is_sorted_out(current.facts) and not shows_a_comment(
        result.contents, result.forms
    )
    if is_mere_junk and not seen_before and before == Earlier():
        _settle(
            desk,
            repositories,
            submission,
            SubmissionState.QUARANTINED,
            reason="junk_without_comment",
        )
        return
    if not before.records and not any(map(is_labelled, result.forms)):
        before = waiting
    known = {each.receipt_number for each in repositories.comments.of_submission(submission.id)}
    said = echoes.held(repositories, submission, result.contents)
    if len(known) > len(result.forms):
        said = (*said, missed(known, result.forms))
    submission = replace(submission, findings=(*submission.findings, *said))
    records = _store_forms(desk, repositories, submission, result.forms, result.towns, before)
    _say_what_opened(desk, repositories, records, result.findings)
    _settle(
        desk,
        repositories,
        submission,
        SubmissionState.DONE,
        units=result.units,
        comments=len(records),
    )
    repositories.outbox.add(outgoing.mails_for(desk, submission, records, repositories))
    new = [each for each in records if each.receipt_number not in known]
    repositories.outbox.add(correspondence.asked_by_rule(desk, repositories, new))


def _merged(first: tuple[Finding, ...], more: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Keep what was said on arrival, replace what an earlier reading said."""
    kept = tuple(each for each in first if each.code in _SAID_ELSEWHERE)
    return (*kept, *(each for each in more if each not in kept))


def _store_forms(
    desk: Desk,
    repositories: Repositories,
    submission: Submission,
    forms: Sequence[CommentForm],
    towns: places.Known = places.NONE,
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
            towns=towns,
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


def _say_what_opened(
    desk: Desk,
    repositories: Repositories,
    records: Sequence[CommentRecord],
    findings: Sequence[Finding],
) -> None:
    """Tell of an opened file also in a record that stays as a person left it."""
    consultations = repositories.consultations.all()
    for finding in findings:
        if finding.code == "attachment_opened":
            for record in records:
                correspondence.add_finding(
                    desk, repositories, record.receipt_number, finding, consultations
                )


def _settle(
    desk: Desk,
    repositories: Repositories,
    submission: Submission,
    state: SubmissionState,
    *,
    reason: str | None = None,
    units: int = 1,
    comments: int = 0,
) -> None:
    """Set the state in which reading ended, and say so in the trail."""
    repositories.submissions.settle(submission, state, reason=reason, units=units)
    repositories.audit.add(
        AuditEntry(
            at=desk.clock(),
            actor=PROGRAM,
            action=AuditAction.SUBMISSION_READ,
            submission_id=submission.id,
            detail={"state": state.value, "comments": comments},
        )
    )


def give_up(desk: Desk, submission: Submission, state: SubmissionState, reason: str) -> None:
    """Leave a record with empty fields beside the original, for a person to type in."""
    finding = Finding(code="reading_failed")
    form = CommentForm(findings=(finding,), by_ocr=submission.channel.is_paper_image)

    def work(repositories: Repositories) -> None:
        current = repositories.submissions.get(submission.id, lock=True)
        if current is None or current.state is not SubmissionState.PROCESSING:
            return
        if current.attempts != submission.attempts:
            return  # another worker has it, and may yet read it
        if not repositories.comments.of_submission(submission.id):
            records = _store_forms(desk, repositories, current, (form,))
            repositories.outbox.add(outgoing.notices_for(desk, records, repositories))
        current = replace(current, findings=_merged(current.findings, (finding,)))
        _settle(desk, repositories, current, state, reason=reason, comments=1)

    desk.writer.run(work)
