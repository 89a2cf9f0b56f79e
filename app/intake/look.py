"""Judging the pictures of an upload while its papers are still in hand."""

import time
from dataclasses import dataclass

from app.domain.envelope import Envelope
from app.domain.findings import Finding
from app.intake.desk import Desk
from app.intake.forms import known_templates

SECONDS = 4.0
"""As long as somebody at the scanner may be kept waiting; what is not looked at is read anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakness:
    """What is wrong with one page of an upload.

    Attributes:
        file: 1-based number of the file.
        page: 1-based page of that file.
        finding: What is wrong.
    """

    file: int
    page: int
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look at an upload came to.

    Attributes:
        weaknesses: What is wrong with the pages looked at.
        pages_checked: How many pages, from the first, were looked at; None where all were.
    """

    weaknesses: tuple[Weakness, ...] = ()
    pages_checked: int | None = None


def look(desk: Desk, envelope: Envelope) -> Look:
    """Look at the pages of an upload that is safely stored, for a bounded time.

    Nothing is written: reading finds the same again, and says it on the record.
    """
    templates = known_templates(desk)
    until = time.monotonic() + SECONDS
    found: list[Weakness] = []
    pages, whole = 0, True
    for number, part in enumerate(envelope.parts, start=1):
        left = until - time.monotonic()
        if left <= 0:
            whole = False
            break
        looked = desk.recogniser.look(part, templates, seconds=left)
        pages, whole = pages + len(looked.pages), whole and looked.whole
        for page in looked.pages:
            found += [Weakness(file=number, page=page.page, finding=each) for each in page.findings]
    return Look(weaknesses=tuple(found), pages_checked=None if whole else pages)
