"""Drafts named in full inside a longer text: a subject line, the body of a mail."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.domain.consultation import Consultation
from app.domain.measure_likeness import normalise

_SHORTEST = 6
"""Letters a normalised name needs to be looked for; 計画案 stands in too many others."""

_LONGEST_READ = 20_000
"""Letters of a text that are looked through; bounds the time a strange one costs."""

_GAP = "\ufdd0"
"""A noncharacter; stands for white space and brackets, which normalising would take away."""
_GAPS = re.compile("[\\s()\\[\\]{}<>「」『』【】〔〕《》〈〉\"'“”‘’]+")
_STARTS = re.compile(f"(?:^|[{_GAP}、。,.:;!?・|*#=の]|{_GAP}(?:と|や|及び|並びに))$")
_NUMBERED = re.compile("(?:[0-9次期版新旧訂定]|年度|前期|後期|中間|最終)$")
"""What before a name makes it another draft's: 第2次 環境基本計画."""
_ENDS = re.compile(
    f"[{_GAP}]*(?:$|[、。,.:;!?・|*#=]|へ|は|が|を|と|で|も|です|について|に対|に反対|に賛成"
    "|に関する(?:ご|御)?意見|に意見|の(?:ご|御)?意見|の?パブ|の?意見|の件|の募集|の中)"
    f"|{_GAP}(?![の案素原]|に係|に基|概要|資料)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mention:
    """Where one name of a draft stands in a text."""

    code: str
    start: int
    end: int
    whole: bool

    def is_inside(self, other: "_Mention") -> bool:
        """Say whether this is but a part of another draft's longer name."""
        longer = other.end - other.start > self.end - self.start
        return longer and other.start <= self.start and self.end <= other.end


def mentioned(text: str, consultations: Sequence[Consultation]) -> tuple[Consultation, ...]:
    """Find the drafts whose full name stands in a text, as a whole name of its own.

    Looks through the first twenty thousand letters.

    A name that is only a part of another draft's longer one does not count, nor does one that
    goes on (計画の概要版) or that a number stands before (第2次 計画).
    """
    codes = {each.code for each in _apart(text, consultations) if each.whole}
    return tuple(each for each in consultations if each.code in codes)


def touched(text: str, consultations: Sequence[Consultation]) -> tuple[Consultation, ...]:
    """Find the drafts whose full name stands in a text at all, whatever stands around it.

    More than are surely meant: where one is to be taken for the only one, no other may be here.
    """
    codes = {each.code for each in _apart(text, consultations)}
    return tuple(each for each in consultations if each.code in codes)


def named_beside(
    lines: Sequence[tuple[str, str]], consultations: Sequence[Consultation]
) -> tuple[str, str] | None:
    """Find the line beside a comment (on its envelope, in its title) that names the one draft.

    Args:
        lines: Those lines, each with where it stands.
        consultations: Every consultation.

    Returns:
        The line and where it stands; None where none names a draft in full, or where more than
        one is touched.
    """
    naming = [each for each in lines if mentioned(each[0], consultations)]
    whole = "\n".join(line for line, _ in lines)
    if not naming or len(touched(whole, consultations)) != 1:
        return None
    return naming[0]


def _apart(text: str, consultations: Sequence[Consultation]) -> list[_Mention]:
    """Find where names stand that are no part of another draft's longer one."""
    gapped = normalise(_GAPS.sub(_GAP, unicodedata.normalize("NFKC", text[:_LONGEST_READ])))
    found = [mention for each in consultations for mention in _mentions(gapped, each)]
    return [
        each
        for each in found
        if not any(each.is_inside(other) for other in found if other.code != each.code)
    ]


def _mentions(gapped: str, consultation: Consultation) -> list[_Mention]:
    names = {normalise(name) for name in consultation.names}
    return [
        _Mention(
            code=consultation.code,
            start=found.start(),
            end=found.end(),
            whole=_is_whole(gapped[: found.start()], gapped[found.end() :]),
        )
        for name in sorted(names)
        if len(name) >= _SHORTEST
        for found in _pattern(name).finditer(gapped)
    ]


@lru_cache(maxsize=4096)
def _pattern(name: str) -> re.Pattern[str]:
    """Find a draft's name, whatever gaps stand in it; made once, asked of every line of a mail."""
    return re.compile(f"{_GAP}?".join(map(re.escape, name)))


def _is_whole(before: str, after: str) -> bool:
    return (
        _STARTS.search(before[-4:]) is not None
        and _NUMBERED.search(before[-20:].rstrip(f"{_GAP}の")) is None
        and _ENDS.match(after) is not None
    )
