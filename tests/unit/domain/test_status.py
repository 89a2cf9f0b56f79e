import itertools
from datetime import UTC, datetime

import pytest

from app.domain.findings import FINDINGS, Calls, Finding
from app.domain.status import (
    DECIDED,
    TRANSITIONS,
    CommentDecision,
    CommentStatus,
    Decision,
    SubmissionState,
    status_of,
)
from app.domain.timeliness import Timeliness, TimelinessVerdict

FLAGS = (False, True)
FINDING_OF = {
    Calls.CORRECTION: Finding(code="name_missing"),
    Calls.REVIEW: Finding(code="low_confidence"),
    Calls.NOTHING: Finding(code="possible_duplicate"),
}
SETS_OF_FINDINGS = [
    tuple(FINDING_OF[call] for call, there in zip(FINDING_OF, there_or_not, strict=True) if there)
    for there_or_not in itertools.product(FLAGS, repeat=3)
]
CASES = list(itertools.product(TimelinessVerdict, SETS_OF_FINDINGS, FLAGS, FLAGS, FLAGS))


def status(
    verdict: TimelinessVerdict,
    findings: tuple[Finding, ...],
    known: bool,
    by_ocr: bool,
    off_measure: bool,
    decision: CommentDecision | None = None,
) -> CommentStatus:
    return status_of(
        timeliness=Timeliness(verdict=verdict),
        findings=findings,
        consultation_known=known,
        by_ocr=by_ocr,
        off_measure=off_measure,
        decision=None
        if decision is None
        else Decision(
            decision=decision, reason="理由", by="確認者", at=datetime(2015, 5, 1, tzinfo=UTC)
        ),
    )


@pytest.mark.parametrize("decision", list(CommentDecision))
def test_a_decision_outranks_everything(decision: CommentDecision) -> None:
    for case in CASES:
        assert status(*case, decision=decision) is DECIDED[decision]


def test_the_first_that_holds_wins_in_every_combination() -> None:
    for verdict, findings, known, by_ocr, off_measure in CASES:
        calls = {FINDINGS[each.code] for each in findings}
        holds = [
            (CommentStatus.LATE, verdict is TimelinessVerdict.LATE),
            (CommentStatus.OFF_MEASURE, off_measure and known and not by_ocr),
            (
                CommentStatus.NEEDS_CORRECTION,
                known and not by_ocr and Calls.CORRECTION in calls,
            ),
            (
                CommentStatus.NEEDS_REVIEW,
                not known
                or by_ocr
                or off_measure
                or bool(calls - {Calls.NOTHING})
                or verdict is not TimelinessVerdict.IN_TIME,
            ),
            (CommentStatus.ACCEPTED, True),
        ]
        expected = next(each for each, there in holds if there)
        assert status(verdict, findings, known, by_ocr, off_measure) is expected


def test_ocr_alone_neither_asks_for_a_correction_nor_puts_off_the_measure() -> None:
    for verdict, findings, known, _, off_measure in CASES:
        assert status(verdict, findings, known, True, off_measure) in (
            CommentStatus.LATE,
            CommentStatus.NEEDS_REVIEW,
        )


def test_an_unknown_consultation_is_always_for_a_person() -> None:
    for findings, by_ocr, off_measure in itertools.product(SETS_OF_FINDINGS, FLAGS, FLAGS):
        found = status(TimelinessVerdict.UNDETERMINED, findings, False, by_ocr, off_measure)
        assert found is CommentStatus.NEEDS_REVIEW


def test_a_complete_comment_in_time_is_accepted_by_itself() -> None:
    evidence = (FINDING_OF[Calls.NOTHING],)
    assert status(TimelinessVerdict.IN_TIME, evidence, True, False, False) is CommentStatus.ACCEPTED


def test_every_state_and_decision_has_its_place() -> None:
    assert set(TRANSITIONS) == set(SubmissionState)
    assert set(DECIDED) == set(CommentDecision)


def test_no_state_leads_to_itself_and_every_one_can_be_left() -> None:
    for state, following in TRANSITIONS.items():
        assert following
        assert state not in following


def test_every_state_can_be_reached_and_read_again() -> None:
    reached = set().union(*TRANSITIONS.values())
    assert reached == set(SubmissionState)
    settled = set(SubmissionState) - {SubmissionState.QUEUED}
    assert all(SubmissionState.QUEUED in TRANSITIONS[state] for state in settled)


def test_only_reading_ends_in_a_result() -> None:
    results = {SubmissionState.DONE, SubmissionState.QUARANTINED, SubmissionState.FAILED}
    for state, following in TRANSITIONS.items():
        if state is not SubmissionState.PROCESSING:
            assert not following & results


def test_a_finding_of_another_version_is_for_a_person() -> None:
    strange = (Finding(code="from_a_later_version"),)
    found = status(TimelinessVerdict.IN_TIME, strange, True, False, False)
    assert found is CommentStatus.NEEDS_REVIEW
