"""Files with a password, and the mails of the same writer that may bring it.

A password opens a file for a person to look at; it is never kept, and what it opened is taken
into a comment only when a person says so.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from app.domain.audit import AuditAction, AuditEntry
from app.domain.comment_form import Contents
from app.domain.envelope import Channel, Envelope
from app.domain.findings import Finding
from app.domain.status import SubmissionState
from app.domain.submission import Submission
from app.intake.correspondence import Earlier
from app.intake.desk import PROGRAM, Desk
from app.intake.documents import envelope_of, parts_of
from app.storage.repositories.unit import Repositories

WITHIN = timedelta(days=14)
"""How far the mail with a file and the mail with its password may lie apart."""
_MOST_MAILS = 20
_LOCKED = "attachment_encrypted"


def opened(desk: Desk, submission: Submission, envelope: Envelope) -> Contents:
    """Open an arrival; locked files are tried with words of the writer's other mails."""
    channel = desk.channels[submission.channel]
    contents = channel.open(envelope)
    if not _is_locked(contents.findings):
        return contents
    passwords = _passwords(desk, submission, contents)
    if not passwords:
        return contents
    return channel.open(replace(envelope, passwords=passwords))


def _passwords(desk: Desk, submission: Submission, contents: Contents) -> tuple[str, ...]:
    """Gather what the writer's mails before and after this one may bring, nearest first."""
    address = _address(contents)
    if address is None:
        return ()
    others = desk.queries.submissions.mails_from(
        address,
        since=submission.received_at - WITHIN,
        until=submission.received_at + WITHIN,
        limit=_MOST_MAILS,
    )
    near = sorted(others, key=lambda each: abs(each.received_at - submission.received_at))
    channel = desk.channels[Channel.EMAIL]
    originals = desk.queries.submissions.originals([each.id for each in near])
    found: dict[str, None] = {}
    for other in near:
        if other.id != submission.id:
            with parts_of(desk, originals[other.id]) as parts:
                read = channel.open(envelope_of(other, parts))
            found |= dict.fromkeys(read.passwords)
    return tuple(found)


def read_again(
    desk: Desk, repositories: Repositories, submission: Submission, contents: Contents
) -> Earlier:
    """Queue the writer's locked mails once more when one arrives that speaks of a password.

    Only the first reading of a mail does so; two mails that both do never wake each other twice.

    Returns:
        The comments of the locked mails, where there are any.
    """
    address = _address(contents)
    first = not repositories.comments.of_submission(submission.id)
    if submission.channel is not Channel.EMAIL or address is None or not contents.passwords:
        return Earlier()
    if not first:
        return Earlier()
    at = desk.clock()
    locked = [
        each
        for each in repositories.submissions.mails_from(
            address,
            since=submission.received_at - WITHIN,
            until=submission.received_at + WITHIN,
            limit=_MOST_MAILS,
        )
        if each.id != submission.id and _is_locked(each.findings)
    ]
    for found in locked:
        each = repositories.submissions.get(found.id, lock=True)
        if each is None or each.state is not SubmissionState.DONE:
            continue
        repositories.queue.put(each.id, run_at=at, attempts=0, failures=0)
        repositories.audit.add(
            AuditEntry(
                at=at,
                actor=PROGRAM,
                action=AuditAction.SUBMISSION_DECIDED,
                submission_id=each.id,
                detail={"decision": "replay", "password_perhaps_in": submission.id},
            )
        )
    records = (record for each in locked for record in repositories.comments.of_submission(each.id))
    return Earlier(records=tuple(records), by_password=True)


def _address(contents: Contents) -> str | None:
    return None if contents.reply is None else contents.reply.address


def _is_locked(findings: Sequence[Finding]) -> bool:
    return any(each.code == _LOCKED for each in findings)
