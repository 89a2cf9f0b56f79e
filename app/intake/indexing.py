"""Keeping the search index: it follows what is recorded, some seconds behind.

Recording waits for none of this. What no block covers yet is searched row by row, and a change
that no block shows yet is looked at by itself, so what is found is right at every moment; the
index only makes it quick. See ADR 0062.
"""

import functools
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from app.intake.desk import Desk
from app.storage import index_building, index_pages
from app.storage.index_building import Entries
from app.storage.index_pages import Spans
from app.storage.queries.search_index import Block, Change, Indexed, Moment
from app.storage.repositories.search_index import BlockState
from app.storage.repositories.unit import Repositories

_PAGES_AT_ONCE = 64
"""Written in one go: a quarter of a megabyte, which holds up nobody who records."""
_CHANGES_AT_ONCE = 1_000
_TEXTS_AT_ONCE = 20
"""A changed text may touch hundreds of pages."""
_MOST_LETTERS = 4_000_000
"""Held in memory to make a middle block at once, some 20 bytes for each; where texts are longer
it is put together from small ones."""
_WATCHED = timedelta(seconds=1)
_MOST_BEHIND = 4
"""Middle blocks' worth of comments that are searched row by row at most while many come in."""


class Indexer:
    """Does what the index needs, a little at a time; may be stopped or killed at any point."""

    def __init__(self, desk: Desk, spans: Spans | None = None) -> None:
        """Prepare; nothing is done yet.

        Args:
            desk: Whose comments are indexed.
            spans: Of its blocks.
        """
        self._desk = desk
        self._spans = spans or Spans()
        self._queries = desk.queries.search_index
        self._observed: Moment | None = None
        self._settled = 0
        self._watched_since: tuple[datetime, int] | None = None
        self._is_rush = False

    def once(self) -> bool:
        """Do one thing; says whether there was anything to do."""
        with self._queries.turn() as is_mine:
            if not is_mine:
                return False
            blocks = self._queries.blocks()
            ready = [block for block in blocks if block.state is BlockState.READY]
            first_id = ready[-1].end if ready else 0
            self._observe()
            return (
                self._clear([block for block in blocks if block.state is not BlockState.READY])
                or self._put_right(ready)
                or (not self._better_waits(first_id) and self._build(ready, first_id))
            )

    def _better_waits(self, first_id: int) -> bool:
        """Say whether those who post now would wait for this, and it may come in a lull."""
        now = self._desk.clock()
        since, settled = self._watched_since or (now, self._settled)
        if self._watched_since is None or not timedelta() <= now - since < _WATCHED:
            come = self._settled - settled
            self._is_rush = come > self._spans.small * ((now - since) / _WATCHED)
            self._watched_since = (now, self._settled)
        return self._is_rush and not self._has(first_id, _MOST_BEHIND * self._spans.middle)

    def _build(self, ready: Sequence[Block], first_id: int) -> bool:
        return self._join(ready) or self._extend(first_id)

    def _clear(self, rest: Sequence[Block]) -> bool:
        """Delete blocks that were replaced, or left half built by a process that died."""
        if not rest:
            return False
        block = rest[0].id
        self._desk.writer.run(
            lambda repositories: repositories.search_index.clear(block, most=_PAGES_AT_ONCE)
        )
        return True

    def _extend(self, first_id: int) -> bool:
        """Cover the next comments, as many as possible, once no other can come among them."""
        small, middle = self._spans.small, self._spans.middle
        if not self._has(first_id, small):
            return False
        span = small
        rows, changes = self._queries.stretch(first_id, span)
        many_letters = sum(len(row.text) for row in rows) * (middle // small) > _MOST_LETTERS
        if first_id % middle == 0 and self._has(first_id, middle) and not many_letters:
            span = middle
            rows, changes = self._queries.stretch(first_id, span)
        texts = [(row.id - first_id, row.text) for row in rows]
        block = self._begin(first_id, span)
        for entries in index_building.entries_of(texts):
            self._add(block, entries, span)
        facets = _facet_bits(rows, first_id, span)
        self._finish(block, facets, span, changes=changes)
        return True

    def _has(self, first_id: int, span: int) -> bool:
        return first_id + span <= self._settled + 1

    def _observe(self) -> None:
        """Note up to which id everything is here.

        On PostgreSQL ids become visible out of order. Who writes a comment wrote to the database
        before it drew the id, so its transaction was numbered by then: when all transactions that
        had a number when an id was seen have ended, no lower id can come any more.
        """
        now = self._queries.moment()
        if self._observed and now.oldest_running >= self._observed.next_transaction:
            self._settled = max(self._settled, self._observed.last_id)
            self._observed = None
        if now.oldest_running >= now.next_transaction:
            self._settled = max(self._settled, now.last_id)
        self._observed = self._observed or now

    def _join(self, ready: Sequence[Block]) -> bool:
        """Put neighbours together as soon as they fill a larger block."""
        spans = self._spans
        for small, large in ((spans.small, spans.middle), (spans.middle, spans.large)):
            groups: dict[int, list[Block]] = defaultdict(list)
            for block in ready:
                if block.span == small:
                    groups[block.first_id // large * large].append(block)
            for first_id, parts in groups.items():
                if len(parts) == large // small:
                    self._put_together(parts, first_id, large)
                    return True
        return False

    def _put_together(self, parts: Sequence[Block], first_id: int, span: int) -> None:
        facets: dict[str, int] = defaultdict(int)
        for part in parts:
            for facet, bits in self._queries.facets(part.id).items():
                facets[facet] |= bits << (part.first_id - first_id)
        block = self._begin(first_id, span)
        read = [(part.first_id - first_id, self._queries.pages_after(part.id)) for part in parts]
        for entries in index_building.merged(read):
            self._add(block, entries, span)
        self._finish(block, facets, span, replaces=[part.id for part in parts])

    def _begin(self, first_id: int, span: int) -> int:
        return self._desk.writer.run(
            lambda repositories: repositories.search_index.begin(first_id=first_id, span=span)
        )

    def _add(self, block: int, entries: Entries, span: int) -> None:
        pages = index_building.pages_of(entries, span=span, many=self._spans.middle)
        while some := list(itertools.islice(pages, _PAGES_AT_ONCE)):
            self._desk.writer.run(functools.partial(_add_pages, block=block, pages=some))

    def _finish(
        self,
        block: int,
        facets: Mapping[str, int],
        span: int,
        *,
        replaces: Sequence[int] = (),
        changes: Sequence[int] = (),
    ) -> None:
        written = {facet: bits.to_bytes(span // 8, "little") for facet, bits in facets.items()}
        self._desk.writer.run(
            lambda repositories: repositories.search_index.finish(
                block, facets=written, replaces=replaces, changes=changes
            )
        )

    def _put_right(self, ready: Sequence[Block]) -> bool:
        """Show in the index what was changed."""
        changes = self._queries.changes(below=ready[-1].end if ready else 0, most=_CHANGES_AT_ONCE)
        if not changes:
            return False
        block = next(each for each in ready if changes[0].comment_id < each.end)
        mine = [each for each in changes if block.first_id <= each.comment_id < block.end]
        with_words = [each for each in mine if each.words]
        late = {each.id for each in with_words[_TEXTS_AT_ONCE:]}
        self._correct(block, [each for each in mine if each.id not in late])
        return True

    def _correct(self, block: Block, changes: Sequence[Change]) -> None:
        rows = self._queries.comments({each.comment_id for each in changes})
        facets = _moved(
            self._queries.facets(block.id), _facet_bits(rows, block.first_id, block.span)
        )
        texts = {each.comment_id for each in changes if each.words}
        wanted: dict[int, list[int]] = defaultdict(list)
        for row in rows:
            if row.id in texts:
                for key in index_pages.keys_of(row.text):
                    wanted[key].append(row.id - block.first_id)
        found = self._queries.pages_at(block.id, list(wanted)) if wanted else {}
        old, new = index_pages.with_places(found, wanted, block.span)
        written = {
            facet: bits.to_bytes(block.span // 8, "little") for facet, bits in facets.items()
        }

        def work(repositories: Repositories) -> None:
            if new:
                repositories.search_index.replace_pages(block.id, old=old, new=new)
            repositories.search_index.set_facets(block.id, written)
            repositories.search_index.forget_changes([each.id for each in changes])

        self._desk.writer.run(work)


def _add_pages(
    repositories: Repositories, *, block: int, pages: Sequence[tuple[int, bytes]]
) -> None:
    repositories.search_index.add_pages(block, pages)


def _facet_bits(rows: Iterable[Indexed], first_id: int, span: int) -> dict[str, int]:
    places: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        for facet in row.facets:
            places[facet].append(row.id - first_id)
    return {facet: index_pages.bits_of(some, span) for facet, some in places.items()}


def _moved(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """Take comments out of the facets they had, and put them into those they have."""
    touched = 0
    for bits in now.values():
        touched |= bits
    kept = {facet: bits & ~touched for facet, bits in before.items()}
    return {facet: kept.get(facet, 0) | now.get(facet, 0) for facet in kept.keys() | now.keys()}
