"""What a glance at the service asks is answered by indexes alone, however much there is.

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
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
