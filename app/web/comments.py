"""The list of comments, with filters and search."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.domain import receipt_number
from app.domain.audit import AuditAction
from app.domain.envelope import Channel
from app.domain.status import CommentStatus
from app.domain.timeliness import TimelinessVerdict
from app.intake import watch
from app.storage.queries.comments import CommentFilter
from app.web.form_values import FormValues
from app.web.page_route import PageRoute
from app.web.rendering import page
from app.web.staff import Posted, Reader, Staff

router = APIRouter(include_in_schema=False, route_class=PageRoute)

PAGE_SIZE = 50
_LONGEST_SEARCH = 200
_LARGEST_ID = 2**53


@router.get("/staff/comments")
def comments_page(
    staff: Reader,
    consultation: Annotated[str | None, Query(max_length=64)] = None,
    channel: Annotated[Channel | None, Query()] = None,
    status: Annotated[CommentStatus | None, Query()] = None,
    timeliness: Annotated[TimelinessVerdict | None, Query()] = None,
    cursor: Annotated[int | None, Query(ge=1, le=_LARGEST_ID)] = None,
) -> Response:
    """List comments, newest first."""
    wanted = CommentFilter(
        consultation=consultation,
        channel=channel,
        status=status,
        timeliness=timeliness,
        confined_to=staff.actor.consultations,
    )
    return _listed(staff, wanted, cursor)


@router.post("/staff/comments")
def choose(staff: Reader, form: Posted) -> Response:
    """Filter and search.

    What is searched for may be somebody's name, and addresses stay in histories and server logs:
    so the search is posted and its result is the answer. Filters alone lead to their address,
    and a receipt number leads to its record.
    """
    values = FormValues(form)
    text = values.text("q", longest=_LONGEST_SEARCH)
    wanted = CommentFilter(
        consultation=values.text("consultation") or None,
        channel=values.member("channel", Channel),
        status=values.member("status", CommentStatus),
        timeliness=values.member("timeliness", TimelinessVerdict),
        text=text,
        confined_to=staff.actor.consultations,
    )
    cursor = values.whole("cursor", most=_LARGEST_ID)
    values.check()
    number = receipt_number.lenient(text) if text else None
    if number and staff.desk.queries.comments.get(number) is not None:
        return RedirectResponse(f"/staff/comments/{number}", HTTPStatus.SEE_OTHER)
    if not text.strip():
        query = urlencode(_filters(wanted))
        address = f"/staff/comments?{query}" if query else "/staff/comments"
        return RedirectResponse(address, HTTPStatus.SEE_OTHER)
    return _listed(staff, wanted, cursor)


def _filters(wanted: CommentFilter) -> dict[str, str]:
    """Give what may stand in an address: everything but the words searched for."""
    chosen = {
        "consultation": wanted.consultation,
        "channel": wanted.channel,
        "status": wanted.status,
        "timeliness": wanted.timeliness,
    }
    return {name: str(value) for name, value in chosen.items() if value}


def _listed(staff: Staff, wanted: CommentFilter, cursor: int | None) -> HTMLResponse:
    queries = staff.desk.queries
    found = queries.comments.page(wanted, cursor=cursor, limit=PAGE_SIZE)
    watch.viewed(
        staff.desk,
        staff.actor,
        AuditAction.COMMENTS_LISTED,
        consultation=wanted.consultation,
        # That somebody searched is kept; what for may be a name, and stays out of the trail.
        detail={
            **_filters(wanted),
            "words": bool(wanted.text),
            "receipt_numbers": [each.receipt_number for each in found.items],
        },
    )
    allowed = tuple(
        each for each in queries.consultations.all() if staff.actor.may_touch(each.code)
    )
    return page(
        "comments.html",
        staff=staff,
        items=found.items,
        next_cursor=found.next_cursor,
        cursor=cursor,
        wanted=wanted,
        filters=_filters(wanted),
        query=urlencode(_filters(wanted)),
        consultations=allowed,
        names={each.code: each.measure_name for each in allowed},
        channels=tuple(Channel),
        statuses=tuple(CommentStatus),
        verdicts=tuple(TimelinessVerdict),
    )
