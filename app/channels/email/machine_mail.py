"""Opens what a machine mailed: its pages are read as fax or paper, its covering text is not."""

from dataclasses import replace

from app.channels.email.headers import read_headers
from app.channels.email.machines import evidence_of
from app.channels.email.message import EmailChannel
from app.channels.protocol import Channel
from app.domain.comment_form import Contents
from app.domain.envelope import Channel as ChannelKind
from app.domain.envelope import Envelope
from app.domain.findings import Finding
from app.domain.joined_form import is_labelled
from app.domain.office_machine import EVIDENCE_FACT, MACHINE_FACT, SUBJECT_FACT, came_by_machine

_HEADER_BYTES = 256 * 1024
_SHOWN_TEXT = 200


class MachineMail:
    """Fax or paper, which may also come inside the mail of an office machine."""

    def __init__(self, paper: Channel, mail: EmailChannel) -> None:
        """Stand before a channel of paper.

        Args:
            paper: Opens what came as files.
            mail: Opens mails.
        """
        self._paper = paper
        self._mail = mail

    @property
    def kind(self) -> ChannelKind:
        """Name the channel."""
        return self._paper.kind

    def open(self, envelope: Envelope) -> Contents:
        """Hand the pages in a machine's mail to recognition; any bytes give contents.

        Nobody is answered: there is no person at that address. Labelled items in the text of the
        mail are no machine's writing, so they are kept beside the pages.
        """
        if not came_by_machine(envelope.facts):
            return self._paper.open(envelope)
        contents = self._mail.open(envelope, by_machine=True)
        said = _said(envelope, contents)
        if not contents.images:
            without = () if contents.ignored else (Finding(code="machine_without_pages"),)
            return replace(contents, reply=None, findings=(*said, *without, *contents.findings))
        form = contents.form if contents.form and is_labelled(contents.form) else None
        return Contents(
            form=form,
            images=contents.images,
            attachments=contents.attachments,
            findings=(*said, *contents.findings),
        )


def _said(envelope: Envelope, contents: Contents) -> tuple[Finding, ...]:
    """Say by what the mail was taken for a machine's, and what else it says."""
    headers = read_headers(envelope.parts[0].head(_HEADER_BYTES))
    said = Finding(
        code="machine_mail",
        data={
            "machine": envelope.facts[MACHINE_FACT],
            "evidence": evidence_of(headers, envelope.facts.get(EVIDENCE_FACT, "")),
            "subject": envelope.facts.get(SUBJECT_FACT, ""),
        },
    )
    text = " ".join((contents.form.opinion if contents.form else "").split())
    if not text or not contents.images:
        return (said,)
    return (said, Finding(code="machine_mail_text", data={"text": text[:_SHOWN_TEXT]}))
