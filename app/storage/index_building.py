"""Making blocks of the search index, with arrays instead of loops: a few seconds for 10,000 texts.

A city's comments are indexed by the process that takes them in, so what is done here leaves that
process's other threads room: sorting gives the interpreter away.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from app.storage.index_pages import PAGE_BYTES, packed_bits

Longs = NDArray[numpy.int64]
Shorts = NDArray[numpy.uint16]
_LINE_END = ord("\n")
_TERM_BYTES, _PLACE_BYTES = 10, 2
_PAGES_AT_ONCE = 24
_LETTERS_AT_ONCE = 1 << 15
"""Each begins up to three terms, and sorting takes some 40 bytes for each of them."""
_COUNTED_AT_ONCE = 1 << 18
"""Counting makes eight bytes of each letter."""
NextPages = Callable[[int, int], Sequence[tuple[int, bytes]]]
"""Gives the next pages of a block behind a key, at most so many, in order."""


@dataclass(frozen=True, slots=True)
class Entries:
    """Terms and places, sorted by both; each pair stands once."""

    keys: Longs
    places: Shorts


def entries_of(texts: Sequence[tuple[int, str]]) -> Iterator[Entries]:
    """Find the terms of texts, some at a time and in order, so that memory does not grow with them.

    Args:
        texts: Places, rising, and what stands there; a term ends where a line does.
    """
    characters = _characters(texts)
    lengths = numpy.fromiter((len(text) + 1 for _, text in texts), numpy.int64, len(texts))
    own = numpy.fromiter((place for place, _ in texts), numpy.uint16, len(texts))
    places = numpy.repeat(own, lengths)
    begins = characters[: len(places)]
    for lowest, next_lowest in _ranges(begins):
        here = (begins >= lowest) & (begins < next_lowest) & (begins != _LINE_END)
        yield _entries_at(numpy.flatnonzero(here), characters, places)


def _characters(texts: Sequence[tuple[int, str]]) -> NDArray[numpy.uint32]:
    """Give all texts, each with a line's end, and two more, so that three can be seen anywhere."""
    joined = "".join([*(f"{text}\n" for _, text in texts), "\n\n"])
    return numpy.frombuffer(joined.encode("utf-32-le"), dtype="<u4")


def _ranges(characters: NDArray[numpy.uint32]) -> Iterator[tuple[int, int]]:
    """Divide letters, so that about as many stand in each part and few enough in most."""
    if not len(characters):
        return
    counts = numpy.zeros(int(characters.max()) + 1, numpy.int64)
    for at in range(0, len(characters), _COUNTED_AT_ONCE):
        counts += numpy.bincount(characters[at : at + _COUNTED_AT_ONCE], minlength=len(counts))
    reached = numpy.cumsum(counts)
    wanted = numpy.arange(_LETTERS_AT_ONCE, len(characters), _LETTERS_AT_ONCE)
    bounds = numpy.unique(numpy.searchsorted(reached, wanted) + 1)
    yield from itertools.pairwise([0, *map(int, bounds), len(reached) + 1])


def _entries_at(
    begins: NDArray[numpy.int64], characters: NDArray[numpy.uint32], places: Shorts
) -> Entries:
    """Give the terms that begin at some letters."""
    first, second, third = (characters[begins + at].astype(numpy.int64) for at in range(3))
    two = second != _LINE_END
    three = two & (third != _LINE_END)
    begun = first << 42
    pairs = begun | second << 21
    own = places[begins]
    keys = numpy.concatenate([begun, pairs[two], (pairs | third)[three]])
    return _sorted(keys, numpy.concatenate([own, own[two], own[three]]))


def _sorted(keys: Longs, places: Shorts) -> Entries:
    """Sort by key; within a key the places rise already."""
    order = numpy.argsort(keys, kind="stable")
    keys, places = keys[order], places[order]
    new = numpy.ones(len(keys), dtype=bool)
    new[1:] = (keys[1:] != keys[:-1]) | (places[1:] != places[:-1])
    return Entries(keys[new], places[new])


