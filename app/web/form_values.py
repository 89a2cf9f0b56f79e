"""What was typed into a form, read strictly; everything wrong is collected, not only the first."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from starlette.datastructures import FormData, UploadFile

from app.domain.envelope import JST, in_japan, utc
from app.domain.errors import FieldProblem, InvalidInput
from app.domain.text import has_forbidden_characters, is_missing

LONGEST_FIELD = 10_000
"""Characters of anything but an opinion, as in the API."""
FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Years outside are slips."""
MOST_COUNTED = 1_000_000

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE = re.compile(r"[0-9]{1,18}")
_LINE_ENDS = re.compile(r"\r\n?")

Member = TypeVar("Member", bound=StrEnum)


def with_plain_line_ends(text: str) -> str:
    """Give text with one kind of line end; browsers send CR LF whatever was there."""
    return _LINE_ENDS.sub("\n", text)


def moment_input(value: datetime | None) -> str:
    """Write an instant as a browser's field for local time takes it, by the clock of Japan."""
    return in_japan(value).strftime("%Y-%m-%dT%H:%M:%S") if value else ""


@dataclass(slots=True)
class FormValues:
    """One posted form, and what was found wrong with it so far.

    Attributes:
        form: As posted.
        problems: What is wrong, in the order in which it was asked for.
    """

    form: FormData
    problems: list[FieldProblem] = field(default_factory=list[FieldProblem])

    def typed(self, name: str) -> str:
        """Give what was typed, to be shown again; empty where nothing was."""
        value = self.form.get(name)
        return with_plain_line_ends(value) if isinstance(value, str) else ""

    def wrong(self, name: str, code: str, **data: str) -> None:
        """Note what is wrong with a field."""
        self.problems.append(FieldProblem(name, code, data))

    def check(self) -> None:
        """Go on only if nothing was wrong.

        Raises:
            InvalidInput: Something was.
        """
        if self.problems:
            raise InvalidInput(problems=tuple(self.problems))

    def text(self, name: str, *, required: bool = False, longest: int = LONGEST_FIELD) -> str:
        """Read words, verbatim."""
        text = self.typed(name)
        if has_forbidden_characters(text):
            self.wrong(name, "forbidden_characters")
        elif len(text) > longest:
            self.wrong(name, "too_long", limit=f"{longest:,}")
        elif required and is_missing(text):
            self.wrong(name, "required")
        return text

    def moment(self, name: str, *, required: bool = False) -> datetime | None:
        """Read a local time in Japan as an instant in UTC."""
        text = self.typed(name).strip()
        if not text:
            if required:
                self.wrong(name, "required")
            return None
        try:
            local = datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
        except ValueError:
            local = None
        if local is None:
            self.wrong(name, "moment_invalid")
            return None
        return utc(local.replace(tzinfo=JST)) if self._possible(name, local.year) else None

    def day(self, name: str) -> date | None:
        """Read a day."""
        text = self.typed(name).strip()
        if not text:
            return None
        try:
            found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
        except ValueError:
            found = None
        if found is None:
            self.wrong(name, "day_invalid")
            return None
        return found if self._possible(name, found.year) else None

    def whole(self, name: str, *, required: bool = False, most: int = MOST_COUNTED) -> int | None:
        """Read a count."""
        text = self.typed(name).strip()
        if not text:
            if required:
                self.wrong(name, "required")
            return None
        if not _WHOLE.fullmatch(text):
            self.wrong(name, "number_invalid")
            return None
        if int(text) > most:
            self.wrong(name, "out_of_range", limit=f"{most:,}")
            return None
        return int(text)

    def member(self, name: str, of: type[Member], *, required: bool = False) -> Member | None:
        """Read one of a closed set."""
        text = self.typed(name)
        if text in set(of):
            return of(text)
        if text or required:
            self.wrong(name, "invalid_value" if text else "required")
        return None

    def files(self, name: str) -> tuple[UploadFile, ...]:
        """Give the files; a file field left empty still sends one without name and bytes."""
        found = (each for each in self.form.getlist(name) if isinstance(each, UploadFile))
        return tuple(each for each in found if each.filename or each.size)

    def _possible(self, name: str, year: int) -> bool:
        if FIRST_YEAR <= year <= LAST_YEAR:
            return True
        self.wrong(name, "out_of_range")
        return False
