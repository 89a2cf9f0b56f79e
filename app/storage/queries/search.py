"""Finding comments by words and filters, newest first, without looking at all of them.

What the index covers is asked of the index, block by block from the newest on, until a page is
full; each hit is then held against its row, so that neither a stale entry nor terms that stand in
another order are told. What it does not cover yet is looked at row by row. See ADR 0062.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa

from app.domain.search_folding import folded_by_shape, folded_to_search
from app.storage.index_pages import bits_of, keys_to_ask, places_in, places_of
from app.storage.queries.search_index import pages_of_keys
from app.storage.repositories.comments import comments
from app.storage.repositories.search_index import (
    BlockState,
    search_blocks,
    search_changes,
    search_facets,
)

_MOST_ID = 2**62
_MOST_KEYS = 16
_FIRST_BLOCKS, _MOST_BLOCKS = 2, 32
_MOST_ROWS = 500
_ROWS_AT_ONCE = 128
_KEPT_TEXTS, _LONGEST_KEPT = 2_048, 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for.

    Attributes:
        words: Must all stand in a comment; folded to search.
        by_shape: Whether what scanners take for each other is the same.
        facets: Of each group a comment has one.
        conditions: The same as the facets, asked of the rows.
    """

    words: tuple[str, ...]
    by_shape: bool
    facets: tuple[frozenset[str], ...]
    conditions: tuple[sa.ColumnElement[bool], ...]


@dataclass(frozen=True, slots=True)
class _Block:
    id: int
    first_id: int
    span: int


def find(connection: sa.Connection, search: Search, *, before: int | None, most: int) -> list[int]:
    """Give the ids of the newest comments that fit.

    Args:
        connection: With one consistent view of index and rows.
        search: What is looked for; words, facets or both.
        before: Only ids lower than this.
        most: How many at most.
    """
    blocks = _blocks(connection, before)
    end = blocks[0].first_id + blocks[0].span if blocks else 0
    found: list[int] = []
    for number in _unindexed(connection, search, end, before):
        found.append(number)
        if len(found) == most:
            return found
    start, size = 0, _FIRST_BLOCKS
    while start < len(blocks) and len(found) < most:
        some = blocks[start : start + size]
        hits = _hits(connection, search, some, before)
        for number in _held_against_rows(connection, search, hits, most - len(found)):
            found.append(number)
            if len(found) == most:
                break
        start, size = start + size, min(size * 2, _MOST_BLOCKS)
    return found


# Built once: building a statement costs as much as running it.
_BLOCKS = (
    sa.select(search_blocks.c.id, search_blocks.c.first_id, search_blocks.c.span)
    .where(
        search_blocks.c.state == BlockState.READY,
        search_blocks.c.first_id < sa.bindparam("before", type_=sa.BigInteger),
    )
    .order_by(search_blocks.c.first_id.desc())
)
_FACETS = sa.select(search_facets).where(
    search_facets.c.block_id.in_(sa.bindparam("blocks", expanding=True)),
    search_facets.c.facet.in_(sa.bindparam("facets", expanding=True)),
)
_CHANGED = sa.select(search_changes.c.comment_id, search_changes.c.words).where(
    search_changes.c.comment_id >= sa.bindparam("first", type_=sa.BigInteger),
    search_changes.c.comment_id < sa.bindparam("end", type_=sa.BigInteger),
)
_ROWS = sa.select(comments.c.id, comments.c.search_text).order_by(comments.c.id.desc())
_NOT_COVERED = _ROWS.where(
    comments.c.id >= sa.bindparam("end", type_=sa.BigInteger),
    comments.c.id < sa.bindparam("before", type_=sa.BigInteger),
)
_OF_IDS = _ROWS.where(comments.c.id.in_(sa.bindparam("ids", expanding=True)))


def _blocks(connection: sa.Connection, before: int | None) -> list[_Block]:
    asked = {"before": _MOST_ID if before is None else before}
    return [_Block(*row) for row in connection.execute(_BLOCKS, asked)]


def _unindexed(
    connection: sa.Connection, search: Search, end: int, before: int | None
) -> Iterator[int]:
    """Look at the comments behind the index, one after another."""
    rows = connection.execute(
        _NOT_COVERED.where(*search.conditions),
        {"end": end, "before": _MOST_ID if before is None else before},
        execution_options={"yield_per": _ROWS_AT_ONCE},
    )
    with rows:
        for row in rows:
            if _fits(row.search_text, search):
                yield row.id


def _hits(
    connection: sa.Connection, search: Search, blocks: Sequence[_Block], before: int | None
) -> Iterator[int]:
    """Give the ids that the index names in some blocks, and those it may be wrong about."""
    ids = [block.id for block in blocks]
    facets = _facets(connection, search, ids)
    keys = _keys(search)
    terms: dict[int, dict[int, Sequence[int] | int]] = defaultdict(dict)
    if keys:
        for owner, key, first_key, data in pages_of_keys(connection, ids, keys):
            terms[owner][key] = places_in(data, first_key, key)
    changed = _changed(connection, blocks)
    for block in blocks:
        anew, with_words = changed.get(block.id, (0, 0))
        bits = (1 << block.span) - 1
        if before is not None and before < block.first_id + block.span:
            bits = (1 << (before - block.first_id)) - 1
        for group in search.facets:
            bits &= anew | _any_of(facets[block.id], group)
        if keys and bits:
            own = terms[block.id]
            bits &= with_words | _all_of([own.get(key, ()) for key in keys], block.span)
        yield from (block.first_id + place for place in places_of(bits))


