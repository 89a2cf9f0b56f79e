"""Building one mail: headers that nobody can inject into, and a body every reader decodes."""

import re
from collections.abc import Mapping
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address, HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from app.domain.envelope import in_japan
from app.domain.outgoing import MailKind, OutgoingMail
from app.notifications.mailer import MailRefused

_LANGUAGES = ("ja", "en")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}@[!-;=?-~]{1,250}>")
_RECIPIENT = re.compile(
    r"[^\s<>(),;:\\\"\[\]@\x00-\x1f\x7f]{1,64}@[^\s<>(),;:\\\"@\x00-\x1f\x7f]{1,255}"
)
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SHORT: Mapping[MailKind, str] = {
    MailKind.ACKNOWLEDGEMENT: "ack",
    MailKind.NOTICE: "notice",
    MailKind.DIGEST: "digest",
}


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    # As free text a long id would be folded into encoded words, and no reader would thread it.
    # The stubs ask for a base class that the library itself does not derive its headers from.
    registry.map_to_type("in-reply-to", MessageIDHeader)  # type: ignore[arg-type]
    registry.map_to_type("references", MessageIDHeader)  # type: ignore[arg-type]
    return registry


_POLICY = SMTP.clone(header_factory=_registry())
_POLICY_UTF8 = SMTPUTF8.clone(header_factory=_registry())

# Plain text: what is written in it is shown, never run.
_environment = Environment(
    loader=PackageLoader("app.notifications"),
    undefined=StrictUndefined,
    autoescape=select_autoescape(()),
    keep_trailing_newline=True,
)


def render(template: str, language: str, **values: object) -> str:
    """Fill a mail's text in a language; Japanese where it is none of ours."""
    chosen = language if language in _LANGUAGES else "ja"
    return _environment.get_template(f"{template}.{chosen}.txt").render(values)


def build(
    mail: OutgoingMail,
    *,
    subject: str,
    text: str,
    mail_from: str,
    from_name: str | None = None,
    reply_to: str | None = None,
    at: datetime,
) -> EmailMessage:
    """Build a mail to its one recipient.

    Args:
        mail: What it is about; the Message-ID follows from its id, so a repeat bears the same.
        subject: Its subject line.
        text: Its body.
        mail_from: Address it comes from.
        from_name: Name shown beside that address.
        reply_to: Where answers go instead.
        at: When it is sent.

    Raises:
        MailRefused: The recipient's address can be no address.
    """
    recipient = deliverable(mail.recipient)
    message = EmailMessage(policy=_POLICY if recipient.isascii() else _POLICY_UTF8)
    message["From"] = Address(display_name=one_line(from_name or ""), addr_spec=mail_from)
    message["To"] = _header_address(recipient)
    if reply_to is not None and _RECIPIENT.fullmatch(reply_to) and reply_to.isascii():
        message["Reply-To"] = _header_address(reply_to)
    message["Subject"] = one_line(subject)
    message["Date"] = in_japan(at)
    message["Message-ID"] = message_id(mail, mail_from)
    answers = mail.in_reply_to
    if answers is not None and _MESSAGE_ID.fullmatch(answers):
        message["In-Reply-To"] = answers
        message["References"] = answers
    is_reply = mail.kind is MailKind.ACKNOWLEDGEMENT
    message["Auto-Submitted"] = "auto-replied" if is_reply else "auto-generated"  # RFC 3834
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(text, charset="utf-8", cte="base64")
    return message


def message_id(mail: OutgoingMail, mail_from: str) -> str:
    """Give the Message-ID of a mail: the same each time it is sent."""
    return f"<{_SHORT[mail.kind]}.{mail.id}@{mail_from.rpartition('@')[2]}>"


def deliverable(address: str) -> str:
    """Give an address as it goes on the wire: its domain in ASCII.

    Raises:
        MailRefused: It can be no address.
    """
    if _RECIPIENT.fullmatch(address) is None:
        raise MailRefused("address_invalid")
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise MailRefused("address_invalid") from error


def _header_address(address: str) -> Address:
    local, _, domain = address.rpartition("@")
    try:
        return Address(username=local, domain=domain)
    except (HeaderParseError, ValueError, IndexError) as error:
        raise MailRefused("address_invalid") from error


def one_line(text: str) -> str:
    """Put text on one line: no line break or control character may reach a header."""
    return _UNPRINTABLE.sub(" ", text).strip()
