"""Arrivals and their files."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.envelope import Channel, DocumentRole
from app.domain.findings import Finding
from app.domain.status import SubmissionState
from app.domain.submission import Document, Submission
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


def updating(*names: str) -> sa.Update:
    """Build the statement that sets some columns of the arrival ``wanted``."""
    return (
        sa.update(submissions)
        .where(submissions.c.id == sa.bindparam("wanted"))
        .values({name: sa.bindparam(name) for name in names})
    )


_SETTLE = updating("state", "reason", "units", "findings", "reply", "leased_by", "leased_until")


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
    """Stores arrivals; the `queue` of what waits is these rows, too."""

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
