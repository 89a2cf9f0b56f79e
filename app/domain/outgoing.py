"""Mail that is to leave the house: what it is about and where it stands, not its words."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MailKind(StrEnum):
    """Why a mail is sent."""

    ACKNOWLEDGEMENT = "acknowledgement"
    """受付通知, to the writer; its subject is a submission."""

    CORRECTION_REQUEST = "correction_request"
    """補正依頼, to the writer; its subject is a receipt number and the revision it was asked at."""

    NOTICE = "notice"
    """To the section, at once: a comment needs a person; its subject is a receipt number."""

    DIGEST = "digest"
    """To the section, once a day; its subject is consultation code and day."""


class MailState(StrEnum):
    """Where an outgoing mail stands."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    """A server took it and reported later that it could not be delivered (RFC 3464)."""


SHORT: Mapping[MailKind, str] = {
    MailKind.ACKNOWLEDGEMENT: "ack",
    MailKind.CORRECTION_REQUEST: "ask",
    MailKind.NOTICE: "notice",
    MailKind.DIGEST: "digest",
}
"""Opens the Message-ID of each kind."""

_OUR_MESSAGE_ID = re.compile(
    rf"<(?:{'|'.join(SHORT.values())})\.([0-9a-f]{{32}})@[^<>@\s]{{1,250}}>"
)
_TOKEN = re.compile(r"(?<![0-9A-Z])HS-?([0-9A-F]{4})-?([0-9A-F]{4})-?([0-9A-F]{4})(?![0-9A-Z])")
_DASHES = re.compile("[‐‑‒–—―−ーｰ－]")
_MAX_TOKENS = 5


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
        not_before: When it may go out at the earliest, in UTC; None means at once.
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
    not_before: datetime | None = None


def mail_ids(message_ids: Iterable[str]) -> tuple[str, ...]:
    """Give the ids of the mails of ours among Message-IDs with brackets."""
    found = (_OUR_MESSAGE_ID.fullmatch(each) for each in message_ids)
    return tuple(dict.fromkeys(each.group(1) for each in found if each is not None))


def token_of(mail_id: str) -> str:
    """Write the token of a correction request (返信用番号): the random end of its mail's id."""
    tail = mail_id[-12:].upper()
    return f"HS-{tail[:4]}-{tail[4:8]}-{tail[8:]}"


def tokens_in(text: str) -> tuple[str, ...]:
    """Find the tokens a person wrote or left standing, however wide and with whichever dashes."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).upper()
    found = ("HS-" + "-".join(each.groups()) for each in _TOKEN.finditer(plain))
    return tuple(dict.fromkeys(found))[:_MAX_TOKENS]


def correction_subject(receipt_number: str, revision: int) -> str:
    """Name a correction request by the record it speaks of and the revision that asked."""
    return f"{receipt_number} {revision}"
