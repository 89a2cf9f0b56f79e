"""The audit trail: who did or saw what, when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.access import Actor


class AuditAction(StrEnum):
    """Everything that leaves a trace."""

    COMMENT_CORRECTED = "comment_corrected"
    COMMENT_DECIDED = "comment_decided"
    COMMENT_NOTED = "comment_noted"
    COMMENT_READ_AGAIN = "comment_read_again"
    COMMENT_RECORDED = "comment_recorded"
    COMMENT_REJUDGED = "comment_rejudged"
    COMMENT_VIEWED = "comment_viewed"
    COMMENTS_EXPORTED = "comments_exported"
    COMMENTS_LISTED = "comments_listed"
    CONSULTATION_CHANGED = "consultation_changed"
    CONSULTATION_CREATED = "consultation_created"
    DOCUMENT_VIEWED = "document_viewed"
    DROP_BOX_COLLECTED = "drop_box_collected"
    DROP_BOX_CREATED = "drop_box_created"
    GAZETTEER_LOADED = "gazetteer_loaded"
    GAZETTEER_REMOVED = "gazetteer_removed"
    KEY_CREATED = "key_created"
    KEY_REVOKED = "key_revoked"
    MAIL_BOUNCED = "mail_bounced"
    MAIL_SENT = "mail_sent"
    MISSING_EXPLAINED = "missing_explained"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SUBMISSION_DECIDED = "submission_decided"
    SUBMISSION_READ = "submission_read"
    SUBMISSION_RECEIVED = "submission_received"
    SUBMISSION_REPEATED = "submission_repeated"
    SUBMISSION_VIEWED = "submission_viewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the trail.

    Attributes:
        at: When, in UTC.
        actor: Who.
        action: What.
        receipt_number: The comment it concerned.
        submission_id: The arrival it concerned.
        consultation: The consultation it concerned.
        detail: Further facts; old and new values of a correction stand here.
    """

    at: datetime
    actor: Actor
    action: AuditAction
    receipt_number: str | None = None
    submission_id: str | None = None
    consultation: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict[str, object])
