"""Mail that waits to leave the house."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.outgoing import MailKind, MailState, OutgoingMail
from app.storage.tables import OutboxRow, metadata

outbox = metadata.tables[str(OutboxRow.__tablename__)]


class OutboxRepository:
    """Stores outgoing mail, one of each kind for each subject."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

    def add(self, mails: Sequence[OutgoingMail]) -> None:
        """Queue mails; one that was queued before for the same reason is not queued again."""
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        for mail in mails:
            self._connection.execute(
                dialect.insert(outbox)
                .values(
                    id=mail.id,
                    kind=mail.kind.value,
                    subject_id=mail.subject_id,
                    recipient=mail.recipient,
                    in_reply_to=mail.in_reply_to,
                    language=mail.language,
                    state=mail.state.value,
                    attempts=mail.attempts,
                    run_at=mail.not_before or mail.created_at,
                    created_at=mail.created_at,
                )
                .on_conflict_do_nothing(index_elements=["kind", "subject_id"])
            )

    def claim(self, *, now: datetime, until: datetime) -> OutgoingMail | None:
        """Take the next mail to send, or one whose sender died, and lease it."""
        row = self._connection.execute(
            sa.select(outbox)
            .where(
                outbox.c.state == MailState.QUEUED.value,
                outbox.c.run_at <= now,
                sa.or_(outbox.c.leased_until.is_(None), outbox.c.leased_until < now),
            )
            .order_by(outbox.c.run_at, outbox.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if row is None:
            return None
        self._update(row.id, attempts=row.attempts + 1, leased_until=until)
        return outgoing_of(row, attempts=row.attempts + 1)

    def bring_forward(self, *, now: datetime, most: timedelta, apart: timedelta) -> None:
        """Let go what waits by a clock that was ahead.

        A mail that was caused later than now, or is to be tried again later than anything is,
        was written down so. What waits because many are sent is left to wait.

        Args:
            now: The present instant.
            most: Longer than any pause between attempts, and any lease.
            apart: What was caused so far ahead of now, and was to go at once, goes now.
        """
        queued, ahead = outbox.c.state == MailState.QUEUED.value, now + most
        was_ahead = sa.or_(
            outbox.c.created_at > ahead,
            sa.and_(outbox.c.attempts > 0, outbox.c.run_at > ahead),
            sa.and_(outbox.c.created_at > now + apart, outbox.c.run_at <= outbox.c.created_at),
        )
        self._connection.execute(
            sa.update(outbox)
            .where(queued, was_ahead)
            .values(
                run_at=now,
                created_at=sa.case((outbox.c.created_at > now, now), else_=outbox.c.created_at),
            )
        )
        held = sa.update(outbox).where(queued, outbox.c.leased_until > ahead)
        self._connection.execute(held.values(leased_until=None))

    def get(self, mail_id: str) -> OutgoingMail | None:
        """Find a mail."""
        row = self._connection.execute(
            sa.select(outbox).where(outbox.c.id == mail_id)
        ).one_or_none()
        return outgoing_of(row, attempts=row.attempts) if row else None

    def about(self, kind: MailKind, subject_id: str) -> OutgoingMail | None:
        """Find the mail of a kind about a subject."""
        row = self._connection.execute(
            sa.select(outbox).where(outbox.c.kind == kind.value, outbox.c.subject_id == subject_id)
        ).one_or_none()
        return outgoing_of(row, attempts=row.attempts) if row else None

    def asked_with(self, token: str) -> OutgoingMail | None:
        """Find the correction request that bears a token."""
        tail = token.removeprefix("HS-").replace("-", "").lower()
        row = self._connection.execute(
            sa.select(outbox)
            .where(
                outbox.c.kind == MailKind.CORRECTION_REQUEST.value,
                outbox.c.id.endswith(tail, autoescape=True),
            )
            .limit(1)
        ).one_or_none()
        return outgoing_of(row, attempts=row.attempts) if row else None

    def last_to(self, recipient: str, *, since: datetime) -> OutgoingMail | None:
        """Find the latest mail to an address that a server took since an instant."""
        row = self._connection.execute(
            sa.select(outbox)
            .where(
                outbox.c.recipient == recipient,
                outbox.c.run_at >= since,
                outbox.c.state == MailState.SENT.value,
            )
            .order_by(outbox.c.sent_at.desc())
            .limit(1)
        ).one_or_none()
        return outgoing_of(row, attempts=row.attempts) if row else None

    def count_since(self, recipient: str, *, since: datetime) -> int:
        """Count the mails to one address since an instant, those still to be sent included."""
        return self._connection.execute(
            sa.select(sa.func.count())
            .select_from(outbox)
            .where(outbox.c.recipient == recipient, outbox.c.run_at >= since)
        ).scalar_one()

    def sent(self, mail_id: str, *, at: datetime) -> None:
        """Note that the server took a mail."""
        self._update(mail_id, state=MailState.SENT.value, sent_at=at, error=None)

    def put_off(self, mail_id: str, *, until: datetime, error: str) -> None:
        """Try a mail again later."""
        self._update(mail_id, run_at=until, leased_until=None, error=error)

    def failed(self, mail_id: str, *, error: str) -> None:
        """Give a mail up, visibly."""
        self._update(mail_id, state=MailState.FAILED.value, leased_until=None, error=error)

    def bounced(self, mail_id: str, *, error: str) -> None:
        """Note that a mail came back although a server had taken it."""
        self._update(mail_id, state=MailState.BOUNCED.value, leased_until=None, error=error)

    def release_all(self) -> None:
        """Free what a process that died held; only where one process tree writes."""
        self._connection.execute(
            sa.update(outbox)
            .where(outbox.c.state == MailState.QUEUED.value)
            .values(leased_until=None)
        )

    def _update(self, mail_id: str, **values: object) -> None:
        self._connection.execute(sa.update(outbox).where(outbox.c.id == mail_id).values(**values))


def outgoing_of(row: sa.Row[Any], *, attempts: int) -> OutgoingMail:
    """Build a mail from its row."""
    return OutgoingMail(
        id=row.id,
        kind=MailKind(row.kind),
        subject_id=row.subject_id,
        recipient=row.recipient,
        in_reply_to=row.in_reply_to,
        language=row.language,
        state=MailState(row.state),
        attempts=attempts,
        created_at=row.created_at,
        not_before=row.run_at,
    )
