"""How the mailroom laid and scanned a stack of paper (束), so that it can be parted again."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

SEPARATOR_FACT = "separator"
SIDES_FACT = "sides"


class Separator(StrEnum):
    """What lies between two comments of a stack."""

    NONE = "none"
    """Nothing: forms begin by their first page. Separator sheets that turn up part all the same."""

    BLANK = "blank"
    """An empty sheet."""

    SHEET = "sheet"
    """The printed separator sheet (仕切り紙)."""


class Sides(StrEnum):
    """Which sides of the sheets were scanned, in which order."""

    ONE = "one"
    """The fronts only."""

    TWO = "two"
    """Both sides, sheet by sheet."""

    FRONTS_THEN_BACKS = "fronts_then_backs"
    """All fronts, then, the stack turned over, all backs from the last sheet to the first."""


class SplitDoubt(StrEnum):
    """Why it is doubtful that a page was rightly parted from, or kept with, the one before it."""

    BACKS = "backs"
    """The blank pages that part the stack may be no more than the backs of its sheets."""

    ENVELOPE = "envelope"
    """An envelope; it was kept with the letter before it, and may be that of the next."""

    LETTERHEAD = "letterhead"
    """It begins like a letter of its own, so a comment was begun with it."""

    LOOSE_SHEET = "loose_sheet"
    """Nothing on it says to whom it belongs; it was kept with the page before it."""

    NO_SEPARATOR = "no_separator"
    """Separators were announced and none was seen."""

    OTHER_NAME = "other_name"
    """A further sheet that bears another name than the first."""

    UNEVEN_SIDES = "uneven_sides"
    """Fronts and backs that were scanned in two goes are not equally many."""

    UNREADABLE = "unreadable"
    """It could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRules:
    """How to part the pages of an arrival.

    Attributes:
        separator: What lies between two comments.
        sides: Which sides were scanned; None where nobody said.
        single: Whether its sender says that it holds one comment (a fax, a declared count of 1).
    """

    separator: Separator = Separator.NONE
    sides: Sides | None = None
    single: bool = False

    @classmethod
    def of(cls, facts: Mapping[str, str], *, single: bool) -> Self:
        """Take the rules from the facts of an arrival; what they do not say stays usual."""
        sides = facts.get(SIDES_FACT)
        return cls(
            separator=Separator(facts.get(SEPARATOR_FACT, Separator.NONE)),
            sides=None if sides is None else Sides(sides),
            single=single,
        )
