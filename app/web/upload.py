"""Handing in scans of paper: what the mailroom knows of the envelope or the box goes with them."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.domain.access import Scope
from app.domain.drop_box import Collection
from app.domain.envelope import Channel, Delivery, Envelope, Part, Spooled
from app.domain.errors import InvalidInput, NotFound, Refusal
from app.domain.stack import SEPARATOR_FACT, SIDES_FACT, Separator, Sides
from app.domain.text import has_forbidden_characters
from app.intake import drop_boxes, receive
from app.intake.look import Look, look
from app.web.form_values import FormValues, moment_input
from app.web.page_route import PageRoute, status_of
from app.web.rendering import page
from app.web.staff import Posted, Scanner, Staff
from app.web.weak_pages import weak_pages

router = APIRouter(include_in_schema=False, route_class=PageRoute)

CHANNELS = (Channel.MAIL, Channel.DROP_BOX)
"""What the mailroom scans; faxes come from their gateway with its own clock."""
NEW_ROUND = "new"
"""Chosen in place of a round that is known: the round is recorded together with the upload."""
_SHOWN_ROUNDS = 30
_SHOWN = 20
"""Weak pages that are told at once; more of them say that the scanner needs a look."""
_MOST_PEOPLE = 10


@router.get("/staff/upload")
def upload_page(staff: Scanner) -> Response:
    """Show the empty form."""
    return _form(staff, {"received_at": moment_input(staff.desk.clock()), "channel": "mail"})


@router.post("/staff/upload")
def upload(staff: Scanner, form: Posted) -> Response:
    """Take in one upload."""
    values = FormValues(form)
    typed = {name: values.typed(name) for name in form if name not in {"csrf", "files"}}
    try:
        envelope = _envelope(staff, values)
        # A round that was new is recorded by now: sent again, the form must not make another.
        typed["collection_id"] = envelope.collection_id or ""
        received = receive.receive(staff.desk, envelope, actor=staff.actor)
    except InvalidInput as refusal:
        return _form(staff, typed, refusal=refusal)
    said = "" if received.repeated else _said(look(staff.desk, envelope))
    notice = "repeated" if received.repeated else "received"
    where = f"/staff/submissions/{received.submission_id}?notice={notice}&watch=on{said}"
    if not staff.may(Scope.COMMENTS_READ):
        where = f"/staff/upload/{received.submission_id}?notice={notice}{said}"
    return RedirectResponse(where, HTTPStatus.SEE_OTHER)


def _said(seen: Look) -> str:
    """Hand on to the page that confirms an upload what was seen of its pages."""
    weak = seen.weaknesses[:_SHOWN]
    said = "".join(f"&weak={each.file}.{each.page}.{each.finding.code}" for each in weak)
    return said if seen.pages_checked is None else f"{said}&checked={seen.pages_checked}"


@router.get("/staff/upload/{submission_id}")
def uploaded(
    staff: Scanner,
    submission_id: str,
    weak: Annotated[list[str] | None, Query()] = None,
    checked: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """Confirm an upload to somebody who may not read comments: its state and nothing else."""
    submission = staff.desk.queries.submissions.get(submission_id)
    if submission is None or submission.channel not in CHANNELS:
        raise NotFound
    codes = staff.actor.consultations
    if codes and not staff.desk.queries.submissions.touches(submission_id, codes):
        raise NotFound
    return page(
        "uploaded.html",
        staff=staff,
        submission=submission,
        weak=weak_pages(weak),
        checked=checked,
    )


def _form(staff: Staff, typed: dict[str, str], *, refusal: Refusal | None = None) -> HTMLResponse:
    queries = staff.desk.queries
    return page(
        "upload.html",
        staff=staff,
        status=status_of(refusal) if refusal else HTTPStatus.OK,
        typed=typed,
        problems=refusal.problems if refusal else (),
        channels=CHANNELS,
        deliveries=tuple(Delivery),
        boxes=queries.drop_boxes.boxes(),
        rounds=queries.drop_boxes.collections()[:_SHOWN_ROUNDS],
        consultations=tuple(
            each for each in queries.consultations.all() if staff.actor.may_touch(each.code)
        ),
        new_round=NEW_ROUND,
    )


def _envelope(staff: Staff, values: FormValues) -> Envelope:
    """Read the form.

    Raises:
        InvalidInput: Something in it is wrong or missing.
    """
    channel = values.member("channel", Channel, required=True)
    if channel is not None and channel not in CHANNELS:
        values.wrong("channel", "invalid_value")
    paper = channel is Channel.MAIL
    delivery = values.member("delivery", Delivery, required=True) if paper else None
    received_at = values.moment("received_at", required=True)
    postmarked_on = values.day("postmarked_on") if delivery is Delivery.POST else None
    declared = values.whole("declared_count")
    laid = {
        SEPARATOR_FACT: values.member("separator", Separator),
        SIDES_FACT: values.member("sides", Sides),
    }
    consultation = values.text("consultation", required=bool(staff.actor.consultations)) or None
    files = values.files("files")
    if not files:
        values.wrong("files", "file_needed")
    new_round = _new_round(values) if channel is Channel.DROP_BOX else None
    if values.problems or channel is None or received_at is None:
        raise InvalidInput(problems=tuple(values.problems))
    return Envelope(
        channel=channel,
        delivery=delivery,
        received_at=received_at,
        source="",
        announced=declared,
        parts=tuple(_part(each) for each in files),
        consultation=consultation,
        postmarked_on=postmarked_on,
        collection_id=_collection_id(staff, values, new_round) if not paper else None,
        drop_box=(values.text("drop_box") or None) if not paper else None,
        facts={name: each.value for name, each in laid.items() if each is not None},
    )


def _new_round(values: FormValues) -> Collection | None:
    """Read the round that is recorded together with the upload; None where a known one is named."""
    if values.typed("collection_id") != NEW_ROUND:
        return None
    drop_box = values.text("drop_box", required=True)
    collected_at = values.moment("collected_at", required=True)
    people = [each.strip() for each in values.text("collected_by").split("\n") if each.strip()]
    if len(people) > _MOST_PEOPLE:
        values.wrong("collected_by", "too_many")
    removed, applied = values.text("seal_removed"), values.text("seal_applied")
    slips = values.whole("slip_count")
    if collected_at is None:
        return None
    return Collection(
        id="",
        drop_box=drop_box,
        collected_at=collected_at,
        collected_by=tuple(people),
        seal_removed=removed or None,
        seal_applied=applied or None,
        slip_count=slips,
    )


def _collection_id(staff: Staff, values: FormValues, new_round: Collection | None) -> str | None:
    if new_round is None:
        return values.text("collection_id") or None
    # Recorded first and by itself: the box was emptied even if these scans are refused.
    return drop_boxes.collect(staff.desk, new_round, actor=staff.actor).id


def _part(file: UploadFile) -> Part:
    name = file.filename
    return Part(
        filename=None if not name or has_forbidden_characters(name) else name,
        media_type=file.content_type or "application/octet-stream",
        data=Spooled(file.file, file.size or 0),
    )
