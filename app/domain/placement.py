"""Holding an address that a machine read against the town names of a city.

A character is corrected only where one town fits within what machines take for each other, every
other town is clearly farther, and the city, its town or its postal code was named beside it. A
number is never corrected: every number names another place. What a person typed is not looked at.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from app.domain.address_tokens import Token, by_shape, postal_code, tokens_of
from app.domain.gazetteer import City, Gazetteer


class PlacementVerdict(StrEnum):
    """What the gazetteer says of an address."""

    OUTSIDE = "outside"
    """It names another city, or none: nothing is known of it."""

    KNOWN = "known"
    """It names a town of the city, as it stands."""

    CORRECTED = "corrected"
    """It names a town of the city once misread characters are put right."""

    UNKNOWN = "unknown"
    """It names the city, but none of its towns for certain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """An address beside the gazetteer.

    Attributes:
        verdict: What was found.
        value: The address; the same text unless it was corrected.
        town: The town it names, as the gazetteer writes it; None where none is certain.
        read: The characters that were corrected, as they were read.
        taken: What was taken for them.
        near: Towns that come near, where none is certain.
        elsewhere: Towns of the postal code written before it, where the address names another.
    """

    verdict: PlacementVerdict
    value: str
    town: str | None = None
    read: str = ""
    taken: str = ""
    near: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


Seen = Sequence[tuple[str, str]]
"""Characters that were read, each with what else an engine saw in their place."""

_ALIKE = (
    "東束柬宋来末",
    "神袖祌",
    "永氷水",
    "北比此",
    "旭加",
    "町灯",
    "別列",
    "条案采桑柔系糸冬",
    "線綠緑縁",
    "通適",
    "市巾山",
    "春眷",
    "台合会占",
    "鷹廣應膺",
    "光先兆",
    "岡岡間",
    "宮官営",
    "豊豐農",
    "住往佳",
    "忠志患",
    "富當宮",
    "西酉四",
    "南両",
    "川州",
    "曙暗曜",
    "常堂",
    "錦綿",
    "近返",
    "清請",
    "瑞端",
)
"""Kanji of place names that scans take for each other; other shapes are in ``search_folding``."""
_PAIRS = {(one, other) for group in _ALIKE for one in group for other in group}

_BY_ENGINE, _BY_SHAPE, _STRANGE = 0.3, 0.4, 1.0
_MOST = 0.9
"""Two characters that look alike, or three that the engine itself saw."""
_MARGIN = 0.6
"""How far behind the next town must be."""
_NEAR = 1.0
_MOST_NEAR = 5
_FOLLOWS = frozenset("字番丁のー-−左右東西南北無")
"""What may follow a town directly, besides numbers, kana and what stands apart."""
_KNOWN_TOWN, _UNKNOWN_TOWN = 1.2, 0.2
"""How much oftener a right address names a known town, or an unknown one, than a wrong one does.

Of 438 readings of forms made for it all right ones and 81 % of the wrong ones named a known town;
that one right address in fifty names a town no list holds is an estimate.
"""
_MOST_SURE = 0.99
_LEFT_OUT = ("通", "町")
"""Ends that people leave out: 6条9丁目 is 6条通9丁目."""


