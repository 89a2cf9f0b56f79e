"""Lists of towns that the city loaded."""

from datetime import datetime

import sqlalchemy as sa

from app.domain.gazetteer import City, Gazetteer
from app.storage.tables import GazetteerRow, metadata

gazetteers = metadata.tables[str(GazetteerRow.__tablename__)]


class GazetteerRepository:
    """Stores lists of towns."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

    def put(self, gazetteer: Gazetteer, *, at: datetime) -> None:
        """Store the towns of a city, in place of what was loaded for it before."""
        self.remove(gazetteer.city)
        self._connection.execute(
            sa.insert(gazetteers).values(
                prefecture=gazetteer.city.prefecture,
                city=gazetteer.city.name,
                source=gazetteer.source,
                towns=[[town, list(codes)] for town, codes in gazetteer.towns.items()],
                loaded_at=at,
            )
        )

    def remove(self, city: City) -> bool:
        """Take away what was loaded for a city; False where there was nothing."""
        removed = self._connection.execute(
            sa.delete(gazetteers).where(
                gazetteers.c.prefecture == city.prefecture, gazetteers.c.city == city.name
            )
        )
        return bool(removed.rowcount)
