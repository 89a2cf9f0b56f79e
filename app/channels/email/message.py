"""The e-mail channel: opens a raw mail, a large one in a process of its own."""

from dataclasses import replace

from app.channels.email.child_process import ChildFailed, ChildLimits, ChildProcess
from app.channels.email.contents_json import BrokenContents, contents_from_json
from app.channels.email.opening import open_head, open_mail
from app.domain.comment_form import Contents
from app.domain.envelope import Channel, Envelope
from app.domain.findings import Finding

IN_PROCESS_BYTES = 256 * 1024
"""Up to this size no single step of reading a mail holds the interpreter for long."""
MAX_BYTES = 128 * 1024 * 1024
"""Up to this size a mail is read as a whole."""


class EmailChannel:
    """Turns the raw bytes of a mail into what it says."""

    kind = Channel.EMAIL

    def __init__(
        self,
        own_addresses: frozenset[str] = frozenset(),
        *,
        limits: ChildLimits | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """Build the channel.

        Args:
            own_addresses: Addresses of the office itself, which are never answered.
            limits: What the process that opens a large mail may use.
            max_bytes: Up to this size a mail is read as a whole.
        """
        self._own = frozenset(address.lower() for address in own_addresses)
        self._limits = limits or ChildLimits()
        self._max_bytes = max_bytes

    def open(self, envelope: Envelope) -> Contents:
        """Read the mail in the envelope's first part; any bytes give contents."""
        data = envelope.parts[0].data if envelope.parts else b""
        if len(data) <= IN_PROCESS_BYTES:
            return open_mail(data, own_addresses=self._own, received_at=envelope.received_at)
        if len(data) > self._max_bytes:
            return self._head(envelope, Finding(code="file_too_large"))
        try:
            with ChildProcess("app.channels.email.mail_child", self._limits) as child:
                question: dict[str, object] = {
                    "own_addresses": sorted(self._own),
                    "received_at": envelope.received_at.isoformat(),
                }
                return contents_from_json(*child.ask(question, [data]))
        except (ChildFailed, BrokenContents):
            return self._head(envelope, Finding(code="reading_failed"))

    def _head(self, envelope: Envelope, finding: Finding) -> Contents:
        """Leave a mail to a person, with what its first lines say."""
        head = open_head(
            envelope.parts[0].data, own_addresses=self._own, received_at=envelope.received_at
        )
        return replace(head, findings=(finding, *head.findings))
