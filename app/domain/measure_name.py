"""Which draft a comment names (対象施策の案の名称): equal, surely the same, or for a person.

Rather no verdict than a wrong one: two drafts whose names differ in one meaningful letter
(第5期 and 第6期, 案 and 素案) are never taken for each other.
"""

import dataclasses
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.consultation import Consultation
from app.domain.measure import Measure, MeasureCandidate, MeasureVerdict
from app.domain.measure_likeness import (
    differences,
    is_one_letter_apart,
    is_slip,
    look_alike,
    normalise,
)
from app.domain.measure_mention import mentioned
from app.domain.text import is_missing

Similarity = Callable[[str, str], float]
"""Likeness of two texts, 0..1; symmetric, 1 for equal ones."""

_MATCH_FROM = 0.9
"""Likeness a slip may leave; one wrong letter in a name of ten."""
_MARGIN = 0.1
"""How far behind every other draft must be."""
_NEAR_FROM = 0.8
"""From here on a draft may be the one meant."""
_MOST_CANDIDATES = 5
_EXACT = frozenset({"official", "alias"})
_LONGEST_COMPARED = 400
_LONGEST_DIFFERENCE = 60
_REMEMBERED = timedelta(days=60)
"""How long after its end (and before its start) a procedure may still be written to."""

_ABOUT = (
    "意見(?:等|書)?(?:の?(?:募集|提出|公募))?"
    "|パブリックコメント(?:の?(?:募集|実施))?|パブコメ|意見提出手続|要望|提案|質問"
)
_AFTER_NAME = re.compile(
    "(?:(?:に(?:対する|対して|関する|ついて)?の?|へ?の|について)?(?:ご|御)?"
    f"(?:{_ABOUT})|について|に対して|の件)(?:について|です|の件|を?提出します)*[。、.]*$"
)
_BEFORE_NAME = re.compile(
    "^(?:(?:re|fwd?):|(?:件名|案件名?|(?:対象)?施策(?:の案)?の?名称|案の名称|計画名):?"
    f"|(?:{_ABOUT})[:、・]?|(?:ご|御)意見[:、・]?)"
)
_DRAFT = re.compile("(?:(?:素|原|骨子|中間|最終)?案)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Likeness:
    """How near one draft is to what was written, by the nearest of its names."""

    consultation: Consultation
    name: str
    score: float
    matched: str = "similar"


def door_verdict(written: str | None, consultation: Consultation) -> bool:
    """Say whether an e-application names its measure: equal after normalising, nothing fuzzy."""
    return written is not None and normalise(written) in _names(consultation)


def candidates(
    written: str, consultations: Sequence[Consultation], *, similarity: Similarity
) -> tuple[MeasureCandidate, ...]:
    """Rank the drafts a written name may mean, best first, five at most."""
    name = _start_of(written)
    return _shown(name, _ranked(name, consultations, similarity))


def judge(
    written: str | None,
    consultations: Sequence[Consultation],
    *,
    on: date,
    similarity: Similarity,
    by_ocr: bool,
) -> Measure:
    """Give the verdict on a measure name as written.

    Args:
        written: Verbatim, None if none was written.
        consultations: Every draft it may name, closed ones too.
        on: The day the comment counts for; of two rounds under one name it picks the open one.
        similarity: Likeness of two texts; the caller brings the algorithm.
        by_ocr: Whether a machine read it. Then even an equal name does not match where one
            misread letter would make it another open draft's.
    """
    if written is not None and len(consultations) == 1 and not by_ocr:
        (only,) = consultations
        named = len(written) <= _LONGEST_COMPARED and _named_alone(written, only.code, only.names)
        if named:
            return named
    name = "" if written is None or is_missing(written) else _start_of(written)
    if written is None or not name:
        return Measure(written=written, verdict=MeasureVerdict.MISSING)
    ranked = _ranked(name, consultations, similarity)
    meant = (
        _equal(name, ranked)
        or _but_for_draft(name, ranked)
        or _named_in(written, ranked)
        or _all_but_equal(name, ranked, on)
    )
    rest = [each for each in ranked if all(each.consultation != one.consultation for one in meant)]
    chosen = _settled(name, meant, rest, on=on, by_ocr=by_ocr)
    shown = _shown(name, [*meant, *rest])
    score = shown[0].score if shown else None
    if chosen is not None:
        return Measure(
            written=written,
            verdict=MeasureVerdict.MATCH,
            score=round(chosen.score, 4),
            candidates=shown,
            consultation=chosen.consultation.code,
            exact=chosen.matched in _EXACT,
        )
    near = sum(each.score >= _NEAR_FROM for each in ranked)
    several = bool(meant) or near > 1
    verdict = MeasureVerdict.AMBIGUOUS if several else MeasureVerdict.MISMATCH
    return Measure(written=written, verdict=verdict, score=score, candidates=shown)


@functools.lru_cache(maxsize=256)
def _named_alone(written: str, code: str, names: tuple[str, ...]) -> Measure | None:
    """Give the verdict where one draft is asked about and typed exactly, as nearly all are.

    The same few names come with every e-application.
    """
    name = "" if is_missing(written) else _start_of(written)
    if name not in _normalised(names):
        return None
    official = names[0]
    matched = "official" if name == normalise(official) else "alias"
    candidate = MeasureCandidate(
        consultation=code, measure_name=official, score=1.0, evidence={"matched": matched}
    )
    return Measure(
        written=written,
        verdict=MeasureVerdict.MATCH,
        score=1.0,
        candidates=(candidate,),
        consultation=code,
        exact=True,
    )


def _start_of(written: str) -> str:
    """Normalise what was written, no further than any name reaches."""
    return normalise(written)[:_LONGEST_COMPARED]


def _names(consultation: Consultation) -> tuple[str, ...]:
    """Give the official name and the aliases, normalised; the official one stands first."""
    return _normalised(consultation.names)


@functools.lru_cache(maxsize=1024)
def _normalised(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, map(normalise, names)))