def pages_of(entries: Entries, *, span: int, many: int) -> Iterator[tuple[int, bytes]]:
    """Write entries as pages; gives the first key of each page with it.

    Args:
        entries: Of whole terms.
        span: Of the block.
        many: A term with more places than this is written as bits.
    """
    if not len(entries.keys):
        return
    starts = numpy.flatnonzero(numpy.concatenate([[True], entries.keys[1:] != entries.keys[:-1]]))
    counts = numpy.diff(starts, append=len(entries.keys))
    keys = entries.keys[starts]
    sizes = numpy.cumsum(_TERM_BYTES + _PLACE_BYTES * counts)
    common = numpy.flatnonzero(counts > many)
    at = 0
    while at < len(keys):
        if counts[at] > many:
            places = entries.places[starts[at] : starts[at] + counts[at]]
            yield int(keys[at]), packed_bits(_as_bits(places, span), span)
            at += 1
            continue
        before = int(sizes[at - 1]) if at else 0
        end = int(numpy.searchsorted(sizes, before + PAGE_BYTES, side="right"))
        end = max(end, at + 1)
        behind = int(numpy.searchsorted(common, at))
        if behind < len(common):
            end = min(end, int(common[behind]))
        yield int(keys[at]), _page(entries, keys[at:end], counts[at:end], int(starts[at]))
        at = end


def _page(entries: Entries, keys: Longs, counts: Longs, start: int) -> bytes:
    return b"".join(
        (
            len(keys).to_bytes(2, "little"),
            keys.astype("<i8").tobytes(),
            counts.astype("<u2").tobytes(),
            entries.places[start : start + int(counts.sum())].astype("<u2").tobytes(),
        )
    )


def _as_bits(places: Shorts, span: int) -> int:
    flags = numpy.zeros(span, dtype=numpy.uint8)
    flags[places] = 1
    return int.from_bytes(numpy.packbits(flags, bitorder="little").tobytes(), "little")


class _Stream:
    """The terms of one block, in order, with their places in the block they go into."""

    def __init__(self, offset: int, next_pages: NextPages) -> None:
        self._offset = offset
        self._next_pages = next_pages
        self._last_page = -1
        self.is_over = False
        self._keys: Longs = numpy.empty(0, numpy.int64)
        self._places: Shorts = numpy.empty(0, numpy.uint16)

    def fill(self) -> None:
        """Read on where what was read is used up."""
        if self.is_over or len(self._keys):
            return
        found = self._next_pages(self._last_page, _PAGES_AT_ONCE)
        self.is_over = not found
        if found:
            self._last_page = found[-1][0]
            parts = [_read(data, self._offset) for _, data in found]
            self._keys = numpy.concatenate([keys for keys, _ in parts])
            self._places = numpy.concatenate([places for _, places in parts])

    @property
    def last_key(self) -> int | None:
        """The last key read and not given; None where there is none."""
        return int(self._keys[-1]) if len(self._keys) else None

    def until(self, key: int) -> tuple[Longs, Shorts]:
        """Give what stands up to a key, that one included."""
        end = int(numpy.searchsorted(self._keys, key, side="right"))
        keys, places = self._keys[:end], self._places[:end]
        self._keys, self._places = self._keys[end:], self._places[end:]
        return keys, places


def _read(data: bytes, offset: int) -> tuple[Longs, Shorts]:
    number = int.from_bytes(data[:2], "little")
    keys = numpy.frombuffer(data, "<i8", number, 2).astype(numpy.int64)
    counts = numpy.frombuffer(data, "<u2", number, 2 + 8 * number)
    places = numpy.frombuffer(data, "<u2", -1, 2 + 10 * number) + numpy.uint16(offset)
    return numpy.repeat(keys, counts), places.astype(numpy.uint16)


def merged(parts: Sequence[tuple[int, NextPages]]) -> Iterator[Entries]:
    """Put blocks together, some terms at a time, so that memory does not grow with them.

    Args:
        parts: Where each block begins in the new one, rising, and how to read it.
    """
    streams = [_Stream(offset, next_pages) for offset, next_pages in parts]
    while True:
        for stream in streams:
            stream.fill()
        last = [stream.last_key for stream in streams if not stream.is_over]
        reached = [key for key in last if key is not None]
        if not reached:
            return
        some = [stream.until(min(reached)) for stream in streams]
        yield _sorted(
            numpy.concatenate([keys for keys, _ in some]),
            numpy.concatenate([places for _, places in some]),
        )
