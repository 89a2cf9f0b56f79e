"""The queue: arrivals that wait to be read, and those that somebody reads under a lease."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.domain.retry import LONGEST_READING_PAUSE
from app.domain.status import SubmissionState
from app.domain.submission import Lane, Submission
from app.storage.calls import Call, call
from app.storage.repositories.submissions import submission_of, submissions, updating

LONGEST_PAUSE = LONGEST_READING_PAUSE + timedelta(seconds=20)
LONGEST_LEASE = timedelta(minutes=15)
"""No pause and no lease of ours is so long: the clock went back since, and nothing waits for it."""
_OF_LANE = submissions.c.lane == sa.bindparam("lane")
_ABANDONED = (
    sa.select(submissions)
    .where(
        _OF_LANE,
        submissions.c.state == SubmissionState.PROCESSING,
        submissions.c.leased_until < sa.bindparam("now"),
    )
    .order_by(submissions.c.run_at, submissions.c.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_WAITING = (
    sa.select(submissions)
    .where(
        _OF_LANE,
        submissions.c.state == SubmissionState.QUEUED,
        submissions.c.run_at <= sa.bindparam("now"),
    )
    .order_by(submissions.c.run_at, submissions.c.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
"""Two questions: one for both states would sort all that waits to find the first."""
_AHEAD = tuple(
    sa.select(submissions)
    .where(_OF_LANE, submissions.c.state == state, instant > sa.bindparam("longest"))
    .order_by(submissions.c.run_at, submissions.c.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
    for state, instant in (
        (SubmissionState.QUEUED, submissions.c.run_at),
        (SubmissionState.PROCESSING, submissions.c.leased_until),
    )
)
"""Again two questions: one for both would go through every arrival there ever was."""
_LEASE = updating("state", "attempts", "leased_by", "leased_until")


class QueueRepository:
    """Hands out arrivals to readers; a queued arrival is its own job."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

    def claim(
        self, lane: Lane, *, worker: str, now: datetime, until: datetime, most: int = 1
    ) -> tuple[Submission, ...]:
        """Take waiting arrivals of a lane, and those whose worker died, and lease them.

        One that was begun before comes alone: if it kills its reader, it kills no other.

        Args:
            lane: The queue.
            worker: Who takes them.
            now: The present instant.
            until: When the lease ends.
            most: How many at most.
        """
        asked = {"lane": lane.value, "most": most}
        found = self._connection.execute(_ABANDONED, {**asked, "now": now}).all()
        found = found or self._connection.execute(_WAITING, {**asked, "now": now}).all()
        for query, longest in zip(_AHEAD, (LONGEST_PAUSE, LONGEST_LEASE), strict=True):
            found = (
                found or self._connection.execute(query, asked | {"longest": now + longest}).all()
            )
        fresh = itertools.takewhile(lambda row: row.attempts == 0, found)
        chosen = tuple(fresh) or found[:1]
        if not chosen:
            return ()
        self._connection.execute(
            _LEASE,
            [
                {
                    "wanted": row.id,
                    "state": SubmissionState.PROCESSING,
                    "attempts": row.attempts + 1,
                    "leased_by": worker,
                    "leased_until": until,
                }
                for row in chosen
            ],
        )
        return tuple(
            replace(submission_of(row), state=SubmissionState.PROCESSING, attempts=row.attempts + 1)
            for row in chosen
        )

    def renew(
        self, submission_id: str, *, worker: str, until: datetime, done: int, pages: int
    ) -> bool:
        """Keep a lease while a long reading goes on, and say how far it is.

        Returns:
            Whether the worker still holds it; else somebody else reads it, or it is settled.
        """
        renewed = self._connection.execute(
            sa.update(submissions)
            .where(
                submissions.c.id == submission_id,
                submissions.c.leased_by == worker,
                submissions.c.state == SubmissionState.PROCESSING,
            )
            .values(leased_until=until, pages_done=done, pages=pages)
        )
        return bool(renewed.rowcount)

    def release_all(self, *, now: datetime) -> int:
        """Queue again whatever a process that died held; only where one process tree writes."""
        return self._connection.execute(
            sa.update(submissions)
            # By every lane there is, so that the index of what waits is asked at the start.
            .where(
                submissions.c.lane.in_(list(Lane)),
                submissions.c.state == SubmissionState.PROCESSING,
            )
            .values(state=SubmissionState.QUEUED, run_at=now, leased_by=None, leased_until=None)
        ).rowcount

    def put(
        self,
        submission_id: str,
        *,
        run_at: datetime,
        attempts: int,
        failures: int,
        lane: Lane | None = None,
        begun: int | None = None,
    ) -> None:
        """Put an arrival in its queue again, or in another one.

        Args:
            submission_id: The arrival.
            run_at: Not to be read before this instant.
            attempts: How often reading counts as begun.
            failures: How often it ended in an error.
            lane: The other queue, if any.
            begun: Of a reader that lets it go, the attempt it began: nothing is done where
                somebody else has begun or settled it since.
        """
        moved = {} if lane is None else {"lane": lane.value}
        wanted = [submissions.c.id == submission_id]
        if begun is not None:
            wanted += [
                submissions.c.state == SubmissionState.PROCESSING,
                submissions.c.attempts == begun,
            ]
        queued = self._connection.execute(
            sa.update(submissions)
            .where(*wanted)
            .values(
                **moved,
                state=SubmissionState.QUEUED,
                reason=None,
                run_at=run_at,
                attempts=attempts,
                failures=failures,
                leased_by=None,
                leased_until=None,
                pages=None,
                pages_done=None,
            )
            .returning(submissions.c.lane)
        ).scalar_one_or_none()
        if queued is None:
            return
        called = Call(submission_id=submission_id, lane=Lane(queued), at=run_at)
        call(self._connection, [called])

    def lease(self, submission_id: str, *, attempts: int, worker: str, until: datetime) -> None:
        """Lease one arrival to whoever begins to read it."""
        self._connection.execute(
            _LEASE,
            {
                "wanted": submission_id,
                "state": SubmissionState.PROCESSING,
                "attempts": attempts,
                "leased_by": worker,
                "leased_until": until,
            },
        )
