"""Arrivals that are read because a job of the queue names them (PostgreSQL)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any  # columns of a row have no static type

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.domain.status import SubmissionState
from app.domain.submission import Lane, Submission
from app.storage.calls import Call, call
from app.storage.repositories.queue import LONGEST_LEASE, LONGEST_PAUSE, QueueRepository
from app.storage.repositories.submissions import submission_of, submissions

_JOBS = sa.table(
    "procrastinate_jobs",
    sa.column("id", sa.BigInteger),
    sa.column("status", sa.Text),
    sa.column("args", JSONB(none_as_null=True)),
    sa.column("scheduled_at", sa.DateTime(timezone=True)),
    sa.column("worker_id", sa.BigInteger),
)
_WORKERS = sa.table(
    "procrastinate_workers",
    sa.column("id", sa.BigInteger),
    sa.column("last_heartbeat", sa.DateTime(timezone=True)),
)
_EVENTS = sa.table(
    "procrastinate_events",
    sa.column("job_id", sa.BigInteger),
    sa.column("type", sa.Text),
    sa.column("at", sa.DateTime(timezone=True)),
)
_DOING = _JOBS.c.status == sa.literal_column("'doing'")
_NOW = sa.func.now()
"""The clock of the database, by which jobs are given out: whether an arrival may be read is asked
of the same clock as whether its job is due."""
_EARLY = timedelta(seconds=2)
"""What is due at once was noted a moment ago by whoever let it arrive, and may be so far ahead."""
_JUST_TAKEN = timedelta(minutes=1)
"""Between taking a job and holding its arrival lie milliseconds."""

_OF_A_JOB = r"^job (\d+)/"
"""What the name of a reader begins with that works for a job."""
_UNDER_WAY = sa.exists().where(
    _JOBS.c.id == sa.cast(sa.func.substring(submissions.c.leased_by, _OF_A_JOB), sa.BigInteger),
    _JOBS.c.status.in_([sa.literal_column("'todo'"), sa.literal_column("'doing'")]),
)
_HELD = sa.and_(
    submissions.c.lane.in_(list(Lane)),  # all there are: for the index
    submissions.c.state == SubmissionState.PROCESSING,
)
_ORPHANED = sa.and_(_HELD, submissions.c.leased_by.regexp_match(_OF_A_JOB), ~_UNDER_WAY)
"""Held for a job that is no more: its worker was silent for too long.

