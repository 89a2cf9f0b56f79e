"""The sentences of the blank form that are put together from the consultation's rules."""

from datetime import date

from app.domain.consultation import Consultation, Office, RuleKey
from app.domain.form_wording import FORM_WORDS

_WEEKDAYS = "月火水木金土日"


def deadline_line(consultation: Consultation) -> str:
    """Say from when to when comments are taken, and what decides for letters."""
    line = FORM_WORDS["period"].format(
        opens=_day(consultation.opens_on), closes=_day(consultation.closes_on)
    )
    post = consultation.deadline_rules.get(RuleKey.POST)
    basis = "received" if post is None else post.basis.value
    return line + FORM_WORDS[f"post_{basis}"]


def office_lines(office: Office) -> list[str]:
    """Say where the form goes."""
    postal = FORM_WORDS["postal_code"].format(code=office.postal_code) if office.postal_code else ""
    to = " ".join(each for each in (postal + (office.address or ""), office.name) if each)
    ways = [
        FORM_WORDS[key].format(value=value)
        for key, value in (("to_fax", office.fax), ("to_email", office.email))
        if value
    ]
    lines = [FORM_WORDS["send_to"].format(to=to)] if to else []
    return [*lines, "　".join(ways)] if ways else lines


def _day(day: date) -> str:
    return FORM_WORDS["day"].format(
        year=day.year, month=day.month, day=day.day, weekday=_WEEKDAYS[day.weekday()]
    )
