"""Copying every row from one database to another, and holding both against each other.

A copy that was cut off is gone on with: what lies in the target already must be the very rows of
the source, else it is other data and nothing is written. The tables come from the metadata, so a
new one cannot be forgotten; a table marked with ``DERIVED`` is made anew from the others.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any  # values of a select have no static type

import sqlalchemy as sa

from app.storage.tables import DERIVED, metadata
from app.storage.unit_of_work import reading

_ROWS_AT_ONCE = 500
_CONTENTS_AT_ONCE = 8
"""A row may hold an original of up to 4 MB."""


class OtherData(Exception):
    """The target holds rows that are not those of the source.

    Attributes:
        table: Where.
    """

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table


class NotTaken(Exception):
    """The target database does not take a row of the source as it is.

    Attributes:
        table: Where.
    """

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSum:
    """What one table holds.

    Attributes:
        rows: How many rows.
        sha256: The hash over all of them, in the order of their keys.
    """

    rows: int
    sha256: str


def copied_tables() -> tuple[sa.Table, ...]:
    """Give what is copied, what is referred to before what refers to it."""
    return tuple(each for each in metadata.sorted_tables if not each.info.get(DERIVED))


def derived_tables() -> tuple[sa.Table, ...]:
    """Give what is not copied, since it is made anew from the rest."""
    return tuple(each for each in metadata.sorted_tables if each.info.get(DERIVED))


def copy_table(
    source: sa.Engine, target: sa.Engine, table: sa.Table, *, tell: Callable[[int], None]
) -> None:
    """Bring the rows that the target lacks, some hundred to a commit.

    Args:
        source: Is only read.
        target: Has the tables of this version.
        table: Which one.
        tell: Is given the number of rows brought by each commit.

    Raises:
        OtherData: The target holds a row that the source has not, or another one by that key.
        NotTaken: The target refuses a row.
    """
    with (
        reading(source) as there,
        reading(target) as here,
        contextlib.closing(_rows(there, table)) as given,
        contextlib.closing(_rows(here, table)) as held,
    ):
        for some in _batches(_lacking(given, held, table), _at_once(table)):
            try:
                with target.begin() as connection:
                    connection.execute(sa.insert(table), some)
            except (sa.exc.DataError, sa.exc.IntegrityError, ValueError) as error:
                raise NotTaken(table.name) from error
            tell(len(some))


def go_on_counting(target: sa.Engine) -> None:
    """Let ids that the database gives follow the highest that was copied (PostgreSQL)."""
    if target.dialect.name != "postgresql":
        return
    with target.begin() as connection:
        for table in copied_tables():
            column = table.autoincrement_column
            if column is None:
                continue
            sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
            highest = sa.select(sa.func.max(column)).scalar_subquery()
            value = sa.func.coalesce(highest, 1)
            connection.execute(sa.select(sa.func.setval(sequence, value, highest.is_not(None))))


def table_sum(engine: sa.Engine, table: sa.Table) -> TableSum:
    """Count and hash what a table holds; equal on both databases for equal rows."""
    digest, count = hashlib.sha256(), 0
    with reading(engine) as connection:
        for row in _rows(connection, table):
            digest.update(_canonical(row))
            count += 1
    return TableSum(rows=count, sha256=digest.hexdigest())


def _rows(connection: sa.Connection, table: sa.Table) -> Generator[sa.Row[Any], None, None]:
    query = sa.select(table).order_by(*(_in_order(each, connection) for each in table.primary_key))
    # Closed with the generator: a cursor of the server is else left open where a walk ends early.
    with connection.execute(query, execution_options={"yield_per": _at_once(table)}) as rows:
        yield from rows


def _in_order(column: sa.Column[Any], connection: sa.Connection) -> sa.ColumnElement[Any]:
    # By bytes of UTF-8, as SQLite and Python compare; PostgreSQL goes by the language else.
    if connection.dialect.name == "postgresql" and isinstance(column.type, sa.String):
        return sa.collate(column, "C")
    return column


def _at_once(table: sa.Table) -> int:
    holds_bytes = any(isinstance(each.type, sa.LargeBinary) for each in table.columns)
    return _CONTENTS_AT_ONCE if holds_bytes else _ROWS_AT_ONCE


def _lacking(
    there: Iterator[sa.Row[Any]], here: Iterator[sa.Row[Any]], table: sa.Table
) -> Iterator[dict[str, Any]]:
    """Walk through both in the order of their keys, and give what only the source has."""
    key = [list(table.columns).index(each) for each in table.primary_key]
    mine = next(here, None)
    for row in there:
        if mine is None or _key(row, key) < _key(mine, key):
            yield dict(zip(table.columns.keys(), row, strict=True))
            continue
        if _canonical(row) != _canonical(mine):
            raise OtherData(table.name)
        mine = next(here, None)
    if mine is not None:
        raise OtherData(table.name)


def _key(row: sa.Row[Any], places: Sequence[int]) -> tuple[Any, ...]:
    return tuple(row[each] for each in places)


def _canonical(row: sa.Row[Any]) -> bytes:
    """Write a row so that equal rows are equal bytes; members of JSON have no order."""
    return json.dumps(list(row), sort_keys=True, default=_word, separators=(",", ":")).encode()


def _word(value: object) -> str:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else str(value)


def _batches(rows: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some
