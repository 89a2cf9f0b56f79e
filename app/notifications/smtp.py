"""Mail handed to a server over SMTP (RFC 5321)."""

import asyncio
import contextlib
import logging
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Literal

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from app.domain.access_token import AccessTokens, TokenError
from app.notifications.mailer import MailDeferred, MailRefused

_PERMANENT = 500
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """Where mail is handed over.

    Attributes:
        host: The server.
        port: Its port.
        tls: ``implicit``, ``starttls`` or ``none`` (loopback only, in earnest).
        username: Login name; None sends without login.
        password: Its password; kept out of ``repr``.
        tokens: Gives what to log in with instead of a password (SASL XOAUTH2).
        hello: The name we greet with.
        timeout_seconds: How long one answer of the server may take.
        total_seconds: How long one mail may take altogether; shorter than the lease on it.
    """

    host: str
    port: int
    tls: Literal["none", "starttls", "implicit"]
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tokens: AccessTokens | None = field(default=None, repr=False)
    hello: str = "localhost"
    timeout_seconds: float = 30.0
    total_seconds: float = 120.0


class SmtpMailer:
    """Sends each mail over a connection of its own."""

    def __init__(self, settings: SmtpSettings) -> None:
        """Remember where the server is; nothing is connected yet."""
        self._settings = settings

    async def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        """Hand over one mail for one recipient.

        Raises:
            MailDeferred: The server could not take it now, or our access to it is at fault.
            MailRefused: The server will not take it.
        """
        try:
            async with asyncio.timeout(self._settings.total_seconds):
                await self._send(message, sender=sender, recipient=recipient)
        except (SMTPConnectError, SMTPAuthenticationError, SMTPHeloError) as error:
            # No mail is at fault when the server does not let us in.
            raise MailDeferred(_reason("no_access", error)) from error
        except SMTPRecipientsRefused as error:
            raise _judged(error.recipients[0]) from error
        except SMTPResponseException as error:
            raise _judged(error) from error
        except SMTPNotSupported as error:
            raise MailRefused("address_not_supported") from error
        except ValueError as error:
            raise MailRefused("address_invalid") from error
        except (SMTPException, OSError, ssl.SSLError, TimeoutError) as error:
            raise MailDeferred("connection_lost") from error

    async def _send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        settings = self._settings
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=settings.timeout_seconds,
            use_tls=settings.tls == "implicit",
            start_tls=settings.tls == "starttls",
            local_hostname=settings.hello,
        )
        await self._connect(client)
        try:
            await client.sendmail(
                sender,
                [recipient],
                message.as_bytes(policy=SMTP_POLICY),
                mail_options=() if recipient.isascii() else ("SMTPUTF8",),
            )
        finally:
            # The mail is theirs or not by now; a failed goodbye must not send it twice.
            with contextlib.suppress(SMTPException, OSError, TimeoutError):
                if client.is_connected:
                    await client.quit()
            client.close()

    async def _connect(self, client: SMTP) -> None:
        settings = self._settings
        try:
            await client.connect()
            if settings.username is not None:
                await self._log_in(client, settings.username)
        except TokenError as error:
            client.close()
            raise MailDeferred(f"token_{error.reason}") from error
        except SMTPNotSupported as error:
            client.close()
            raise MailDeferred("no_access") from error
        except BaseException:
            client.close()
            raise

    async def _log_in(self, client: SMTP, username: str) -> None:
        tokens = self._settings.tokens
        if tokens is None:
            await client.login(username, self._settings.password or "")
            return
        try:
            await client.auth_xoauth2(username, await asyncio.to_thread(tokens.current))
        except SMTPAuthenticationError:
            # It may have been revoked before its time: the next mail asks for another.
            tokens.forget()
            raise


def _judged(error: SMTPResponseException) -> MailDeferred | MailRefused:
    if error.code >= _PERMANENT:
        return MailRefused(_reason("refused", error))
    return MailDeferred(_reason("deferred", error))


def _reason(word: str, error: SMTPException) -> str:
    return f"{word}_{error.code}" if isinstance(error, SMTPResponseException) else word
