"""Reading what a job of the queue names, where one stands beside the rows (PostgreSQL)."""

from collections.abc import Iterable
from datetime import timedelta

from app.domain.submission import Lane, Submission
from app.intake.desk import Desk
from app.intake.read import LEASE
from app.storage.repositories.unit import Repositories

FORGOTTEN_AT_ONCE = 5000
"""Calls made in one transaction; more follow in the next."""


def claim_called(
    desk: Desk,
    lane: Lane,
    submission_id: str,
    *,
    worker: str,
    most: int,
    died: str | None = None,
) -> tuple[Submission, ...]:
    """Take the arrival a job names, and others of its lane to be read together with it.

    An arrival that does not wait any more was read by somebody else: nothing is taken then. One
    that was begun before comes alone: if it kills its reader, it kills no other.

    Args:
        desk: What the use cases work with.
        lane: The lane of the job.
        submission_id: What the job names.
        worker: Who takes them.
        most: How many at most.
        died: Whoever's name begins so worked for this job before and ended in an error.
    """
    now = desk.clock()

    def work(repositories: Repositories) -> tuple[Submission, ...]:
        if died is not None:
            repositories.calls.take_back(died, now=now)
        until = now + LEASE
        first = repositories.calls.claim(submission_id, worker=worker, until=until)
        if first is None:
            return ()
        if most == 1 or first.attempts > 1:
            return (first,)
        more = repositories.queue.claim(lane, worker=worker, now=now, until=until, most=most - 1)
        if any(each.attempts > 1 for each in more):
            for each in more:  # it comes with its own job, alone
                repositories.queue.put(
                    each.id, run_at=now, attempts=each.attempts - 1, failures=each.failures
                )
            return (first,)
        return (first, *more)

    return desk.writer.run(work)


def call_for_the_dead(desk: Desk, *, silent: timedelta) -> int:
    """Call readers for what workers held that have been silent for so long; gives how many."""
    dropped = desk.writer.run(lambda repositories: repositories.calls.drop_dead(silent=silent))
    return call_forgotten(desk) if dropped else 0


def call_forgotten(desk: Desk, lanes: Iterable[Lane] = Lane) -> int:
    """Call readers for what waits and no job names; gives how many were called.

    What is held for a job that is no more waits, too: nobody reads it.

    Args:
        desk: What the use cases work with.
        lanes: Those of whoever asks; what waits in others is not gone through.
    """
    now = desk.clock()

    def take_back(repositories: Repositories) -> int:
        repositories.calls.drop_lost()
        return repositories.calls.take_back_orphans(now=now)

    called = desk.writer.run(take_back)
    while True:
        found = desk.writer.run(
            lambda repositories: repositories.calls.call_forgotten(lanes, most=FORGOTTEN_AT_ONCE)
        )
        called += found
        if found < FORGOTTEN_AT_ONCE:
            return called
