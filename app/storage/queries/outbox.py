"""Mail that waits, left, or could not be sent."""

from datetime import datetime

import sqlalchemy as sa

from app.domain.outgoing import MailKind, MailState, OutgoingMail
from app.storage.repositories.outbox import outbox, outgoing_of
from app.storage.unit_of_work import reading


class OutboxQueries:
    """Answers what became of outgoing mail."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine

    def of_subject(self, subject_id: str) -> tuple[OutgoingMail, ...]:
        """Give the mails about one subject, oldest first."""
        query = (
            sa.select(outbox)
            .where(
                # Every kind by its name: the index of kind and subject serves.
                outbox.c.kind.in_([each.value for each in MailKind]),
                outbox.c.subject_id == subject_id,
            )
            .order_by(outbox.c.created_at)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(outgoing_of(row, attempts=row.attempts) for row in rows)

    def requests_about(self, receipt_number: str) -> tuple[OutgoingMail, ...]:
        """Give the correction requests about one comment, oldest first."""
        query = (
            sa.select(outbox)
            .where(
                outbox.c.kind == MailKind.CORRECTION_REQUEST.value,
                outbox.c.subject_id.startswith(f"{receipt_number} ", autoescape=True),
            )
            .order_by(outbox.c.created_at)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(outgoing_of(row, attempts=row.attempts) for row in rows)

    def held_back(self, now: datetime) -> int:
        """Count the mails nobody has tried yet because too many go out at once."""
        query = sa.select(sa.func.count()).where(
            outbox.c.state == MailState.QUEUED.value,
            outbox.c.run_at > now,
            outbox.c.attempts == 0,
        )
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def counts(self) -> dict[MailState, int]:
        """Count mails by state, zeros included."""
        query = sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)
        with reading(self._engine) as connection:
            found = {MailState(state): int(count) for state, count in connection.execute(query)}
        return {state: found.get(state, 0) for state in MailState}
