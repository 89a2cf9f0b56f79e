"""Kinds of values that come in and go out, checked strictly and named once.

Nothing is coerced: ``"1"`` is no number and ``1`` no text. What the validation library would say
in English is said by codes of ``wording`` instead.
"""

import re
from datetime import date, datetime, time
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from app.domain.envelope import in_japan, utc
from app.domain.text import has_forbidden_characters, is_missing

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Years outside are slips; the arithmetic of days and zones has room on both sides."""
LONGEST_FIELD = 10_000
MOST_UID = 2**32 - 1
_MOST_DIGITS = 18
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")


class Incoming(BaseModel):
    """What is sent to us: nothing beyond the names of the contract, nothing coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Outgoing(BaseModel):
    """What we answer: every member is always there."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _keepable(text: str) -> str:
    if has_forbidden_characters(text):
        raise PydanticCustomError("forbidden_characters", "forbidden characters")
    return text


def _instant_in_address(value: object) -> object:
    """Give a plus its place back: written into an address as it is, it arrives as a blank."""
    return _LOST_PLUS.sub(r"\1+\2", value) if isinstance(value, str) else value


def _instant(value: object) -> datetime:
    text = value.isoformat() if isinstance(value, datetime) else value
    if not isinstance(text, str) or not (found := _INSTANT.fullmatch(text)):
        raise PydanticCustomError("invalid_value", "not an instant")
    if found[2] is None:
        raise PydanticCustomError("offset_missing", "no offset")
    fraction = (found[1] or "")[:7]
    plain = text.replace(found[1], fraction, 1) if found[1] else text
    try:
        instant = datetime.fromisoformat(plain.upper().replace(" ", "T"))
    except ValueError:
        raise PydanticCustomError("invalid_value", "no such instant") from None
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise PydanticCustomError("out_of_range", "year out of range")
    return utc(instant)


def _day(value: object) -> date:
    text = value.isoformat() if isinstance(value, date) else value
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise PydanticCustomError("invalid_value", "not a day")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("invalid_value", "no such day") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PydanticCustomError("out_of_range", "year out of range")
    return day


def visible(text: str) -> str:
    """Refuse words of which nothing would be seen."""
    if is_missing(text):
        raise PydanticCustomError("required", "nothing to see")
    return text


def _time(value: object) -> time:
    text = value.isoformat() if isinstance(value, time) else value
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise PydanticCustomError("closing_time_invalid", "not a time")
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("closing_time_invalid", "no such time") from None


def _code(text: str) -> str:
    if not re.fullmatch(_CODE, text):
        raise PydanticCustomError("code_invalid", "not a code")
    return text


def _digits(value: object) -> int:
    """Read a number from an address or a form, where everything is text."""
    text = value if isinstance(value, str) else ""
    if not (text.isascii() and text.isdigit()):
        raise PydanticCustomError("invalid_value", "not a number")
    if len(text) > _MOST_DIGITS:
        raise PydanticCustomError("out_of_range", "too large a number")
    return int(text)


_LOST_PLUS = re.compile(r"^(\S+[Tt ][0-9]{2}:[0-9]{2}\S*) ([0-9]{2}:[0-9]{2})$")
_CODE = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?"

Text = Annotated[
    str, Strict(), StringConstraints(max_length=LONGEST_FIELD), AfterValidator(_keepable)
]
"""Words of a person, kept verbatim."""

Words = Annotated[str, Strict(), StringConstraints(max_length=200), AfterValidator(_keepable)]
"""Words in an address, which must stay short enough for every server on the way."""

LongText = Annotated[str, Strict(), AfterValidator(_keepable)]
"""An opinion; the rules say how long it may be."""

Name = Annotated[
    str,
    Strict(),
    StringConstraints(min_length=1, max_length=200),
    AfterValidator(_keepable),
    AfterValidator(visible),
]
"""A short name that must be there."""

Code = Annotated[
    str,
    Strict(),
    AfterValidator(_code),
    WithJsonSchema({"type": "string", "pattern": f"^{_CODE}$", "examples": ["juki-pia-2015"]}),
]
"""A code that stands in addresses: ASCII letters, digits, full stop, underscore, hyphen."""

Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "RFC 3339, with an offset.",
            "examples": ["2015-05-15T23:59:58+09:00"],
        }
    ),
]
"""An instant as it is sent: RFC 3339 with an offset; in UTC once it was read."""

AddressInstant = Annotated[Instant, BeforeValidator(_instant_in_address)]
"""An instant in the query of an address."""

Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2015-05-15"]}),
]
"""A day in Japan."""

ClosingTime = Annotated[
    time,
    BeforeValidator(_time),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$",
            "examples": ["17:15"],
        }
    ),
]
"""A time of day in Japan."""

Count = Annotated[int, Strict(), Field(ge=0, le=1_000_000)]
"""A number of things somebody counted."""

FormCount = Annotated[int, BeforeValidator(_digits), Field(ge=0, le=1_000_000)]
"""A count in a form or an address."""

QueryUid = Annotated[int, BeforeValidator(_digits), Field(ge=0, le=MOST_UID)]
"""A 32-bit number of IMAP (RFC 3501 section 9) in an address."""

Cursor = Annotated[
    int,
    BeforeValidator(_digits),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,18}$"}),
    Field(description="The next_cursor of the page before."),
]
"""Where a list goes on."""

Limit = Annotated[int, BeforeValidator(_digits), Field(ge=1, le=200)]
"""How many lines of a list."""

JapanInstant = Annotated[
    datetime,
    PlainSerializer(lambda instant: in_japan(instant).isoformat(), return_type=str),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2015-05-15T23:59:58+09:00"]}
    ),
]
"""An instant as it is answered: with Japan's offset."""
