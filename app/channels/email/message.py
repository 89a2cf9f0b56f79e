"""The e-mail channel: opens a raw mail, a large one in a process of its own."""

from collections.abc import Sequence
from dataclasses import replace

from app.channels.email.attachments import FilesRead, read_files
from app.channels.email.child_process import ChildFailed, ChildLimits, ChildProcess
from app.channels.email.contents_json import BrokenContents
from app.channels.email.opened_json import opened_from_json
from app.channels.email.opening import OpenedMail, open_head, open_mail
from app.domain.comment_form import CommentForm, Contents
from app.domain.cover_note import is_cover_note
from app.domain.envelope import Channel, Envelope, Part
from app.domain.findings import Finding
from app.domain.joined_form import join, with_email
from app.domain.opinion_marks import freed, mark_findings
from app.domain.several_forms import is_whole, parted
from app.domain.text import is_missing

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

    def open(self, envelope: Envelope, *, by_machine: bool = False) -> Contents:
        """Read the mail in the envelope's first part; any bytes give contents.

        Args:
            envelope: The mail.
            by_machine: Whether an office machine sends it: then the files of an automatic mail
                are read all the same, and the sender is not the writer.
        """
        opened = self._opened(envelope)
        if by_machine:
            opened = _by_machine(opened)
        contents = opened.contents
        form = contents.form or CommentForm()
        numbered = [(place + 1, contents.attachments[place]) for place in opened.to_read]
        if contents.ignored is not None:
            notes = [_unread(number, part) for number, part in numbered]
            return replace(
                contents,
                form=with_email(form, opened.sender),
                findings=(*notes, *contents.findings),
            )
        read = self._read(numbered, contents, envelope)
        for attached in read.forms:
            form = join(form, attached.form, filename=attached.filename)
        several = _several(contents, read)
        return replace(
            contents,
            form=_marked(with_email(form, opened.sender)),
            several=tuple(_marked(with_email(each, opened.sender)) for each in several),
            measures=_measures(contents, read),
            images=tuple(read.images),
            attachments=(*contents.attachments, *read.inner),
            findings=(*read.findings, *contents.findings),
        )

    def _read(
        self, numbered: Sequence[tuple[int, Part]], contents: Contents, envelope: Envelope
    ) -> FilesRead:
        """Read the attachments; what was behind a password counts once a person says so."""
        if not numbered:
            return FilesRead()
        passwords = dict.fromkeys((*contents.passwords, *envelope.passwords))
        read = read_files(numbered, self._limits, tuple(passwords))
        if envelope.opened_confirmed:
            return replace(
                read,
                images=[*read.images, *read.locked_images],
                findings=[each for each in read.findings if each.code != "attachment_opened"],
            )
        return replace(read, forms=[each for each in read.forms if not each.opened])

    def _opened(self, envelope: Envelope) -> OpenedMail:
        data = envelope.parts[0].whole() if envelope.parts else b""
        if len(data) <= IN_PROCESS_BYTES:
            return open_mail(data, own_addresses=self._own, received_at=envelope.received_at)
        if len(data) > self._max_bytes:
            return self._head(envelope, Finding(code="file_too_large"))
        question: dict[str, object] = {
            "own_addresses": sorted(self._own),
            "received_at": envelope.received_at.isoformat(),
        }
        try:
            with ChildProcess("app.channels.email.mail_child", self._limits) as child:
                answer, files = child.ask(question, [data])
            return opened_from_json(answer, files)
        except (ChildFailed, BrokenContents):
            return self._head(envelope, Finding(code="reading_failed"))

    def _head(self, envelope: Envelope, finding: Finding) -> OpenedMail:
        """Leave a mail to a person, with what its first lines say."""
        head = open_head(
            envelope.parts[0].whole(), own_addresses=self._own, received_at=envelope.received_at
        )
        findings = (finding, *head.contents.findings)
        return replace(head, contents=replace(head.contents, findings=findings))


def _several(contents: Contents, read: FilesRead) -> tuple[CommentForm, ...]:
    """Find comments on several measures in a mail and what is attached to it.

    Where the mail itself says something beside them, it is not known which of them it concerns.
    """
    body = contents.several or ((contents.form,) if contents.form is not None else ())
    if any(not is_whole(each) and _says_more(each) for each in body):
        return ()
    attached = [
        (each.filename, form) for each in read.forms for form in (each.several or (each.form,))
    ]
    forms = parted(body, attached)
    apart = [
        Finding(code="attachment_not_joined", data={"filename": filename})
        for filename, each in attached
        if forms and not is_whole(each) and not is_missing(each.opinion)
    ]
    return tuple(replace(each, findings=(*each.findings, *apart)) for each in forms)


def _says_more(form: CommentForm) -> bool:
    return not (is_missing(form.opinion) or is_cover_note(freed(form.opinion)))


def _measures(contents: Contents, read: FilesRead) -> tuple[str, ...]:
    return (*contents.measures, *(name for each in read.forms for name in each.measures))


def _by_machine(opened: OpenedMail) -> OpenedMail:
    ignored = None if opened.to_read else opened.contents.ignored
    return replace(opened, sender=None, contents=replace(opened.contents, ignored=ignored))


def _marked(form: CommentForm) -> CommentForm:
    """Say where the opinion holds what its writer did not write as opinion."""
    forward = any(each.code == "forwarded_mail" for each in form.findings)
    marks = mark_findings(form.opinion, forward=forward)
    return replace(form, findings=(*form.findings, *marks))


def _unread(number: int, part: Part) -> Finding:
    return Finding(code="attachment_unread", data={"filename": part.filename or f"#{number}"})
