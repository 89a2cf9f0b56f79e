"""One comment: its pages beside its fields, corrections and decisions."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.domain.access import Scope
from app.domain.audit import AuditAction
from app.domain.comment import CommentRecord
from app.domain.comment_form import Box
from app.domain.envelope import DocumentRole
from app.domain.errors import FieldProblem, InvalidInput, NotFound, Refusal, StaleRevision
from app.domain.status import CommentDecision
from app.domain.submission import Document
from app.intake import correct, decide, take_over, watch
from app.intake.correct import CommentPatch
from app.web import answers, correction, splits
from app.web.correction import Field
from app.web.form_values import FormValues
from app.web.page_route import PageRoute, status_of
from app.web.rendering import page
from app.web.staff import Posted, Reader, Reviewer, Staff

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/staff/comments/{receipt_number}")
def comment_page(
    staff: Reader, receipt_number: str, notice: Annotated[str | None, Query()] = None
) -> Response:
    """Show one comment."""
    return _shown(staff, seen(staff, receipt_number), notice=notice)


@router.post("/staff/comments/{receipt_number}/corrections")
def correct_comment(staff: Reviewer, receipt_number: str, form: Posted) -> Response:
    """Write what a person changed; where that cannot be, show it again with what was typed."""
    record = seen(staff, receipt_number)
    values = FormValues(form)
    changes = correction.changes(record, values)
    revision = values.whole("revision", required=True)
    typed = correction.changed(record, values)
    try:
        values.check()
        after = correct.correct(
            staff.desk,
            receipt_number,
            CommentPatch(changes=changes),
            revision=revision,
            actor=staff.actor,
        )
    except (InvalidInput, StaleRevision) as refusal:
        return _shown(staff, seen(staff, receipt_number), refusal=refusal, typed=typed)
    notice = "unchanged" if after.revision == record.revision else "corrected"
    return RedirectResponse(
        f"/staff/comments/{receipt_number}?notice={notice}", HTTPStatus.SEE_OTHER
    )


@router.post("/staff/comments/{receipt_number}/decisions")
def decide_comment(staff: Reviewer, receipt_number: str, form: Posted) -> Response:
    """Put a decision on a comment."""
    record = seen(staff, receipt_number)
    values = FormValues(form)
    decision = values.member("decision", CommentDecision, required=True)
    reason = values.text("reason", required=True)
    revision = values.whole("revision", required=True)
    decided = {"decision": values.typed("decision"), "reason": values.typed("reason")}
    try:
        values.check()
        decide.decide_comment(
            staff.desk,
            record.receipt_number,
            CommentDecision(decision or ""),
            reason=reason,
            revision=revision,
            actor=staff.actor,
        )
    except Refusal as refusal:
        return _shown(staff, seen(staff, receipt_number), refusal=refusal, decided=decided)
    return RedirectResponse(
        f"/staff/comments/{receipt_number}?notice=decided", HTTPStatus.SEE_OTHER
    )


@router.post("/staff/comments/{receipt_number}/taken-over")
def take_over_field(staff: Reviewer, receipt_number: str, form: Posted) -> Response:
    """Take one field over from an answer to a correction request."""
    record = seen(staff, receipt_number)
    values = FormValues(form)
    answer = values.text("answer", required=True)
    pointer = values.text("field", required=True)
    revision = values.whole("revision", required=True)
    try:
        values.check()
        take_over.take_over(
            staff.desk,
            record.receipt_number,
            pointer,
            answer=answer,
            revision=revision,
            actor=staff.actor,
        )
    except (InvalidInput, StaleRevision) as refusal:
        return _shown(staff, seen(staff, receipt_number), refusal=refusal)
    return RedirectResponse(
        f"/staff/comments/{receipt_number}?notice=taken_over#answers", HTTPStatus.SEE_OTHER
    )


def seen(staff: Staff, receipt_number: str) -> CommentRecord:
    """Give a record that this member of staff may see.

    Raises:
        NotFound: There is none, or it belongs to another consultation.
    """
    record = staff.desk.queries.comments.get(receipt_number)
    if record is None or not staff.actor.may_touch(record.consultation):
        raise NotFound
    return record


def _shown(
    staff: Staff,
    record: CommentRecord,
    *,
    notice: str | None = None,
    refusal: Refusal | None = None,
    typed: dict[str, str] | None = None,
    decided: dict[str, str] | None = None,
) -> HTMLResponse:
    watch.viewed(
        staff.desk,
        staff.actor,
        AuditAction.COMMENT_VIEWED,
        receipt_number=record.receipt_number,
        submission_id=record.submission_id,
        consultation=record.consultation,
    )
    queries = staff.desk.queries
    consultation = queries.consultations.get(record.consultation) if record.consultation else None
    documents = queries.submissions.documents(record.submission_id)
    siblings = queries.comments.of_submission(record.submission_id)
    touched = tuple(each for each in siblings if staff.actor.may_touch(each.consultation))
    hidden = splits.hidden_pages(siblings, touched)
    fields = correction.fields(record, consultation, typed)
    related = tuple(
        each
        for each in queries.comments.related(record)
        if staff.actor.may_touch(each.consultation)
    )
    return page(
        "comment.html",
        staff=staff,
        status=status_of(refusal) if refusal else HTTPStatus.OK,
        record=record,
        consultation=consultation,
        consultations=tuple(
            each for each in queries.consultations.all() if staff.actor.may_touch(each.code)
        ),
        fields=fields,
        general=tuple(each for each in record.findings if each.field not in _pointers(fields)),
        pictures=_pictures(record, documents),
        cuts=splits.around(record, splits.every_page(documents, touched, hidden=hidden)),
        sheets={each.page: each for each in _pictures(record, documents)},
        boxes=_boxes(fields),
        numbers=_numbers(fields),
        files=[each for each in documents if each.role is not DocumentRole.PAGE_IMAGE],
        related=related,
        answers=answers.shown(staff, record, related),
        mails=(
            *queries.outbox.of_subject(record.submission_id),
            *queries.outbox.of_subject(record.receipt_number),
            *queries.outbox.requests_about(record.receipt_number),
        ),
        decisions=tuple(CommentDecision),
        may_review=staff.may(Scope.COMMENTS_REVIEW),
        notice=notice,
        refusal=refusal,
        stale=isinstance(refusal, StaleRevision),
        problems=_by_field(refusal.problems if refusal else ()),
        decided=decided or {},
    )


def _pointers(fields: tuple[Field, ...]) -> frozenset[str]:
    return frozenset(each.input.pointer for each in fields)


def _by_field(problems: tuple[FieldProblem, ...]) -> dict[str, FieldProblem]:
    """Give the first problem of each field."""
    return {each.field: each for each in reversed(problems)}


def _pictures(record: CommentRecord, documents: tuple[Document, ...]) -> tuple[Document, ...]:
    """Give the pictures of the pages that belong to the record; of all where nobody could say."""
    return tuple(
        each
        for each in documents
        if each.role is DocumentRole.PAGE_IMAGE and (not record.pages or each.page in record.pages)
    )


def _numbers(fields: tuple[Field, ...]) -> dict[str, int | None]:
    """Number the fields that have a place on a page, for the outlines there."""
    numbers: dict[str, int | None] = dict.fromkeys((each.id for each in fields), None)
    read = (each.id for each in fields if each.place is not None)
    return numbers | {name: place for place, name in enumerate(read, start=1)}


def _boxes(fields: tuple[Field, ...]) -> dict[int, list[tuple[Field, Box]]]:
    """Give what is outlined on each page."""
    found: dict[int, list[tuple[Field, Box]]] = {}
    for each in fields:
        place = each.place
        if place is not None:
            found.setdefault(place.page, []).append((each, place.box))
    return found
