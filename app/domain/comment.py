"""The one comment record, whichever way it came."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple, Self

from app.domain.comment_form import Reading
from app.domain.envelope import Channel, Delivery
from app.domain.findings import Finding
from app.domain.measure import Measure
from app.domain.status import CommentStatus, Decision
from app.domain.submitter import Submitter
from app.domain.timeliness import Timeliness


class ConsultationSource(StrEnum):
    """What named the consultation a comment stands in."""

    DOOR = "door"
    """The address it was posted to (e-application)."""

    FORM = "form"
    """The code printed on our form."""

    MAILROOM = "mailroom"
    """The upload it came in."""

    MEASURE = "measure"
    """The measure name as written; derived anew when names change."""

    PERSON = "person"
    """A person who corrected the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One entry in the history of a field; the machine's value stays in the first.

    Attributes:
        value: The value the field had before, None if it had none.
        new_value: The value a person gave it.
        by: Name of the key that changed it.
        at: When, in UTC.
    """

    value: str | None
    new_value: str | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRecord:
    """One comment (意見書 1通) as recorded.

    Attributes:
        receipt_number: 受付番号; set when it is first stored, never changed.
        consultation: Code of its consultation; None until its measure is known.
        submission_id: The arrival it was made from.
        position: Its place among the comments of that arrival, from 0.
        channel: The way it came.
        delivery: For paper, by post or by hand.
        received_at: When it arrived, in UTC.
        postmarked_on: Its postmark, if legible.
        collected_at: When its drop box was emptied, in UTC.
        timeliness: The verdict on its deadline.
        submitter: The writer.
        measure: The measure name and the verdict on it.
        opinion: Verbatim.
        opinion_count: How many separate opinions (件) a person counted in it; 1 until then.
        status: What it counts as.
        findings: What was noticed.
        readings: The evidence by JSON pointer.
        corrections: What people changed, by JSON pointer, oldest first.
        by_ocr: Whether its fields rest on OCR.
        consultation_source: What named the consultation; None while it is unknown.
        decision: A person's decision, if there is one.
        pages: 1-based pages of the arrival that belong to it.
        corrects: Receipt number of the comment it answers a mail of ours about, if it does.
        form_findings: The findings made while reading, which judging again keeps.
        revision: Grows by one with each change; the ETag.
    """

    receipt_number: str
    consultation: str | None
    submission_id: str
    position: int
    channel: Channel
    delivery: Delivery | None
    received_at: datetime
    postmarked_on: date | None
    collected_at: datetime | None
    timeliness: Timeliness
    submitter: Submitter
    measure: Measure
    opinion: str
    opinion_count: int = 1
    status: CommentStatus
    findings: tuple[Finding, ...]
    readings: Mapping[str, Reading] = field(default_factory=dict[str, Reading])
    corrections: Mapping[str, tuple[Correction, ...]] = field(
        default_factory=dict[str, tuple[Correction, ...]]
    )
    by_ocr: bool = False
    consultation_source: ConsultationSource | None = None
    decision: Decision | None = None
    pages: tuple[int, ...] = ()
    corrects: str | None = None
    form_findings: tuple[Finding, ...] = ()
    revision: int = 1

    def but(self, **changes: object) -> Self:
        """Give the same with some members changed, as ``dataclasses.replace`` does.

        Every comment that comes is built three times, with what is known of it by then; this
        copies its members in a third of the time.

        Raises:
            KeyError: There is no such member.
        """
        made = object.__new__(type(self))
        for put, value in zip(_PUT.values(), _members_of(self), strict=True):
            put(made, value)
        for name, value in changes.items():
            _PUT[name](made, value)
        return made


_PUT = {each.name: getattr(CommentRecord, each.name).__set__ for each in fields(CommentRecord)}
"""Fills the places of a new record; the class itself only guards those of a finished one."""
_members_of = attrgetter(*_PUT)


class Related(NamedTuple):
    """Another comment that may belong to one; pointed out, never merged.

    A tuple: a hundred are made for each text of a campaign whenever some of it are recorded.

    Attributes:
        receipt_number: The other comment.
        relation: ``correction_of``, ``corrected_by``, ``same_submission``, ``sent_again`` (a fax),
            ``same_text`` or ``same_submitter``, the nearest that holds.
        consultation: Code of the other comment's consultation.
    """

    receipt_number: str
    relation: str
    consultation: str | None
