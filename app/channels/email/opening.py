"""Opens a raw mail (RFC 5322): its text, its files, and whether a person wrote it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from app.channels.email.automatic import Automatic, automatic_kind, takes_no_reply
from app.channels.email.body import Body, Text, needs_a_reader, read_body
from app.channels.email.decoding import Decoded
from app.channels.email.delivery_report import read_report
from app.channels.email.headers import Headers
from app.channels.email.mime import MimePart, read_mime
from app.domain.comment_form import (
    ADDRESS,
    MEASURE,
    NAME,
    OPINION,
    CommentForm,
    Contents,
    ReplyRoute,
)
from app.domain.cover_note import is_cover_note
from app.domain.envelope import DocumentRole, Part
from app.domain.findings import Finding
from app.domain.joined_form import is_labelled, with_email
from app.domain.labelled_text import has_labels, read_labelled
from app.domain.opinion_marks import Forward, forwarded, freed
from app.domain.outgoing import tokens_in
from app.domain.password_mention import passwords_in
from app.domain.several_forms import read_apart
from app.domain.text import MAX_OPINION_CHARACTERS

_FAR = timedelta(days=1)
"""How far a sender's Date may lie from the server's clock before it is pointed out."""
_MAX_FILENAME = 255
_MAX_DATE_BYTES = 200
_HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedMail:
    """A mail taken apart, before anything attached to it was read.

    Attributes:
        contents: What it says; its form names nobody it does not name itself.
        to_read: Places of the attachments that may hold something of the comment.
        sender: The address it came from, where it is one person's.
    """

    contents: Contents
    to_read: tuple[int, ...] = ()
    sender: str | None = None


def open_mail(data: bytes, *, own_addresses: frozenset[str], received_at: datetime) -> OpenedMail:
    """Take a mail apart; any bytes give contents.

    Args:
        data: The mail as it came.
        own_addresses: Addresses of the office itself, in lower case, which are never answered.
        received_at: The time of the server's clock.
    """
    if not data.strip():
        empty = Contents(form=CommentForm(), findings=(Finding(code="file_empty"),))
        return OpenedMail(contents=empty)
    root = read_mime(data)
    body = read_body(root)
    subject = root.headers.text("subject")
    handed_on = forwarded(body.text.text, None if subject is None else subject.text)
    said = f"{'' if subject is None else subject.text}\n{body.text.text}"
    written = body.text.text if handed_on is None else handed_on.text
    if handed_on is None:
        form, sender = read_labelled(written), _sender(root.headers)
    else:
        form, sender = _form_handed_on(body.text.text, handed_on, own_addresses), None
    apart = read_apart(written)
    automatic = automatic_kind(root)
    attachments, to_read = _files(body.attachments)
    ignored = _ignored(automatic, form, body.text.text, has_files=bool(to_read))
    findings = _repairs(body.text, subject, body.attachments)
    if body.text.hidden:
        findings.append(Finding(code="hidden_text"))
    findings.extend(_date_findings(root.headers, received_at))
    if automatic is not None:
        findings.append(Finding(code="automatic_mail", data={"kind": automatic.value}))
    contents = Contents(
        form=_within_limit(form, body),
        attachments=attachments,
        ignored=ignored,
        findings=tuple(findings),
        subject=None if subject is None else subject.text,
        reply=_reply(root.headers, automatic, own_addresses),
        answers=root.headers.answered(),
        tokens=tokens_in(said),
        report=read_report(root) if automatic is Automatic.REPORT else None,
        several=_several(apart.forms, form, body),
        measures=apart.names,
        passwords=passwords_in(said),
    )
    return OpenedMail(contents=contents, to_read=to_read, sender=sender)


def open_head(data: bytes, *, own_addresses: frozenset[str], received_at: datetime) -> OpenedMail:
    """Read only the beginning of a mail whose whole cannot be read: who wrote it, about what.

    Args:
        data: The mail as it came.
        own_addresses: Addresses of the office itself, in lower case, which are never answered.
        received_at: The time of the server's clock.
    """
    root = read_mime(data[:_HEAD_BYTES])
    subject = root.headers.text("subject")
    automatic = automatic_kind(root)
    findings = _date_findings(root.headers, received_at)
    if automatic is not None:
        findings.append(Finding(code="automatic_mail", data={"kind": automatic.value}))
    contents = Contents(
        form=CommentForm(),
        findings=tuple(findings),
        subject=None if subject is None else subject.text,
        reply=_reply(root.headers, automatic, own_addresses),
        answers=root.headers.answered(),
        tokens=tokens_in("" if subject is None else subject.text),
    )
    return OpenedMail(contents=contents, sender=_sender(root.headers))


def _several(
    forms: tuple[CommentForm, ...], form: CommentForm, body: Body
) -> tuple[CommentForm, ...]:
    """Say of comments that stand apart what the mail as a whole was found to be."""
    handed_on = tuple(each for each in form.findings if each.code == "forwarded_mail")
    email = form.submitter.email if handed_on else None
    return tuple(
        with_email(_within_limit(replace(each, findings=(*each.findings, *handed_on)), body), email)
        for each in forms
    )


def _form_handed_on(text: str, forward: Forward, own_addresses: frozenset[str]) -> CommentForm:
    """Read a mail that somebody else handed on: its writer is who wrote the mail inside.

    Whoever hands it on may write above it; what is more than a note stays with the opinion.
    """
    form = read_labelled(forward.text)
    if not is_labelled(form) or not is_cover_note(freed(forward.before)):
        form = read_labelled(text)
    said = Finding(code="forwarded_mail")
    form = replace(form, findings=(*form.findings, said))
    writer = forward.sender
    if writer is None or writer.lower() in own_addresses or takes_no_reply(writer):
        return form
    return with_email(form, writer)


def _reply(
    headers: Headers, automatic: Automatic | None, own_addresses: frozenset[str]
) -> ReplyRoute:
    """Find the one address an acknowledgement may go to."""
    address: str | None = None
    for name in ("reply-to", "from"):
        found = headers.addresses(name)
        if len(found) == 1:
            address = found[0]
            break
    allowed = (
        address is not None
        and automatic is None
        and not takes_no_reply(address)
        and not any(takes_no_reply(sender) for sender in headers.addresses("from"))
        and address.lower() not in own_addresses
    )
    return ReplyRoute(address=address, message_id=headers.message_id(), allowed=allowed)


def _within_limit(form: CommentForm, body: Body) -> CommentForm:
    """Keep as much of an opinion as a record holds; the rest stays in the original."""
    if len(form.opinion) <= MAX_OPINION_CHARACTERS and not body.cut:
        return form
    opinion = form.opinion[:MAX_OPINION_CHARACTERS]
    said = Finding(
        code="opinion_too_long", field=OPINION, data={"limit": f"{MAX_OPINION_CHARACTERS:,}"}
    )
    readings = dict(form.readings)
    if OPINION in readings:
        readings[OPINION] = replace(readings[OPINION], value=opinion)
    return replace(form, opinion=opinion, readings=readings, findings=(*form.findings, said))


def _ignored(
    automatic: Automatic | None, form: CommentForm, text: str, *, has_files: bool
) -> str | None:
    """Give the reason why a mail holds no comment; None where one may be in it.

    A machine's answer quotes what it answers, so its labels are not its own. What a program or a
    list sends may still carry a person's words and is recorded when it has the labels.
    """
    if automatic is None:
        return None
    if automatic in (Automatic.REPLY, Automatic.REPORT):
        return automatic.value
    if automatic is Automatic.LIST:
        return None if has_labels(text) or has_files else automatic.value
    named = {NAME, ADDRESS, MEASURE} & set(form.readings)
    return None if named and has_labels(text) and OPINION in form.readings else automatic.value


def _sender(headers: Headers) -> str | None:
    senders = headers.addresses("from")
    return senders[0] if len(senders) == 1 and not takes_no_reply(senders[0]) else None


def _files(parts: tuple[MimePart, ...]) -> tuple[tuple[Part, ...], tuple[int, ...]]:
    """Give the attachments as parts, and the places of those that have to be read."""
    files: list[Part] = []
    to_read: list[int] = []
    for place, part in enumerate(parts):
        data = part.data()
        name = None if part.filename is None else part.filename.text[:_MAX_FILENAME]
        files.append(
            Part(
                filename=name,
                media_type=part.media_type,
                data=data,
                role=DocumentRole.ATTACHMENT,
            )
        )
        if needs_a_reader(part, len(data)):
            to_read.append(place)
    return tuple(files), tuple(to_read)


def _repairs(
    text: Text, subject: Decoded | None, attachments: tuple[MimePart, ...]
) -> list[Finding]:
    """Say which texts did not decode as they were labelled."""
    found: list[Finding] = []
    if text.repaired:
        found.append(
            Finding(
                code="text_repaired",
                field=OPINION,
                data={"where": "body", "charset": text.charset},
            )
        )
    if subject is not None and subject.repaired:
        found.append(
            Finding(code="text_repaired", data={"where": "subject", "charset": subject.charset})
        )
    if any(part.filename is not None and part.filename.repaired for part in attachments):
        found.append(Finding(code="text_repaired", data={"where": "filename"}))
    return found


def _date_findings(headers: Headers, received_at: datetime) -> list[Finding]:
    written = _date(headers)
    if written is None or abs(written - received_at) <= _FAR:
        return []
    return [Finding(code="mail_date_differs", data={"date": written.isoformat()})]


def _date(headers: Headers) -> datetime | None:
    """Read the sender's Date; None where there is none that can be read."""
    raw = headers.raw("date")
    if raw is None or len(raw) > _MAX_DATE_BYTES:
        return None
    try:
        parts = parsedate_tz(raw.decode("ascii", "replace"))
        if parts is None:
            return None
        naive = datetime(*parts[:6], tzinfo=UTC)
        return naive - timedelta(seconds=parts[9] or 0)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
