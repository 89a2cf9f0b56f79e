"""Sending what waits in the outbox: acknowledgements to writers, notices to sections.

Sending claims one mail under a lease, composes it from the records as they are then, hands it
over and commits. A mail can go out twice only if the process dies between the server's word and
that commit, and then with the same Message-ID.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import date, timedelta
from email.message import EmailMessage

from app.domain import retry
from app.domain.audit import AuditAction, AuditEntry
from app.domain.comment import CommentRecord
from app.domain.errors import Unavailable
from app.domain.outgoing import MailKind, OutgoingMail
from app.intake.desk import PROGRAM, Desk
from app.intake.outgoing import NEEDS_A_PERSON, section_of
from app.notifications import acknowledgement, correction_request, notice
from app.notifications.mailer import MailDeferred, Mailer, MailRefused
from app.storage.queries.comments import CommentFilter
from app.storage.repositories.unit import Repositories

_log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""Longer than the mailer ever tries, so that no second sender takes a mail that is on its way."""
DEATHS = 200
"""Attempts, far more than patience allows: the rest ended with their process or in our mistake."""
FALLBACK_SENDER = "ikenbako@localhost"
_COMMIT_PAUSES = (0.2, 1.0, 5.0, 15.0)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How sending a mail ended, for the log: its words and a code without personal data."""

    words: str
    reason: str = ""


async def send_next(desk: Desk, *, worker: str) -> bool:
    """Send the next mail that waits.

    Args:
        desk: What to work with; without a mailer nothing is sent.
        worker: Name of the sender, for the log.

    Returns:
        Whether there was one.

    Raises:
        Unavailable: The database cannot be asked now; nothing was sent.
    """
    mailer = desk.mailer
    if mailer is None:
        return False
    now = desk.clock()
    mail = await desk.writer.run_async(
        lambda repositories: repositories.outbox.claim(now=now, until=now + LEASE)
    )
    if mail is None:
        return False
    outcome = await _send(desk, mailer, mail)
    _log.info(
        "%s.",
        outcome.words,
        extra={
            "action": f"mail_{mail.kind.value}",
            "mail": mail.id,
            "attempt": mail.attempts,
            "worker": worker,
            **({"reason": outcome.reason} if outcome.reason else {}),
        },
    )
    return True


async def _send(desk: Desk, mailer: Mailer, mail: OutgoingMail) -> _Outcome:
    if mail.attempts > DEATHS:
        await _commit(desk, mail, failed="gave_up")
        return _Outcome("A mail was given up", "gave_up")
    try:
        message = await asyncio.to_thread(_compose, desk, mail)
        await mailer.send(
            message,
            # The null sender of RFC 5321 section 4.5.5: nobody answers an answer.
            sender=desk.policy.bounce_address or "",
            recipient=_envelope_recipient(message),
        )
    except MailDeferred as error:
        return await _put_off(desk, mail, error.reason)
    except MailRefused as error:
        await _commit(desk, mail, failed=error.reason)
        return _Outcome("A mail was refused", error.reason)
    await _commit(desk, mail)
    return _Outcome("A mail was sent")


async def _put_off(desk: Desk, mail: OutgoingMail, reason: str) -> _Outcome:
    until = retry.mail_retry_at(
        attempts=mail.attempts, created_at=mail.created_at, now=desk.clock()
    )
    if until is None:
        await _commit(desk, mail, failed=reason)
        return _Outcome("A mail was given up", reason)
    await desk.writer.run_async(
        lambda repositories: repositories.outbox.put_off(mail.id, until=until, error=reason)
    )
    return _Outcome("A mail is put off", reason)


async def _commit(desk: Desk, mail: OutgoingMail, *, failed: str | None = None) -> None:
    """Write down what the server said; insists, since forgetting it would send a mail twice."""
    at = desk.clock()

    def work(repositories: Repositories) -> None:
        if failed is None:
            repositories.outbox.sent(mail.id, at=at)
        else:
            repositories.outbox.failed(mail.id, error=failed)
        if failed is None:
            repositories.audit.add(_audit(desk, mail))

    pauses = iter(_COMMIT_PAUSES)
    while True:
        try:
            await desk.writer.run_async(work)
        except Unavailable:
            await asyncio.sleep(next(pauses, _COMMIT_PAUSES[-1]))
        else:
            return


def _audit(desk: Desk, mail: OutgoingMail) -> AuditEntry:
    is_acknowledgement = mail.kind is MailKind.ACKNOWLEDGEMENT
    speaks_of_one = mail.kind in (MailKind.NOTICE, MailKind.CORRECTION_REQUEST)
    return AuditEntry(
        at=desk.clock(),
        actor=PROGRAM,
        action=AuditAction.MAIL_SENT,
        submission_id=mail.subject_id if is_acknowledgement else None,
        receipt_number=mail.subject_id.split(" ")[0] if speaks_of_one else None,
        consultation=_digest_subject(mail)[0] if mail.kind is MailKind.DIGEST else None,
        detail={"kind": mail.kind.value, "mail": mail.id},
    )


def _envelope_recipient(message: EmailMessage) -> str:
    return str(message["To"].addresses[0].addr_spec)


def _compose(desk: Desk, mail: OutgoingMail) -> EmailMessage:
    if mail.kind is MailKind.ACKNOWLEDGEMENT:
        return _compose_acknowledgement(desk, mail)
    if mail.kind is MailKind.CORRECTION_REQUEST:
        return _compose_correction_request(desk, mail)
    if mail.kind is MailKind.NOTICE:
        return _compose_notice(desk, mail)
    return _compose_digest(desk, mail)


def _compose_acknowledgement(desk: Desk, mail: OutgoingMail) -> EmailMessage:
    submission = desk.queries.submissions.get(mail.subject_id)
    if submission is None:
        raise MailRefused("subject_unknown")
    consultations = {each.code: each for each in desk.queries.consultations.all()}
    comments = [
        acknowledgement.Acknowledged(
            record=record, consultation=consultations.get(record.consultation or "")
        )
        for record in desk.queries.comments.of_submission(submission.id)
    ]
    return acknowledgement.compose(
        mail, submission, comments, mail_from=sender(desk), at=desk.clock()
    )


def _compose_correction_request(desk: Desk, mail: OutgoingMail) -> EmailMessage:
    record = desk.queries.comments.get(mail.subject_id.split(" ")[0])
    if record is None:
        raise MailRefused("subject_unknown")
    consultation = (
        desk.queries.consultations.get(record.consultation) if record.consultation else None
    )
    return correction_request.compose(
        mail,
        acknowledgement.Acknowledged(record=record, consultation=consultation),
        mail_from=sender(desk),
        at=desk.clock(),
    )


def _compose_notice(desk: Desk, mail: OutgoingMail) -> EmailMessage:
    first = desk.queries.comments.get(mail.subject_id)
    if first is None:
        raise MailRefused("subject_unknown")
    consultations = {each.code: each for each in desk.queries.consultations.all()}
    entries = [
        acknowledgement.Acknowledged(record=record, consultation=consultation)
        for record in desk.queries.comments.of_submission(first.submission_id)
        for consultation in [consultations.get(record.consultation or "")]
        if record.receipt_number == first.receipt_number
        or (record.status in NEEDS_A_PERSON and section_of(desk, consultation) == mail.recipient)
    ]
    return notice.compose_notice(
        mail,
        entries,
        public_url=desk.policy.public_url,
        mail_from=sender(desk),
        at=desk.clock(),
    )


def _compose_digest(desk: Desk, mail: OutgoingMail) -> EmailMessage:
    code, day = _digest_subject(mail)
    return notice.compose_digest(
        mail,
        waiting(desk, code),
        desk.queries.consultations.get(code) if code else None,
        day=day,
        public_url=desk.policy.public_url,
        mail_from=sender(desk),
        at=desk.clock(),
    )


def digest_subject(code: str | None, day: date) -> str:
    """Name a daily list by its consultation, if that is known, and its day."""
    return f"{code or ''} {day.isoformat()}"


def _digest_subject(mail: OutgoingMail) -> tuple[str | None, date]:
    code, _, day = mail.subject_id.rpartition(" ")
    return code or None, date.fromisoformat(day)


def waiting(desk: Desk, code: str | None) -> tuple[CommentRecord, ...]:
    """Give the comments of a consultation that need a person, oldest first.

    Args:
        desk: What to ask.
        code: The consultation; None asks for comments whose consultation is not known.
    """
    found = [
        record
        for status in NEEDS_A_PERSON
        for record in desk.queries.comments.each(CommentFilter(consultation=code, status=status))
        if record.consultation == code and record.decision is None
    ]
    return tuple(sorted(found, key=lambda record: (record.received_at, record.receipt_number)))


def sender(desk: Desk) -> str:
    """Give the address our mail comes from."""
    return desk.policy.mail_from or FALLBACK_SENDER
