"""Mail of ours that came back (RFC 3464): its state, and a word on the comments it spoke of."""

from collections.abc import Sequence
from datetime import timedelta

from app.domain.audit import AuditAction, AuditEntry
from app.domain.comment_form import DeliveryReport
from app.domain.findings import Finding
from app.domain.outgoing import MailState, OutgoingMail, mail_ids
from app.domain.submission import Submission
from app.intake.correspondence import add_finding, comments_of
from app.intake.desk import PROGRAM, Desk
from app.storage.repositories.unit import Repositories

LOOKED_BACK = timedelta(days=7)
"""How old a mail may be that a report names by its recipient only; servers give up before."""


def note(
    desk: Desk, repositories: Repositories, submission: Submission, report: DeliveryReport
) -> None:
    """Mark the mails that a report gives up; the report itself holds no comment.

    Args:
        desk: What to work with.
        repositories: The transaction in which the report is settled.
        submission: The arrival of the report.
        report: What it says.
    """
    consultations = repositories.consultations.all()
    for mail in _meant(repositories, submission, report):
        status = f"bounced_{report.status}" if report.status is not None else "bounced"
        repositories.outbox.bounced(mail.id, error=status)
        records = comments_of(repositories, mail)
        for record in records:
            finding = Finding(code="reply_undeliverable")
            add_finding(desk, repositories, record.receipt_number, finding, consultations)
        repositories.audit.add(
            AuditEntry(
                at=desk.clock(),
                actor=PROGRAM,
                action=AuditAction.MAIL_BOUNCED,
                submission_id=submission.id,
                detail={"kind": mail.kind.value, "mail": mail.id, "status": status},
            )
        )


def _meant(
    repositories: Repositories, submission: Submission, report: DeliveryReport
) -> Sequence[OutgoingMail]:
    """Find the mails meant: by Message-ID, and by recipient only where none is named.

    Anybody can write a report. What it can do here is to put a word on a record, and only for
    somebody who knows the random Message-ID or the address that was written to.
    """
    if report.message_ids:
        named = (repositories.outbox.get(each) for each in mail_ids(report.message_ids))
        return [each for each in named if each is not None and each.state is MailState.SENT]
    since = submission.received_at - LOOKED_BACK
    last = (repositories.outbox.last_to(each, since=since) for each in report.recipients)
    return [each for each in last if each is not None]
