"""Notices to the section: which comments need a person, at once or once a day.

They go through ordinary mail, so they hold receipt numbers, states and links, and nothing that
anybody wrote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage

from app.domain import wording
from app.domain.comment import CommentRecord
from app.domain.consultation import Consultation
from app.domain.findings import FINDINGS, Calls
from app.domain.labels import label
from app.domain.mail_wording import SUBJECTS, in_language
from app.domain.outgoing import OutgoingMail
from app.notifications.acknowledgement import Acknowledged, moment
from app.notifications.message import build, one_line, render

SHOWN = 100
"""Comments a digest lists one by one; beyond it only their number is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What is said of one comment."""

    reference: str
    measure_name: str | None
    channel: str
    status: str
    received_at: str
    reasons: tuple[str, ...]
    link: str


def compose_notice(
    mail: OutgoingMail,
    comments: Sequence[Acknowledged],
    *,
    public_url: str,
    mail_from: str,
    at: datetime,
) -> EmailMessage:
    """Compose the notice that comments of one arrival need a person.

    Args:
        mail: The mail to send.
        comments: Those it speaks of, at least one.
        public_url: Where the pages are.
        mail_from: Address it comes from.
        at: When it is sent.

    Raises:
        MailRefused: The recipient's address can be no address.
    """
    language = mail.language
    text = render(
        "notice",
        language,
        count=len(comments),
        entries=[_entry(each, public_url, language) for each in comments[:SHOWN]],
        more=max(0, len(comments) - SHOWN),
    )
    words = in_language(SUBJECTS["notice"], language)
    subject = words.format(reference=comments[0].record.receipt_number, count=len(comments))
    return build(mail, subject=subject, text=text, mail_from=mail_from, at=at)


def compose_digest(
    mail: OutgoingMail,
    records: Sequence[CommentRecord],
    consultation: Consultation | None,
    *,
    day: date,
    public_url: str,
    mail_from: str,
    at: datetime,
) -> EmailMessage:
    """Compose the daily list of comments that need a person.

    Raises:
        MailRefused: The recipient's address can be no address.
    """
    language = mail.language
    text = render(
        "digest",
        language,
        count=len(records),
        day=day.isoformat(),
        measure_name=_measure_name(consultation),
        entries=[
            _entry(Acknowledged(record=each, consultation=consultation), public_url, language)
            for each in records[:SHOWN]
        ],
        more=max(0, len(records) - SHOWN),
        link=f"{public_url}/staff/comments",
    )
    words = in_language(SUBJECTS["digest"], language)
    subject = words.format(count=len(records), day=day.isoformat())
    return build(mail, subject=subject, text=text, mail_from=mail_from, at=at)


def _measure_name(consultation: Consultation | None) -> str | None:
    return one_line(consultation.measure_name) if consultation else None


def _entry(comment: Acknowledged, public_url: str, language: str) -> _Entry:
    record = comment.record
    return _Entry(
        reference=record.receipt_number,
        measure_name=_measure_name(comment.consultation),
        channel=label(record.delivery or record.channel, language),
        status=label(record.status, language),
        received_at=moment(record.received_at, language),
        reasons=_reasons(record, language),
        link=f"{public_url}/staff/comments/{record.receipt_number}",
    )


def _reasons(record: CommentRecord, language: str) -> tuple[str, ...]:
    # The data of a finding may hold what somebody wrote, so the words go without it.
    return tuple(
        dict.fromkeys(
            wording.say(each.code, language, {}, section=wording.FINDINGS)
            for each in record.findings
            if FINDINGS[each.code] is not Calls.NOTHING
        )
    )
