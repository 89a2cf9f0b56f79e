"""The search index as its keeper sees it: what is covered, what waits, what stands where."""

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.domain.search_folding import folded_by_shape, folded_to_search
from app.storage.locks import AdvisoryLock
from app.storage.repositories.comments import comments
from app.storage.repositories.search_index import (
    BlockState,
    facets_of,
    search_blocks,
    search_changes,
    search_facets,
    search_pages,
)
from app.storage.unit_of_work import reading

_INDEXED: sa.Select[Any] = sa.select(
    comments.c.id,
    comments.c.search_text,
    comments.c.channel,
    comments.c.status,
    comments.c.timeliness_verdict,
    comments.c.consultation_id,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A stretch of comment ids.

    Attributes:
        id: Its own.
        first_id: The first comment's.
        span: How many ids it covers.
        state: What it is good for.
    """

    id: int
    first_id: int
    span: int
    state: BlockState

    @property
    def end(self) -> int:
        """The first id behind it."""
        return self.first_id + self.span


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """How far comments have come.

    Attributes:
        last_id: The highest that is seen.
        oldest_running: Transactions numbered below it have ended.
        next_transaction: Transactions numbered from here on have not begun.
    """

    last_id: int
    oldest_running: int
    next_transaction: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """One comment as the index holds it.

    Attributes:
        id: Its id.
        text: Folded by shape, a line for each field.
        facets: What it can be filtered by.
    """

    id: int
    text: str
    facets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A comment that was changed; ``words`` says whether its text was, too."""

    id: int
    comment_id: int
    words: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far the index is behind.

    Attributes:
        unindexed: Comments that no block covers; the last few always wait for a block to fill.
        changes: Changes that no block shows.
    """

    unindexed: int
    changes: int


class SearchIndexQueries:
    """Answers what the index holds."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine

    @contextlib.contextmanager
    def turn(self) -> Iterator[bool]:
        """Keep other processes from writing to the index; says whether it is this one's turn."""
        if self._engine.dialect.name == "sqlite":
            yield True  # one process tree, one lane
            return
        with self._engine.begin() as connection:
            taken = sa.select(sa.func.pg_try_advisory_xact_lock(AdvisoryLock.SEARCH_INDEX))
            yield bool(connection.execute(taken).scalar_one())

    def blocks(self) -> tuple[Block, ...]:
        """Give all blocks by first id."""
        query = sa.select(search_blocks).order_by(search_blocks.c.first_id)
        with reading(self._engine) as connection:
            return tuple(
                Block(id=row.id, first_id=row.first_id, span=row.span, state=BlockState(row.state))
                for row in connection.execute(query)
            )

    def moment(self) -> Moment:
        """Say how far comments have come, and who may still write among them."""
        last = sa.select(sa.func.coalesce(sa.func.max(comments.c.id), 0)).scalar_subquery()
        if self._engine.dialect.name == "sqlite":
            # Writers never meet: what is not here below the last id will never come.
            running: tuple[sa.ColumnElement[Any], ...] = (sa.literal(0), sa.literal(0))
        else:
            text = [
                sa.cast(bound(sa.func.pg_current_snapshot()), sa.Text)
                for bound in (sa.func.pg_snapshot_xmin, sa.func.pg_snapshot_xmax)
            ]
            running = tuple(sa.cast(each, sa.BigInteger) for each in text)
        with reading(self._engine) as connection:
            last_id, oldest, following = connection.execute(sa.select(last, *running)).one()
        return Moment(last_id=last_id, oldest_running=oldest, next_transaction=following)

    def stretch(self, first_id: int, span: int) -> tuple[Sequence[Indexed], tuple[int, ...]]:
        """Give the comments of some ids, and the changes that they show already."""
        within = (comments.c.id >= first_id, comments.c.id < first_id + span)
        shown = sa.select(search_changes.c.id).where(
            search_changes.c.comment_id >= first_id, search_changes.c.comment_id < first_id + span
        )
        query = _INDEXED.where(*within).order_by(comments.c.id)
        with reading(self._engine) as connection:
            rows = [_indexed(row) for row in connection.execute(query).all()]
            return rows, tuple(connection.execute(shown).scalars())

    def changes(self, *, below: int, most: int) -> tuple[Change, ...]:
        """Give changes of comments with ids below one, the oldest first."""
        query = (
            sa.select(search_changes)
            .where(search_changes.c.comment_id < below)
            .order_by(search_changes.c.id)
            .limit(most)
        )
        with reading(self._engine) as connection:
            return tuple(
                Change(id=row.id, comment_id=row.comment_id, words=row.words)
                for row in connection.execute(query)
            )

    def comments(self, ids: Collection[int]) -> tuple[Indexed, ...]:
        """Give some comments."""
        query = _INDEXED.where(comments.c.id.in_(ids))
        with reading(self._engine) as connection:
            return tuple(_indexed(row) for row in connection.execute(query).all())

    def facets(self, block: int) -> Mapping[str, int]:
        """Give the facets of a block as bits."""
        query = sa.select(search_facets).where(search_facets.c.block_id == block)
        with reading(self._engine) as connection:
            return {
                row.facet: int.from_bytes(row.bits, "little") for row in connection.execute(query)
            }

    def pages_after(self, block: int) -> Callable[[int, int], Sequence[tuple[int, bytes]]]:
        """Give a function that reads the pages of a block, some behind a key at a time."""
        query = (
            sa.select(search_pages.c.first_key, search_pages.c.data)
            .where(search_pages.c.block_id == block, search_pages.c.first_key > sa.bindparam("key"))
            .order_by(search_pages.c.first_key)
            .limit(sa.bindparam("most"))
        )

        def next_pages(key: int, most: int) -> Sequence[tuple[int, bytes]]:
            with reading(self._engine) as connection:
                rows = connection.execute(query, {"key": key, "most": most})
                return [(row.first_key, bytes(row.data)) for row in rows]

        return next_pages

    def pages_at(self, block: int, keys: Sequence[int]) -> Mapping[int, tuple[int, bytes]]:
        """Give for each key the page where it would be, with the page's first key."""
        with reading(self._engine) as connection:
            return {
                key: (first_key, data)
                for _, key, first_key, data in pages_of_keys(connection, [block], keys)
            }

    def lag(self) -> Lag:
        """Say how far the index is behind."""
        covered = (
            sa.select(
                sa.func.coalesce(sa.func.max(search_blocks.c.first_id + search_blocks.c.span), 0)
            )
            .where(search_blocks.c.state == BlockState.READY)
            .scalar_subquery()
        )
        unindexed = sa.select(sa.func.count()).select_from(comments).where(comments.c.id >= covered)
        changes = sa.select(sa.func.count()).select_from(search_changes)
        with reading(self._engine) as connection:
            return Lag(
                unindexed=connection.execute(unindexed).scalar_one(),
                changes=connection.execute(changes).scalar_one(),
            )


def _page_statement(dialect: str) -> sa.Select[Any]:
    blocks, block = _listed("blocks", dialect)
    keys, key = _listed("keys", dialect)
    other = search_pages.alias()
    nearest = (
        sa.select(other.c.id)
        .where(other.c.block_id == block, other.c.first_key <= key)
        .order_by(other.c.first_key.desc())
        .limit(1)
        .correlate_except(other)
        .scalar_subquery()
    )
    # By the id alone: given the block, too, SQLite would go through all of its pages.
    there = search_pages.c.id == nearest
    return sa.select(
        block.label("block"), key.label("key"), search_pages.c.first_key, search_pages.c.data
    ).select_from(blocks.join(keys, sa.true()).join(search_pages, there))


def _listed(name: str, dialect: str) -> tuple[sa.FromClause, sa.ColumnElement[int]]:
    """Give a list of numbers that is handed in as one value."""
    value = sa.column("value", sa.BigInteger)
    if dialect == "sqlite":
        given = sa.bindparam(name, type_=sa.JSON)
        rows = sa.func.json_each(given).table_valued(value, name=f"{name}_listed")
    else:
        given = sa.bindparam(name, type_=sa.ARRAY(sa.BigInteger))
        rows = sa.func.unnest(given).table_valued(value, name=f"{name}_listed").render_derived()
    return rows, rows.c.value


_PAGES = {dialect: _page_statement(dialect) for dialect in ("sqlite", "postgresql")}


def pages_of_keys(
    connection: sa.Connection, blocks: Sequence[int], keys: Sequence[int]
) -> Iterator[tuple[int, int, int, bytes]]:
    """Find the page of every key in every block.

    Returns:
        Block, key, the page's first key and its data; nothing where a block begins behind a key.
    """
    asked = {"blocks": list(blocks), "keys": list(keys)}
    for row in connection.execute(_PAGES[connection.dialect.name], asked):
        yield row.block, row.key, row.first_key, bytes(row.data)


def _indexed(row: sa.Row[Any]) -> Indexed:
    text = folded_by_shape(folded_to_search(row.search_text))
    return Indexed(id=row.id, text=text, facets=facets_of(row))
