"""API keys and staff sessions; secrets are kept as hashes only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.domain.access import Actor, Scope
from app.storage import codec
from app.storage.tables import ApiKeyRow, StaffSessionRow, metadata

api_keys = metadata.tables[str(ApiKeyRow.__tablename__)]
staff_sessions = metadata.tables[str(StaffSessionRow.__tablename__)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSession:
    """A signed-in member of staff.

    Attributes:
        actor: Who.
        csrf: The token every form must bring back.
        expires_at: When it ends, in UTC.
    """

    actor: Actor
    csrf: str
    expires_at: datetime


class AccessRepository:
    """Stores keys and staff sessions."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

    def add_key(self, actor: Actor, secret_sha256: str, *, at: datetime) -> None:
        """Keep a new key."""
        self._connection.execute(
            sa.insert(api_keys).values(
                id=actor.id,
                name=actor.name,
                secret_sha256=secret_sha256,
                scopes=sorted(actor.scopes),
                consultations=sorted(actor.consultations),
                created_at=at,
                revoked_at=None,
            )
        )

    def revoke_key(self, key_id: str, *, at: datetime) -> bool:
        """Revoke a key and end the sessions it opened; False when no such key is in force."""
        changed = self._connection.execute(
            sa.update(api_keys)
            .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=at)
        ).rowcount
        for row in self._connection.execute(sa.select(staff_sessions)).all():
            if row.actor["id"] == key_id:
                self.end_session(row.token_sha256)
        return changed == 1

    def add_session(self, token_sha256: str, session: StaffSession) -> None:
        """Keep a staff session."""
        self._connection.execute(
            sa.insert(staff_sessions).values(
                token_sha256=token_sha256,
                actor=codec.actor_out(session.actor),
                csrf=session.csrf,
                expires_at=session.expires_at,
            )
        )

    def end_session(self, token_sha256: str) -> None:
        """End a staff session."""
        self._connection.execute(
            sa.delete(staff_sessions).where(staff_sessions.c.token_sha256 == token_sha256)
        )

    def drop_expired_sessions(self, *, now: datetime) -> None:
        """Forget sessions that have ended."""
        self._connection.execute(
            sa.delete(staff_sessions).where(staff_sessions.c.expires_at <= now)
        )


def key_of(row: sa.Row[Any]) -> Actor:
    """Build the actor of a key from its row."""
    return Actor(
        id=row.id,
        name=row.name,
        scopes=frozenset(Scope(each) for each in row.scopes),
        consultations=frozenset(row.consultations),
    )
