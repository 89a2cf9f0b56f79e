"""The search index; the service fills it after its start.

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Change the tables; there is no way back (forward only)."""
    op.create_table(
        "search_blocks",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_blocks")),
        sa.UniqueConstraint("first_id", "span", name=op.f("uq_search_blocks_first_id_span")),
    )
    op.create_table(
        "search_pages",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("block_id", _ID, nullable=False),
        sa.Column("first_key", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["block_id"], ["search_blocks.id"], name=op.f("fk_search_pages_block_id_search_blocks")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_pages")),
        sa.UniqueConstraint(
            "block_id", "first_key", name=op.f("uq_search_pages_block_id_first_key")
        ),
    )
    op.create_table(
        "search_facets",
        sa.Column("block_id", _ID, nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["block_id"], ["search_blocks.id"], name=op.f("fk_search_facets_block_id_search_blocks")
        ),
        sa.PrimaryKeyConstraint("block_id", "facet", name=op.f("pk_search_facets")),
    )
    op.create_table(
        "search_changes",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("comment_id", _ID, nullable=False),
        sa.Column("words", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_search_changes_comment_id_comments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_changes")),
    )
    op.create_index(
        op.f("ix_search_changes_comment_id"), "search_changes", ["comment_id"], unique=False
    )
