"""Idempotency keys and what they were answered."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.storage.tables import IdempotencyRow, metadata

_keys = metadata.tables[str(IdempotencyRow.__tablename__)]

_THIS = (
    _keys.c.api_key == sa.bindparam("an_api_key"),
    _keys.c.consultation_id == sa.bindparam("a_consultation"),
    _keys.c.key == sa.bindparam("a_key"),
)
_FIND = sa.select(_keys).where(*_THIS)
_ANSWERED = (
    sa.update(_keys)
    .where(*_THIS)
    .values(receipt_number=sa.bindparam("receipt_number"), answer=sa.bindparam("answer"))
)
_RESERVE = {
    name: dialect.insert(_keys).on_conflict_do_nothing().returning(_keys.c.key)
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}


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
        row = {
            "api_key": api_key,
            "consultation_id": consultation,
            "key": key,
            "request_sha256": request_sha256,
            "receipt_number": "",
            "answer": b"",
            "created_at": at,
        }
        reserve = _RESERVE[self._connection.dialect.name]
        return self._connection.execute(reserve, row).one_or_none() is not None

    def find(self, api_key: str, consultation: int, key: str) -> Answered | None:
        """Give what a key was used for."""
        row = self._connection.execute(
            _FIND, {"an_api_key": api_key, "a_consultation": consultation, "a_key": key}
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
            _ANSWERED,
            {
                "an_api_key": api_key,
                "a_consultation": consultation,
                "a_key": key,
                "receipt_number": receipt_number,
                "answer": answer,
            },
        )
