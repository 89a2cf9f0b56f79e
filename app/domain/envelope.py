"""The outer facts of one arrival (到達物) and its parts, byte for byte."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import BinaryIO

JST = timezone(timedelta(hours=9), "JST")
"""Japan has one zone and no summer time, so a fixed offset is exact."""


def japan_day(instant: datetime) -> date:
    """Give the calendar day in Japan on which an instant falls."""
    return instant.astimezone(JST).date()


def in_japan(instant: datetime) -> datetime:
    """Give the same instant with Japan's offset, as the contract prints instants."""
    return instant.astimezone(JST)


def utc(instant: datetime) -> datetime:
    """Give the same instant in UTC.

    Raises:
        ValueError: The instant carries no offset.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return instant.astimezone(UTC)


class Channel(StrEnum):
    """The five ways a comment may arrive (提出方法)."""

    EMAIL = "email"
    MAIL = "mail"
    DROP_BOX = "drop_box"
    FAX = "fax"
    E_APPLICATION = "e_application"

    @property
    def is_paper_image(self) -> bool:
        """Say whether its comments reach us as pictures of paper."""
        return self in (Channel.MAIL, Channel.DROP_BOX, Channel.FAX)


class Delivery(StrEnum):
    """How paper came: by post (郵送) or by hand (持参)."""

    POST = "post"
    HAND = "hand"


class DocumentRole(StrEnum):
    """What a document is within its submission."""

    ORIGINAL = "original"
    ATTACHMENT = "attachment"
    PAGE_IMAGE = "page_image"


@dataclass(frozen=True, slots=True, eq=False)
class Spooled:
    """Bytes that lie in an open file, since they may be too many for memory.

    Attributes:
        file: The file; whoever made it closes it.
        size: How many bytes it holds.
    """

    file: BinaryIO
    size: int

    def read(self, most: int = -1) -> bytes:
        """Give the bytes from the first on; all of them unless fewer are enough."""
        self.file.seek(0)
        return self.file.read(most)

    def __len__(self) -> int:
        """Give the size, as bytes in memory do."""
        return self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of an arrival, exactly as it came.

    Attributes:
        filename: The name its sender gave, untrusted; None where there was none.
        media_type: What the sender declared it to be; readers sniff the bytes.
        data: The bytes, or where they lie while they are taken in.
        role: What it is within the submission.
    """

    filename: str | None
    media_type: str
    data: bytes | Spooled
    role: DocumentRole = DocumentRole.ORIGINAL

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return len(self.data)

    def whole(self) -> bytes:
        """Give all of its bytes, in memory."""
        return self.head(-1) if isinstance(self.data, Spooled) else self.data

    def head(self, most: int) -> bytes:
        """Give its first bytes, at most so many."""
        return self.data.read(most) if isinstance(self.data, Spooled) else self.data[:most]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One arrival as its source described it.

    Attributes:
        channel: The way it came.
        delivery: For paper, by post or by hand.
        received_at: When it arrived by the clock of its source, in UTC.
        source: Which counter of the outside world counted it (mailbox folder, fax gateway,
            collection round, scan batch, API key); the ledger groups by it.
        source_item: Its name at that source (UIDVALIDITY:UID, fax job), unique within it; None
            where the source names nothing.
        announced: How many units (slips, forms, pages) the source says are inside; None if it
            does not say.
        parts: The files; the first is the original.
        consultation: Code of the consultation its sender named outside the document, if any.
        postmarked_on: The postmark (消印), when one was legible.
        collection_id: The round in which a drop box was emptied.
        collected_at: The time of that round, in UTC.
        drop_box: The code of the box.
        facts: Further outer facts by name (job_id, station_id, caller_number, uid …), kept for
            people and for findings, and how a stack was laid and scanned (``domain.stack``).
        passwords: Words of other mails of the same writer, to be tried on locked files; never kept.
        opened_confirmed: Whether a person let what was behind a password into the comment.
    """

    channel: Channel
    delivery: Delivery | None = None
    received_at: datetime
    source: str
    source_item: str | None = None
    announced: int | None = None
    parts: tuple[Part, ...]
    consultation: str | None = None
    postmarked_on: date | None = None
    collection_id: str | None = None
    collected_at: datetime | None = None
    drop_box: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    passwords: tuple[str, ...] = field(default=(), repr=False)
    opened_confirmed: bool = False
