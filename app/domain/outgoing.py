"""Mail that is to leave the house: what it is about and where it stands, not its words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MailKind(StrEnum):
    """Why a mail is sent."""

    ACKNOWLEDGEMENT = "acknowledgement"
    """受付通知, to the writer; its subject is a submission."""

    NOTICE = "notice"
    """To the section, at once: a comment needs a person; its subject is a receipt number."""

    DIGEST = "digest"
    """To the section, once a day; its subject is consultation code and day."""


class MailState(StrEnum):
    """Where an outgoing mail stands."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """One mail to one recipient.

    Attributes:
        id: Its id; the Message-ID is made from it, so a repeat bears the same.
        kind: Why it is sent.
        subject_id: What it is about: a submission id, a receipt number, or code and day.
        recipient: The one address it goes to.
        in_reply_to: Message-ID of the mail it answers.
        language: ``ja`` or ``en``.
        state: Where it stands.
        attempts: How often sending was begun.
        created_at: When it was caused, in UTC.
    """

    id: str
    kind: MailKind
    subject_id: str
    recipient: str
    in_reply_to: str | None = None
    language: str = "ja"
    state: MailState = MailState.QUEUED
    attempts: int = 0
    created_at: datetime
