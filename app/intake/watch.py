"""Leaving a trace of who saw what (personal data is never shown without one)."""

from collections.abc import Mapping

from app.domain.access import Actor
from app.domain.audit import AuditAction, AuditEntry
from app.intake.desk import Desk


def viewed(
    desk: Desk,
    actor: Actor,
    action: AuditAction,
    *,
    receipt_number: str | None = None,
    submission_id: str | None = None,
    consultation: str | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Write down that somebody is about to see something; raises where it cannot be written."""
    entry = AuditEntry(
        at=desk.clock(),
        actor=actor,
        action=action,
        receipt_number=receipt_number,
        submission_id=submission_id,
        consultation=consultation,
        detail=detail or {},
    )
    desk.writer.run(lambda repositories: repositories.audit.add(entry))
