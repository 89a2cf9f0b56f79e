"""The audit trail."""

import sqlalchemy as sa

from app.domain.audit import AuditEntry
from app.storage.rows import NewRows
from app.storage.tables import AuditRow, metadata

_audit = metadata.tables[str(AuditRow.__tablename__)]
_NEW = NewRows(_audit)


class AuditRepository:
    """Appends to the audit trail; nothing in it is ever changed."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

    def add(self, *entries: AuditEntry) -> None:
        """Append entries."""
        _NEW.insert(self._connection, [_row(each) for each in entries])


def _row(entry: AuditEntry) -> dict[str, object]:
    return {
        "at": entry.at,
        "actor_id": entry.actor.id,
        "actor_name": entry.actor.name,
        "action": entry.action.value,
        "receipt_number": entry.receipt_number,
        "submission_id": entry.submission_id,
        "consultation": entry.consultation,
        "detail": dict(entry.detail),
    }
