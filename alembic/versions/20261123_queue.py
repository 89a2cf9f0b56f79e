"""What waits is found by its index alone; the tables of procrastinate, on PostgreSQL.

These are procrastinate's own: made by its schema as it comes with the package, whose version is
noted at its table of jobs. A later version of ours that needs a newer one runs procrastinate's
migrations from the noted version on.

Revision: 0005
Follows: 0004
"""

from importlib.metadata import version

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables; there is no way back (forward only)."""
    op.create_index(
        "ix_submissions_lane_state_run_at_id", "submissions", ["lane", "state", "run_at", "id"]
    )
    op.drop_index("ix_submissions_lane_state_run_at", "submissions")
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    # Straight to the driver: the script is many statements, and its marks are no parameters.
    cursor = connection.connection.cursor()
    cursor.execute(SchemaManager.get_schema())
    noted = version("procrastinate")
    cursor.execute(f"COMMENT ON TABLE procrastinate_jobs IS 'procrastinate {noted}'")
    cursor.close()
