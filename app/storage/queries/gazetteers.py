"""Lists of towns: those the city loaded, and before them nothing but the package's."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.domain.gazetteer import City, Gazetteer
from app.storage.repositories.gazetteers import gazetteers
from app.storage.unit_of_work import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One list that was loaded.

    Attributes:
        city: Whose towns they are.
        source: The file they came from.
        loaded_at: When; another moment means other towns.
    """

    city: City
    source: str
    loaded_at: datetime


class GazetteerQueries:
    """Answers which lists were loaded."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine

    def loaded(self) -> tuple[Loaded, ...]:
        """Give every list, without its towns."""
        query = sa.select(
            gazetteers.c.prefecture, gazetteers.c.city, gazetteers.c.source, gazetteers.c.loaded_at
        ).order_by(gazetteers.c.prefecture, gazetteers.c.city)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(
            Loaded(city=City(row.prefecture, row.city), source=row.source, loaded_at=row.loaded_at)
            for row in rows
        )

    def of(self, city: City) -> Gazetteer | None:
        """Give the list of a city with its towns."""
        query = sa.select(gazetteers.c.source, gazetteers.c.towns).where(
            gazetteers.c.prefecture == city.prefecture, gazetteers.c.city == city.name
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        towns = {town: tuple(codes) for town, codes in row.towns}
        return Gazetteer(city=city, towns=towns, source=row.source)
