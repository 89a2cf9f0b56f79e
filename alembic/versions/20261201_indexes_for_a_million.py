"""What a glance at the service asks is answered by indexes alone, however much there is.

Those of hashes and addresses hold only what is ever looked up by them: each further entry lies at
a place of its own, which makes recording dearer the more there is.

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables; there is no way back (forward only)."""
    lost = sa.text("submission_id IS NULL")
    op.create_index(
        "ix_source_items_missing",
        "source_items",
        ["channel", "source", "seen_at"],
        sqlite_where=lost,
        postgresql_where=lost,
    )
    op.create_index(
        "ix_submissions_balance",
        "submissions",
        ["channel", "source", "announced", "state", "units"],
    )
    op.drop_index("ix_submissions_channel_source", "submissions")
    pictures = sa.text("role = 'page_image'")
    op.create_index(
        "ix_documents_page_images",
        "documents",
        ["id"],
        sqlite_where=pictures,
        postgresql_where=pictures,
    )
    faxes = sa.text("channel = 'fax'")
    op.create_index(
        "ix_comments_faxes",
        "comments",
        ["received_at"],
        sqlite_where=faxes,
        postgresql_where=faxes,
    )
    in_blobs = sa.text("content IS NULL")
    op.create_index(
        "ix_documents_in_blobs",
        "documents",
        ["sha256"],
        sqlite_where=in_blobs,
        postgresql_where=in_blobs,
    )
    op.drop_index("ix_documents_sha256", "documents")
    lacking = sa.text("status = 'needs_correction'")
    op.create_index(
        "ix_comments_lacking",
        "comments",
        ["email", "id"],
        sqlite_where=lacking,
        postgresql_where=lacking,
    )
    op.drop_index("ix_comments_email", "comments")
