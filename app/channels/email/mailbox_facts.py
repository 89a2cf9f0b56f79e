"""What is said of a mailbox: where it is, what it holds, what went wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from app.channels.email.headers import read_headers
from app.channels.email.machines import MachineRule, by_machine, recognised
from app.domain.access_token import AccessTokens
from app.domain.envelope import Channel, Envelope, Part
from app.domain.junk import JUNK_FACT

_HEADER_BYTES = 256 * 1024


class MailboxError(Exception):
    """A mailbox cannot be used now.

    Attributes:
        mailbox: Its name in the settings; never an address.
        reason: A short code: ``unreachable``, ``login_refused``, ``tls_refused``,
            ``token_unreachable``, or ``token_`` and the token endpoint's own code.
    """

    def __init__(self, mailbox: str, reason: str) -> None:
        """Say which mailbox and why."""
        self.mailbox = mailbox
        self.reason = reason
        super().__init__(f"mailbox {mailbox}: {reason}")


class MailboxUnreachable(MailboxError):
    """The server does not answer or hung up: try again later."""


class MailboxRefused(MailboxError):
    """The server does not let us in: somebody has to look at the settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings:
    """Where a mailbox is and what is done with recorded mail.

    Attributes:
        name: Its name in records and logs.
        host: The IMAP server.
        port: Its port.
        tls: ``implicit`` (993), ``starttls`` or ``none`` (loopback only, in earnest).
        username: Login name.
        password: Its password; kept out of ``repr``. Not used where there are tokens.
        tokens: Gives what to log in with instead of a password (SASL XOAUTH2).
        folders: The folders that are read.
        processed_folder: Where recorded mail is moved; None: it is flagged and stays.
        reads_junk: Whether the folders that the server marks as junk are read as well.
        machines: How mails of office machines are known; the first rule that fits counts.
        timeout_seconds: How long one answer of the server may take.
    """

    name: str
    host: str
    port: int
    tls: Literal["none", "starttls", "implicit"]
    username: str
    password: str = field(repr=False)
    folders: tuple[str, ...] = ("INBOX",)
    processed_folder: str | None = None
    tokens: AccessTokens | None = field(default=None, repr=False)
    reads_junk: bool = True
    machines: tuple[MachineRule, ...] = ()
    timeout_seconds: float = 60.0

    def __post_init__(self) -> None:
        """Refuse a folder that would be read and filled at once.

        Raises:
            ValueError: The processed folder is one of those that are read, or none is.
        """
        if not self.folders:
            raise ValueError("a mailbox needs at least one folder")
        if self.processed_folder is not None and self.processed_folder.casefold() in {
            name.casefold() for name in self.folders
        }:
            raise ValueError("processed_folder must not be one of the folders that are read")


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderState:
    """What a folder holds now, by the server's own search.

    Attributes:
        mailbox: Name of the mailbox.
        folder: Name of the folder.
        uidvalidity: The generation of its UIDs.
        uids: The UIDs in it, ascending.
        uidnext: The UID its next mail will bear; 0 where the server does not say.
        is_junk: Whether the server names it as its folder for junk (RFC 6154).
    """

    mailbox: str
    folder: str
    uidvalidity: int
    uids: tuple[int, ...]
    uidnext: int = 0
    is_junk: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDelivery:
    """One mail as the server handed it over.

    Attributes:
        envelope: Its outer facts and its bytes.
    """

    envelope: Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxProblem:
    """Something in a mailbox that could not be done in this pass; the next pass tries again.

    Attributes:
        mailbox: Name of the mailbox.
        folder: Name of the folder.
        uidvalidity: The generation of its UIDs, if it could be opened.
        uid: The mail, or None where the whole folder is meant.
        reason: ``folder_refused``, ``fetch_failed``, ``mail_too_large`` or ``mark_failed``.
    """

    mailbox: str
    folder: str
    uidvalidity: int | None
    uid: int | None
    reason: str


def mail_delivery(
    state: FolderState,
    uid: int,
    internal_date: object,
    data: bytes,
    machines: Sequence[MachineRule] = (),
) -> MailDelivery:
    """Put a fetched mail into its envelope.

    Args:
        state: The folder it was fetched from.
        uid: Its UID there.
        internal_date: When the server received it; anything but an instant counts as not said.
        data: The mail, byte for byte.
        reads_junk: Whether the folders that the server marks as junk are read as well.
        machines: How mails of office machines are known there.
    """
    facts = {
        "mailbox": state.mailbox,
        "folder": state.folder,
        "uidvalidity": str(state.uidvalidity),
        "uid": str(uid),
        **({JUNK_FACT: "yes"} if state.is_junk else {}),
    }
    headers = read_headers(data[:_HEADER_BYTES])
    message_id = headers.message_id()
    if message_id is not None:
        facts["message_id"] = message_id
    if isinstance(internal_date, datetime) and internal_date.tzinfo is not None:
        received_at = internal_date.astimezone(UTC)
    else:
        # The server gave none we can read: our own time of fetching is the latest it can be.
        received_at = datetime.now(UTC)
        facts["internal_date"] = "missing"
    envelope = Envelope(
        channel=Channel.EMAIL,
        received_at=received_at,
        source=f"{state.mailbox}/{state.folder}",
        source_item=f"{state.uidvalidity}:{uid}",
        parts=(Part(filename=None, media_type="message/rfc822", data=data),),
        facts=facts,
    )
    said = recognised(headers, machines)
    return MailDelivery(envelope=by_machine(envelope, headers, said) if said else envelope)
