"""Numbers that only grow."""

import sqlalchemy as sa

from app.storage.tables import CounterRow, metadata

_counters = metadata.tables[str(CounterRow.__tablename__)]
_STEP = (
    sa.update(_counters)
    .where(_counters.c.name == sa.bindparam("counter"))
    .values(value=_counters.c.value + 1)
    .returning(_counters.c.value)
)


class CounterRepository:
    """Counters by name; a step that is rolled back leaves no gap."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

    def step(self, name: str) -> int:
        """Raise a counter by one and give its new value; a new counter begins at 1."""
        value = self._connection.execute(_STEP, {"counter": name}).scalar_one_or_none()
        if value is None:
            self._begin(name)
            value = self._connection.execute(_STEP, {"counter": name}).scalar_one()
        return int(value)

    def _begin(self, name: str) -> None:
        # Two transactions may begin the same counter at once on PostgreSQL; the second waits.
        self._connection.execute(
            sa.text("INSERT INTO counters (name, value) VALUES (:name, 0) ON CONFLICT DO NOTHING"),
            {"name": name},
        )
