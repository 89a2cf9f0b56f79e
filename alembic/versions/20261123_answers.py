"""Answers to what we asked of a writer, and the rhythm of mail folders.

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables; there is no way back (forward only)."""
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("corrects", sa.Text(), nullable=True))
        batch_op.create_index(batch_op.f("ix_comments_corrects"), ["corrects"])
        batch_op.create_index(batch_op.f("ix_comments_email"), ["email"])
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_recipient_run_at", ["recipient", "run_at"])
    op.create_table(
        "folder_watches",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mail_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("news", sa.Integer(), nullable=False),
        sa.Column("longest_gap_seconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_folder_watches")),
    )
