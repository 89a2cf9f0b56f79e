"""Arrivals as they are announced and answered."""

from typing import Annotated

from pydantic import ConfigDict, Field, Strict

from app.domain.envelope import Channel, Delivery
from app.domain.status import SubmissionState
from app.domain.submission import Document, Submission
from app.domain.wording import REASONS, say
from app.routers.fields import MOST_UID, Day, Incoming, JapanInstant, Name, Outgoing
from app.routers.schemas_comments import DocumentOut, FindingOut, document_out, findings_out

Uid = Annotated[int, Strict(), Field(ge=0, le=MOST_UID)]
"""A 32-bit number of IMAP (RFC 3501 section 9)."""

EXAMPLE_ID = "014d5a3e9c1b7f20c64fe1a87d3b9025"


class ReceivedOut(Outgoing):
    """What a gateway is told once the bytes are synced."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"submission_id": EXAMPLE_ID, "state": "queued"}]}
    )

    submission_id: str
    state: SubmissionState


class SubmissionOut(Outgoing):
    """One arrival: where it stands and what was made of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "submission_id": EXAMPLE_ID,
                    "state": "done",
                    "reason": None,
                    "message": None,
                    "channel": "fax",
                    "delivery": None,
                    "source": "fax gateway",
                    "received_at": "2015-05-15T23:59:58+09:00",
                    "recorded_at": "2015-05-16T00:00:02+09:00",
                    "consultation": None,
                    "postmarked_on": None,
                    "drop_box": None,
                    "collection_id": None,
                    "collected_at": None,
                    "announced": 1,
                    "units": 1,
                    "attempts": 1,
                    "pages": 1,
                    "pages_done": 1,
                    "facts": {"job_id": "FX-000123", "station_id": "0166000000"},
                    "findings": [],
                    "comments": ["001-000001-2"],
                    "documents": [],
                }
            ]
        }
    )

    submission_id: str
    state: SubmissionState
    reason: str | None
    message: str | None
    channel: Channel
    delivery: Delivery | None
    source: str
    received_at: JapanInstant
    recorded_at: JapanInstant
    consultation: str | None
    postmarked_on: Day | None
    drop_box: str | None
    collection_id: str | None
    collected_at: JapanInstant | None
    announced: int | None
    units: int | None
    attempts: int
    pages: int | None
    pages_done: int | None
    facts: dict[str, str]
    findings: list[FindingOut]
    comments: list[str]
    documents: list[DocumentOut]


class MailboxReport(Incoming):
    """Which mails a folder holds now, for the ledger."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"mailbox": "iken", "folder": "INBOX", "uidvalidity": 1433, "uids": [101, 102]}
            ]
        }
    )

    mailbox: Name
    folder: Name
    uidvalidity: Uid
    uids: Annotated[list[Uid], Field(max_length=200_000)]


class KnownOut(Outgoing):
    """Whether a mail's bytes are safely here."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"known": True}]})

    known: bool


def submission_out(
    submission: Submission,
    comments: tuple[str, ...],
    documents: tuple[Document, ...],
    *,
    language: str,
) -> SubmissionOut:
    """Write an arrival."""
    return SubmissionOut(
        submission_id=submission.id,
        state=submission.state,
        reason=submission.reason,
        message=_reason(submission.reason, language),
        channel=submission.channel,
        delivery=submission.delivery,
        source=submission.source,
        received_at=submission.received_at,
        recorded_at=submission.recorded_at,
        consultation=submission.consultation,
        postmarked_on=submission.postmarked_on,
        drop_box=submission.drop_box,
        collection_id=submission.collection_id,
        collected_at=submission.collected_at,
        announced=submission.announced,
        units=submission.units,
        attempts=submission.attempts,
        pages=submission.pages,
        pages_done=submission.pages_done,
        facts=dict(submission.facts),
        findings=findings_out(submission.findings, language),
        comments=list(comments),
        documents=[document_out(each) for each in documents],
    )


def _reason(reason: str | None, language: str) -> str | None:
    if reason is None:
        return None
    return say(reason, language, {}, section=REASONS)
