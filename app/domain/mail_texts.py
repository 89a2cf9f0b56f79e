"""Words of a consultation's own for the mails to its writers: plain text with a few placeholders.

They surround what a mail has to say. Receipt numbers, the verdict, what is missing and the reply
code are written by the program and cannot be left out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import FieldProblem
from app.domain.text import is_missing

LONGEST_SUBJECT = 100
LONGEST_TEXT = 2_000


class Placeholder(StrEnum):
    """What stands in braces and is filled in when a mail is composed."""

    MEASURE_NAME = "measure_name"
    OFFICE_NAME = "office_name"
    RECEIPT_NUMBERS = "receipt_numbers"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailText:
    """The words of one kind of mail; None takes the standard ones.

    Attributes:
        subject: What stands in the subject beside the receipt number, on one line.
        opening: The sentences before the facts.
        closing: The sentences after the facts, before the office; the standard has none.
    """

    subject: str | None = None
    opening: str | None = None
    closing: str | None = None


STANDARD = MailText()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTexts:
    """The words of every mail that goes to writers.

    Attributes:
        acknowledgement: Those of the 受付通知.
        correction_request: Those of the 補正依頼.
    """

    acknowledgement: MailText = STANDARD
    correction_request: MailText = STANDARD


STANDARD_TEXTS = MailTexts()


ALLOWED = ", ".join(f"{{{each.value}}}" for each in Placeholder)
"""The placeholders as they are written, for people."""

_PLACEHOLDER = re.compile("|".join(rf"\{{{each.value}\}}" for each in Placeholder))
_BRACES = re.compile("[{}]")
_NOT_ON_ONE_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def own(text: str | None) -> str | None:
    """Give words that can be seen; None where there are none, and the standard ones stand."""
    return None if is_missing(text) else text


def fill(text: str, values: Mapping[Placeholder, str]) -> str:
    """Fill placeholders, in one pass: braces in what is filled in stay as they are."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return _PLACEHOLDER.sub(lambda found: values[Placeholder(found[0][1:-1])], plain)


def problems(texts: MailTexts) -> tuple[FieldProblem, ...]:
    """List what cannot stand in the words of a consultation, each with its field."""
    kinds = (
        ("acknowledgement", texts.acknowledgement),
        ("correction_request", texts.correction_request),
    )
    return tuple(
        FieldProblem(f"/mail_texts/{kind}/{member}", code, data)
        for kind, text in kinds
        for member, code, data in _problems_of(text)
    )


def _problems_of(text: MailText) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Name the members of one mail's words that cannot stand, and why."""
    # RFC 5322 section 2.2: whoever may break the line of a header may write headers of his own.
    if text.subject is not None and _NOT_ON_ONE_LINE.search(text.subject):
        yield "subject", "subject_not_one_line", {}
    for member, words in (
        ("subject", text.subject),
        ("opening", text.opening),
        ("closing", text.closing),
    ):
        if words is not None and _BRACES.search(_PLACEHOLDER.sub("", words)):
            yield member, "placeholder_unknown", {"allowed": ALLOWED}