def _bare(name: str) -> str:
    """Take away what people write around a name: …に対する意見, 件名：…."""
    shorter = name
    while (cut := _AFTER_NAME.sub("", _BEFORE_NAME.sub("", shorter))) != shorter:
        shorter = cut
    return shorter or name


def _ranked(
    name: str, consultations: Sequence[Consultation], similarity: Similarity
) -> list[_Likeness]:
    """Rank the drafts by their nearest name, best first."""
    nearest = (_nearest(name, each, similarity) for each in consultations)
    found = [each for each in nearest if each is not None]
    return sorted(found, key=lambda each: (-each.score, each.consultation.code))


def _nearest(name: str, consultation: Consultation, similarity: Similarity) -> _Likeness | None:
    known = _names(consultation)
    if name in known:
        matched = "official" if name == normalise(consultation.measure_name) else "alias"
        return _Likeness(consultation=consultation, name=name, score=1.0, matched=matched)
    whole = look_alike(name)
    bare = look_alike(_bare(name))
    scored = [
        (
            max(
                similarity(whole, look_alike(each)),
                similarity(bare, look_alike(_bare(each))),
            ),
            each,
        )
        for each in known
    ]
    if not scored:
        return None
    score, best = max(scored, key=lambda pair: pair[0])
    return _Likeness(consultation=consultation, name=best, score=score)


def _equal(name: str, ranked: list[_Likeness]) -> list[_Likeness]:
    """Find the drafts with exactly this name, or with this name and words around it."""
    exact = [each for each in ranked if each.matched != "similar"]
    if exact:
        return exact
    bare = _bare(name)
    return [
        dataclasses.replace(each, matched="contained")
        for each in ranked
        if any(bare == _bare(known) for known in _names(each.consultation))
    ]


def _but_for_draft(name: str, ranked: list[_Likeness]) -> list[_Likeness]:
    """Find the drafts whose name is this one but for 案, which people leave out or add."""
    stem, stage = _split_draft(_bare(name))
    found = []
    for each in ranked:
        parts = [_split_draft(_bare(known)) for known in _names(each.consultation)]
        stems = {known for known, _ in parts}
        stages = {known for _, known in parts}
        # Who writes 素案 means 素案: a stage is never taken for another.
        if stem in stems and (not stage or (stage == "案" and stages <= {"", "案"})):
            found.append(each)
    return found


