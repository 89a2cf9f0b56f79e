"""What may belong to a comment: answers, and records of the same arrival, text or submitter."""

import functools
import itertools
from collections.abc import Collection, Mapping, Sequence
from typing import Any  # columns of a row have no static type

import sqlalchemy as sa

from app.domain.comment import CommentRecord, Related
from app.storage.comment_rows import opinion_key, submitter_key
from app.storage.repositories.consultations import consultations
from app.storage.rows import Row, each_of
from app.storage.tables import CommentRow, metadata

_comments = metadata.tables[str(CommentRow.__tablename__)]
SHOWN = 100
"""Of a campaign with thousands of equal texts the newest are shown."""
_WAYS = {
    way: sa.select(_comments.c.receipt_number, consultations.c.code.label("consultation"))
    .join(consultations, consultations.c.id == _comments.c.consultation_id, isouter=True)
    .where(column == sa.bindparam("key"))
    .order_by(_comments.c.id.desc())
    .limit(SHOWN + 1)
    for way, column in (
        ("correction_of", _comments.c.receipt_number),
        ("corrected_by", _comments.c.corrects),
        ("same_submission", _comments.c.submission_id),
        ("sent_again", _comments.c.receipt_number),
    )
}
"""Ways that few records are related in."""
_ALIKE = {"same_text": _comments.c.opinion_key, "same_submitter": _comments.c.submitter_key}
"""Ways that any number of records may be related in; the nearer first."""
_BY_INDEX = sa.select(sa.func.set_config("enable_sort", "off", True))  # noqa: FBT003 - in this transaction only
"""How many bear a text PostgreSQL cannot know: it takes them for few, and sorts them all."""


def _newest(own: sa.ColumnElement[str], key: sa.ColumnElement[str]) -> sa.Select[Any]:
    """Give the newest with a key, one more than are shown: who asks may be among them.

    Between the key and itself, and in the order of the index, so that nothing else serves: of what
    is equal to it PostgreSQL would rather go through all comments from the newest on.
    """
    code = sa.select(consultations.c.code).where(consultations.c.id == _comments.c.consultation_id)
    return (
        sa.select(_comments.c.receipt_number, code.scalar_subquery().label("consultation"))
        .where(own >= key, own <= key)
        .order_by(own.desc(), _comments.c.id.desc())
        .limit(SHOWN + 1)
    )


def _listed(way: str, own: sa.ColumnElement[str], dialect: str) -> sa.Select[Any]:
    """Ask for the newest with each of some keys, as one text for each key.

    A row for each of a hundred comments would cost more than all else that is done for them.
    """
    wanted = sa.select(each_of(way)[dialect].label("key")).subquery(f"wanted_{way}")
    found = _newest(own, wanted.c.key).correlate(wanted).subquery()
    line = found.c.receipt_number + " " + sa.func.coalesce(found.c.consultation, "")
    lines = sa.select(sa.func.aggregate_strings(line, "\n")).scalar_subquery()
    return sa.select(sa.literal_column(f"'{way}'").label("way"), wanted.c.key, lines.label("lines"))


_LISTED = {
    dialect: sa.union_all(*(_listed(way, own, dialect) for way, own in _ALIKE.items()))
    for dialect in ("postgresql", "sqlite")
}


def related_to(connection: sa.Connection, comment: CommentRecord) -> tuple[Related, ...]:
    """Point out answers, and records of the same arrival, text or submitter."""
    ways = [("correction_of", comment.corrects)] if comment.corrects else []
    ways.append(("corrected_by", comment.receipt_number))
    ways.append(("same_submission", comment.submission_id))
    ways += [
        ("sent_again", each.data["receipt_number"])
        for each in comment.findings
        if each.code == "possible_duplicate" and "receipt_number" in each.data
    ]
    others = [
        [
            Related(receipt_number=row.receipt_number, relation=way, consultation=row.consultation)
            for row in connection.execute(_WAYS[way], {"key": key})
        ]
        for way, key in ways
    ]
    keys = {
        "same_text": opinion_key(comment.opinion),
        "same_submitter": submitter_key(comment.submitter),
    }
    found = _newest_of(connection, {way: [key] if key else [] for way, key in keys.items()})
    return _others(comment.receipt_number, *others, *(found.get(each, ()) for each in keys.items()))


def alike(
    connection: sa.Connection, rows: Sequence[Row], shared: Collection[str]
) -> Mapping[str, Sequence[Related]]:
    """Point out records of the same text or submitter to many new ones at once.

    Of a campaign's text the newest are looked for once, however many of these bear it.

    Args:
        connection: Where the rows are stored already.
        rows: Theirs.
        shared: Keys that others bear as well; only these are looked for.

    Returns:
        By receipt number, what ``related_to`` would give; nothing for those that resemble none.
    """
    found = _newest_of(
        connection,
        {
            way: list({row[column.name] for row in rows}.intersection(shared))
            for way, column in _ALIKE.items()
        },
    )
    alike_by_way = (
        (row, [found.get((way, row[column.name]), ()) for way, column in _ALIKE.items()])
        for row in rows
    )
    return {
        row["receipt_number"]: _others(row["receipt_number"], *lists)
        for row, lists in alike_by_way
        if any(lists)
    }


def _newest_of(
    connection: sa.Connection, asked: Mapping[str, Sequence[str]]
) -> Mapping[tuple[str, str], Sequence[Related]]:
    """Give the newest records that bear some keys, by way and key."""
    if not any(asked.values()):
        return {}
    if connection.dialect.name == "postgresql":
        connection.execute(_BY_INDEX)
    return {
        (row.way, row.key): [_other(row.way, line) for line in row.lines.split("\n")]
        for row in connection.execute(_LISTED[connection.dialect.name], asked)
        if row.lines
    }


@functools.lru_cache(maxsize=1024)
def _other(way: str, line: str) -> Related:
    """Read a line; most of a campaign's newest were among them the last time, too."""
    receipt_number, _, code = line.partition(" ")
    return Related(receipt_number=receipt_number, relation=way, consultation=code or None)


def _others(itself: str, *lists: Sequence[Related]) -> tuple[Related, ...]:
    """Leave out a record itself, and name each other one once, by the nearest way."""
    some = [[each for each in found if each.receipt_number != itself][:SHOWN] for found in lists]
    if sum(map(bool, some)) == 1:
        return tuple(*filter(None, some))  # of a campaign's thousands nobody need be compared
    found: dict[str, Related] = {}
    for each in itertools.chain(*some):
        found.setdefault(each.receipt_number, each)
    return tuple(found.values())
