"""A fax that is sent again (再送): noticed and pointed out on both records, never merged."""

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
    near = repositories.comments.faxes_near(record, within=WITHIN)
    for other in near:
        first = repositories.submissions.get(other.submission_id)
        if first is None or not _is_repeat(record, submission, other, first, similarity):
            continue
        record = _say(repositories, record, other.receipt_number)
        _say(repositories, other, record.receipt_number)
    return record


def _is_repeat(
    record: CommentRecord,
    submission: Submission,
    other: CommentRecord,
    first: Submission,
    similarity: Similarity,
) -> bool:
    callers = [
        (submission.facts[name], first.facts[name])
        for name in _CALLER_FACTS
        if name in submission.facts and name in first.facts
    ]
    if any(one != two for one, two in callers):
        return False
    one, two = _text(record), _text(other)
    if min(len(one), len(two)) < _ENOUGH:
        return False
    return similarity(one, two) >= (_LIKE_SAME_CALLER if callers else _LIKE_UNKNOWN_CALLER)


def _text(record: CommentRecord) -> str:
    """Give what was read, machine errors and all, folded for comparison."""
    writer = record.submitter
    parts = (writer.name, writer.address, record.opinion[:_COMPARED])
    return "".join(fold(each) for each in parts if each)


def _say(repositories: Repositories, record: CommentRecord, other: str) -> CommentRecord:
    finding = Finding(code="possible_duplicate", data={"receipt_number": other})
    if finding in record.findings:
        return record
    record = replace(
        record,
        findings=(*record.findings, finding),
        form_findings=(*record.form_findings, finding),
        revision=record.revision + 1,
    )
    repositories.comments.change(record)
    return record
