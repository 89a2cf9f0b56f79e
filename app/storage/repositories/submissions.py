"""Arrivals, their files, and the queue that they are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.envelope import DocumentRole
from app.domain.findings import Finding
from app.domain.status import SubmissionState
from app.domain.submission import Document, Lane, Submission
from app.storage import codec
from app.storage.tables import DocumentRow, SubmissionRow, metadata

submissions = metadata.tables[str(SubmissionRow.__tablename__)]
documents = metadata.tables[str(DocumentRow.__tablename__)]
DOCUMENT_COLUMNS = tuple(column for column in documents.c if column.name != "content")
_INSERT_DOCUMENT = sa.insert(documents)
_INSERT = {
    name: dialect.insert(submissions)
    .on_conflict_do_nothing(index_elements=["fingerprint"])
    .returning(submissions.c.id)
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}
"""Built once: building a statement costs more than running it."""


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
        return self._connection.execute(insert, _row(submission)).one_or_none() is not None

    def add_document(self, document: Document, content: bytes | None) -> None:
        """Store a file; ``content`` is None when its bytes are in the blob store."""
        self._connection.execute(
            _INSERT_DOCUMENT,
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
            },
        )

    def drop_derived_documents(self, submission_id: str) -> None:
        """Forget page images and unpacked attachments before an arrival is read again.

        The originals they were made from stay.
        """
        self._connection.execute(
            sa.delete(documents).where(
                documents.c.submission_id == submission_id,
                documents.c.role != DocumentRole.ORIGINAL,
            )
        )

    def by_fingerprint(self, fingerprint: str) -> Submission | None:
        """Find the arrival with these bytes; nobody else changes it meanwhile."""
        return self._one(submissions.c.fingerprint == fingerprint, lock=True)

    def get(self, submission_id: str, *, lock: bool = False) -> Submission | None:
        """Find an arrival; ``lock`` keeps others from changing it meanwhile."""
        return self._one(submissions.c.id == submission_id, lock=lock)

    def _one(self, condition: sa.ColumnElement[bool], *, lock: bool = False) -> Submission | None:
        query = sa.select(submissions).where(condition)
        if lock:
            query = query.with_for_update()
        row = self._connection.execute(query).one_or_none()
        return submission_of(row) if row else None

    def add_findings(self, submission_id: str, findings: Sequence[Finding]) -> None:
        """Append findings to an arrival."""
        stored = self._connection.execute(
            sa.select(submissions.c.findings).where(submissions.c.id == submission_id)
        ).scalar_one()
        self._update(submission_id, findings=[*stored, *codec.findings_out(findings)])

    def claim(
        self, lane: Lane, *, worker: str, now: datetime, until: datetime
    ) -> Submission | None:
        """Take the next waiting arrival of a lane, or one whose worker died, and lease it."""
        waiting = sa.or_(
            sa.and_(submissions.c.state == SubmissionState.QUEUED, submissions.c.run_at <= now),
            sa.and_(
                submissions.c.state == SubmissionState.PROCESSING,
                submissions.c.leased_until < now,
            ),
        )
        chosen = self._connection.execute(
            sa.select(submissions)
            .where(submissions.c.lane == lane.value, waiting)
            .order_by(submissions.c.run_at, submissions.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if chosen is None:
            return None
        self._update(
            chosen.id,
            state=SubmissionState.PROCESSING,
            attempts=chosen.attempts + 1,
            leased_by=worker,
            leased_until=until,
        )
        return self.get(str(chosen.id))

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
            .where(submissions.c.state == SubmissionState.PROCESSING)
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
    ) -> None:
        """Put an arrival in its queue again, or in another one."""
        moved = {} if lane is None else {"lane": lane.value}
        self._update(
            submission_id,
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

    def settle(
        self,
        submission: Submission,
        state: SubmissionState,
        *,
        reason: str | None = None,
        units: int | None = None,
    ) -> None:
        """Set the state in which reading ended, with findings and reply route as read."""
        self._update(
            submission.id,
            state=state,
            reason=reason,
            units=submission.units if units is None else units,
            findings=codec.findings_out(submission.findings),
            reply=codec.reply_out(submission.reply),
            leased_by=None,
            leased_until=None,
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
