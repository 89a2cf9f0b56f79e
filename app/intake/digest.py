"""The daily list of what needs a person, for sections that want it once a day."""

from datetime import time

from app.domain.envelope import in_japan
from app.domain.outgoing import MailKind, OutgoingMail
from app.intake.acknowledge import digest_subject, waiting
from app.intake.desk import Desk
from app.intake.outgoing import section_of

DUE_AT = time(8, 0)
"""In Japan: on the desk when the office opens."""


def queue_due(desk: Desk) -> None:
    """Queue today's lists once their hour has come; calling it again queues nothing twice."""
    now = in_japan(desk.clock())
    if desk.mailer is None or desk.policy.notices != "daily" or now.time() < DUE_AT:
        return
    mails = []
    for consultation in (*desk.queries.consultations.all(), None):
        code = consultation.code if consultation is not None else None
        subject_id = digest_subject(code, now.date())
        recipient = section_of(desk, consultation)
        if recipient is None or desk.queries.outbox.of_subject(subject_id):
            continue
        if waiting(desk, code):
            mails.append(
                OutgoingMail(
                    id=desk.new_id(),
                    kind=MailKind.DIGEST,
                    subject_id=subject_id,
                    recipient=recipient,
                    created_at=desk.clock(),
                )
            )
    if mails:
        desk.writer.run(lambda repositories: repositories.outbox.add(mails))
