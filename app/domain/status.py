"""States of a submission, status of a comment, and how they may change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.findings import FINDINGS, Calls, Finding
from app.domain.timeliness import Timeliness, TimelinessVerdict


class SubmissionState(StrEnum):
    """Where an arrival stands; each is in exactly one."""

    QUEUED = "queued"
    PROCESSING = "processing"
    DONE = "done"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"
    FAILED = "failed"


_S = SubmissionState
TRANSITIONS: Mapping[SubmissionState, frozenset[SubmissionState]] = {
    _S.QUEUED: frozenset({_S.PROCESSING, _S.IGNORED}),
    # back to queued: the process died, or the error may pass
    _S.PROCESSING: frozenset({_S.QUEUED, _S.DONE, _S.IGNORED, _S.QUARANTINED, _S.FAILED}),
    _S.DONE: frozenset({_S.QUEUED, _S.IGNORED}),
    _S.IGNORED: frozenset({_S.QUEUED}),
    _S.QUARANTINED: frozenset({_S.QUEUED, _S.IGNORED}),
    _S.FAILED: frozenset({_S.QUEUED, _S.IGNORED}),
}
"""The only changes of state there are."""


class SubmissionDecision(StrEnum):
    """What a person may decide of an arrival."""

    REPLAY = "replay"
    RELEASE = "release"
    NOT_A_COMMENT = "not_a_comment"
    CONFIRM_OPENED = "confirm_opened"
    """What a password opened belongs to the comment: read it again with that."""


class CommentStatus(StrEnum):
    """What a comment counts as; in the order in which the first that holds wins."""

    WITHDRAWN = "withdrawn"
    LATE = "late"
    OFF_MEASURE = "off_measure"
    NEEDS_CORRECTION = "needs_correction"
    NEEDS_REVIEW = "needs_review"
    ACCEPTED = "accepted"


class CommentDecision(StrEnum):
    """What a person may decide of a comment (受理・期限後・対象外・補正依頼・取下げ)."""

    ACCEPT = "accept"
    MARK_LATE = "mark_late"
    MARK_OFF_MEASURE = "mark_off_measure"
    REQUEST_CORRECTION = "request_correction"
    WITHDRAW = "withdraw"


DECIDED: Mapping[CommentDecision, CommentStatus] = {
    CommentDecision.ACCEPT: CommentStatus.ACCEPTED,
    CommentDecision.MARK_LATE: CommentStatus.LATE,
    CommentDecision.MARK_OFF_MEASURE: CommentStatus.OFF_MEASURE,
    CommentDecision.REQUEST_CORRECTION: CommentStatus.NEEDS_CORRECTION,
    CommentDecision.WITHDRAW: CommentStatus.WITHDRAWN,
}
"""A person's decision outranks what is computed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A person's decision on a comment.

    Attributes:
        decision: What was decided.
        reason: Why, in the person's words.
        by: Name of the key that decided.
        at: When, in UTC.
    """

    decision: CommentDecision
    reason: str
    by: str
    at: datetime


def status_of(
    *,
    timeliness: Timeliness,
    findings: Iterable[Finding],
    consultation_known: bool,
    by_ocr: bool,
    off_measure: bool,
    decision: Decision | None,
) -> CommentStatus:
    """Give the status of a comment: a person's decision, else the first that holds.

    Args:
        timeliness: The verdict on its deadline.
        findings: What was noticed.
        consultation_known: Whether its measure is known.
        by_ocr: Whether its fields rest on OCR, which alone never makes a comment
            ``off_measure`` or ``needs_correction``.
        off_measure: Whether it speaks of another measure than the consultation it stands in.
        decision: A person's decision, if there is one.
    """
    if decision is not None:
        return DECIDED[decision.decision]
    # A finding stored by another version and unknown here is for a person to look at.
    calls = {FINDINGS.get(each.code, Calls.REVIEW) for each in findings}
    if timeliness.verdict is TimelinessVerdict.LATE:
        return CommentStatus.LATE
    if off_measure and consultation_known and not by_ocr:
        return CommentStatus.OFF_MEASURE
    if not consultation_known:
        return CommentStatus.NEEDS_REVIEW
    if Calls.CORRECTION in calls and not by_ocr:
        return CommentStatus.NEEDS_CORRECTION
    needs_person = (
        by_ocr
        or bool(calls & {Calls.CORRECTION, Calls.REVIEW})
        or timeliness.verdict is not TimelinessVerdict.IN_TIME
        or off_measure
    )
    return CommentStatus.NEEDS_REVIEW if needs_person else CommentStatus.ACCEPTED
