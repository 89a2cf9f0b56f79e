"""The acknowledgement (受付通知): what was received and understood, and what is missing.

It goes to whoever a mail claims to be from, so nothing the sender wrote is sent on but a plain
name: the opinion never, a measure name only as the city itself words it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from app.domain.comment import CommentRecord
from app.domain.consultation import Consultation, Office
from app.domain.envelope import in_japan
from app.domain.findings import FINDINGS, Calls
from app.domain.labels import label
from app.domain.mail_wording import (
    FILES_ASKED_FOR,
    MISSING,
    SUBJECTS,
    VERDICTS,
    in_language,
)
from app.domain.outgoing import OutgoingMail
from app.domain.status import CommentStatus
from app.domain.submission import Submission
from app.domain.text import is_missing
from app.notifications.message import build, one_line, render

_NAME_CHARACTERS = 40
_NOT_A_NAME = re.compile(r"[0-9０-９/:@＠<>＜＞\"\\]|\.[a-z]|www|http", re.IGNORECASE)
_SHOWN_NUMBERS = 3
_CATEGORY_CODES = frozenset({"category_missing", "category_unknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """A comment as it stands, with the consultation it belongs to, if that is known."""

    record: CommentRecord
    consultation: Consultation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """What the text says of one comment."""

    receipt_number: str
    measure_name: str | None
    channel: str
    received_at: str
    kind: str | None
    category: str | None
    characters: int
    verdict: str
    deadline: str | None
    missing: tuple[str, ...]
    holds_number: bool
    waits_for_person: bool
    corrects: str | None


def compose(
    mail: OutgoingMail,
    submission: Submission,
    comments: Sequence[Acknowledged],
    *,
    mail_from: str,
    at: datetime,
) -> EmailMessage:
    """Compose the acknowledgement of an arrival from its records as they are now.

    Args:
        mail: The mail to send.
        submission: The arrival it answers.
        comments: What was recorded from it; empty where nothing could be read.
        mail_from: Address it comes from.
        at: When it is sent.

    Raises:
        MailRefused: The recipient's address can be no address.
    """
    language = mail.language
    office = next((each.consultation.office for each in comments if each.consultation), Office())
    lines = [_lines(each, language) for each in comments]
    text = render(
        "acknowledgement",
        language,
        name=greeting(comments),
        comments=lines,
        submission_id=submission.id,
        channel=_channel(submission, language),
        received_at=moment(submission.received_at, language),
        asks_for_more=not lines or any(each.missing for each in lines),
        office=office_lines(office),
    )
    return build(
        mail,
        subject=_subject(submission, lines, language),
        text=text,
        mail_from=mail_from,
        from_name=office.name,
        reply_to=office.email,
        at=at,
    )


def _subject(submission: Submission, lines: Sequence[_Lines], language: str) -> str:
    if not lines:
        words = in_language(SUBJECTS["acknowledgement_unread"], language)
        return words.format(reference=submission.id)
    shown = ", ".join(each.receipt_number for each in lines[:_SHOWN_NUMBERS])
    more = f" +{len(lines) - _SHOWN_NUMBERS}" if len(lines) > _SHOWN_NUMBERS else ""
    return in_language(SUBJECTS["acknowledgement"], language).format(numbers=shown + more)


def _lines(acknowledged: Acknowledged, language: str) -> _Lines:
    record, consultation = acknowledged.record, acknowledged.consultation
    deadline = record.timeliness.deadline
    category = (
        consultation.category(record.submitter.category.code) if consultation is not None else None
    )
    return _Lines(
        receipt_number=record.receipt_number,
        measure_name=one_line(consultation.measure_name) if consultation else None,
        channel=_channel(record, language),
        received_at=moment(record.received_at, language),
        kind=None if is_missing(record.submitter.name) else label(record.submitter.kind, language),
        category=one_line(f"{category.code} {category.label}") if category else None,
        characters=len(record.opinion),
        verdict=in_language(VERDICTS[record.timeliness.verdict], language),
        deadline=moment(deadline, language) if deadline else None,
        # What an answer lacks stands in the comment that it answers for.
        missing=() if record.corrects else missing(record, consultation, language),
        corrects=record.corrects,
        holds_number=any(f.code == "individual_number_present" for f in record.findings),
        waits_for_person=record.status is CommentStatus.NEEDS_REVIEW,
    )


def missing(
    record: CommentRecord, consultation: Consultation | None, language: str
) -> tuple[str, ...]:
    """Name what a comment lacks, in words for its writer."""
    codes = [
        each.code
        for each in record.findings
        if FINDINGS[each.code] is Calls.CORRECTION or each.code in FILES_ASKED_FOR
    ]
    if consultation is None:
        codes.append("measure_name_missing")
    return tuple(
        in_language(MISSING[code], language)
        + (_choices(consultation) if code in _CATEGORY_CODES else "")
        for code in dict.fromkeys(codes)
    )


def _choices(consultation: Consultation | None) -> str:
    """Name the categories there are to choose from."""
    categories = consultation.categories if consultation is not None else ()
    return "".join(f"\n　　{one_line(f'{each.code} {each.label}')}" for each in categories)


def _channel(arrival: CommentRecord | Submission, language: str) -> str:
    if arrival.delivery is not None:
        return label(arrival.delivery, language)
    return label(arrival.channel, language)


def greeting(comments: Sequence[Acknowledged]) -> str | None:
    """Greet by name where there is one name and it looks like nothing else.

    Whoever forges a sender would like us to carry an advertisement there.
    """
    names = {each.record.submitter.name or "" for each in comments}
    if len(names) != 1:
        return None
    written = names.pop()
    name = one_line(written)
    if is_missing(name) or len(name) > _NAME_CHARACTERS or _NOT_A_NAME.search(name):
        return None
    return name


def office_lines(office: Office) -> tuple[str, ...]:
    """Give the contact of an office line by line."""
    postal = f"〒{office.postal_code} " if office.postal_code else ""
    lines = (
        office.name,
        f"{postal}{office.address}" if office.address else None,
        f"FAX {office.fax}" if office.fax else None,
        f"E-mail {office.email}" if office.email else None,
    )
    return tuple(one_line(each) for each in lines if each)


def moment(at: datetime, language: str) -> str:
    """Write an instant as people in Japan read it."""
    local = in_japan(at)
    if language == "en":
        return local.strftime("%Y-%m-%d %H:%M:%S JST")
    return (
        f"{local.year}年{local.month}月{local.day}日 "
        f"{local.hour}時{local.minute:02d}分{local.second:02d}秒"
    )
