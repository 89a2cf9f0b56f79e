"""Idempotency keys and what they were answered."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.storage.tables import IdempotencyRow, metadata

_keys = metadata.tables[str(IdempotencyRow.__tablename__)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a key was used for.

    Attributes:
        request_sha256: Hash of the body it came with.
        receipt_number: The comment that was recorded.
        answer: The body that was answered.
    """

    request_sha256: str
    receipt_number: str
    answer: bytes


class IdempotencyRepository:
    """Idempotency keys, scoped to API key and consultation."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

    def reserve(
        self, api_key: str, consultation: int, key: str, request_sha256: str, *, at: datetime
    ) -> bool:
        """Take a key for this transaction; False when it was used.

        On PostgreSQL this waits for another transaction that holds the same key.
        """
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        statement = (
            dialect.insert(_keys)
            .values(
                api_key=api_key,
                consultation_id=consultation,
                key=key,
                request_sha256=request_sha256,
                receipt_number="",
                answer=b"",
                created_at=at,
            )
            .on_conflict_do_nothing()
            .returning(_keys.c.key)
        )
        return self._connection.execute(statement).one_or_none() is not None

    def find(self, api_key: str, consultation: int, key: str) -> Answered | None:
        """Give what a key was used for."""
        row = self._connection.execute(
            sa.select(_keys).where(*_is(api_key, consultation, key))
        ).one_or_none()
        if row is None:
            return None
        return Answered(
            request_sha256=row.request_sha256,
            receipt_number=row.receipt_number,
            answer=row.answer,
        )

    def answered(
        self, api_key: str, consultation: int, key: str, *, receipt_number: str, answer: bytes
    ) -> None:
        """Keep what a reserved key was answered."""
        self._connection.execute(
            sa.update(_keys)
            .where(*_is(api_key, consultation, key))
            .values(receipt_number=receipt_number, answer=answer)
        )


def _is(api_key: str, consultation: int, key: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (_keys.c.api_key == api_key, _keys.c.consultation_id == consultation, _keys.c.key == key)
