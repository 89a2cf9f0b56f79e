"""One arrival (到達物) as recorded, with its files and the state it is in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from app.domain.comment_form import ReplyRoute
from app.domain.envelope import Channel, Delivery, DocumentRole
from app.domain.findings import Finding
from app.domain.office_machine import came_by_machine
from app.domain.status import SubmissionState

LONG_STACK = 30
"""Pages beyond which an arrival is read in the lane of stacks."""


class Lane(StrEnum):
    """Which queue reads it: light work never waits behind OCR, a fax never behind a stack."""

    LIGHT = "light"
    OCR = "ocr"
    STACK = "stack"


def lane_of(channel: Channel) -> Lane:
    """Name the lane of a channel."""
    return Lane.OCR if channel.is_paper_image else Lane.LIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file inside a submission.

    Attributes:
        id: Its id.
        submission_id: The arrival it came in.
        position: Its place in the arrival, from 0.
        role: Original, attachment found inside, or the picture of a page.
        page: 1-based page it shows, for page images.
        filename: As its sender named it, untrusted.
        media_type: What it was declared to be.
        size: Bytes.
        sha256: In hex.
    """

    id: str
    submission_id: str
    position: int
    role: DocumentRole
    page: int | None
    filename: str | None
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One arrival.

    Attributes:
        id: Its id.
        fingerprint: Equal for the same channel and the same bytes (fax: and the same job).
        channel: The way it came.
        delivery: For paper, by post or by hand.
        state: Where it stands.
        reason: Why it stands there, a code of ``wording``; None where nothing needs saying.
        source: Which counter of the outside world counted it.
        source_item: Its name at that source.
        announced: Units (slips, forms, pages) its source says are inside.
        units: Units found inside; None until it was read.
        received_at: When it arrived, in UTC.
        recorded_at: When its bytes were durable here, in UTC.
        consultation: Code its sender named outside the document.
        postmarked_on: Its postmark.
        drop_box: Code of its box.
        collection_id: The round in which its box was emptied.
        collected_at: The time of that round, in UTC.
        facts: Further outer facts by name.
        findings: What was noticed about the arrival as a whole.
        reply: Where an acknowledgement may go, once it was read.
        attempts: How often reading was begun; more than ``failures`` when processes died.
        failures: How often reading ended in an error.
        pages: Pages in its files that are read by recognition; None until they were counted.
        pages_done: How many of them are read.
    """

    id: str
    fingerprint: str
    channel: Channel
    delivery: Delivery | None
    state: SubmissionState
    reason: str | None = None
    source: str
    source_item: str | None
    announced: int | None
    units: int | None = None
    received_at: datetime
    recorded_at: datetime
    consultation: str | None
    postmarked_on: date | None
    drop_box: str | None
    collection_id: str | None
    collected_at: datetime | None
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    findings: tuple[Finding, ...] = ()
    reply: ReplyRoute | None = None
    attempts: int = 0
    failures: int = 0
    pages: int | None = None
    pages_done: int | None = None

    @property
    def lane(self) -> Lane:
        """The queue that reads it."""
        return lane_of(self.channel)

    @property
    def counted_by(self) -> Channel:
        """The channel whose source counts it: a mailbox counts the mails of machines, too."""
        return Channel.EMAIL if came_by_machine(self.facts) else self.channel