def _keys(search: Search) -> tuple[int, ...]:
    keys = dict.fromkeys(key for word in search.words for key in keys_to_ask(folded_by_shape(word)))
    return tuple(keys)[:_MOST_KEYS]


def _facets(
    connection: sa.Connection, search: Search, blocks: Sequence[int]
) -> Mapping[int, Mapping[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    wanted = frozenset().union(*search.facets)
    if wanted:
        for row in connection.execute(_FACETS, {"blocks": blocks, "facets": list(wanted)}):
            found[row.block_id][row.facet] = int.from_bytes(row.bits, "little")
    return found


def _changed(connection: sa.Connection, blocks: Sequence[_Block]) -> Mapping[int, tuple[int, int]]:
    """Give the comments whose entries may be stale: all of them, and those with other words."""
    last, first = blocks[0], blocks[-1]
    asked = {"first": first.first_id, "end": last.first_id + last.span}
    rows = connection.execute(_CHANGED, asked).all()
    found: dict[int, tuple[int, int]] = {}
    if rows:
        for block in blocks:
            mine = [
                (row.comment_id - block.first_id, row.words)
                for row in rows
                if block.first_id <= row.comment_id < block.first_id + block.span
            ]
            found[block.id] = (
                bits_of([place for place, _ in mine], block.span),
                bits_of([place for place, words in mine if words], block.span),
            )
    return found


def _any_of(facets: Mapping[str, int], group: frozenset[str]) -> int:
    bits = 0
    for facet in group:
        bits |= facets.get(facet, 0)
    return bits


def _all_of(terms: Sequence[Sequence[int] | int], span: int) -> int:
    """Give the places that all terms have; the rarest first, since few is soon none."""
    few = sorted((each for each in terms if not isinstance(each, int)), key=len)
    if few:
        common = set(few[0])
        for other in few[1:]:
            if not common:
                return 0
            common.intersection_update(other)
        bits = bits_of(tuple(common), span)
    else:
        bits = (1 << span) - 1
    for each in terms:
        if isinstance(each, int):
            bits &= each
    return bits


def _held_against_rows(
    connection: sa.Connection, search: Search, hits: Iterator[int], wanted: int
) -> Iterator[int]:
    """Give the hits whose rows fit."""
    size = wanted
    while some := list(itertools.islice(hits, size)):
        rows = connection.execute(_OF_IDS.where(*search.conditions), {"ids": some})
        yield from [row.id for row in rows if _fits(row.search_text, search)]
        size = min(size * 2, _MOST_ROWS)


def _fits(text: str, search: Search) -> bool:
    if not search.words:
        return True
    fold = _kept if len(text) <= _LONGEST_KEPT else _folded
    own = fold(text, search.by_shape)
    words = map(folded_by_shape, search.words) if search.by_shape else search.words
    return all(word in own for word in words)


def _folded(text: str, by_shape: bool) -> str:  # noqa: FBT001 - a cache takes positions
    folded = folded_to_search(text)
    return folded_by_shape(folded) if by_shape else folded


# The newest comments are looked at by every search until a block covers them.
_kept = lru_cache(_KEPT_TEXTS)(_folded)


def count(
    connection: sa.Connection, groups: Sequence[frozenset[str]], each: Sequence[str]
) -> dict[str, int]:
    """Count the comments of the index that have each of some facets, but for changed ones.

    Args:
        connection: With one consistent view of index and rows.
        groups: Of each group a comment has one.
        each: The facets that are told apart.
    """
    blocks = _blocks(connection, None)
    found = dict.fromkeys(each, 0)
    if not blocks:
        return found
    search = Search(words=(), by_shape=False, facets=(*groups, frozenset(each)), conditions=())
    facets = _facets(connection, search, [block.id for block in blocks])
    changed = _changed(connection, blocks)
    for block in blocks:
        anew, _ = changed.get(block.id, (0, 0))
        bits = ~anew
        for group in groups:
            bits &= _any_of(facets[block.id], group)
        for facet in each:
            found[facet] += (facets[block.id].get(facet, 0) & bits).bit_count()
    return found


def not_counted(connection: sa.Connection) -> sa.ColumnElement[bool]:
    """Give the condition for the comments that ``count`` leaves out: new and changed ones."""
    newest = next(iter(_blocks(connection, None)), None)
    end = newest.first_id + newest.span if newest else 0
    changed = sa.select(search_changes.c.comment_id).where(search_changes.c.comment_id < end)
    return sa.or_(comments.c.id >= end, comments.c.id.in_(changed))
