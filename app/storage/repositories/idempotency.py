"""Idempotency keys and what they were answered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.storage.rows import NewRows, each_of
from app.storage.tables import IdempotencyRow, metadata

_keys = metadata.tables[str(IdempotencyRow.__tablename__)]

_SCOPE = (
    _keys.c.api_key == sa.bindparam("an_api_key"),
    _keys.c.consultation_id == sa.bindparam("a_consultation"),
)


def _one_by_one() -> sa.Select[Any]:
    """Look each key up by itself.

    Of a list PostgreSQL may think that going through every key of the consultation is quicker,
    and do so for each group of postings.
    """
    wanted = sa.select(each_of("some_keys")["postgresql"].label("key")).subquery("wanted")
    mine = sa.select(_keys).where(*_SCOPE, _keys.c.key == wanted.c.key)
    found = mine.limit(1).lateral("found")
    return sa.select(found).select_from(wanted.join(found, sa.true()))


_FIND = {
    "postgresql": _one_by_one(),
    "sqlite": sa.select(_keys).where(
        *_SCOPE, _keys.c.key.in_(sa.select(each_of("some_keys")["sqlite"]))
    ),
}
_NEW = NewRows(_keys)

Scope = tuple[str, int, str]
"""Id of the API key, number of the consultation, and the Idempotency-Key itself."""


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

    def find(self, scopes: Collection[Scope]) -> Mapping[Scope, Answered]:
        """Give what keys were used for; those never used are left out."""
        wanted: dict[tuple[str, int], list[str]] = {}
        for api_key, consultation, key in scopes:
            wanted.setdefault((api_key, consultation), []).append(key)
        return {
            (api_key, consultation, row.key): Answered(
                request_sha256=row.request_sha256,
                receipt_number=row.receipt_number,
                answer=row.answer,
            )
            for (api_key, consultation), keys in wanted.items()
            for row in self._connection.execute(
                _FIND[self._connection.dialect.name],
                {"an_api_key": api_key, "a_consultation": consultation, "some_keys": keys},
            )
        }

    def keep(self, answers: Sequence[tuple[Scope, Answered]], *, at: datetime) -> None:
        """Keep what keys were answered.

        Raises:
            IntegrityError: Another transaction used one meanwhile (PostgreSQL); it was waited
                for, so whoever asks again finds its answer.
        """
        _NEW.insert(
            self._connection,
            [
                {
                    "api_key": api_key,
                    "consultation_id": consultation,
                    "key": key,
                    "request_sha256": answered.request_sha256,
                    "receipt_number": answered.receipt_number,
                    "answer": answered.answer,
                    "created_at": at,
                }
                for (api_key, consultation, key), answered in answers
            ],
        )
