"""Getting into a mailbox: the connection, its protection, and the login."""

import imaplib
import logging
import ssl
from collections.abc import Sequence
from typing import Any, NamedTuple

from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from app.channels.email.mailbox_facts import MailboxRefused, MailboxSettings, MailboxUnreachable
from app.domain.access_token import TokenRefused, TokenUnavailable

_JUNK = b"\\junk"
_NOT_SELECTABLE = frozenset({b"\\noselect", b"\\nonexistent"})


class Selected(NamedTuple):
    """What the server says of a folder when it is selected."""

    uidvalidity: int
    uidnext: int
    exists: int


def connect(settings: MailboxSettings) -> Any:  # noqa: ANN401 - IMAPClient carries no types
    """Give a connection that is logged in.

    Raises:
        MailboxRefused: The server does not let us in.
        MailboxUnreachable: There is no token to log in with now.
        OSError: The server does not answer; the library's errors for lost connections too.
    """
    # The library logs user and folder names on DEBUG; they are nobody's business.
    logging.getLogger("imapclient").setLevel(logging.WARNING)
    context = None if settings.tls == "none" else ssl.create_default_context()
    connection = IMAPClient(
        settings.host,
        port=settings.port,
        ssl=settings.tls == "implicit",
        ssl_context=context if settings.tls == "implicit" else None,
        timeout=settings.timeout_seconds,
    )
    connection.normalise_times = False  # keep the server's own offset
    try:
        if settings.tls == "starttls":
            _start_tls(connection, settings, context)
        _log_in(connection, settings)
    except BaseException:
        leave(connection)
        raise
    return connection


def leave(connection: Any) -> None:  # noqa: ANN401 - IMAPClient carries no types
    """Log out; a connection that is gone already is as good."""
    try:
        connection.logout()
    except (imaplib.IMAP4.error, OSError, ValueError):
        # Already gone: close what is left of our side.
        try:
            connection.shutdown()
        except (imaplib.IMAP4.error, OSError):
            logging.getLogger(__name__).debug(
                "Connection was closed already. action=mailbox_closed"
            )


def junk_folders(connection: Any, settings: MailboxSettings) -> tuple[str, ...]:  # noqa: ANN401
    """Name the folders that the server itself marks as those for junk (RFC 6154).

    Those that are read anyhow, or filled by us, are left out.
    """
    named = {each.casefold() for each in (*settings.folders, settings.processed_folder or "")}
    found = []
    for flags, _delimiter, name in _listed(connection):
        marks = {bytes(flag).lower() for flag in flags}
        if _JUNK in marks and not marks & _NOT_SELECTABLE and name.casefold() not in named:
            found.append(str(name))
    return tuple(found)


def _listed(connection: Any) -> Sequence[tuple[Sequence[bytes], bytes, str]]:  # noqa: ANN401
    try:
        listed: Sequence[tuple[Sequence[bytes], bytes, str]] = connection.list_folders()
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        return ()  # a server that will not list lets us read what we were told to
    return listed


def _start_tls(
    connection: Any,  # noqa: ANN401 - IMAPClient carries no types
    settings: MailboxSettings,
    context: ssl.SSLContext | None,
) -> None:
    try:
        connection.starttls(context)
    except (imaplib.IMAP4.error, ssl.SSLError) as error:
        raise MailboxRefused(settings.name, "tls_refused") from error


def _log_in(connection: Any, settings: MailboxSettings) -> None:  # noqa: ANN401
    tokens = settings.tokens
    try:
        if tokens is None:
            connection.login(settings.username, settings.password)
        else:
            connection.oauth2_login(settings.username, tokens.current())
    except LoginError as error:
        if tokens is not None:
            # It may have been revoked before its time: the next attempt asks for another.
            tokens.forget()
        raise MailboxRefused(settings.name, "login_refused") from error
    except TokenRefused as error:
        raise MailboxRefused(settings.name, f"token_{error.reason}") from error
    except TokenUnavailable as error:
        raise MailboxUnreachable(settings.name, "token_unreachable") from error


def announces_mail(item: object) -> bool:
    """Say whether a line that came during IDLE (RFC 2177) tells of new mail."""
    return isinstance(item, tuple) and len(item) > 1 and item[1] in {b"EXISTS", b"RECENT"}


def says_goodbye(news: Sequence[object]) -> bool:
    """Say whether the server hangs up."""
    return any(isinstance(item, tuple) and item[:1] == (b"BYE",) for item in news)