@dataclass(frozen=True, slots=True)
class _Name:
    """A name with its tokens, and a character of its own for each of them."""

    name: str
    tokens: tuple[str, ...]
    letters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a name fits to the tokens of an address."""

    name: _Name
    cost: float
    strange: int
    changes: tuple[tuple[Token, str], ...]


def with_town(confidence: float, placement: Placement) -> float:
    """Give the probability that an address is right, now that its town was looked up.

    Nobody is surer than before of what a postal code contradicts, and never quite sure.
    """
    known = placement.town is not None and not placement.elsewhere
    sure = min(_MOST_SURE, max(1.0 - _MOST_SURE, confidence))
    odds = sure / (1.0 - sure) * (_KNOWN_TOWN if known else _UNKNOWN_TOWN)
    return round(min(_MOST_SURE, odds / (1.0 + odds)), 4)


class Places:
    """A gazetteer, prepared to be asked."""

    def __init__(self, gazetteer: Gazetteer, cities: Iterable[City] = ()) -> None:
        """Cut its names into tokens once.

        Args:
            gazetteer: The towns.
            cities: The cities there are; none of them is taken for a misread name of this one.
        """
        city = gazetteer.city
        lengths = {len(each) for each in city.names}
        self._others = {
            _name(name).tokens
            for other in cities
            if other.name != city.name
            for name in other.names
            if len(name) in lengths
        }
        names = [name for each in city.names for name in (each, f"{city.prefecture}{each}")]
        self.gazetteer = gazetteer
        self._heads = [_name(each) for each in names]
        self._towns = [_name(each) for each in gazetteer.towns]
        self._shorter = [
            _Name(each.name, each.tokens[:-1], each.letters[:-1])
            for each in self._towns
            if each.name.endswith(_LEFT_OUT) and len(each.tokens) > 1
        ]

    def place(self, address: str, seen: Seen = ()) -> Placement:
        """Say which town an address names, and put right what was plainly misread.

        Args:
            address: As a machine read it.
            seen: What else it saw.
        """
        also = _also(seen)
        code, start = postal_code(address)
        tokens = tuple(each for each in tokens_of(address) if each.start >= start)
        head = min(
            _fits(self._heads, tokens, also, _MOST),
            key=lambda each: (each.cost, -len(each.name.tokens)),
            default=None,
        )
        rest = _without_section(tokens[len(head.name.tokens) :] if head else tokens)
        of_code = self.gazetteer.towns_of(code) if code else ()
        outside = Placement(verdict=PlacementVerdict.OUTSIDE, value=address)
        if not rest:
            return outside
        changes = head.changes if head else ()
        if head and changes and self._is_another(tokens[: len(head.name.tokens)]):
            return outside
        town = self._as_it_stands(rest) or self._misread(rest, also, of_code)
        if town is None:
            near = tuple(dict.fromkeys([*of_code, *self._near(rest, also)]))[:_MOST_NEAR]
            if head is None or changes:
                return outside
            return Placement(verdict=PlacementVerdict.UNKNOWN, value=address, near=near)
        if head is None and not of_code and (town.changes or len(rest) == len(town.name.tokens)):
            return outside
        return _placed(address, town.name.name, (*changes, *town.changes), of_code)

    def _is_another(self, tokens: Sequence[Token]) -> bool:
        """Say whether the city as it stands is another one: 大田市 is no 太田市 misread."""
        texts = tuple(each.text for each in tokens)
        return any(texts[-len(other) :] == other for other in self._others)

    def _as_it_stands(self, rest: Sequence[Token]) -> _Fit | None:
        """Find the longest town that is named without any mistake."""
        whole = _fits(self._towns, rest, {}, 0.0)
        shorter = _fits(self._shorter, rest, {}, 0.0)
        standing = [each for each in whole if _ends_there(rest, len(each.name.tokens))]
        standing += [each for each in shorter if _number_follows(rest, len(each.name.tokens))]
        return max(standing, key=lambda each: len(each.name.tokens), default=None)

    def _misread(
        self, rest: Sequence[Token], also: Mapping[str, str], of_code: Sequence[str]
    ) -> _Fit | None:
        """Find the one town that was misread; none where two come near."""
        fits = sorted(
            (
                each
                for each in _fits(self._towns, rest, also, _MOST + _MARGIN)
                if _ends_there(rest, len(each.name.tokens))
            ),
            key=lambda each: (each.cost, -len(each.name.tokens)),
        )
        if not fits:
            return None
        named = [each for each in fits if each.name.name in of_code] if of_code else fits
        if not named:
            return None
        best = named[0]
        # A code that names the town bears out one character of any shape.
        if best.cost > (_NEAR if of_code else _MOST) or (best.strange and not of_code):
            return None
        rivals = (
            # パルプ町 is no rival of パルプ町１条.
            each
            for each in fits
            if each.name.tokens != best.name.tokens[: len(each.name.tokens)]
        )
        return best if all(each.cost >= best.cost + _MARGIN for each in rivals) else None

    def _near(self, rest: Sequence[Token], also: Mapping[str, str]) -> list[str]:
        """Name the towns that come near, nearest first, and those that differ in a number only."""
        fits = sorted(
            (
                each
                for each in _fits(self._towns, rest, also, _NEAR)
                if each.cost <= len(each.name.tokens) / 3
            ),
            key=lambda each: (each.cost, -len(each.name.tokens)),
        )
        numbered = [
            each.name
            for each in self._towns
            if any(token.isdecimal() for token in each.tokens) and _is_series(each, rest)
        ]
        return [*(each.name.name for each in fits), *numbered]


def _name(name: str) -> _Name:
    tokens = _without_section(tokens_of(name))
    return _Name(
        name,
        tuple(each.text for each in tokens),
        tuple(name[each.start : each.end] for each in tokens),
    )


def _without_section(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Leave out 大字 and 字 before a name, which are written or not."""
    at = 1 if [each.text for each in tokens[:2]] == ["大", "字"] else 0
    at += bool(tokens[at:]) and tokens[at].text == "字"
    return tuple(tokens[at:])


