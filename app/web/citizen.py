"""The page for everybody: what may be commented on now, the blank form, and where to send it."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from starlette.responses import Response

from app.domain.consultation import Basis, Consultation, RuleKey
from app.domain.envelope import Channel, Delivery, in_japan, japan_day
from app.web.page_route import PageRoute
from app.web.rendering import day, page
from app.web.staff import TheDesk

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way of sending a comment.

    Attributes:
        key: Which.
        to: Where to; None where the notice names nothing.
        until: Until when, in words.
    """

    key: RuleKey
    to: str | None
    until: str


@router.get("/")
def start_page(desk: TheDesk) -> Response:
    """Show the open consultations."""
    today = japan_day(desk.clock())
    shown = [
        (each, ways(each))
        for each in desk.queries.consultations.all()
        if each.opens_on <= today <= each.closes_on
    ]
    return page("citizen.html", shown=shown)


def ways(consultation: Consultation) -> tuple[Way, ...]:
    """List the ways of sending that lead somewhere, each with its deadline in words."""
    office = consultation.office
    parts = (_postal(office.postal_code), office.address, office.name)
    place = " ".join(each for each in parts if each)
    to: dict[RuleKey, str | None] = {
        RuleKey.EMAIL: office.email,
        RuleKey.POST: place or None,
        RuleKey.HAND: place or None,
        RuleKey.FAX: office.fax,
    }
    return tuple(
        Way(key=key, to=to[key], until=until_words(consultation, key)) for key in to if to[key]
    ) + tuple(
        Way(key=key, to=None, until=until_words(consultation, key))
        for key in (RuleKey.DROP_BOX,)
        if key in consultation.deadline_rules
    )


_ARRIVES: dict[RuleKey, tuple[Channel, Delivery | None]] = {
    RuleKey.EMAIL: (Channel.EMAIL, None),
    RuleKey.POST: (Channel.MAIL, Delivery.POST),
    RuleKey.HAND: (Channel.MAIL, Delivery.HAND),
    RuleKey.DROP_BOX: (Channel.DROP_BOX, None),
    RuleKey.FAX: (Channel.FAX, None),
    RuleKey.E_APPLICATION: (Channel.E_APPLICATION, None),
}


def until_words(consultation: Consultation, key: RuleKey) -> str:
    """Say until when a way of sending is in time."""
    rule = consultation.rule_for(*_ARRIVES[key])
    last = day(consultation.closes_on)
    if rule.basis is Basis.POSTMARKED:
        arrives = f"、{day(rule.arrives_by)}までに到着" if rule.arrives_by else ""
        return f"{last}の消印有効{arrives}"
    if rule.basis is Basis.COLLECTED and rule.collected_until is not None:
        return f"{_minute(rule.collected_until)}までに回収した分"
    at = f" {rule.closing_time:%H:%M}" if rule.closing_time else ""
    if rule.basis is Basis.COLLECTED:
        return f"{last}{at}までに回収した分"
    return f"{last}{at}まで（必着）"


def _postal(code: str | None) -> str | None:
    return f"〒{code}" if code else None


def _minute(value: datetime) -> str:
    local = in_japan(value)
    return f"{day(local.date())} {local:%H:%M}"
