"""A person decides on a comment or on an arrival; a decision outranks what is computed."""

from dataclasses import replace
from datetime import datetime

from app.domain.access import Actor
from app.domain.audit import AuditAction, AuditEntry
from app.domain.comment import CommentRecord
from app.domain.errors import IllegalTransition, NotFound
from app.domain.findings import Finding
from app.domain.outgoing import OutgoingMail
from app.domain.status import (
    TRANSITIONS,
    CommentDecision,
    CommentStatus,
    Decision,
    SubmissionDecision,
    SubmissionState,
)
from app.domain.submission import Lane, Submission
from app.intake import correspondence
from app.intake.correct import locked
from app.intake.desk import Desk
from app.intake.judge import judge
from app.intake.outgoing import HELD, acknowledgement_for
from app.storage.repositories.unit import Repositories

_LETS_RECEIPT_GO = frozenset(
    {CommentDecision.ACCEPT, CommentDecision.MARK_LATE, CommentDecision.MARK_OFF_MEASURE}
)
SET_ASIDE = "not_a_comment"
"""Reason of an arrival that a person set aside, and of the decisions that follow from it."""


def decide_comment(
    desk: Desk,
    receipt_number: str,
    decision: CommentDecision,
    *,
    reason: str,
    revision: int | None,
    actor: Actor,
) -> CommentRecord:
    """Put a person's decision on a comment.

    Raises:
        NotFound: There is no such record, or the key is confined to others.
        StaleRevision: Somebody changed it in between.
        IllegalTransition: Nothing can be accepted before its consultation is known.
    """

    def work(repositories: Repositories) -> CommentRecord:
        record = locked(repositories, receipt_number, revision=revision, actor=actor)
        if decision is CommentDecision.ACCEPT and record.consultation is None:
            raise IllegalTransition("acceptance_needs_consultation")
        at = desk.clock()
        return _decided(
            desk,
            repositories,
            record,
            Decision(decision=decision, reason=reason, by=actor.name, at=at),
            actor,
        )

    decided = desk.writer.run(work)
    if decision is CommentDecision.REQUEST_CORRECTION or decision in _LETS_RECEIPT_GO:
        desk.wake(Lane.LIGHT)
    return decided


def _decided(
    desk: Desk,
    repositories: Repositories,
    record: CommentRecord,
    decision: Decision | None,
    actor: Actor,
) -> CommentRecord:
    record_with = replace(record, decision=decision, revision=record.revision + 1)
    if decision is not None and decision.decision is CommentDecision.REQUEST_CORRECTION:
        record_with, mails = correspondence.ask(desk, repositories, record_with)
        repositories.outbox.add(mails)
    if decision is not None and decision.decision in _LETS_RECEIPT_GO:
        repositories.outbox.add(_held_receipt(desk, repositories, record))
    changed = judge(
        record_with,
        repositories.consultations.all(),
        similarity=desk.similarity,
    )
    repositories.comments.change(changed)
    repositories.audit.add(
        AuditEntry(
            at=decision.at if decision else desk.clock(),
            actor=actor,
            action=AuditAction.COMMENT_DECIDED,
            receipt_number=record.receipt_number,
            submission_id=record.submission_id,
            consultation=record.consultation,
            detail={
                "decision": decision.decision.value if decision else None,
                "reason": decision.reason if decision else None,
                "status": [record.status.value, changed.status.value],
            },
        )
    )
    return changed


def _held_receipt(
    desk: Desk, repositories: Repositories, record: CommentRecord
) -> list[OutgoingMail]:
    """Give the receipt that was held for a person to say that a person wrote."""
    submission = repositories.submissions.get(record.submission_id)
    if submission is None or HELD not in submission.findings:
        return []
    records = repositories.comments.of_submission(submission.id)
    return [*acknowledgement_for(desk, submission, records, repositories)]


def decide_submission(
    desk: Desk, submission_id: str, decision: SubmissionDecision, *, reason: str, actor: Actor
) -> Submission:
    """Put a person's decision on an arrival; nothing is deleted by any of them.

    ``replay`` reads it again, ``release`` lets it out of quarantine, ``not_a_comment`` sets it
    aside together with the comments made from it, ``confirm_opened`` reads it again with what a
    password opened.

    Raises:
        NotFound: There is no such arrival.
        IllegalTransition: The state it is in does not allow it.
    """

    def work(repositories: Repositories) -> Submission:
        submission = repositories.submissions.get(submission_id, lock=True)
        if submission is None:
            raise NotFound("submission_not_found")
        target = _target(submission, decision)
        at = desk.clock()
        if decision is SubmissionDecision.NOT_A_COMMENT:
            repositories.submissions.settle(submission, target, reason=SET_ASIDE)
            _set_aside(desk, repositories, submission, actor, at)
        else:
            if decision is SubmissionDecision.CONFIRM_OPENED:
                said = Finding(code="opened_confirmed")
                repositories.submissions.add_findings(submission_id, [said])
            repositories.queue.put(submission_id, run_at=at, attempts=0, failures=0)
            _take_back(desk, repositories, submission, actor)
        repositories.audit.add(
            AuditEntry(
                at=at,
                actor=actor,
                action=AuditAction.SUBMISSION_DECIDED,
                submission_id=submission_id,
                detail={
                    "decision": decision.value,
                    "reason": reason,
                    "state": [submission.state.value, target.value],
                },
            )
        )
        return replace(submission, state=target)

    decided = desk.writer.run(work)
    if decided.state is SubmissionState.QUEUED:
        desk.wake(decided.lane)
    return decided


def opened(submission: Submission) -> bool:
    """Say whether a password opened something in an arrival that nobody has confirmed."""
    return any(each.code == "attachment_opened" for each in submission.findings)


def _target(submission: Submission, decision: SubmissionDecision) -> SubmissionState:
    target = (
        SubmissionState.IGNORED
        if decision is SubmissionDecision.NOT_A_COMMENT
        else SubmissionState.QUEUED
    )
    in_work = submission.state is SubmissionState.PROCESSING
    needs_quarantine = decision is SubmissionDecision.RELEASE
    nothing_opened = decision is SubmissionDecision.CONFIRM_OPENED and not opened(submission)
    if (
        in_work
        or nothing_opened
        or target not in TRANSITIONS[submission.state]
        or (needs_quarantine and submission.state is not SubmissionState.QUARANTINED)
    ):
        raise IllegalTransition(state=submission.state.value)
    return target


def _set_aside(
    desk: Desk,
    repositories: Repositories,
    submission: Submission,
    actor: Actor,
    at: datetime,
) -> None:
    decision = Decision(decision=CommentDecision.WITHDRAW, reason=SET_ASIDE, by=actor.name, at=at)
    for record in repositories.comments.of_submission(submission.id):
        # What was accepted of an upload made by mistake must leave the tally too.
        if record.status is not CommentStatus.WITHDRAWN:
            _decided(desk, repositories, record, decision, actor)


def _take_back(
    desk: Desk, repositories: Repositories, submission: Submission, actor: Actor
) -> None:
    """Undo what setting the arrival aside did to its comments."""
    for record in repositories.comments.of_submission(submission.id):
        if record.decision is not None and record.decision.reason == SET_ASIDE:
            _decided(desk, repositories, record, None, actor)
