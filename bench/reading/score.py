"""Scoring a reading against what was written."""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any  # JSON

from rapidfuzz.distance import Levenshtein

from app.domain.comment_form import CATEGORY_CODE, OPINION
from app.domain.findings import FINDINGS, Calls
from bench.reading.samples import FIELDS, Sample

OF_THE_PAGE = frozenset(
    {
        "file_unreadable",
        "form_page_missing",
        "form_template_unknown",
        "not_our_form",
        "page_blank",
        "page_unreadable",
        "reading_failed",
        "registration_doubtful",
        "split_doubtful",
    }
)
"""Findings about a sheet as a whole; they send every field of it to a person."""

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What a reader said of one form.

    Attributes:
        values: What was read, by JSON pointer; empty or absent where nothing was.
        confidences: How sure it is, by JSON pointer.
        findings: Code and field of every finding.
    """

    values: Mapping[str, str]
    confidences: Mapping[str, float]
    findings: Collection[tuple[str, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One field of one form: what was written, what was read.

    Attributes:
        seed: Of the form.
        writing: Kind of writing.
        copy: How the sheet came.
        index: Number of the form within its class.
        hand: Who wrote.
        mark: How the category was answered.
        field: JSON pointer.
        truth: What was written; empty for nothing.
        read: What was read; empty for nothing.
        confidence: How sure the reader is; None where it read nothing.
        flagged: Whether the record sends this field to a person.
        right: Whether both are equal.
        cer: Errors per written character; None where nothing was written.
    """

    seed: int
    writing: str
    copy: str
    index: int
    hand: str
    mark: str
    field: str
    truth: str
    read: str
    confidence: float | None
    flagged: bool
    right: bool
    cer: float | None

    def line(self) -> dict[str, Any]:
        """Give it as JSON; ``class`` is the kind of copy."""
        told = asdict(self)
        return {"class": told.pop("copy"), **told}


def plain(text: str) -> str:
    """Give the copy of a text that is compared: NFKC, without white space, one kind of dash.

    Letters that NFKC leaves apart stay apart: 髙 is not 高, and ー is not a dash.
    """
    return "".join(unicodedata.normalize("NFKC", text).split()).translate(_DASHES)


def error_rate(truth: str, read: str) -> float:
    """Give the errors per written character (CER): edits to make one text of the other."""
    wanted = plain(truth)
    if not wanted:
        raise ValueError("nothing was written")
    return Levenshtein.distance(wanted, plain(read)) / len(wanted)


def is_flagged(
    pointer: str, read: str, truth: str, findings: Collection[tuple[str, str | None]]
) -> bool:
    """Say whether a person is asked about a field.

    That is so where a finding that calls for a person names the field or the whole page, and
    where what is required was not found at all (the record says that it is missing).
    """
    for code, field in findings:
        if field is None and code in OF_THE_PAGE:
            return True
        named = field is not None and (field == pointer or pointer.startswith(f"{field}/"))
        if named and FINDINGS.get(code, Calls.REVIEW) is not Calls.NOTHING:
            return True
    return bool(truth) and not read


def score(sample: Sample, noted: Noted) -> tuple[Outcome, ...]:
    """Score every field of a form."""
    order = sample.order
    outcomes = []
    for pointer in FIELDS:
        truth, read = sample.truth[pointer], noted.values.get(pointer, "")
        cer = error_rate(truth, read) if truth and pointer != CATEGORY_CODE else None
        outcomes.append(
            Outcome(
                seed=order.seed,
                writing=order.writing,
                copy=order.copy,
                index=order.index,
                hand=sample.hand,
                mark=sample.mark,
                field=pointer,
                truth=truth,
                read=read,
                confidence=noted.confidences.get(pointer) if read else None,
                flagged=is_flagged(pointer, read, truth, noted.findings),
                right=plain(truth) == plain(read),
                cer=cer,
            )
        )
    return tuple(outcomes)


def mean_cer(outcomes: Collection[Outcome]) -> float:
    """Give the mean of the error rates of the opinions; NaN where there are none."""
    rates = [each.cer for each in outcomes if each.field == OPINION and each.cer is not None]
    return sum(rates) / len(rates) if rates else float("nan")


def share_right(outcomes: Collection[Outcome], pointer: str) -> float:
    """Give the part of the forms whose field is wholly right; of categories, of clear marks only."""
    hits = [each.right for each in outcomes if each.field == pointer and counts(each)]
    return sum(hits) / len(hits) if hits else float("nan")


def counts(outcome: Outcome) -> bool:
    """Say whether an outcome counts in the share of right ones: doubtful marks have their own table."""
    return outcome.field != CATEGORY_CODE or outcome.mark == "single"


def wrong_unsaid(outcomes: Collection[Outcome]) -> int:
    """Count the fields that are wrong and that nobody is asked about."""
    return sum(not each.right and not each.flagged for each in outcomes)


def right_doubted(outcomes: Collection[Outcome]) -> int:
    """Count the fields that are right and that a person is asked about all the same."""
    return sum(each.right and each.flagged and counts(each) for each in outcomes)
