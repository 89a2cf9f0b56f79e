"""Arrivals, their files, and the queue that they are."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.envelope import Channel, DocumentRole
from app.domain.findings import Finding
from app.domain.retry import LONGEST_READING_PAUSE
from app.domain.status import SubmissionState
from app.domain.submission import Document, Lane, Submission
from app.storage import codec
from app.storage.calls import Call, call
from app.storage.rows import NewRows
from app.storage.tables import DocumentRow, SubmissionRow, metadata

submissions = metadata.tables[str(SubmissionRow.__tablename__)]
documents = metadata.tables[str(DocumentRow.__tablename__)]
DOCUMENT_COLUMNS = tuple(column for column in documents.c if column.name != "content")
_NEW = NewRows(submissions)
_NEW_DOCUMENTS = NewRows(documents)
_INSERT = {
    name: dialect.insert(submissions)
    .on_conflict_do_nothing(index_elements=["fingerprint"])
    .returning(submissions.c.id)
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}
"""Built once: building a statement costs more than running it."""

_ONE = {
    name: sa.select(submissions).where(column == sa.bindparam("wanted"))
    for name, column in (("id", submissions.c.id), ("fingerprint", submissions.c.fingerprint))
}
_ONE_LOCKED = {name: query.with_for_update() for name, query in _ONE.items()}
_DROP_DERIVED = sa.delete(documents).where(
    documents.c.submission_id == sa.bindparam("wanted"),
    documents.c.role != DocumentRole.ORIGINAL,
)
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


def _updating(*names: str) -> sa.Update:
    """Build the statement that sets some columns of the arrival ``wanted``."""
    return (
        sa.update(submissions)
        .where(submissions.c.id == sa.bindparam("wanted"))
        .values({name: sa.bindparam(name) for name in names})
    )


_LEASE = _updating("state", "attempts", "leased_by", "leased_until")
_SETTLE = _updating("state", "reason", "units", "findings", "reply", "leased_by", "leased_until")


def mails_from(
    address: str, *, since: datetime, until: datetime, limit: int
) -> sa.Select[tuple[Any, ...]]:
    """Select mails of one writer, newest first.

    Args:
        address: Where an answer to them would go.
        since: Received at this instant or later.
        until: Received at this instant or earlier.
        limit: How many at most.
    """
    return (
        sa.select(submissions)
        .where(
            submissions.c.channel == Channel.EMAIL,
            submissions.c.received_at >= since,
            submissions.c.received_at <= until,
            sa.func.lower(submissions.c.reply["address"].as_string()) == address.lower(),
        )
        .order_by(submissions.c.received_at.desc(), submissions.c.id.desc())
        .limit(limit)
    )


class SubmissionRepository:
    """Stores arrivals; a queued one is its own job."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

    def add(self, submission: Submission) -> bool:
        """Store a new arrival; False when the same one is here already.

        On PostgreSQL this waits for another transaction that stores the same arrival.
        """
        insert = _INSERT[self._connection.dialect.name]
        if self._connection.execute(insert, _row(submission)).one_or_none() is None:
            return False
        if submission.state is SubmissionState.QUEUED:
            call(self._connection, [Call(submission_id=submission.id, lane=submission.lane)])
        return True

    def add_new(self, arrivals: Sequence[Submission]) -> None:
        """Store arrivals that cannot have come before, e-applications: each bears its own id."""
        _NEW.insert(self._connection, [_row(each) for each in arrivals])

    def add_document(self, document: Document, content: bytes | None) -> None:
        """Store a file; ``content`` is None when its bytes are in the blob store."""
        self.add_documents([(document, content)])

    def add_documents(self, files: Sequence[tuple[Document, bytes | None]]) -> None:
        """Store files, each with its bytes, or None when those are in the blob store."""
        rows = [
            {
                "id": document.id,
                "submission_id": document.submission_id,
                "position": document.position,
                "role": document.role,
                "page": document.page,
                "filename": document.filename,
                "media_type": document.media_type,
                "size": document.size,
                "sha256": document.sha256,
                "content": content,
            }
            for document, content in files
        ]
        _NEW_DOCUMENTS.insert(self._connection, rows)

    def drop_derived_documents(self, submission_id: str) -> None:
        """Forget page images and unpacked attachments before an arrival is read again.

        The originals they were made from stay.
        """
        self._connection.execute(_DROP_DERIVED, {"wanted": submission_id})

    def by_fingerprint(self, fingerprint: str) -> Submission | None:
        """Find the arrival with these bytes; nobody else changes it meanwhile."""
        return self._one("fingerprint", fingerprint, lock=True)

    def get(self, submission_id: str, *, lock: bool = False) -> Submission | None:
        """Find an arrival; ``lock`` keeps others from changing it meanwhile."""
        return self._one("id", submission_id, lock=lock)

    def mails_from(
        self, address: str, *, since: datetime, until: datetime, limit: int
    ) -> tuple[Submission, ...]:
        """Give mails of one writer, newest first; the page of ``mails_from`` says how."""
        query = mails_from(address, since=since, until=until, limit=limit)
        return tuple(submission_of(row) for row in self._connection.execute(query))

    def _one(self, column: str, wanted: str, *, lock: bool) -> Submission | None:
        query = _ONE_LOCKED[column] if lock else _ONE[column]
        row = self._connection.execute(query, {"wanted": wanted}).one_or_none()
        return submission_of(row) if row else None

    def add_findings(self, submission_id: str, findings: Sequence[Finding]) -> None:
        """Append findings to an arrival."""
        stored = self._connection.execute(
            sa.select(submissions.c.findings).where(submissions.c.id == submission_id)
        ).scalar_one()
        self._update(submission_id, findings=[*stored, *codec.findings_out(findings)])

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

    def queue(
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

    def settle(
        self,
        submission: Submission,
        state: SubmissionState,
        *,
        reason: str | None = None,
        units: int | None = None,
    ) -> None:
        """Set the state in which reading ended, with findings and reply route as read."""
        self._connection.execute(
            _SETTLE,
            {
                "wanted": submission.id,
                "state": state,
                "reason": reason,
                "units": submission.units if units is None else units,
                "findings": codec.findings_out(submission.findings),
                "reply": codec.reply_out(submission.reply),
                "leased_by": None,
                "leased_until": None,
            },
        )

    def _update(self, submission_id: str, **values: object) -> None:
        self._connection.execute(
            sa.update(submissions).where(submissions.c.id == submission_id).values(**values)
        )


def _row(submission: Submission) -> dict[str, Any]:
    return {
        "id": submission.id,
        "fingerprint": submission.fingerprint,
        "channel": submission.channel,
        "delivery": submission.delivery,
        "state": submission.state,
        "reason": submission.reason,
        "source": submission.source,
        "source_item": submission.source_item,
        "announced": submission.announced,
        "units": submission.units,
        "received_at": submission.received_at,
        "recorded_at": submission.recorded_at,
        "consultation": submission.consultation,
        "postmarked_on": submission.postmarked_on,
        "drop_box": submission.drop_box,
        "collection_id": submission.collection_id,
        "collected_at": submission.collected_at,
        "facts": dict(submission.facts),
        "findings": codec.findings_out(submission.findings),
        "reply": codec.reply_out(submission.reply),
        "lane": submission.lane.value,
        "run_at": submission.recorded_at,
        "attempts": submission.attempts,
        "failures": submission.failures,
        "leased_by": None,
        "leased_until": None,
        "pages": submission.pages,
        "pages_done": submission.pages_done,
    }


def submission_of(row: sa.Row[Any]) -> Submission:
    """Build an arrival from its row."""
    return Submission(
        id=row.id,
        fingerprint=row.fingerprint,
        channel=row.channel,
        delivery=row.delivery,
        state=row.state,
        reason=row.reason,
        source=row.source,
        source_item=row.source_item,
        announced=row.announced,
        units=row.units,
        received_at=row.received_at,
        recorded_at=row.recorded_at,
        consultation=row.consultation,
        postmarked_on=row.postmarked_on,
        drop_box=row.drop_box,
        collection_id=row.collection_id,
        collected_at=row.collected_at,
        facts=row.facts,
        findings=codec.findings_in(row.findings),
        reply=codec.reply_in(row.reply),
        attempts=row.attempts,
        failures=row.failures,
        pages=row.pages,
        pages_done=row.pages_done,
    )


def document_of(row: sa.Row[Any]) -> Document:
    """Build a document from its row, without its bytes."""
    return Document(
        id=row.id,
        submission_id=row.submission_id,
        position=row.position,
        role=row.role,
        page=row.page,
        filename=row.filename,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
    )
