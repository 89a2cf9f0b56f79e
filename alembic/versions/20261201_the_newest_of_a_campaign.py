"""The newest comments of a text or writer are found without sorting all that bear it.

PostgreSQL sorted every comment of a campaign for each further one; SQLite's index of the text alone
has them in order already, and gets the same one so that both databases are alike.

Revision: 0008
Follows: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables; there is no way back (forward only)."""
    for key in ("opinion_key", "submitter_key"):
        op.create_index(f"ix_comments_{key}_id", "comments", [key, "id"])
        op.drop_index(f"ix_comments_{key}", "comments")
