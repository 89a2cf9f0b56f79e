"""Letting an arrival be read again: later, by whoever comes first, or in another lane."""

import logging
import time
from collections.abc import Iterable
from datetime import datetime

from app.domain import retry
from app.domain.errors import Unavailable
from app.domain.submission import Lane, Submission
from app.intake.desk import Desk
from app.storage.repositories.unit import Repositories

_log = logging.getLogger(__name__)

_PAUSES = (0.2, 1.0, 5.0)
"""Seconds between attempts to write down that a reading is put off."""


def put_off(desk: Desk, submission: Submission, why: str) -> None:
    """Queue it without counting a failure: the fault is ours and will pass."""
    _log.warning("A reading is put off: %s.", why, extra={"action": "read"})
    now = desk.clock()
    run_at = retry.reading_retry_at(attempts=1, now=now) or now
    queue(desk, submission, run_at=run_at, counts=False)


def hand_back(desk: Desk, submissions: Iterable[Submission]) -> None:
    """Leave to whoever comes first what was claimed and not begun."""
    for each in submissions:
        queue(desk, each, run_at=each.recorded_at, counts=False)


def to_lane(desk: Desk, submission: Submission, lane: Lane) -> None:
    """Put it into the lane where nothing that is read sooner waits behind it."""
    queue(desk, submission, run_at=desk.clock(), counts=False, lane=lane)
    desk.wake(lane)


def queue(
    desk: Desk,
    submission: Submission,
    *,
    run_at: datetime,
    counts: bool = True,
    lane: Lane | None = None,
) -> None:
    """Let a later reader have it; where somebody else has begun or settled it, do nothing.

    Insists while the disk is full or the database away: its lease would keep everybody from it
    for minutes after all is well again.

    Args:
        desk: What the use cases work with.
        submission: The arrival.
        run_at: Not to be read before this instant.
        counts: Whether it was begun in earnest.
        lane: Another lane, if any.
    """

    def work(repositories: Repositories) -> None:
        repositories.queue.put(
            submission.id,
            run_at=run_at,
            attempts=submission.attempts - (not counts),
            failures=submission.failures,
            lane=lane,
            begun=submission.attempts,
        )

    pauses = iter(_PAUSES)
    while True:
        try:
            desk.writer.run(work)
        except Unavailable:
            time.sleep(next(pauses, _PAUSES[-1]))
        else:
            return