Should its reader live after all, it finds its lease gone and records nothing.
"""
_HOLDS = sa.exists().where(
    _HELD, submissions.c.leased_by.startswith(sa.func.concat("job ", _JOBS.c.id, "/"))
)
_STARTED = (
    sa.select(sa.func.max(_EVENTS.c.at))
    .where(_EVENTS.c.job_id == _JOBS.c.id, _EVENTS.c.type == sa.literal_column("'started'"))
    .scalar_subquery()
)
_LOST = sa.and_(_DOING, _STARTED < _NOW - _JUST_TAKEN, ~_HOLDS)
"""Taken, and nothing was done with it: the answer that named it never came to its worker."""


def _free(*, early: timedelta = _EARLY, lanes: Iterable[Lane] = Lane) -> sa.ColumnElement[bool]:
    """Say what may be taken: what waits, and what was held for too long.

    What would wait or be held for longer than anything may was begun by a clock that was ahead.
    """
    waits, held = submissions.c.run_at, submissions.c.leased_until
    return sa.and_(
        submissions.c.lane.in_(list(lanes)),
        sa.or_(
            sa.and_(
                submissions.c.state == SubmissionState.QUEUED,
                sa.or_(waits <= _NOW + early, waits > _NOW + LONGEST_PAUSE),
            ),
            sa.and_(
                submissions.c.state == SubmissionState.PROCESSING,
                sa.or_(held < _NOW, held > _NOW + LONGEST_LEASE),
            ),
        ),
    )


_CALLED = sa.exists().where(
    _JOBS.c.args["submission"].astext == submissions.c.id,
    _JOBS.c.status == sa.literal_column("'todo'"),
    sa.func.coalesce(_JOBS.c.scheduled_at, _NOW) <= _NOW + LONGEST_PAUSE,
)


class CallRepository:
    """Finds what a job names, and what no job names."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection
        self._queue = QueueRepository(connection)

    def claim(self, submission_id: str, *, worker: str, until: datetime) -> Submission | None:
        """Take the arrival a job names, under a lease; None where it does not wait, or not yet.

        One that does not wait yet is called for again, so that it never waits without a call.

        Args:
            submission_id: The arrival.
            worker: Who takes it.
            until: When the lease ends.
        """
        query = (
            sa.select(submissions, _free().label("is_free"))
            .where(submissions.c.id == submission_id)
            .with_for_update()
        )
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        if not row.is_free:
            self._call_later(row)
            return None
        attempts = row.attempts + 1
        self._queue.lease(row.id, attempts=attempts, worker=worker, until=until)
        return replace(submission_of(row), state=SubmissionState.PROCESSING, attempts=attempts)

    def _call_later(self, row: sa.Row[Any]) -> None:
        if row.state is not SubmissionState.QUEUED:
            return
        waits_uncalled = sa.select(submissions.c.id).where(submissions.c.id == row.id, ~_CALLED)
        if self._connection.execute(waits_uncalled).one_or_none() is not None:
            later = Call(submission_id=row.id, lane=Lane(row.lane), at=row.run_at)
            call(self._connection, [later])

    def drop_dead(self, *, silent: timedelta) -> int:
        """Drop the jobs of workers that were silent for so long; gives how many.

        A job is never given to another worker: whoever is late after all must find nothing to
        end. What the job named is called for anew.
        """
        dead = (
            sa.select(_JOBS.c.id)
            .select_from(_JOBS.outerjoin(_WORKERS, _WORKERS.c.id == _JOBS.c.worker_id))
            .where(
                _DOING,
                sa.or_(
                    _WORKERS.c.id.is_(None),
                    _WORKERS.c.last_heartbeat < _NOW - silent,
                    _WORKERS.c.last_heartbeat > _NOW + silent,  # by a clock that was ahead
                ),
            )
            .with_for_update(of=_JOBS, skip_locked=True)
        )
        return self._drop(_JOBS.c.id.in_(dead))

    def drop_lost(self) -> int:
        """Drop jobs that are in nobody's hands; gives how many."""
        return self._drop(_LOST)

    def _drop(self, which: sa.ColumnElement[bool]) -> int:
        return self._connection.execute(sa.delete(_JOBS).where(which)).rowcount

    def take_back(self, holder: str, *, now: datetime) -> int:
        """Queue again what an earlier attempt of a job held, before its leases end.

        Args:
            holder: What the names of all who are meant begin with.
            now: The present instant.
        """
        return self._queue_again(
            sa.and_(
                submissions.c.state == SubmissionState.PROCESSING,
                submissions.c.leased_by.startswith(holder, autoescape=True),
            ),
            now=now,
        )

    def take_back_orphans(self, *, now: datetime) -> int:
        """Queue again what is held for a job that is no more; gives how many."""
        return self._queue_again(_ORPHANED, now=now)

    def _queue_again(self, held: sa.ColumnElement[bool], *, now: datetime) -> int:
        query = (
            sa.select(submissions.c.id, submissions.c.attempts, submissions.c.failures)
            .where(held)
            .order_by(submissions.c.id)
            .with_for_update()
        )
        found = self._connection.execute(query).all()
        for row in found:
            self._queue.put(row.id, run_at=now, attempts=row.attempts, failures=row.failures)
        return len(found)

    def call_forgotten(self, lanes: Iterable[Lane], *, most: int) -> int:
        """Call a reader for what waits and no waiting job names; gives how many were called.

        Rows of an earlier version, a database that was restored without its queue, a job that
        ended with an error: nothing rests on the queue alone.

        Args:
            lanes: Where to look: going through 100,000 scans that wait takes half a second.
            most: How many at most.
        """
        query = (
            sa.select(submissions.c.id, submissions.c.lane)
            .where(_free(early=timedelta(), lanes=lanes), ~_CALLED)
            .order_by(submissions.c.run_at, submissions.c.id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        found = self._connection.execute(query).all()
        call(
            self._connection,
            [Call(submission_id=row.id, lane=Lane(row.lane)) for row in found],
        )
        return len(found)
