"""The search index: blocks of ids, their pages of terms, and what was changed since."""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from app.storage.tables import (
    SearchBlockRow,
    SearchChangeRow,
    SearchFacetRow,
    SearchPageRow,
    metadata,
)

search_blocks = metadata.tables[str(SearchBlockRow.__tablename__)]
search_pages = metadata.tables[str(SearchPageRow.__tablename__)]
search_facets = metadata.tables[str(SearchFacetRow.__tablename__)]
search_changes = metadata.tables[str(SearchChangeRow.__tablename__)]


class BlockState(StrEnum):
    """What a block is good for."""

    BUILDING = "building"
    READY = "ready"
    DROPPED = "dropped"


def facets_of(row: sa.Row[Any]) -> tuple[str, ...]:
    """Name the facets of a comment's row: what a list can be filtered by."""
    return (
        f"channel:{row.channel.value}",
        f"status:{row.status.value}",
        f"timeliness:{row.timeliness_verdict.value}",
        consultation_facet(row.consultation_id),
    )


def consultation_facet(number: int | None) -> str:
    """Name the facet of the comments of a consultation, or of those of none."""
    return f"consultation:{'' if number is None else number}"


class SearchIndexRepository:
    """Writes the search index, in pieces so small that nobody waits for them."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

    def begin(self, *, first_id: int, span: int) -> int:
        """Open a block that is not searched yet, and give its id."""
        new = sa.insert(search_blocks).values(
            first_id=first_id, span=span, state=BlockState.BUILDING
        )
        return int(self._connection.execute(new.returning(search_blocks.c.id)).scalar_one())

    def add_pages(self, block: int, pages: Iterable[tuple[int, bytes]]) -> None:
        """Add pages of terms to a block."""
        rows = [{"block_id": block, "first_key": key, "data": data} for key, data in pages]
        self._connection.execute(sa.insert(search_pages), rows)

    def finish(
        self,
        block: int,
        *,
        facets: Mapping[str, bytes],
        replaces: Collection[int] = (),
        changes: Collection[int] = (),
    ) -> None:
        """Have a block searched from now on.

        Args:
            block: Its id.
            facets: Who has which facet.
            replaces: Blocks whose ids it covers; they are searched no more.
            changes: What it holds already.
        """
        self.set_facets(block, facets)
        self._set_state([block], BlockState.READY)
        self._set_state(replaces, BlockState.DROPPED)
        self.forget_changes(changes)

    def set_facets(self, block: int, facets: Mapping[str, bytes]) -> None:
        """Say anew who of a block has which facet."""
        mine = search_facets.c.block_id == block
        self._connection.execute(sa.delete(search_facets).where(mine))
        if facets:
            rows = [
                {"block_id": block, "facet": facet, "bits": bits} for facet, bits in facets.items()
            ]
            self._connection.execute(sa.insert(search_facets), rows)

    def replace_pages(
        self, block: int, *, old: Collection[int], new: Iterable[tuple[int, bytes]]
    ) -> None:
        """Put pages in the place of others, which are named by their first keys."""
        mine = search_pages.c.block_id == block
        self._connection.execute(
            sa.delete(search_pages).where(mine, search_pages.c.first_key.in_(old))
        )
        self.add_pages(block, new)

    def forget_changes(self, changes: Collection[int]) -> None:
        """Forget changes that the index shows."""
        if changes:
            self._connection.execute(
                sa.delete(search_changes).where(search_changes.c.id.in_(changes))
            )

    def clear(self, block: int, *, most: int) -> bool:
        """Delete some pages of a block that is not searched; says whether it is gone now.

        Args:
            block: Its id.
            most: How many pages.
        """
        some = sa.select(search_pages.c.id).where(search_pages.c.block_id == block).limit(most)
        gone = self._connection.execute(
            sa.delete(search_pages).where(search_pages.c.id.in_(some)).returning(search_pages.c.id)
        ).all()
        if len(gone) == most:
            return False
        self._connection.execute(sa.delete(search_facets).where(search_facets.c.block_id == block))
        self._connection.execute(sa.delete(search_blocks).where(search_blocks.c.id == block))
        return True

    def _set_state(self, blocks: Collection[int], state: BlockState) -> None:
        if blocks:
            self._connection.execute(
                sa.update(search_blocks).where(search_blocks.c.id.in_(blocks)).values(state=state)
            )