def _split_draft(name: str) -> tuple[str, str]:
    """Split 計画素案 into 計画 and 素案."""
    found = _DRAFT.search(name)
    at = found.start() if found else len(name)
    return name[:at], name[at:]


def _named_in(written: str, ranked: list[_Likeness]) -> list[_Likeness]:
    """Find the drafts named in full inside a longer text, unless another one is nearer to it."""
    inside = mentioned(written[: _LONGEST_COMPARED * 2], [each.consultation for each in ranked])
    found = [each for each in ranked if each.consultation in inside]
    nearer = ranked[: len(found)] != found
    return [] if nearer else [dataclasses.replace(each, matched="contained") for each in found]


def _all_but_equal(name: str, ranked: list[_Likeness], on: date) -> list[_Likeness]:
    """Find the one draft whose name differs by slips only, with every other one far behind."""
    possible = [each for each in ranked if _is_current(each.consultation, on)]
    if not possible or possible[0].score < _MATCH_FROM:
        return []
    best = possible[0]
    if not (is_slip(name, best.name) or is_slip(_bare(name), _bare(best.name))):
        return []
    meant = [each for each in possible if each.name == best.name]
    rivals = [each for each in possible if each.name != best.name]
    if any(each.score > best.score - _MARGIN for each in rivals):
        return []
    return meant


def _settled(
    name: str, meant: list[_Likeness], rest: list[_Likeness], *, on: date, by_ocr: bool
) -> _Likeness | None:
    """Pick the one draft meant: of several rounds under one name the open one, else none."""
    if len(meant) > 1 and len({each.name for each in meant}) == 1:
        meant = [each for each in meant if _covers(each.consultation, on)]
    if len(meant) != 1:
        return None
    chosen = meant[0]
    read = _readings(name, chosen, by_ocr=by_ocr)
    doubtful = any(_may_be_misread(read, each.consultation, on) for each in rest)
    return None if doubtful else chosen


def _readings(name: str, chosen: _Likeness, *, by_ocr: bool) -> tuple[str, ...]:
    """Give the texts in which one wrong letter would have to be feared.

    A typed name that is equal is what its writer meant; any other is at least compared as a
    whole. Of a machine's reading nothing is beyond doubt.
    """
    if by_ocr:
        return (name, _bare(name), _bare(chosen.name))
    return () if chosen.matched in _EXACT else (name,)


def _may_be_misread(read: tuple[str, ...], other: Consultation, on: date) -> bool:
    """Say whether one wrong letter may have made another draft's name into what was read."""
    return _is_current(other, on) and any(
        is_one_letter_apart(text, known)
        for own in _names(other)
        for known in {own, _bare(own)}
        for text in read
    )


def _covers(consultation: Consultation, on: date) -> bool:
    return consultation.opens_on <= on <= consultation.closes_on


def _is_current(consultation: Consultation, on: date) -> bool:
    """Say whether somebody may well write to it on this day; late comments do come."""
    return consultation.opens_on - _REMEMBERED <= on <= consultation.closes_on + _REMEMBERED


def _shown(name: str, ranked: Sequence[_Likeness]) -> tuple[MeasureCandidate, ...]:
    return tuple(
        MeasureCandidate(
            consultation=each.consultation.code,
            measure_name=each.consultation.measure_name,
            score=round(each.score, 4),
            evidence=_evidence(name, each),
        )
        for each in ranked[:_MOST_CANDIDATES]
    )


def _evidence(name: str, likeness: _Likeness) -> dict[str, str]:
    """Say what speaks for a draft, and where the written name differs from its own."""
    evidence = {"matched": likeness.matched}
    if likeness.matched == "similar":
        found = differences(_bare(name), _bare(likeness.name))
        told = "、".join(f"{one}→{other}" for one, other in found)
        if told and len(told) <= _LONGEST_DIFFERENCE:
            evidence["differs"] = told
    return evidence
