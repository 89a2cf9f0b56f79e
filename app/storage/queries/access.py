"""Who may come in: keys and staff sessions, asked by the hash of their secret."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.domain.access import Actor
from app.storage import codec
from app.storage.repositories.access import StaffSession, api_keys, key_of, staff_sessions
from app.storage.unit_of_work import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyListing:
    """One API key as its administrators see it; the secret itself is known to nobody.

    Attributes:
        actor: Its id, name, scopes and confinement.
        created_at: When it was made, in UTC.
        revoked_at: When it was revoked, in UTC; None while it is in force.
    """

    actor: Actor
    created_at: datetime
    revoked_at: datetime | None


class AccessQueries:
    """Answers who a secret belongs to."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine

    def key_by_hash(self, secret_sha256: str) -> Actor | None:
        """Find the key in force with this hash."""
        query = sa.select(api_keys).where(
            api_keys.c.secret_sha256 == secret_sha256, api_keys.c.revoked_at.is_(None)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return key_of(row) if row else None

    def every_key(self) -> tuple[KeyListing, ...]:
        """Give every key there ever was, newest first."""
        query = sa.select(api_keys).order_by(api_keys.c.created_at.desc(), api_keys.c.id.desc())
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(
            KeyListing(actor=key_of(row), created_at=row.created_at, revoked_at=row.revoked_at)
            for row in rows
        )

    def session(self, token_sha256: str, *, now: datetime) -> StaffSession | None:
        """Find the staff session with this hash, unless it has ended."""
        query = sa.select(staff_sessions).where(
            staff_sessions.c.token_sha256 == token_sha256, staff_sessions.c.expires_at > now
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return StaffSession(
            actor=codec.actor_in(row.actor), csrf=row.csrf, expires_at=row.expires_at
        )
