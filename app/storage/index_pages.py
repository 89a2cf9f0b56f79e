"""The pages of the search index: terms in order, each with the comments of a block it stands in.

A *term* is one, two or three characters that follow each other in a field; packed into 63 bits it
is a *key*, so that keys sort alike on every database. A *block* covers the comments of a stretch
of ids; within it a comment is a *place* (0 for the first id). A page holds

    n: u16 · keys: n x i64 · counts: n x u16 · places: u16 each, rising within a term

all little-endian, or, where n is 0, one term's places as bits, the first in the lowest bit.
"""

import struct
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

LONGEST_TERM = 3
PAGE_BYTES = 4_000
_MOST_TERMS_OF_A_WORD = 6
_CHARACTER_BITS = 21  # Unicode ends at U+10FFFF


@dataclass(frozen=True, slots=True)
class Spans:
    """How many ids blocks cover: each span a whole number of the one before it.

    A term that stands in more comments than a middle block has is written as bits.
    """

    small: int = 256
    middle: int = 2_048
    large: int = 32_768  # places fit 16 bits


_HEAD = struct.Struct("<H")
_KEY_BYTES, _COUNT_BYTES, _PLACE_BYTES = 8, 2, 2


def key_of(term: str) -> int:
    """Pack a term of at most three characters; those that begin alike lie together."""
    key = 0
    for character in term:
        key = key << _CHARACTER_BITS | ord(character)
    return int(key << _CHARACTER_BITS * (LONGEST_TERM - len(term)))


def keys_of(text: str) -> frozenset[int]:
    """Give the key of every term in a text; a term does not reach over the end of a line."""
    return frozenset(
        key_of(line[start : start + length])
        for line in text.split("\n")
        for length in range(1, LONGEST_TERM + 1)
        for start in range(len(line) - length + 1)
    )


def keys_to_ask(word: str) -> tuple[int, ...]:
    """Choose terms of a word: whatever holds the word holds all of them.

    Longer terms are rarer, and terms that overlap little say more; a few narrow it down enough,
    since each hit is held against the text itself.
    """
    longest = min(len(word), LONGEST_TERM)
    last = len(word) - longest
    starts = [*range(0, last, 2), last]
    if len(starts) > _MOST_TERMS_OF_A_WORD:
        step = (len(starts) - 1) / (_MOST_TERMS_OF_A_WORD - 1)
        starts = [starts[round(number * step)] for number in range(_MOST_TERMS_OF_A_WORD)]
    return tuple(dict.fromkeys(key_of(word[start : start + longest]) for start in starts))


def pack(terms: Sequence[tuple[int, Sequence[int]]]) -> bytes:
    """Write a page of terms in order."""
    keys = [key for key, _ in terms]
    counts = [len(places) for _, places in terms]
    flat = [place for _, places in terms for place in places]
    return struct.pack(f"<H{len(keys)}q{len(keys)}H{len(flat)}H", len(keys), *keys, *counts, *flat)


def pages(terms: Mapping[int, Sequence[int]]) -> Iterator[tuple[int, bytes]]:
    """Write terms as pages of a handy size; gives the first key of each page with it."""
    some: list[tuple[int, Sequence[int]]] = []
    size = 0
    for key, places in sorted(terms.items()):
        grown = _KEY_BYTES + _COUNT_BYTES + _PLACE_BYTES * len(places)
        if some and size + grown > PAGE_BYTES:
            yield some[0][0], pack(some)
            some, size = [], 0
        some.append((key, places))
        size += grown
    if some:
        yield some[0][0], pack(some)


def unpack(data: bytes) -> dict[int, tuple[int, ...]]:
    """Read a page of terms.

    Raises:
        ValueError: It holds bits.
    """
    (number,) = _HEAD.unpack_from(data)
    if not number:
        raise ValueError("the page holds the bits of one term")
    keys = struct.unpack_from(f"<{number}q", data, _HEAD.size)
    counts = struct.unpack_from(f"<{number}H", data, _HEAD.size + number * _KEY_BYTES)
    start = _HEAD.size + number * (_KEY_BYTES + _COUNT_BYTES)
    flat = struct.unpack_from(f"<{sum(counts)}H", data, start)
    ends = list(accumulate(counts))
    return {
        key: flat[end - count : end] for key, count, end in zip(keys, counts, ends, strict=True)
    }


def holds_bits(data: bytes) -> bool:
    """Say whether a page holds one term's places as bits."""
    return data[:2] == b"\0\0"


def packed_bits(bits: int, span: int) -> bytes:
    """Write the page of a term that stands in many comments."""
    return b"\0\0" + bits.to_bytes(span // 8, "little")


def places_in(data: bytes, first_key: int, key: int) -> "tuple[int, ...] | int":
    """Look a term up in the page where it would be.

    Returns:
        Its places, rising, or as bits; no places where it is not there.
    """
    (number,) = _HEAD.unpack_from(data)
    if not number:
        return int.from_bytes(data[_HEAD.size :], "little") if first_key == key else ()
    keys = struct.unpack_from(f"<{number}q", data, _HEAD.size)
    at = bisect_left(keys, key)
    if at == number or keys[at] != key:
        return ()
    counts = struct.unpack_from(f"<{at + 1}H", data, _HEAD.size + number * _KEY_BYTES)
    start = _HEAD.size + number * (_KEY_BYTES + _COUNT_BYTES)
    start += _PLACE_BYTES * sum(counts[:at])
    return struct.unpack_from(f"<{counts[at]}H", data, start)


def bits_of(places: "Sequence[int] | int", span: int) -> int:
    """Write places as bits."""
    if isinstance(places, int):
        return places
    bits = bytearray(span // 8)
    for place in places:
        bits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(bits, "little")


def places_of(bits: int) -> Iterator[int]:
    """Give the places of bits, the last first."""
    data = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    for at in range(len(data) - 1, -1, -1):
        if byte := data[at]:
            for bit in range(7, -1, -1):
                if byte >> bit & 1:
                    yield at * 8 + bit


def with_places(
    found: Mapping[int, tuple[int, bytes]], wanted: Mapping[int, Sequence[int]], span: int
) -> tuple[list[int], list[tuple[int, bytes]]]:
    """Write the pages of a block anew so that terms stand in further places.

    Args:
        found: The page where a key would be, with the page's first key; nothing where the
            block begins behind the key.
        wanted: Places by key.
        span: Of the block.

    Returns:
        First keys of the pages that go, and the pages that come.
    """
    old: list[int] = []
    new: list[tuple[int, bytes]] = []
    alone: dict[int, Sequence[int]] = {}
    touched: dict[int, tuple[bytes, dict[int, Sequence[int]]]] = {}
    for key, places in wanted.items():
        first_key, data = found.get(key, (key, b""))
        if not data or (holds_bits(data) and first_key != key):
            alone[key] = sorted(places)
        else:
            touched.setdefault(first_key, (data, {}))[1][key] = places
    for first_key, (data, more) in touched.items():
        if holds_bits(data):
            before = places_in(data, first_key, first_key)
            bits = bits_of(before, span) | bits_of(more[first_key], span)
            if bits != before:
                old.append(first_key)
                new.append((first_key, packed_bits(bits, span)))
            continue
        terms: dict[int, tuple[int, ...]] = unpack(data)
        grown = {key: tuple(sorted({*terms.get(key, ()), *places})) for key, places in more.items()}
        if any(terms.get(key) != places for key, places in grown.items()):
            old.append(first_key)
            new.extend(pages({**terms, **grown}))
    new.extend((key, pack([(key, places)])) for key, places in alone.items())
    return old, new
