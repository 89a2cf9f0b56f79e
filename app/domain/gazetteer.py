"""The town names of a city (町名一覧), and which city a consultation belongs to.

A gazetteer is data: it comes from a package or from a file the city loads. Nothing here knows of
any one city.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.search_folding import folded_to_search
from app.domain.text import fold

_WARD = re.compile("(.+?市)(.+区)")
"""A ward of a large city (札幌市中央区); the wards of Tokyo are cities of their own."""
_COUNTY = re.compile("(.+?郡)(.+[町村])")
"""A county (郡), which people leave out."""
_ALL = (
    "北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 "
    "栃木県 群馬県 埼玉県 千葉県 東京都 神奈川県 新潟県 富山県 "
    "石川県 福井県 山梨県 長野県 岐阜県 静岡県 愛知県 三重県 "
    "滋賀県 京都府 大阪府 兵庫県 奈良県 和歌山県 鳥取県 島根県 "
    "岡山県 広島県 山口県 徳島県 香川県 愛媛県 高知県 福岡県 "
    "佐賀県 長崎県 熊本県 大分県 宮崎県 鹿児島県 沖縄県 "
)
PREFECTURES = tuple(_ALL.split())


@dataclass(frozen=True, slots=True, order=True)
class City:
    """A city, town or village by its full name.

    Attributes:
        prefecture: 都道府県.
        name: 市町村, with its county (郡) if it has one.
    """

    prefecture: str
    name: str

    @property
    def names(self) -> tuple[str, ...]:
        """What people call it, longest first: the county may be left out."""
        county = _COUNTY.fullmatch(self.name)
        return (self.name, county.group(2)) if county else (self.name,)

    def __str__(self) -> str:
        return f"{self.prefecture}{self.name}"


@dataclass(frozen=True, slots=True)
class TownRow:
    """One line of a list of towns, as it was published.

    Attributes:
        prefecture: 都道府県.
        city: 市区町村.
        town: 町域; empty for the rest of the city.
        postal_code: Seven digits, or empty.
    """

    prefecture: str
    city: str
    town: str
    postal_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazetteer:
    """The towns of one city.

    Attributes:
        city: Which.
        towns: Its towns, each with its postal codes; a ward stands before its towns.
        source: Where they come from, for people.
    """

    city: City
    towns: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    source: str = ""

    def towns_of(self, postal_code: str) -> tuple[str, ...]:
        """Give the towns that bear a postal code."""
        return tuple(town for town, codes in self.towns.items() if postal_code in codes)


def city_of(prefecture: str, name: str) -> City:
    """Name the city a row speaks of; the wards of a large city belong to one."""
    ward = _WARD.fullmatch(name)
    return City(prefecture, ward.group(1) if ward else name)


def gazetteers_of(rows: Iterable[TownRow], source: str) -> dict[City, Gazetteer]:
    """Put rows together, city by city.

    Args:
        rows: In any order; a town may have several.
        source: Where they come from.
    """
    found: dict[City, dict[str, dict[str, None]]] = {}
    for row in rows:
        city = city_of(row.prefecture, row.city)
        towns = found.setdefault(city, {})
        if row.town:
            codes = towns.setdefault(row.city.removeprefix(city.name) + row.town, {})
            if row.postal_code:
                codes[row.postal_code] = None
    return {
        city: Gazetteer(
            city=city, towns={town: tuple(codes) for town, codes in towns.items()}, source=source
        )
        for city, towns in found.items()
    }


def cities_named(written: str, known: Iterable[City]) -> tuple[City, ...]:
    """Find the cities with which an address or a name begins, those of the longest name only.

    Several where two prefectures have one of that name and the text does not say which.

    Args:
        written: As in 北海道旭川市6条通9丁目, or 旭川市.
        known: The cities there are.
    """
    text = _comparable(written)
    best: dict[City, int] = {}
    for city in known:
        prefecture = _comparable(city.prefecture)
        rest = text.removeprefix(prefecture)
        if rest == text and any(text.startswith(each) for each in _FOLDED_PREFECTURES):
            continue
        for name in map(_comparable, city.names):
            if rest.startswith(name):
                best[city] = max(best.get(city, 0), len(name))
    longest = max(best.values(), default=0)
    return tuple(city for city, length in best.items() if length == longest)


def the_one(found: Sequence[City], prefectures: Iterable[str]) -> City | None:
    """Settle on one of several cities by the prefectures its postal code lies in."""
    if len(found) > 1:
        wanted = set(prefectures)
        found = [each for each in found if each.prefecture in wanted]
    return found[0] if len(found) == 1 else None


def _comparable(text: str) -> str:
    return folded_to_search(fold(text)).translate(_ONE_KE)


_ONE_KE = str.maketrans("がゖヵゕ", "けけけけ")
"""龍ケ崎, 龍ヶ崎 and 龍が崎 are one."""
_FOLDED_PREFECTURES = tuple(map(_comparable, PREFECTURES))