def _also(seen: Seen) -> dict[str, str]:
    """Fold what an engine saw the way tokens are folded."""
    also: dict[str, str] = {}
    for taken, others in seen:
        folded = "".join(each.text for each in tokens_of(taken))
        also[folded] = also.get(folded, "") + "".join(each.text for each in tokens_of(others))
    return also


def _fits(
    names: Iterable[_Name], tokens: Sequence[Token], also: Mapping[str, str], most: float
) -> Iterator[_Fit]:
    """Lay each name over the first tokens; gives those that cost no more than ``most``."""
    for name in names:
        if len(name.tokens) > len(tokens):
            continue
        cost, strange = 0.0, 0
        changes = []
        for token, wanted, letter in zip(tokens, name.tokens, name.letters, strict=False):
            if token.text == wanted:
                continue
            price = _price(token, wanted, also)
            cost += price
            strange += price >= _STRANGE
            changes.append((token, letter))
            if cost > most:
                break
        else:
            yield _Fit(name, round(cost, 2), strange, tuple(changes))


def _price(token: Token, wanted: str, also: Mapping[str, str]) -> float:
    """Say how far what was read is from what is wanted."""
    if token.is_number or wanted.isdecimal() or not token.whole:
        return float("inf")
    if wanted in also.get(token.text, ""):
        return _BY_ENGINE
    return _BY_SHAPE if _are_alike(token.text, wanted) else _STRANGE


@lru_cache(maxsize=16_384)
def _are_alike(one: str, other: str) -> bool:
    """Say whether two characters look alike; kana also where only their voicing marks differ."""
    bare = (unicodedata.normalize("NFD", each)[:1] for each in (one, other))
    return (one, other) in _PAIRS or by_shape(one) == by_shape(other) or len({*bare}) == 1


def _ends_there(tokens: Sequence[Token], length: int) -> bool:
    """Say whether a name may end there: 旭岡町 does not name 旭岡."""
    if len(tokens) == length:
        return True
    after = tokens[length]
    return (
        after.is_number or after.apart or after.text in _FOLLOWS or not "一" <= after.text <= "龠"
    )


def _number_follows(tokens: Sequence[Token], length: int) -> bool:
    return len(tokens) > length and tokens[length].is_number


def _is_series(name: _Name, tokens: Sequence[Token]) -> bool:
    """Say whether a name differs from what was read in its number only."""
    return len(name.tokens) <= len(tokens) and all(
        token.text == wanted or (token.is_number and wanted.isdecimal())
        for token, wanted in zip(tokens, name.tokens, strict=False)
    )


def _placed(
    address: str, town: str, changes: Sequence[tuple[Token, str]], of_code: Sequence[str]
) -> Placement:
    value = address
    for token, letter in sorted(changes, key=lambda each: -each[0].start):
        value = value[: token.start] + letter + value[token.end :]
    return Placement(
        verdict=PlacementVerdict.CORRECTED if changes else PlacementVerdict.KNOWN,
        value=value,
        town=town,
        read="".join(address[each.start : each.end] for each, _ in changes),
        taken="".join(letter for _, letter in changes),
        elsewhere=() if not of_code or town in of_code else tuple(of_code),
    )
