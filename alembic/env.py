"""Runs migrations over the connection that the program hands in, on either database."""

from typing import Literal

import sqlalchemy as sa
from alembic import context

from app.storage.tables import metadata
from app.storage.types import UtcDateTime

config = context.config


def render_item(kind: str, item: object, _autogen: object) -> str | Literal[False]:
    """Write plain ``sa.*`` types, so that a version imports nothing from the program."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, sa.JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if isinstance(item, sa.BigInteger) and item._variant_mapping:  # noqa: SLF001 - no other way
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    return False


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Leave the tables of the queue to procrastinate, whose own they are."""
    return kind != "table" or name is None or not name.startswith("procrastinate_")


def run() -> None:
    """Run over the given connection, inside the transaction of ``app.storage.migrate``."""
    connection: sa.Connection = config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=render_item,
        include_name=include_name,
        transactional_ddl=False,
    )
    context.run_migrations()


run()
