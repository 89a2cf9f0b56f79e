"""Which mail a record causes; the words are made when it is sent."""

import logging
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from app.domain.comment import CommentRecord
from app.domain.consultation import Consultation
from app.domain.envelope import Channel
from app.domain.findings import Finding
from app.domain.outgoing import MailKind, OutgoingMail
from app.domain.status import CommentStatus
from app.domain.submission import Submission
from app.intake.desk import Desk
from app.storage.repositories.unit import Repositories

NEEDS_A_PERSON = frozenset({CommentStatus.NEEDS_REVIEW, CommentStatus.NEEDS_CORRECTION})
"""Comments that lie until somebody looks."""

HELD = Finding(code="receipt_held")
"""Stands on an arrival to which no receipt goes before a person has decided."""

ANSWERS_A_DAY = 50
"""Mails to one writer within a day; the rest waits, so that two machines answering each other slow
down to that, while an office that sends in many comments still gets every receipt."""

BURST = 300
"""Acknowledgements that go out at once before they are spaced."""
SPACING = timedelta(seconds=2)
"""Between two acknowledgements in a storm: receiving goes on, replies are delayed, none is lost."""

_PLACES = "acknowledgements"
_SEEN = "acknowledgements seen at"
_STEADY = 1000
"""Milliseconds; by less no clock is said to have gone back."""
_APART = timedelta(minutes=1)
"""Farther ahead nothing can have been caused."""
_LONGEST_PAUSE = timedelta(hours=2)
"""Longer than any pause between two attempts (``retry.MAIL_CAP``)."""
_log = logging.getLogger(__name__)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253})")


def is_address(text: str) -> bool:
    """Say whether text is one bare mail address (RFC 5321, ASCII), safe to put on an envelope.

    Dots at odd places are let through: Japanese carriers once gave such addresses out.
    """
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None  # noqa: PLR2004 - RFC 5321


def mails_for(
    desk: Desk,
    submission: Submission,
    records: Sequence[CommentRecord],
    repositories: Repositories,
    *,
    language: str = "ja",
) -> list[OutgoingMail]:
    """Give the mails that newly recorded comments cause: to their writer and to the section.

    Args:
        desk: What to work with.
        submission: The arrival.
        records: The comments made from it.
        repositories: The transaction in which they are recorded.
        language: ``ja`` or ``en``, in which the writer is answered.
    """
    if HELD in submission.findings:
        _log.warning(
            "An acknowledgement is held: a machine may have answered one of ours.",
            extra={"action": "acknowledgement_held", "submission": submission.id},
        )
        writer = submission.reply.address if submission.reply is not None else None
        # Nor is the section told of what answers a notice to itself: that would go on for ever.
        if writer is not None and is_ours(desk, submission, writer, repositories):
            return []
        return notices_for(desk, records, repositories)
    return [
        *acknowledgement_for(desk, submission, records, repositories, language),
        *notices_for(desk, records, repositories),
    ]


def acknowledgement_for(
    desk: Desk,
    submission: Submission,
    records: Sequence[CommentRecord],
    repositories: Repositories,
    language: str = "ja",
) -> Iterable[OutgoingMail]:
    """Give the receipt for an arrival, where one may go out."""
    reply = submission.reply
    if desk.mailer is None or not records or reply is None or not reply.allowed:
        return
    if reply.address is None or not is_address(reply.address):
        return
    if is_ours(desk, submission, reply.address, repositories):
        _log.warning(
            "An acknowledgement is withheld: it would go to ourselves.",
            extra={"action": "acknowledgement_withheld", "submission": submission.id},
        )
        return
    not_before = not_before_of(desk, reply.address, repositories)
    if not_before > desk.clock():
        _log.warning(
            "An acknowledgement is delayed: too many go out at once.",
            extra={"action": "acknowledgement_delayed", "submission": submission.id},
        )
    yield OutgoingMail(
        id=desk.new_id(),
        not_before=not_before,
        kind=MailKind.ACKNOWLEDGEMENT,
        subject_id=submission.id,
        recipient=reply.address,
        in_reply_to=reply.message_id,
        language=language,
        created_at=desk.clock(),
    )


def not_before_of(desk: Desk, address: str, repositories: Repositories) -> datetime:
    """Say when an acknowledgement may go out: now, unless a storm of them is on."""
    now = desk.clock()
    in_turn = now + _next_place(repositories, int(now.timestamp() * 1000))
    # Mails that wait count too, so that the next day's share is not given out twice.
    to_writer = repositories.outbox.count_since(address, since=now - timedelta(days=1))
    return max(in_turn, now + timedelta(days=to_writer // ANSWERS_A_DAY))


def _next_place(repositories: Repositories, present: int) -> timedelta:
    """Take the next place of an acknowledgement; gives how long it is to wait there.

    Places are instants: where the clock has gone back since the last was taken, they go with it.
    """
    spacing = int(SPACING / timedelta(milliseconds=1))
    first = present - BURST * spacing
    place = repositories.counters.reserve(_PLACES, floor=first, step=spacing)
    gone_back = repositories.counters.follow(_SEEN, present, closely=_STEADY) - present
    if gone_back > _STEADY:
        place = max(first + spacing, place - gone_back)
        repositories.counters.pull_back(_PLACES, place)
    return timedelta(milliseconds=max(0, place - present))


def mend_clock(desk: Desk) -> None:
    """Let nothing wait for an instant that only a clock that was ahead has seen."""
    now = desk.clock()
    desk.writer.run(
        lambda repositories: repositories.outbox.bring_forward(
            now=now, most=_LONGEST_PAUSE, apart=_APART
        )
    )


def is_ours(desk: Desk, submission: Submission, address: str, repositories: Repositories) -> bool:
    """Say whether an answer would go to ourselves."""
    if submission.channel is not Channel.EMAIL:
        return False
    policy = desk.policy
    ours = {policy.mail_from, policy.bounce_address, policy.notice_to} | {
        each.office.email for each in repositories.consultations.all()
    }
    return address.casefold() in {each.casefold() for each in ours if each}


def notices_for(
    desk: Desk, records: Sequence[CommentRecord], repositories: Repositories
) -> list[OutgoingMail]:
    """Give the notices for comments of one arrival that need a person: one for each section."""
    if desk.mailer is None or desk.policy.notices != "at_once":
        return []
    first: dict[str, CommentRecord] = {}
    for record in records:
        if record.status in NEEDS_A_PERSON:
            consultation = (
                repositories.consultations.get(record.consultation) if record.consultation else None
            )
            recipient = section_of(desk, consultation)
            if recipient is not None:
                first.setdefault(recipient, record)
    return [
        OutgoingMail(
            id=desk.new_id(),
            kind=MailKind.NOTICE,
            subject_id=record.receipt_number,
            recipient=recipient,
            created_at=desk.clock(),
        )
        for recipient, record in first.items()
    ]


def section_of(desk: Desk, consultation: Consultation | None) -> str | None:
    """Find the section's address; comments of no known measure go to the fallback."""
    office = consultation.office.email if consultation else None
    if office is not None and is_address(office):
        return office
    return desk.policy.notice_to
