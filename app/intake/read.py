"""The job that reads an arrival: open, recognise, check, record; safe to run twice."""

import contextlib
import functools
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta

from app.domain import retry
from app.domain.comment_form import CommentForm, Contents
from app.domain.envelope import Channel
from app.domain.errors import Unavailable
from app.domain.findings import Finding
from app.domain.junk import found_in_junk
from app.domain.status import SubmissionState
from app.domain.submission import LONG_STACK, Lane, Submission
from app.intake import again, locked_files, measures, places, settle
from app.intake.desk import Desk
from app.intake.documents import Originals, envelope_of, parts_of
from app.intake.forms import known_templates
from app.intake.mail_pages import joined
from app.intake.pages import Pages, ReadElsewhere, read_pages
from app.intake.receive import Kept, kept_part
from app.intake.settle import Result

_log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""How long a reading may be silent before another worker takes it over."""
DEATHS = 20
"""Readings that ended with the death of their process; then it is quarantined for a person.

Generous, since power cuts and restarts kill readings that are innocent.
"""
TOGETHER_SECONDS = 1.0
"""After this time nothing more is begun of what was claimed together: others may be free for it."""
TOGETHER_BYTES = 1024 * 1024
"""Attachments that wait for a common commit; larger ones are recorded at once."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """An arrival that was read and is to be recorded."""

    submission: Submission
    result: Result

    @property
    def weight(self) -> int:
        """The bytes it holds in memory, about."""
        return sum(each.document.size for each in self.result.derived)


def claim(desk: Desk, lane: Lane, *, worker: str) -> Submission | None:
    """Take the next waiting arrival of a lane under a lease; None when nothing waits."""
    return next(iter(claim_some(desk, lane, worker=worker, most=1)), None)


def claim_some(desk: Desk, lane: Lane, *, worker: str, most: int) -> tuple[Submission, ...]:
    """Take the next waiting arrivals of a lane under a lease, to be read together."""
    now = desk.clock()
    return desk.writer.run(
        lambda repositories: repositories.queue.claim(
            lane, worker=worker, now=now, until=now + LEASE, most=most
        )
    )


def read(desk: Desk, submission_id: str, *, worker: str, lane: Lane | None = None) -> None:
    """Read one arrival and record its comments; `read_some` says how.

    Args:
        desk: What the use cases work with.
        submission_id: The arrival.
        worker: Who reads it.
        lane: The lane it was claimed from; None reads whatever it is.

    Raises:
        Unavailable: The database cannot be written; the lease runs out and it is read again.
    """
    submission = desk.queries.submissions.get(submission_id)
    if submission is not None and submission.state is SubmissionState.PROCESSING:
        read_some(desk, (submission,), worker=worker, lane=lane)


def read_some(
    desk: Desk,
    submissions: Sequence[Submission],
    *,
    worker: str,
    lane: Lane | None = None,
    around: Callable[[Submission], AbstractContextManager[object]] = contextlib.nullcontext,
) -> None:
    """Read arrivals one after another and record their comments, several in one commit.

    A mail that turns out to hold pictures of paper leaves the light lane for that of paper, and
    a long stack leaves that for a lane of its own.
    Whatever goes wrong, in reading as in recording, ends in a visible state: queued again while
    it may pass, else failed or quarantined with a record beside the pages for a person to type in.

    Args:
        desk: What the use cases work with.
        submissions: The arrivals, as they were claimed.
        worker: Who reads them.
        lane: The lane they were claimed from; None reads whatever they are.
        around: Is entered for each arrival while it is opened.

    Raises:
        Unavailable: The database cannot be written; the lease runs out and they are read again.
    """
    begun = time.monotonic()
    originals = desk.queries.submissions.originals([each.id for each in submissions])
    opened: list[_Opened] = []
    for place, submission in enumerate(submissions):
        if place and time.monotonic() - begun > TOGETHER_SECONDS:
            again.hand_back(desk, submissions[place:])
            break
        with around(submission):
            one = _opened(desk, submission, originals[submission.id], worker, lane)
        if one is not None:
            opened.append(one)
        if sum(each.weight for each in opened) > TOGETHER_BYTES:
            _record_each(desk, opened)
            opened.clear()
    _record_each(desk, opened)


def _opened(
    desk: Desk, submission: Submission, originals: Originals, worker: str, lane: Lane | None
) -> _Opened | None:
    """Open one arrival; None where it is not to be recorded now."""
    if submission.attempts - submission.failures > DEATHS:
        settle.give_up(desk, submission, SubmissionState.QUARANTINED, "reading_kills_process")
        return None
    try:
        result = _open(desk, submission, originals, worker, lane)
    except ReadElsewhere:
        _log.warning("A reading is left to whoever holds it now.", extra={"action": "read"})
        return None
    except Exception as error:  # noqa: BLE001 - the last resort of a reading; a person is told
        _failed(desk, submission, error)
        return None
    if isinstance(result, Lane):
        again.to_lane(desk, submission, result)
        return None
    return _Opened(submission, result)


def _record_each(desk: Desk, opened: Sequence[_Opened]) -> None:
    if not opened:
        return
    works = [
        functools.partial(settle.record, desk, submission=each.submission, result=each.result)
        for each in opened
    ]
    for each, outcome in zip(opened, desk.writer.run_each(works), strict=True):
        if isinstance(outcome, Exception):
            _failed(desk, each.submission, outcome)
    desk.wake(Lane.LIGHT)


def _failed(desk: Desk, submission: Submission, error: Exception) -> None:
    if isinstance(error, Unavailable):
        again.put_off(desk, submission, error.code)
        return
    _log.error(
        "A reading failed.",
        exc_info=error,
        extra={"action": "read", "submission": submission.id},
    )
    _again_or_give_up(desk, submission)


def _open(
    desk: Desk, submission: Submission, originals: Originals, worker: str, lane: Lane | None
) -> Result | Lane:
    """Open an arrival, or name the lane in which it has to be read."""
    with parts_of(desk, originals) as parts:
        envelope = envelope_of(submission, parts)
        contents = locked_files.opened(desk, submission, envelope)
        return _go_through(desk, submission, contents, len(parts), worker, lane)


def _go_through(
    desk: Desk,
    submission: Submission,
    contents: Contents,
    next_position: int,
    worker: str,
    lane: Lane | None,
) -> Result | Lane:
    """Read what is inside an arrival; ``next_position`` is free among its documents."""
    if contents.images and lane is Lane.LIGHT:
        return Lane.OCR
    attachments = tuple(
        kept_part(desk, part, submission.id, next_position + index)
        for index, part in enumerate(contents.attachments)
    )
    if contents.images:
        templates = known_templates(desk)
        with desk.recogniser.open([each.data for each in contents.images], templates) as files:
            contents = _without_bytes(contents)
            if lane is Lane.OCR and files.pages > LONG_STACK:
                return Lane.STACK
            pages = read_pages(
                desk,
                submission,
                files,
                templates,
                next_position=next_position + len(attachments),
                worker=worker,
                lease=LEASE,
            )
        contents = measures.with_doubt(desk, contents, submission)
        result = _of_pages(submission, contents, pages, attachments)
        return replace(
            result,
            forms=measures.found(desk, contents, submission, result.forms),
            towns=places.known(desk, result.forms),
        )
    forms: tuple[CommentForm, ...] = ()
    if contents.form is not None and contents.ignored is None:
        forms = measures.apart(desk, contents, submission)
    return Result(
        contents=contents,
        forms=forms,
        findings=(*contents.findings, *found_in_junk(submission.facts)),
        derived=attachments,
        units=1,
    )


def _without_bytes(contents: Contents) -> Contents:
    """Let go of files that are kept where they are read: a long stack is read for minutes."""
    return replace(contents, images=tuple(replace(each, data=b"") for each in contents.images))


def _of_pages(
    submission: Submission, contents: Contents, pages: Pages, attachments: tuple[Kept, ...]
) -> Result:
    findings = (*contents.findings, *found_in_junk(submission.facts), *pages.findings)
    forms = pages.forms if contents.form is None else joined(contents, pages.forms)
    units = len(forms)
    if submission.channel is Channel.FAX:
        units = pages.count
        if submission.facts.get("transmission_error"):
            findings = (*findings, Finding(code="fax_interrupted"))
        if submission.announced is not None and submission.announced > pages.count:
            data = {"announced": str(submission.announced), "found": str(pages.count)}
            findings = (*findings, Finding(code="pages_missing", data=data))
    elif submission.announced is not None and submission.announced != units:
        data = {"declared": str(submission.announced), "found": str(units)}
        findings = (*findings, Finding(code="count_differs", data=data))
    return Result(
        contents=contents,
        forms=forms,
        findings=findings,
        derived=(*attachments, *pages.kept),
        units=units,
    )


def _again_or_give_up(desk: Desk, submission: Submission) -> None:
    submission = replace(submission, failures=submission.failures + 1)
    run_at = retry.reading_retry_at(attempts=submission.failures, now=desk.clock())
    if run_at is None:
        settle.give_up(desk, submission, SubmissionState.FAILED, "reading_failed")
    else:
        again.queue(desk, submission, run_at=run_at)
