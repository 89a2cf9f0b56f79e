"""Arrivals as they are announced and answered."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import ConfigDict, Field, Strict

from app.domain.envelope import Channel, Delivery
from app.domain.status import SubmissionState
from app.domain.submission import Document, Submission
from app.domain.wording import FINDINGS, REASONS, say
from app.intake.look import Weakness
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


class PageWarningOut(Outgoing):
    """What is wrong with one page of an upload, said while the paper is in hand."""

    file: int
    page: int
    code: str
    message: str


class ScanReceivedOut(ReceivedOut):
    """What the mailroom is told once the bytes are synced and a look was taken at the pages."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "submission_id": EXAMPLE_ID,
                    "state": "queued",
                    "warnings": [
                        {
                            "file": 1,
                            "page": 3,
                            "code": "picture_cut_off",
                            "message": say("picture_cut_off", "ja", {}, section=FINDINGS),
                        }
                    ],
                    "pages_checked": 14,
                }
            ]
        }
    )

    warnings: list[PageWarningOut]
    pages_checked: int | None


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
                {
                    "mailbox": "iken",
                    "folder": "INBOX",
                    "uidvalidity": 1433,
                    "uids": [101, 102],
                    "uidnext": 103,
                }
            ]
        }
    )

    mailbox: Name
    folder: Name
    uidvalidity: Uid
    uids: Annotated[list[Uid], Field(max_length=200_000)]
    uidnext: Uid | None = None


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


def warnings_out(weaknesses: Iterable[Weakness], language: str) -> list[PageWarningOut]:
    """Write what is wrong with the pages of an upload."""
    return [
        PageWarningOut(
            file=each.file,
            page=each.page,
            code=each.finding.code,
            message=say(each.finding.code, language, each.finding.data, section=FINDINGS),
        )
        for each in weaknesses
    ]


def _reason(reason: str | None, language: str) -> str | None:
    if reason is None:
        return None
    return say(reason, language, {}, section=REASONS)
