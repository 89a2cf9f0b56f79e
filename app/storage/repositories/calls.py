"""Arrivals that are read because a job of the queue names them (PostgreSQL)."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.domain.status import SubmissionState
from app.domain.submission import Lane, Submission
from app.storage.calls import Call, call
from app.storage.repositories.submissions import (
    SubmissionRepository,
    submission_of,
    submissions,
)

_JOBS = sa.table(
    "procrastinate_jobs",
    sa.column("id", sa.BigInteger),
    sa.column("status", sa.Text),
    sa.column("args", JSONB(none_as_null=True)),
)
_CALLED = sa.exists().where(
    _JOBS.c.args["submission"].astext == submissions.c.id,
    _JOBS.c.status == sa.literal_column("'todo'"),
)

_OF_A_JOB = r"^job (\d+)/"
"""What the name of a reader begins with that works for a job."""
_UNDER_WAY = sa.exists().where(
    _JOBS.c.id == sa.cast(sa.func.substring(submissions.c.leased_by, _OF_A_JOB), sa.BigInteger),
    _JOBS.c.status.in_([sa.literal_column("'todo'"), sa.literal_column("'doing'")]),
)
_ORPHANED = sa.and_(
    submissions.c.state == SubmissionState.PROCESSING,
    submissions.c.leased_by.regexp_match(_OF_A_JOB),
    ~_UNDER_WAY,
)
"""Held for a job that is no more: a late reader ended it, and whoever had taken it over died.

Should its reader live after all, it finds its lease gone and records nothing.
"""


def _free(now: datetime) -> sa.ColumnElement[bool]:
    """Say what may be taken: what waits, and what was held for too long."""
    return sa.or_(
        submissions.c.state == SubmissionState.QUEUED,
        sa.and_(
            submissions.c.state == SubmissionState.PROCESSING, submissions.c.leased_until < now
        ),
    )


class CallRepository:
    """Finds what a job names, and what no job names."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection
        self._submissions = SubmissionRepository(connection)

    def claim(
        self, submission_id: str, *, worker: str, now: datetime, until: datetime
    ) -> Submission | None:
        """Take the arrival a job names, under a lease; None where it does not wait.

        The job itself says when, so ``run_at`` is not asked.

        Args:
            submission_id: The arrival.
            worker: Who takes it.
            now: The present instant.
            until: When the lease ends.
        """
        query = (
            sa.select(submissions)
            .where(submissions.c.id == submission_id, _free(now))
            .with_for_update()
        )
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        attempts = row.attempts + 1
        self._submissions.lease(row.id, attempts=attempts, worker=worker, until=until)
        return replace(submission_of(row), state=SubmissionState.PROCESSING, attempts=attempts)

    def take_back(self, holder: str, *, now: datetime) -> int:
        """Queue again what a worker held whose death is known, before its leases end.

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
            self._submissions.queue(
                row.id, run_at=now, attempts=row.attempts, failures=row.failures
            )
        return len(found)

    def call_forgotten(self, *, now: datetime, most: int) -> int:
        """Call a reader for what waits and no waiting job names; gives how many were called.

        Rows of an earlier version, a database that was restored without its queue, a job that
        ended with an error: nothing rests on the queue alone.
        """
        query = (
            sa.select(submissions.c.id, submissions.c.lane)
            .where(
                _free(now),
                submissions.c.run_at <= now,
                ~_CALLED,
            )
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
