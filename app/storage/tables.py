"""The tables; rows are built from checked domain objects only and never leave this room.

Table models do not validate. No postponed annotations here: the mapper reads them.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.domain.comment import ConsultationSource
from app.domain.envelope import Channel, Delivery, DocumentRole
from app.domain.status import CommentStatus, SubmissionState
from app.domain.submitter import SubmitterKind
from app.domain.timeliness import TimelinessVerdict
from app.storage.types import BigId, Json, Packed, UtcDateTime, enum_column

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = SQLModel.metadata
DERIVED = "ikenbako_derived"
"""Set in ``info`` of a table that can be made anew from the others: it is not moved with them."""


class CounterRow(SQLModel, table=True):
    """Numbers that only grow, each in one UPDATE … RETURNING."""

    __tablename__ = "counters"
    name: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    value: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))


class ConsultationRow(SQLModel, table=True):
    """One consultation; its whole definition is one document."""

    __tablename__ = "consultations"
    id: int = Field(sa_column=sa.Column(BigId, primary_key=True, autoincrement=False))
    code: str = Field(sa_column=sa.Column(sa.Text, nullable=False, unique=True))
    opens_on: date = Field(sa_column=sa.Column(sa.Date, nullable=False))
    closes_on: date = Field(sa_column=sa.Column(sa.Date, nullable=False, index=True))
    definition: Any = Field(sa_column=sa.Column(Json, nullable=False))
    rejudge: bool = Field(sa_column=sa.Column(sa.Boolean, nullable=False))
    created_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))


class FormTemplateRow(SQLModel, table=True):
    """A printed layout; kept for ever, since paper printed once may come back years later."""

    __tablename__ = "form_templates"
    consultation_id: int = Field(
        sa_column=sa.Column(sa.ForeignKey("consultations.id"), primary_key=True)
    )
    revision: int = Field(sa_column=sa.Column(sa.Integer, primary_key=True))
    layout: Any = Field(sa_column=sa.Column(Json, nullable=False))
    created_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))


class SubmissionRow(SQLModel, table=True):
    """One arrival, and while it waits the job that reads it."""

    __tablename__ = "submissions"
    __table_args__ = (
        sa.Index("ix_submissions_lane_state_run_at_id", "lane", "state", "run_at", "id"),
        # The balance of the ledger, and counts by channel and state, without looking at a row.
        sa.Index("ix_submissions_balance", "channel", "source", "announced", "state", "units"),
    )
    id: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    fingerprint: str = Field(sa_column=sa.Column(sa.Text, nullable=False, unique=True))
    channel: Channel = Field(sa_column=sa.Column(enum_column(Channel), nullable=False))
    delivery: Delivery | None = Field(sa_column=sa.Column(enum_column(Delivery)))
    state: SubmissionState = Field(
        sa_column=sa.Column(enum_column(SubmissionState), nullable=False)
    )
    reason: str | None = Field(sa_column=sa.Column(sa.Text))
    source: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    source_item: str | None = Field(sa_column=sa.Column(sa.Text))
    announced: int | None = Field(sa_column=sa.Column(sa.Integer))
    units: int | None = Field(sa_column=sa.Column(sa.Integer))
    received_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False, index=True))
    recorded_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))
    consultation: str | None = Field(sa_column=sa.Column(sa.Text))
    postmarked_on: date | None = Field(sa_column=sa.Column(sa.Date))
    drop_box: str | None = Field(sa_column=sa.Column(sa.Text))
    collection_id: str | None = Field(
        sa_column=sa.Column(sa.ForeignKey("drop_box_collections.id"), index=True)
    )
    collected_at: datetime | None = Field(sa_column=sa.Column(UtcDateTime))
    facts: Any = Field(sa_column=sa.Column(Json, nullable=False))
    findings: Any = Field(sa_column=sa.Column(Json, nullable=False))
    reply: Any = Field(sa_column=sa.Column(Json))
    lane: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    run_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))
    attempts: int = Field(sa_column=sa.Column(sa.Integer, nullable=False))
    failures: int = Field(sa_column=sa.Column(sa.Integer, nullable=False))
    leased_by: str | None = Field(sa_column=sa.Column(sa.Text))
    leased_until: datetime | None = Field(sa_column=sa.Column(UtcDateTime))
    pages: int | None = Field(sa_column=sa.Column(sa.Integer))
    pages_done: int | None = Field(sa_column=sa.Column(sa.Integer))


class DocumentRow(SQLModel, table=True):
    """One file of an arrival; small ones live here, larger ones in the blob store."""

    __tablename__ = "documents"
    __table_args__ = (
        sa.UniqueConstraint("submission_id", "position"),
        sa.Index(
            "ix_documents_page_images",
            "id",
            sqlite_where=sa.text("role = 'page_image'"),
            postgresql_where=sa.text("role = 'page_image'"),
        ),
        sa.Index(
            "ix_documents_in_blobs",
            "sha256",
            sqlite_where=sa.text("content IS NULL"),
            postgresql_where=sa.text("content IS NULL"),
        ),
    )
    id: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    submission_id: str = Field(sa_column=sa.Column(sa.ForeignKey("submissions.id"), nullable=False))
    position: int = Field(sa_column=sa.Column(sa.Integer, nullable=False))
    role: DocumentRole = Field(sa_column=sa.Column(enum_column(DocumentRole), nullable=False))
    page: int | None = Field(sa_column=sa.Column(sa.Integer))
    filename: str | None = Field(sa_column=sa.Column(sa.Text))
    media_type: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    size: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    sha256: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    content: bytes | None = Field(sa_column=sa.Column(sa.LargeBinary))


class CommentRow(SQLModel, table=True):
    """One comment record."""

    __tablename__ = "comments"
    __table_args__ = (
        sa.UniqueConstraint("submission_id", "position"),
        sa.Index("ix_comments_consultation_id_id", "consultation_id", "id"),
        sa.Index("ix_comments_status_id", "status", "id"),
        # Of thousands of one text the newest are shown.
        sa.Index("ix_comments_opinion_key_id", "opinion_key", "id"),
        sa.Index("ix_comments_submitter_key_id", "submitter_key", "id"),
        # For each fax those that came about the same time are looked at.
        sa.Index(
            "ix_comments_faxes",
            "received_at",
            sqlite_where=sa.text("channel = 'fax'"),
            postgresql_where=sa.text("channel = 'fax'"),
        ),
        sa.Index(
            "ix_comments_lacking",
            "email",
            "id",
            sqlite_where=sa.text("status = 'needs_correction'"),
            postgresql_where=sa.text("status = 'needs_correction'"),
        ),
    )
    id: int = Field(sa_column=sa.Column(BigId, primary_key=True, autoincrement=True))
    receipt_number: str = Field(sa_column=sa.Column(sa.Text, nullable=False, unique=True))
    consultation_id: int | None = Field(sa_column=sa.Column(sa.ForeignKey("consultations.id")))
    submission_id: str = Field(sa_column=sa.Column(sa.ForeignKey("submissions.id"), nullable=False))
    position: int = Field(sa_column=sa.Column(sa.Integer, nullable=False))
    channel: Channel = Field(sa_column=sa.Column(enum_column(Channel), nullable=False))
    delivery: Delivery | None = Field(sa_column=sa.Column(enum_column(Delivery)))
    received_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))
    postmarked_on: date | None = Field(sa_column=sa.Column(sa.Date))
    collected_at: datetime | None = Field(sa_column=sa.Column(UtcDateTime))
    timeliness_verdict: TimelinessVerdict = Field(
        sa_column=sa.Column(enum_column(TimelinessVerdict), nullable=False)
    )
    timeliness: Any = Field(sa_column=sa.Column(Json, nullable=False))
    kind: SubmitterKind = Field(sa_column=sa.Column(enum_column(SubmitterKind), nullable=False))
    name: str | None = Field(sa_column=sa.Column(sa.Text))
    address: str | None = Field(sa_column=sa.Column(sa.Text))
    representative: str | None = Field(sa_column=sa.Column(sa.Text))
    category_code: str | None = Field(sa_column=sa.Column(sa.Text))
    category_detail: str | None = Field(sa_column=sa.Column(sa.Text))
    email: str | None = Field(sa_column=sa.Column(sa.Text))
    phone: str | None = Field(sa_column=sa.Column(sa.Text))
    fax: str | None = Field(sa_column=sa.Column(sa.Text))
    measure: Any = Field(sa_column=sa.Column(Json, nullable=False))
    opinion: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    opinion_count: int = Field(sa_column=sa.Column(sa.Integer, nullable=False))
    status: CommentStatus = Field(sa_column=sa.Column(enum_column(CommentStatus), nullable=False))
    decision: Any = Field(sa_column=sa.Column(Json))
    findings: Any = Field(sa_column=sa.Column(Json, nullable=False))
    form_findings: Any = Field(sa_column=sa.Column(Json, nullable=False))
    readings: Any = Field(sa_column=sa.Column(Json, nullable=False))
    corrections: Any = Field(sa_column=sa.Column(Json, nullable=False))
    by_ocr: bool = Field(sa_column=sa.Column(sa.Boolean, nullable=False))
    consultation_source: ConsultationSource | None = Field(
        sa_column=sa.Column(enum_column(ConsultationSource))
    )
    pages: Any = Field(sa_column=sa.Column(Json, nullable=False))
    corrects: str | None = Field(sa_column=sa.Column(sa.Text, index=True))
    revision: int = Field(sa_column=sa.Column(sa.Integer, nullable=False))
    recorded_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))
    submitter_key: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    opinion_key: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    search_text: str = Field(sa_column=sa.Column(sa.Text, nullable=False))


class SearchBlockRow(SQLModel, table=True):
    """A stretch of comment ids that the search index covers."""

    __tablename__ = "search_blocks"
    __table_args__ = (sa.UniqueConstraint("first_id", "span"), {"info": {DERIVED: True}})
    id: int = Field(sa_column=sa.Column(BigId, primary_key=True, autoincrement=True))
    first_id: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    span: int = Field(sa_column=sa.Column(sa.Integer, nullable=False))
    state: str = Field(sa_column=sa.Column(sa.Text, nullable=False))


class SearchPageRow(SQLModel, table=True):
    """Some terms of a block in order, each with the comments it stands in."""

    __tablename__ = "search_pages"
    __table_args__ = (sa.UniqueConstraint("block_id", "first_key"), {"info": {DERIVED: True}})
    id: int = Field(sa_column=sa.Column(BigId, primary_key=True, autoincrement=True))
    block_id: int = Field(sa_column=sa.Column(sa.ForeignKey("search_blocks.id"), nullable=False))
    first_key: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))
    data: bytes = Field(sa_column=sa.Column(sa.LargeBinary, nullable=False))


class SearchFacetRow(SQLModel, table=True):
    """The comments of a block that have one channel, status, verdict or consultation."""

    __tablename__ = "search_facets"
    __table_args__ = ({"info": {DERIVED: True}},)
    block_id: int = Field(sa_column=sa.Column(sa.ForeignKey("search_blocks.id"), primary_key=True))
    facet: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    bits: bytes = Field(sa_column=sa.Column(sa.LargeBinary, nullable=False))


class SearchChangeRow(SQLModel, table=True):
    """A comment that was changed and whose place in the search index was not put right yet."""

    __tablename__ = "search_changes"
    __table_args__ = ({"info": {DERIVED: True}},)
    id: int = Field(sa_column=sa.Column(BigId, primary_key=True, autoincrement=True))
    comment_id: int = Field(
        sa_column=sa.Column(sa.ForeignKey("comments.id"), nullable=False, index=True)
    )
    words: bool = Field(sa_column=sa.Column(sa.Boolean, nullable=False))


class IdempotencyRow(SQLModel, table=True):
    """What an Idempotency-Key was answered, kept so that the same question gets it again."""

    __tablename__ = "idempotency_keys"
    api_key: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    consultation_id: int = Field(
        sa_column=sa.Column(sa.ForeignKey("consultations.id"), primary_key=True)
    )
    key: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    request_sha256: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    receipt_number: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    answer: bytes = Field(sa_column=sa.Column(Packed, nullable=False))
    created_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))


class ApiKeyRow(SQLModel, table=True):
    """An API key; only its hash is kept."""

    __tablename__ = "api_keys"
    id: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    name: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    secret_sha256: str = Field(sa_column=sa.Column(sa.Text, nullable=False, unique=True))
    scopes: Any = Field(sa_column=sa.Column(Json, nullable=False))
    consultations: Any = Field(sa_column=sa.Column(Json, nullable=False))
    created_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))
    revoked_at: datetime | None = Field(sa_column=sa.Column(UtcDateTime))


class StaffSessionRow(SQLModel, table=True):
    """A signed-in member of staff; only the hash of the cookie is kept."""

    __tablename__ = "staff_sessions"
    token_sha256: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    actor: Any = Field(sa_column=sa.Column(Json, nullable=False))
    csrf: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    expires_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))


class AuditRow(SQLModel, table=True):
    """Who did or saw what, when."""

    __tablename__ = "audit"
    id: int = Field(sa_column=sa.Column(BigId, primary_key=True, autoincrement=True))
    at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))
    actor_id: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    actor_name: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    action: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    receipt_number: str | None = Field(sa_column=sa.Column(sa.Text, index=True))
    submission_id: str | None = Field(sa_column=sa.Column(sa.Text, index=True))
    consultation: str | None = Field(sa_column=sa.Column(sa.Text))
    detail: Any = Field(sa_column=sa.Column(Json, nullable=False))


class DropBoxRow(SQLModel, table=True):
    """A drop box (意見書提出箱) and where it stands."""

    __tablename__ = "drop_boxes"
    code: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    name: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    created_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))


class CollectionRow(SQLModel, table=True):
    """One round in which a drop box was emptied (回収)."""

    __tablename__ = "drop_box_collections"
    id: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    drop_box: str = Field(sa_column=sa.Column(sa.ForeignKey("drop_boxes.code"), nullable=False))
    collected_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))
    collected_by: Any = Field(sa_column=sa.Column(Json, nullable=False))
    seal_removed: str | None = Field(sa_column=sa.Column(sa.Text))
    seal_applied: str | None = Field(sa_column=sa.Column(sa.Text))
    slip_count: int | None = Field(sa_column=sa.Column(sa.Integer))
    created_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))


class SourceItemRow(SQLModel, table=True):
    """One thing a source says it has (a UID, a fax job, a batch), arrived here or not."""

    __tablename__ = "source_items"
    __table_args__ = (
        sa.UniqueConstraint("channel", "source", "item"),
        # What is not here is asked for with every look at /readyz, and is hardly anything.
        sa.Index(
            "ix_source_items_missing",
            "channel",
            "source",
            "seen_at",
            sqlite_where=sa.text("submission_id IS NULL"),
            postgresql_where=sa.text("submission_id IS NULL"),
        ),
    )
    id: int = Field(sa_column=sa.Column(BigId, primary_key=True, autoincrement=True))
    channel: Channel = Field(sa_column=sa.Column(enum_column(Channel), nullable=False))
    source: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    item: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    announced: int | None = Field(sa_column=sa.Column(sa.Integer))
    submission_id: str | None = Field(sa_column=sa.Column(sa.ForeignKey("submissions.id")))
    seen_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))


class FolderWatchRow(SQLModel, table=True):
    """When a mail folder last answered, and the rhythm in which mail comes to it."""

    __tablename__ = "folder_watches"
    source: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    asked_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))
    mail_at: datetime | None = Field(sa_column=sa.Column(UtcDateTime))
    news: int = Field(sa_column=sa.Column(sa.Integer, nullable=False))
    longest_gap_seconds: int = Field(sa_column=sa.Column(sa.BigInteger, nullable=False))


class OutboxRow(SQLModel, table=True):
    """A mail that is to leave the house, with its state and attempts."""

    __tablename__ = "outbox"
    __table_args__ = (
        sa.UniqueConstraint("kind", "subject_id"),
        sa.Index("ix_outbox_state_run_at", "state", "run_at"),
        sa.Index("ix_outbox_recipient_run_at", "recipient", "run_at"),
    )
    id: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    kind: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    subject_id: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    recipient: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    in_reply_to: str | None = Field(sa_column=sa.Column(sa.Text))
    language: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    state: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    attempts: int = Field(sa_column=sa.Column(sa.Integer, nullable=False))
    run_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))
    leased_until: datetime | None = Field(sa_column=sa.Column(UtcDateTime))
    error: str | None = Field(sa_column=sa.Column(sa.Text))
    created_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))
    sent_at: datetime | None = Field(sa_column=sa.Column(UtcDateTime))


class GazetteerRow(SQLModel, table=True):
    """The towns of one city, as they were loaded; they go before those of the package."""

    __tablename__ = "gazetteers"
    prefecture: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    city: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    source: str = Field(sa_column=sa.Column(sa.Text, nullable=False))
    towns: Any = Field(sa_column=sa.Column(Json, nullable=False))
    loaded_at: datetime = Field(sa_column=sa.Column(UtcDateTime, nullable=False))
