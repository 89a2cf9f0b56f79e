"""API keys and staff sign-in; a secret is shown once and kept as a hash.

A key holds 256 random bits, so one SHA-256 is enough: there is nothing to guess.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from app.domain.access import Actor, Scope
from app.domain.audit import AuditAction, AuditEntry
from app.domain.errors import FieldProblem, InvalidInput, NotFound
from app.intake.desk import Desk
from app.storage.repositories.access import StaffSession
from app.storage.repositories.unit import Repositories

BOOTSTRAP = Actor(id="bootstrap", name="bootstrap", scopes=frozenset({Scope.ADMIN}))
"""Who acts with the key that stands in the settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedKey:
    """A new key; ``key`` is shown this once."""

    id: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A new staff session; ``token`` goes into the cookie."""

    token: str
    session: StaffSession


def create(
    desk: Desk,
    *,
    name: str,
    scopes: frozenset[Scope],
    consultations: frozenset[str],
    actor: Actor,
) -> CreatedKey:
    """Make a key.

    Raises:
        InvalidInput: It is confined to a consultation that does not exist.
    """
    created = CreatedKey(id=desk.new_id(), key=f"ikb_{secrets.token_urlsafe(32)}")
    holder = Actor(id=created.id, name=name, scopes=scopes, consultations=consultations)
    at = desk.clock()

    def work(repositories: Repositories) -> None:
        unknown = [
            FieldProblem(f"/consultations/{index}", "consultation_unknown")
            for index, code in enumerate(sorted(consultations))
            if repositories.consultations.get(code) is None
        ]
        if unknown:
            raise InvalidInput(problems=tuple(unknown))
        repositories.access.add_key(holder, digest(created.key), at=at)
        detail = {"key": created.id, "scopes": sorted(scopes)}
        repositories.audit.add(
            AuditEntry(at=at, actor=actor, action=AuditAction.KEY_CREATED, detail=detail)
        )

    desk.writer.run(work)
    return created


def revoke(desk: Desk, key_id: str, *, actor: Actor) -> None:
    """Revoke a key and end the sessions it opened.

    Raises:
        NotFound: No such key is in force.
    """
    at = desk.clock()

    def work(repositories: Repositories) -> None:
        if not repositories.access.revoke_key(key_id, at=at):
            raise NotFound("key_not_found")
        repositories.audit.add(
            AuditEntry(at=at, actor=actor, action=AuditAction.KEY_REVOKED, detail={"key": key_id})
        )

    desk.writer.run(work)


def authenticate(desk: Desk, key: str) -> Actor | None:
    """Say whose key this is; None when it is not in force."""
    hashed = digest(key)
    bootstrap = desk.policy.bootstrap_key_sha256
    if bootstrap is not None and hmac.compare_digest(hashed, bootstrap):
        return BOOTSTRAP
    return desk.queries.access.key_by_hash(hashed)


def sign_in(desk: Desk, key: str) -> SignedIn | None:
    """Open a staff session with a key; None when the key is not in force."""
    actor = authenticate(desk, key)
    if actor is None:
        return None
    token = secrets.token_urlsafe(32)
    now = desk.clock()
    session = StaffSession(
        actor=actor,
        csrf=secrets.token_urlsafe(32),
        expires_at=now + timedelta(hours=desk.policy.session_hours),
    )

    def work(repositories: Repositories) -> None:
        repositories.access.drop_expired_sessions(now=now)
        repositories.access.add_session(digest(token), session)
        repositories.audit.add(AuditEntry(at=now, actor=actor, action=AuditAction.SIGNED_IN))

    desk.writer.run(work)
    return SignedIn(token=token, session=session)


def session(desk: Desk, token: str) -> StaffSession | None:
    """Give the session of a cookie while it lasts."""
    return desk.queries.access.session(digest(token), now=desk.clock())


def sign_out(desk: Desk, token: str, *, actor: Actor) -> None:
    """End a staff session."""
    at = desk.clock()

    def work(repositories: Repositories) -> None:
        repositories.access.end_session(digest(token))
        repositories.audit.add(AuditEntry(at=at, actor=actor, action=AuditAction.SIGNED_OUT))

    desk.writer.run(work)


def digest(secret: str) -> str:
    """Give the hash under which a secret is kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
