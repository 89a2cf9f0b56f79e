"""Opens a raw mail (RFC 5322): its text, its files, and whether a person wrote it."""

from dataclasses import replace
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
    EMAIL,
    MEASURE,
    NAME,
    OPINION,
    CommentForm,
    Contents,
    Reading,
    ReplyRoute,
)
from app.domain.envelope import DocumentRole, Part
from app.domain.findings import Finding
from app.domain.labelled_text import has_labels, read_labelled
from app.domain.outgoing import tokens_in
from app.domain.text import MAX_OPINION_CHARACTERS, is_missing

_FAR = timedelta(days=1)
"""How far a sender's Date may lie from the server's clock before it is pointed out."""
_MAX_FILENAME = 255
_MAX_DATE_BYTES = 200
_HEAD_BYTES = 64 * 1024


def open_mail(data: bytes, *, own_addresses: frozenset[str], received_at: datetime) -> Contents:
    """Read a mail; any bytes give contents.

    Args:
        data: The mail as it came.
        own_addresses: Addresses of the office itself, in lower case, which are never answered.
        received_at: The time of the server's clock.
    """
    if not data.strip():
        return Contents(form=CommentForm(), findings=(Finding(code="file_empty"),))
    root = read_mime(data)
    body = read_body(root)
    subject = root.headers.text("subject")
    form = read_labelled(body.text.text)
    automatic = automatic_kind(root)
    attachments, notes = _files(body.attachments)
    ignored = _ignored(automatic, form, body.text.text, has_files=bool(notes))
    findings = [*notes, *_repairs(body.text, subject, body.attachments)]
    if body.text.hidden:
        findings.append(Finding(code="hidden_text"))
    findings.extend(_date_findings(root.headers, received_at))
    if automatic is not None:
        findings.append(Finding(code="automatic_mail", data={"kind": automatic.value}))
    return Contents(
        form=_with_sender(_within_limit(form, body), root.headers),
        attachments=attachments,
        ignored=ignored,
        findings=tuple(findings),
        subject=None if subject is None else subject.text,
        reply=_reply(root.headers, automatic, own_addresses),
        answers=root.headers.answered(),
        tokens=tokens_in(f"{'' if subject is None else subject.text}\n{body.text.text}"),
        report=read_report(root) if automatic is Automatic.REPORT else None,
    )


def open_head(data: bytes, *, own_addresses: frozenset[str], received_at: datetime) -> Contents:
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
    return Contents(
        form=_with_sender(CommentForm(), root.headers),
        findings=tuple(findings),
        subject=None if subject is None else subject.text,
        reply=_reply(root.headers, automatic, own_addresses),
        answers=root.headers.answered(),
        tokens=tokens_in("" if subject is None else subject.text),
    )


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


def _with_sender(form: CommentForm, headers: Headers) -> CommentForm:
    """Put the sender's address where the text gave none."""
    if not is_missing(form.submitter.email):
        return form
    senders = headers.addresses("from")
    if len(senders) != 1 or takes_no_reply(senders[0]):
        return form
    return replace(
        form,
        submitter=replace(form.submitter, email=senders[0]),
        readings={**form.readings, EMAIL: Reading(value=senders[0], source="text")},
    )


def _files(parts: tuple[MimePart, ...]) -> tuple[tuple[Part, ...], list[Finding]]:
    """Give the attachments as parts, and a finding for each that somebody has to read."""
    files: list[Part] = []
    notes: list[Finding] = []
    for number, part in enumerate(parts, start=1):
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
            notes.append(Finding(code="attachment_unread", data={"filename": name or f"#{number}"}))
    return tuple(files), notes


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
