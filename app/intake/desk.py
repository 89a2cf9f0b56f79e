"""Everything a use case needs, built once by ``main`` and handed down."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.channels.protocol import Channel
from app.domain.access import Actor, Scope
from app.domain.consultation import Consultation
from app.domain.envelope import Channel as ChannelKind
from app.domain.measure_name import Similarity
from app.domain.submission import Lane
from app.notifications.mailer import Mailer
from app.recognition.pages import Recogniser
from app.storage.blobs import BlobStore
from app.storage.queries.read_side import Queries
from app.storage.unit_of_work import Writer

IN_ROW_BYTES = 64 * 1024
"""Originals up to this size live in their row: one fsync instead of three."""

PROGRAM = Actor(id="program", name="ikenbako", scopes=frozenset({Scope.ADMIN}))
"""Who acts when no person and no key does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How this installation behaves.

    Attributes:
        public_url: Where people reach the service, for links in mail.
        mail_from: Sender of our mail; None where none is sent.
        bounce_address: Envelope sender of our mail; None means the empty one.
        notices: ``off``, ``at_once`` or ``daily``.
        notice_to: Where notices go that no consultation's office can take.
        bootstrap_key_sha256: Hash of the key that stands in the settings.
        session_hours: How long a member of staff stays signed in.
    """

    public_url: str = "http://127.0.0.1:8000"
    mail_from: str | None = None
    bounce_address: str | None = None
    notices: str = "at_once"
    notice_to: str | None = None
    bootstrap_key_sha256: str | None = None
    session_hours: int = 12


def time_ordered_id(now: datetime) -> str:
    """Give a new id of 32 hex digits that sorts by time, so that rows land side by side."""
    return f"{int(now.timestamp() * 1000):012x}{_chance()}"


_DIGITS = 20
_AT_ONCE = 256
_drawn: list[str] = []
os.register_at_fork(after_in_child=_drawn.clear)


def _chance() -> str:
    """Give digits that nobody else has.

    They are drawn many at once: whoever asks the system for them lets go of the interpreter, and
    when postings rush in another thread takes it each time.
    """
    try:
        return _drawn.pop()
    except IndexError:
        drawn = secrets.token_hex(_DIGITS // 2 * _AT_ONCE)
        first, *rest = (drawn[at : at + _DIGITS] for at in range(0, len(drawn), _DIGITS))
        _drawn.extend(rest)
        return first


def nobody_waits(_lane: Lane) -> None:
    """Wake nobody: there is no runner in this process; others look by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the use cases work with.

    Attributes:
        writer: Runs durable units of work.
        queries: The read side.
        blobs: Where large files are kept.
        recogniser: Reads pages.
        channels: Who opens which channel.
        mailer: Sends mail; None where no server is set.
        similarity: Likeness of two texts, 0..1.
        clock: Gives the present instant in UTC.
        wake: Tells the runner of a lane that work waits.
        policy: How this installation behaves.
        known: Consultations by code as the last postings found them; whoever prepares anything
            by them sees in the transaction that they are still the same.
    """

    writer: Writer
    queries: Queries
    blobs: BlobStore
    recogniser: Recogniser
    channels: Mapping[ChannelKind, Channel]
    mailer: Mailer | None
    similarity: Similarity
    clock: Callable[[], datetime]
    wake: Callable[[Lane], None] = nobody_waits
    policy: Policy = field(default_factory=Policy)
    known: dict[str, Consultation] = field(default_factory=dict[str, Consultation])

    def new_id(self) -> str:
        """Give a new id."""
        return time_ordered_id(self.clock())
