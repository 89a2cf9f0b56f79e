"""The ledger (受付台帳): what every source says against what is recorded, and every arrival."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from app.domain.envelope import JST, Channel, japan_day
from app.domain.errors import NotAllowed
from app.domain.mailbox_watch import Alarm
from app.domain.submission import Submission
from app.intake import mailboxes
from app.web.form_values import FIRST_YEAR, LAST_YEAR, FormValues
from app.web.page_route import PageRoute
from app.web.rendering import page
from app.web.staff import Auditor, Posted, Reviewer, Staff

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_DAYS_SHOWN = 31
_ARRIVALS_SHOWN = 200
_LONGEST_REASON = 200
UNIT_WORDS = {"mail": "通", "form": "通", "slip": "枚", "page": "ページ", "post": "件"}
"""The counting word of what each source counts."""


@router.get("/staff/ledger")
def ledger_page(
    staff: Auditor,
    date_from: Annotated[str | None, Query(max_length=10)] = None,
    date_to: Annotated[str | None, Query(max_length=10)] = None,
    channel: Annotated[str | None, Query(max_length=20)] = None,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Show the balance of every source, and the arrivals of a time; no personal data."""
    today = japan_day(staff.desk.clock())
    last = _day(date_to) or today
    first = _day(date_from) or last - timedelta(days=_DAYS_SHOWN - 1)
    chosen = Channel(channel) if channel in set(Channel) else None
    # The sources count whole folders, rounds and batches, whatever consultation is inside.
    whole = not staff.actor.consultations
    found = list(islice(_arrivals(staff, first, last, chosen, cursor), _ARRIVALS_SHOWN + 1))
    return page(
        "ledger.html",
        staff=staff,
        balances=staff.desk.queries.ledger.summary(channel=chosen) if whole else None,
        alarms=mailboxes.alarms(staff.desk) if whole else (),
        explainable=Alarm.MISSING,
        units=UNIT_WORDS,
        arrivals=found[:_ARRIVALS_SHOWN],
        next_cursor=found[_ARRIVALS_SHOWN - 1].id if len(found) > _ARRIVALS_SHOWN else None,
        cursor=cursor,
        first=first,
        last=last,
        channel=chosen,
        channels=tuple(Channel),
    )


@router.post("/staff/ledger/explanations")
def explain_missing(staff: Reviewer, form: Posted) -> Response:
    """Put a person's word on mail that a folder named and that is missing here."""
    if staff.actor.consultations:
        raise NotAllowed("key_confined")
    values = FormValues(form)
    source = values.text("source", required=True)
    reason = values.text("reason", required=True, longest=_LONGEST_REASON)
    values.check()
    mailboxes.explain(staff.desk, source, reason=reason, actor=staff.actor)
    return RedirectResponse("/staff/ledger", HTTPStatus.SEE_OTHER)


def _arrivals(
    staff: Staff, first: date, last: date, channel: Channel | None, cursor: str | None
) -> Iterator[Submission]:
    return staff.desk.queries.ledger.arrivals(
        received_from=datetime.combine(first, time.min, JST),
        received_before=datetime.combine(last + timedelta(days=1), time.min, JST),
        channel=channel,
        consultations=staff.actor.consultations,
        after=cursor,
    )


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None
