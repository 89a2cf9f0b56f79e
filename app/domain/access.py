"""Who may do what: the scopes of an API key."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a key opens."""

    COMMENTS_SUBMIT = "comments:submit"
    INTAKE_EMAIL = "intake:email"
    INTAKE_FAX = "intake:fax"
    INTAKE_SCAN = "intake:scan"
    COMMENTS_READ = "comments:read"
    COMMENTS_REVIEW = "comments:review"
    CONSULTATIONS_MANAGE = "consultations:manage"
    AUDIT_READ = "audit:read"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: an API key, or a part of the program itself.

    Attributes:
        id: Id of the key, or the name of the part (``poller``).
        name: The key's name, for people.
        scopes: What it may do.
        consultations: Codes it is confined to; empty means all.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    consultations: frozenset[str] = frozenset()

    def may(self, scope: Scope) -> bool:
        """Say whether this scope, or ``admin``, was given."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def may_touch(self, consultation: str | None) -> bool:
        """Say whether the key is free to work on a consultation; a confined one on no other."""
        return not self.consultations or consultation in self.consultations
