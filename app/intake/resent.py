"""A fax that is sent again (再送): noticed and pointed out on both records, never merged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from app.domain.comment import CommentRecord
from app.domain.envelope import Channel
from app.domain.findings import Finding
from app.domain.measure_name import Similarity
from app.domain.submission import Submission
from app.domain.text import fold
from app.storage.repositories.unit import Repositories

WITHIN = timedelta(hours=24)
"""A machine that got no confirmation tries again at once, its owner at latest the next day."""

_CALLER_FACTS = ("station_id", "caller_number")
_LIKE_SAME_CALLER = 0.75
"""Two copies of one page over a telephone line are read this much alike."""

_LIKE_UNKNOWN_CALLER = 0.95
_ENOUGH = 10
"""Characters from which a likeness says anything."""

_COMPARED = 4_000
"""Characters compared; bounds what a long text costs."""


def mark_resent(
    repositories: Repositories,
    record: CommentRecord,
    submission: Submission,
    similarity: Similarity,
) -> CommentRecord:
    """Look for a fax this one repeats or that repeats this one, and say so on both.

    Returns:
        The record, with the finding if there is such a fax.
    """
    if submission.channel is not Channel.FAX:
        return record
    texts = (record.submitter.name, record.submitter.address, record.opinion)
    text = _folded(texts)
    if len(text) < _ENOUGH:
        return record
    alike = []
    for other in repositories.faxes.near(record, within=WITHIN):
        least = _least_likeness(submission.facts, other.facts)
        if least is None:
            continue
        others = _folded(other.texts)
        if len(others) < _ENOUGH or similarity(text, others) < least:
            continue
        alike.append(other.receipt_number)
    for each in alike:
        first = repositories.comments.get(each)
        if first is not None:
            _say(repositories, first, [record.receipt_number])
    return _say(repositories, record, alike)


def _least_likeness(one: Mapping[str, str], two: Mapping[str, str]) -> float | None:
    """Say how alike two faxes must be to be one and the same; None where their callers differ."""
    callers = [(one[name], two[name]) for name in _CALLER_FACTS if name in one and name in two]
    if any(mine != other for mine, other in callers):
        return None
    return _LIKE_SAME_CALLER if callers else _LIKE_UNKNOWN_CALLER


def _folded(texts: Iterable[str | None]) -> str:
    """Give what was read, machine errors and all, folded for comparison."""
    return "".join(fold(each[:_COMPARED]) for each in texts if each)


def _say(repositories: Repositories, record: CommentRecord, others: Sequence[str]) -> CommentRecord:
    said = (Finding(code="possible_duplicate", data={"receipt_number": each}) for each in others)
    fresh = tuple(each for each in said if each not in record.findings)
    if not fresh:
        return record
    record = replace(
        record,
        findings=(*record.findings, *fresh),
        form_findings=(*record.form_findings, *fresh),
        revision=record.revision + 1,
    )
    repositories.comments.change(record)
    return record
