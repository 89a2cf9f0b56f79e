"""The consultations, and the counts of one."""

from fastapi import APIRouter
from starlette.responses import Response

from app.domain.envelope import Channel, japan_day
from app.domain.errors import NotFound
from app.domain.mail_texts import STANDARD
from app.domain.outgoing import MailKind
from app.domain.status import CommentStatus
from app.intake import forms, gazetteers, mail_preview
from app.storage.queries.tally import UNCATEGORISED
from app.web.citizen import ways
from app.web.page_route import PageRoute
from app.web.rendering import page
from app.web.staff import Reader, SignedIn

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/staff/consultations")
def consultations_page(staff: SignedIn) -> Response:
    """List the consultations, newest first."""
    found = staff.desk.queries.consultations.all()
    return page(
        "consultations.html",
        staff=staff,
        items=tuple(each for each in found if staff.actor.may_touch(each.code)),
        today=japan_day(staff.desk.clock()),
    )


@router.get("/staff/consultations/{code}")
def consultation_page(staff: Reader, code: str) -> Response:
    """Show one consultation and its counts; they hold no personal data."""
    consultation = staff.desk.queries.consultations.get(code)
    if consultation is None or not staff.actor.may_touch(code):
        raise NotFound
    return page(
        "consultation.html",
        staff=staff,
        consultation=consultation,
        ways=ways(consultation),
        gazetteers=gazetteers.used_for(staff.desk, consultation),
        tally=staff.desk.queries.tally.of(consultation),
        channels=tuple(Channel),
        statuses=tuple(CommentStatus),
        uncategorised=UNCATEGORISED,
    )


@router.get("/staff/consultations/{code}/mails")
def mails_page(staff: Reader, code: str) -> Response:
    """Show both mails to writers as they would read for an invented comment."""
    consultation = staff.desk.queries.consultations.get(code)
    if consultation is None or not staff.actor.may_touch(code):
        raise NotFound
    texts = consultation.mail_texts
    kinds = (
        (MailKind.ACKNOWLEDGEMENT, "受付通知", texts.acknowledgement),
        (MailKind.CORRECTION_REQUEST, "補正依頼", texts.correction_request),
    )
    return page(
        "consultation_mails.html",
        staff=staff,
        consultation=consultation,
        mails=tuple(
            {
                "kind": kind.value,
                "title": title,
                "is_own": text != STANDARD,
                "mail": mail_preview.preview(staff.desk, consultation, kind),
            }
            for kind, title, text in kinds
        ),
    )


@router.get("/staff/consultations/{code}/form.pdf")
def blank_form(staff: SignedIn, code: str) -> Response:
    """Give the blank form, also of a consultation that is not open."""
    consultation = staff.desk.queries.consultations.get(code)
    if consultation is None or not staff.actor.may_touch(code):
        raise NotFound
    return Response(
        forms.as_pdf(forms.blank_form(staff.desk, consultation)),
        media_type="application/pdf",
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"},
    )
