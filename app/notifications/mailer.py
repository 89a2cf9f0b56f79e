"""What is asked of whoever carries our mail."""

from email.message import EmailMessage
from typing import Protocol


class MailError(Exception):
    """A mail was not taken over.

    Attributes:
        reason: A short code and, where the server gave one, its reply code; never its words,
            which may repeat the address.
    """

    def __init__(self, reason: str) -> None:
        """Say why."""
        self.reason = reason
        super().__init__(reason)


class MailDeferred(MailError):
    """Not now (4xx, or no connection): try again later."""


class MailRefused(MailError):
    """Never (5xx): somebody has to look."""


class Mailer(Protocol):
    """Hands mail to a server."""

    async def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        """Hand over one mail for one recipient.

        Args:
            message: The whole mail.
            sender: Envelope sender; empty for the null sender.
            recipient: Envelope recipient.

        Raises:
            MailDeferred: The server could not take it now.
            MailRefused: The server will not take it.
        """
        ...
