"""Arrivals: the list, one with its files and pages, and what a person decides of it."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.domain.audit import AuditAction
from app.domain.envelope import DocumentRole
from app.domain.errors import IllegalTransition, InvalidInput, NotFound, Refusal
from app.domain.status import TRANSITIONS, SubmissionDecision, SubmissionState
from app.domain.submission import Submission
from app.intake import decide, watch
from app.intake.documents import bytes_of
from app.web import splits
from app.web.form_values import FormValues
from app.web.page_route import PageRoute, status_of
from app.web.rendering import SECURITY_HEADERS, page
from app.web.staff import Posted, Reader, Reviewer, Staff
from app.web.weak_pages import WeakPage, weak_pages

router = APIRouter(include_in_schema=False, route_class=PageRoute)

PAGE_SIZE = 50
WORKING = frozenset({SubmissionState.QUEUED, SubmissionState.PROCESSING})


@router.get("/staff/submissions")
def submissions_page(
    staff: Reader,
    state: Annotated[SubmissionState | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """List arrivals, newest first."""
    found = staff.desk.queries.submissions.page(
        states=frozenset({state}) if state else frozenset(),
        consultations=staff.actor.consultations,
        cursor=cursor,
        limit=PAGE_SIZE,
    )
    return page(
        "submissions.html",
        staff=staff,
        items=found.items,
        next_cursor=found.next_cursor,
        cursor=cursor,
        state=state,
        states=tuple(SubmissionState),
    )


@router.get("/staff/submissions/{submission_id}")
def submission_page(
    staff: Reader,
    submission_id: str,
    notice: Annotated[str | None, Query()] = None,
    refresh: Annotated[str | None, Query(alias="watch")] = None,
    weak: Annotated[list[str] | None, Query()] = None,
    checked: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """Show one arrival; while it is read the page can look again by itself."""
    submission = seen(staff, submission_id)
    watching = refresh == "on"
    return _shown(
        staff,
        submission,
        notice=notice,
        watching=watching,
        weak=weak_pages(weak),
        checked=checked,
    )


@router.get("/staff/submissions/{submission_id}/documents/{document_id}")
def document(staff: Reader, submission_id: str, document_id: str) -> Response:
    """Give a file of an arrival: pictures of pages to be shown, anything else to be kept."""
    submission = seen(staff, submission_id)
    found = staff.desk.queries.submissions.document(submission.id, document_id)
    if found is None:
        raise NotFound
    watch.viewed(
        staff.desk,
        staff.actor,
        AuditAction.DOCUMENT_VIEWED,
        submission_id=submission.id,
        consultation=submission.consultation,
        detail={"document": found.id},
    )
    # We drew the page pictures ourselves; what strangers sent is never opened as a page of ours.
    ours = found.role is DocumentRole.PAGE_IMAGE
    name = quote(found.filename or "", safe="") or found.id
    kind = "inline" if ours else "attachment"
    return Response(
        bytes_of(staff.desk, found),
        media_type="image/png" if ours else "application/octet-stream",
        headers={
            **SECURITY_HEADERS,
            "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
            "Content-Disposition": f"{kind}; filename*=UTF-8''{name}",
            "Cache-Control": "no-store",
        },
    )


@router.post("/staff/submissions/{submission_id}/decisions")
def decide_submission(staff: Reviewer, submission_id: str, form: Posted) -> Response:
    """Put a decision on an arrival."""
    submission = seen(staff, submission_id)
    values = FormValues(form)
    decision = values.member("decision", SubmissionDecision, required=True)
    reason = values.text("reason", required=True)
    typed = {"decision": values.typed("decision"), "reason": values.typed("reason")}
    if values.problems or decision is None:
        refusal = InvalidInput(problems=tuple(values.problems))
        return _shown(staff, submission, refusal=refusal, typed=typed)
    try:
        decide.decide_submission(
            staff.desk, submission_id, decision, reason=reason, actor=staff.actor
        )
    except IllegalTransition as refusal:
        return _shown(staff, seen(staff, submission_id), refusal=refusal, typed=typed)
    return RedirectResponse(
        f"/staff/submissions/{submission_id}?notice=decided&watch=on", HTTPStatus.SEE_OTHER
    )


def seen(staff: Staff, submission_id: str) -> Submission:
    """Give an arrival that this member of staff may see.

    Raises:
        NotFound: There is none, or it concerns other consultations only.
    """
    queries = staff.desk.queries.submissions
    submission = queries.get(submission_id)
    codes = staff.actor.consultations
    if submission is None or (codes and not queries.touches(submission_id, codes)):
        raise NotFound
    return submission


def possible_decisions(submission: Submission) -> tuple[SubmissionDecision, ...]:
    """List what may be decided of an arrival as it stands; the use case has the last word."""
    if submission.state is SubmissionState.PROCESSING:
        return ()
    targets = TRANSITIONS[submission.state]
    possible = []
    if SubmissionState.QUEUED in targets:
        quarantined = submission.state is SubmissionState.QUARANTINED
        if decide.opened(submission):
            possible.append(SubmissionDecision.CONFIRM_OPENED)
        possible.append(SubmissionDecision.REPLAY)
        if quarantined:
            possible.append(SubmissionDecision.RELEASE)
    if SubmissionState.IGNORED in targets:
        possible.append(SubmissionDecision.NOT_A_COMMENT)
    return tuple(possible)


def _shown(
    staff: Staff,
    submission: Submission,
    *,
    notice: str | None = None,
    watching: bool = False,
    weak: tuple[WeakPage, ...] = (),
    checked: int | None = None,
    refusal: Refusal | None = None,
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    watch.viewed(
        staff.desk,
        staff.actor,
        AuditAction.SUBMISSION_VIEWED,
        submission_id=submission.id,
        consultation=submission.consultation,
    )
    queries = staff.desk.queries
    documents = queries.submissions.documents(submission.id)
    siblings = queries.comments.of_submission(submission.id)
    comments = tuple(each for each in siblings if staff.actor.may_touch(each.consultation))
    hidden = splits.hidden_pages(siblings, comments)
    boxes = {each.code: each.name for each in queries.drop_boxes.boxes()}
    return page(
        "submission.html",
        staff=staff,
        status=status_of(refusal) if refusal else HTTPStatus.OK,
        submission=submission,
        box_name=boxes.get(submission.drop_box or ""),
        documents=[each for each in documents if each.role is not DocumentRole.PAGE_IMAGE],
        pages=splits.every_page(documents, comments, hidden=hidden),
        comments=comments,
        mails=queries.outbox.of_subject(submission.id),
        working=submission.state in WORKING,
        watching=watching and submission.state in WORKING,
        decisions=possible_decisions(submission),
        notice=notice,
        weak=weak,
        checked=checked,
        refusal=refusal,
        typed=typed or {},
    )
