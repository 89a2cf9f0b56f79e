"""Column types that mean the same on SQLite and PostgreSQL."""

import functools
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

_REMEMBERED = 256
_LONG = 2_000
"""Bytes from which on PostgreSQL would try to compress them itself, and SQLite needs more pages."""
_WINDOW = 12
_PACKED = b"\x48"
"""How everything that is compressed with this window begins (RFC 1950)."""
_WITHOUT_ZONE = len("2015-05-15 23:59:58.000000")


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An instant; SQLite forgets zones, so it is stored and read back as UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[datetime | None], Any] | None:
        """Write for SQLite as the library would, at a fourth of the cost: rows have many."""
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)

        @functools.lru_cache(_REMEMBERED)  # one instant stands in several columns
        def written(value: datetime | None) -> str | None:
            utc = self.process_bind_param(value, dialect)
            return None if utc is None else utc.isoformat(" ", "microseconds")[:_WITHOUT_ZONE]

        return written

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - the library names it
        """Refuse an instant without an offset, store the rest in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs an offset")
        return value if value.tzinfo is UTC else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - the library names it
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Packed(sa.types.TypeDecorator[bytes]):
    """Bytes of text; what is long is compressed.

    An answer that names a hundred comments of one text is ten times as long as others and says
    nearly the same a hundred times.
    """

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: sa.Dialect) -> bytes | None:  # noqa: ARG002 - the library names it
        """Compress what is long, and what would be taken for something compressed."""
        if value is None or (len(value) < _LONG and not value.startswith(_PACKED)):
            return value
        # A small window: to clear a large one takes five times as long as all the rest.
        packer = zlib.compressobj(1, wbits=_WINDOW, memLevel=5)
        return packer.compress(value) + packer.flush()

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> bytes | None:  # noqa: ARG002 - the library names it
        """Give it back as it was."""
        if value is None or not value.startswith(_PACKED):
            return value
        return zlib.decompress(value)


def enum_column(kind: type[StrEnum]) -> sa.Enum:
    """Store an enum by value, as text with a CHECK constraint on both databases."""
    return sa.Enum(
        kind,
        native_enum=False,
        values_callable=lambda members: [each.value for each in members],
        create_constraint=True,
        length=32,
        name=kind.__name__.lower(),
    )


Json: sa.types.TypeEngine[Any] = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)
"""A JSON document; ``Any`` because its shape is the repository's business."""

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""SQLite gives rowids to INTEGER primary keys only."""
