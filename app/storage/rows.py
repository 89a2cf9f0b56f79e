"""Many new rows of one table, stored by one statement.

SQLAlchemy names and converts every value of every row anew, and SQLite's driver lets go of the
interpreter and waits to have it back for each row. Both cost more than storing the row does; here
it is done once for all rows. What a value looks like in the database is still its column's to say.
"""

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast  # what stands in a column is the table's business

import sqlalchemy as sa

if TYPE_CHECKING:
    import sqlite3

    import psycopg

_ROOMS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
"""Rows for which there is a SQLite statement, so that the driver finds one prepared whatever their
number; what is left empty is passed over."""

Row = Mapping[str, Any]
_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a table that rows give, for one database.

    Attributes:
        names: As they stand in a statement, with commas between.
        readers: How a value is taken from a row, and what makes it the database's own.
    """

    names: str
    readers: Sequence[tuple[Callable[[Row], Any], _Convert | None]]

    def values(self, rows: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
        """Give the values of rows, ready for the database."""
        return zip(
            *(
                map(convert, map(value, rows)) if convert else map(value, rows)
                for value, convert in self.readers
            ),
            strict=True,
        )


class NewRows:
    """Stores new rows of a table."""

    def __init__(self, table: sa.Table) -> None:
        """Prepare for a table."""
        self._table = table
        self._one = sa.insert(table)
        self._known: dict[tuple[str, tuple[str, ...]], _Columns] = {}

    def insert(self, connection: sa.Connection, rows: Sequence[Row]) -> None:
        """Store rows, which all have the same members: the names of columns.

        Raises:
            DBAPIError: The database refused one of them, as it would for a plain INSERT.
        """
        if not rows:
            return
        is_postgresql = connection.dialect.name == "postgresql"
        if is_postgresql and len(rows) == 1:
            connection.execute(self._one, rows)  # prepared, which COPY cannot be
            return
        columns = self._columns(connection, tuple(rows[0]))
        values = columns.values(rows)
        place = f"{self._table.name} ({columns.names})"
        with contextlib.closing(connection.connection.cursor()) as cursor, _errors_of(connection):
            if is_postgresql:
                _copy(cast("psycopg.Cursor[Any]", cursor), place, values)
            else:
                _insert(cast("sqlite3.Cursor", cursor), place, values, len(rows))

    def _columns(self, connection: sa.Connection, names: tuple[str, ...]) -> _Columns:
        dialect = connection.dialect
        known = self._known.get((dialect.name, names))
        if known is None:
            preparer = dialect.identifier_preparer
            columns = [self._table.c[name] for name in names]
            known = self._known[dialect.name, names] = _Columns(
                names=", ".join(preparer.format_column(each) for each in columns),
                readers=[(itemgetter(each.name), _convert(each.type, dialect)) for each in columns],
            )
        return known


def _convert(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> _Convert | None:
    """Give what makes a value the database's own; None where it is so already."""
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    if convert is None or not isinstance(kind, sa.Enum) or kind.enum_class is None:
        return convert
    # The few members are converted once; asking the library of each row costs twenty times that.
    known: dict[object, object] = {member: convert(member) for member in kind.enum_class}
    return (known | {None: None}).__getitem__


def each_of(parameter: str) -> Mapping[str, sa.ColumnElement[str]]:
    """Give the texts of a list that is one parameter as a column, by the name of the database.

    With a parameter for each the statement would be another one for every number of them.
    """
    texts = sa.bindparam(parameter, type_=sa.ARRAY(sa.Text))
    document = sa.bindparam(parameter, type_=sa.JSON)
    return {
        "postgresql": sa.func.unnest(texts).column_valued(),
        "sqlite": sa.func.json_each(document).table_valued("value").c.value,
    }


def _copy(cursor: "psycopg.Cursor[Any]", place: str, values: Iterator[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {place} FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)


def _insert(
    cursor: "sqlite3.Cursor", place: str, values: Iterator[tuple[Any, ...]], count: int
) -> None:
    for begun in range(0, count, _ROOMS[-1]):
        some = tuple(itertools.islice(values, _ROOMS[-1]))
        room = next(each for each in _ROOMS if each >= min(count - begun, _ROOMS[-1]))
        width = len(some[0])
        taken = ", ".join(f"column{number}" for number in range(2, width + 2))
        one = f"(?{', ?' * width})"
        cursor.execute(
            f"INSERT INTO {place} SELECT {taken}"  # noqa: S608 - names of ours
            f" FROM (VALUES {', '.join([one] * room)}) WHERE column1",
            [
                *itertools.chain.from_iterable((True, *row) for row in some),
                *itertools.repeat(None, (width + 1) * (room - len(some))),
            ],
        )


@contextlib.contextmanager
def _errors_of(connection: sa.Connection) -> Iterator[None]:
    """Give a driver's errors the names that every other statement gives them."""
    base: type[Exception] = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        raise sa.exc.DBAPIError.instance(
            None, None, error, base, hide_parameters=True, dialect=connection.dialect
        ) from error
