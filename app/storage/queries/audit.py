"""The audit trail, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.domain.audit import AuditAction
from app.storage.tables import AuditRow, metadata
from app.storage.unit_of_work import reading

_audit = metadata.tables[str(AuditRow.__tablename__)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One line of the trail, as it is shown.

    Attributes:
        id: Grows with time; the cursor.
        at: When, in UTC.
        actor_id: Id of the key, or name of the part of the program.
        actor_name: The key's name when it acted.
        action: What.
        receipt_number: The comment it concerned.
        submission_id: The arrival it concerned.
        consultation: The consultation it concerned.
        detail: Further facts.
    """

    id: int
    at: datetime
    actor_id: str
    actor_name: str
    action: AuditAction
    receipt_number: str | None
    submission_id: str | None
    consultation: str | None
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Some lines, and where the next ones begin.

    Attributes:
        items: Newest first.
        next_cursor: Give it back to go on; None at the end.
    """

    items: tuple[AuditLine, ...]
    next_cursor: int | None


class AuditQueries:
    """Answers who did or saw what, when."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine

    def page(
        self,
        *,
        receipt_number: str | None = None,
        submission_id: str | None = None,
        consultations: frozenset[str] = frozenset(),
        cursor: int | None = None,
        limit: int,
    ) -> AuditPage:
        """Give lines, newest first.

        Args:
            receipt_number: Only about this comment.
            submission_id: Only about this arrival.
            consultations: Only about these consultations; empty means all.
            cursor: Only lines older than this.
            limit: How many at most.
        """
        query = sa.select(_audit).order_by(_audit.c.id.desc()).limit(limit + 1)
        if receipt_number is not None:
            query = query.where(_audit.c.receipt_number == receipt_number)
        if submission_id is not None:
            query = query.where(_audit.c.submission_id == submission_id)
        if consultations:
            query = query.where(_audit.c.consultation.in_(consultations))
        if cursor is not None:
            query = query.where(_audit.c.id < cursor)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        lines = tuple(
            AuditLine(
                id=row.id,
                at=row.at,
                actor_id=row.actor_id,
                actor_name=row.actor_name,
                action=AuditAction(row.action),
                receipt_number=row.receipt_number,
                submission_id=row.submission_id,
                consultation=row.consultation,
                detail=row.detail,
            )
            for row in rows[:limit]
        )
        return AuditPage(items=lines, next_cursor=lines[-1].id if len(rows) > limit else None)
