"""Addresses with the real towns of a city: how many the list of towns mends, and spoils.

The house numbers and buildings are invented. Nobody is meant.
"""

import random
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.domain.comment_form import ADDRESS
from app.domain.gazetteer import City, Gazetteer
from app.domain.placement import PlacementVerdict, Places, with_town
from app.storage import postal_data
from bench.reading import direct, words
from bench.reading.samples import Order, make
from bench.reading.score import plain
from bench.reading.texts import CanWrite

CITY = City("北海道", "旭川市")

_KANJI = "〇一二三四五六七八九"
_COUNTED = re.compile("[0-9]+(?=[条線区])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One address: what was written, read, and made of it.

    Attributes:
        order: The form.
        truth: What was written.
        read: What was read.
        value: What the list of towns made of it.
        verdict: What it said.
        before: How sure the reading was.
        after: How sure it is now.
    """

    order: Order
    truth: str
    read: str
    value: str
    verdict: PlacementVerdict
    before: float
    after: float

    @property
    def was_right(self) -> bool:
        """Whether it was read right."""
        return plain(self.read) == plain(self.truth)

    @property
    def is_right(self) -> bool:
        """Whether it is right now."""
        return plain(self.value) == plain(self.truth)


def measure(asked: Sequence[Order], processes: int) -> list[Placed]:
    """Make forms, read their addresses and hold them against the towns."""
    return direct.in_processes(_placed, asked, processes)


def address(chance: random.Random, can_write: CanWrite) -> str:
    """Invent an address in one of the towns, in the ways people write it."""
    towns = _towns()
    for _ in range(500):
        town = chance.choice(list(towns.towns))
        codes = towns.towns[town]
        made = _street(town, chance)
        front = chance.choice(("旭川市", "旭川市", "旭川市", "北海道旭川市", ""))
        if chance.random() < 0.25:
            front = f"〒{codes[0][:3]}-{codes[0][3:]} {front}"
        if can_write(front + made):
            return front + made
    raise ValueError("this writer has no letters for it")


def table(found: Sequence[Placed]) -> str:
    """Show it class by class, and all of it."""
    kinds = sorted({(each.order.writing, each.order.copy) for each in found})
    lines = [
        (
            "| writing | copy | addresses | right as read | right with towns | mended | spoiled | changed "
            "| unknown town: wrong, right | mean confidence before, after |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for kind in kinds:
        own = [each for each in found if (each.order.writing, each.order.copy) == kind]
        lines.append(_line(*kind, own))
    lines.append(_line("all", "all", found))
    return "\n".join(lines)


def _line(writing: str, copy: str, found: Sequence[Placed]) -> str:
    changes = Counter((each.was_right, each.is_right) for each in found)
    unknown = [each for each in found if each.verdict is PlacementVerdict.UNKNOWN]
    right = sum(each.is_right for each in unknown)
    before = sum(each.before for each in found) / len(found)
    after = sum(each.after for each in found) / len(found)
    return (
        f"| {writing} | {copy} | {len(found)} | {sum(each.was_right for each in found)} "
        f"| {sum(each.is_right for each in found)} | {changes[False, True]} | {changes[True, False]} "
        f"| {sum(each.read != each.value for each in found)} | {len(unknown) - right}, {right} "
        f"| {before:.3f}, {after:.3f} |"
    )


def _placed(order: Order) -> Placed:
    reader, blank = direct.shared_reader("best")
    sample = make(order, blank, address)
    reading = reader.page(sample.data).readings.get(ADDRESS)
    read = reading.value if reading else ""
    before = (reading.confidence if reading else None) or 0.0
    placement = _places().place(read, reading.seen if reading else ())
    said = placement.verdict is not PlacementVerdict.OUTSIDE
    return Placed(
        order=order,
        truth=sample.truth[ADDRESS],
        read=read,
        value=placement.value,
        verdict=placement.verdict,
        before=before,
        after=with_town(before, placement) if said else before,
    )


def _street(town: str, chance: random.Random) -> str:
    town = unicodedata.normalize("NFKC", town)
    if chance.random() < 0.35:
        town = _COUNTED.sub(lambda found: _in_kanji(int(found.group())), town)
    if town.endswith("通") and chance.random() < 0.3:
        town = town.removesuffix("通")
    part, number, house = chance.randint(1, 17), chance.randint(1, 48), chance.randint(1, 30)
    block = chance.choice(
        (
            f"{part}丁目{number}番{house}号",
            f"{part}丁目{number}番地",
            f"{part}丁目{number}-{house}",
            f"{part}-{number}-{house}",
            f"{number}番地の{house}",
        )
    )
    building = f"{chance.choice(words.BUILDINGS)}{chance.choice(words.BUILDING_ENDS)}"
    room = chance.randint(101, 909)
    return f"{town}{block}{chance.choice(('', '', '', f' {building}{room}号室', f' {room}号'))}"


def _in_kanji(number: int) -> str:
    tens, ones = divmod(number, 10)
    ten = f"{_KANJI[tens] if tens > 1 else ''}十" if tens else ""
    return ten + (_KANJI[ones] if ones else "")


@lru_cache(maxsize=1)
def _towns() -> Gazetteer:
    found = postal_data.towns_of(CITY)
    if found is None:
        raise LookupError(str(CITY))
    return found


@lru_cache(maxsize=1)
def _places() -> Places:
    return Places(_towns())
