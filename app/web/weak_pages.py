"""What was seen of an upload at once, handed on to the page that confirms it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.findings import Finding

_CODES = frozenset(
    {
        "page_unreadable",
        "picture_blurred",
        "picture_cut_off",
        "picture_dark",
        "picture_small",
        "registration_doubtful",
    }
)
_WEAK = re.compile(r"([0-9]{1,4})\.([0-9]{1,6})\.([a-z_]{1,40})")


@dataclass(frozen=True, slots=True)
class WeakPage:
    """A page that should be scanned again.

    Attributes:
        file: 1-based number of the file.
        page: 1-based page of that file.
        finding: What is wrong.
    """

    file: int
    page: int
    finding: Finding


def weak_pages(told: Sequence[str] | None) -> tuple[WeakPage, ...]:
    """Understand what the address of the page says; anything else in it is left out."""
    found = (_WEAK.fullmatch(each) for each in told or ())
    return tuple(
        WeakPage(int(each[1]), int(each[2]), Finding(code=each[3]))
        for each in found
        if each is not None and each[3] in _CODES
    )
