"""Numbers that count, or follow something."""

import sqlalchemy as sa

from app.storage.tables import CounterRow, metadata

_counters = metadata.tables[str(CounterRow.__tablename__)]
_STEP = (
    sa.update(_counters)
    .where(_counters.c.name == sa.bindparam("counter"))
    .values(value=_counters.c.value + sa.bindparam("by", type_=sa.BigInteger))
    .returning(_counters.c.value)
)
_FLOOR = sa.bindparam("floor", type_=sa.BigInteger)
_RESERVE = (
    sa.update(_counters)
    .where(_counters.c.name == sa.bindparam("counter"))
    .values(
        value=sa.case((_counters.c.value < _FLOOR, _FLOOR), else_=_counters.c.value)
        + sa.bindparam("step", type_=sa.BigInteger)
    )
    .returning(_counters.c.value)
)


class CounterRepository:
    """Counters by name; a step that is rolled back leaves no gap."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

    def step(self, name: str, *, by: int = 1) -> int:
        """Raise a counter and give its new value; the first step of a new one ends at ``by``."""
        asked = {"counter": name, "by": by}
        value = self._connection.execute(_STEP, asked).scalar_one_or_none()
        if value is None:
            self._begin(name)
            value = self._connection.execute(_STEP, asked).scalar_one()
        return int(value)

    def reserve(self, name: str, *, floor: int, step: int) -> int:
        """Take the next of evenly spaced places, none before ``floor``, and give it."""
        asked = {"counter": name, "floor": floor, "step": step}
        value = self._connection.execute(_RESERVE, asked).scalar_one_or_none()
        if value is None:
            self._begin(name)
            value = self._connection.execute(_RESERVE, asked).scalar_one()
        return int(value)

    def pull_back(self, name: str, value: int) -> None:
        """Lower a counter that goes by the clock to a value; nothing where it is lower already."""
        lowered = sa.update(_counters).where(_counters.c.name == name, _counters.c.value > value)
        self._connection.execute(lowered.values(value=value))

    def follow(self, name: str, value: int, *, closely: int) -> int:
        """Keep a counter beside something that moves, and give where it was; a new one is there.

        Args:
            name: The counter.
            value: Where that is.
            closely: The counter is moved only once it is so far away.
        """
        counter = sa.select(_counters.c.value).where(_counters.c.name == name)
        before = self._connection.execute(counter).scalar_one_or_none()
        if before is None:
            self._begin(name)
        if before is None or abs(value - before) > closely:
            moved = sa.update(_counters).where(_counters.c.name == name)
            self._connection.execute(moved.values(value=value))
        return value if before is None else int(before)

    def raise_to(self, name: str, value: int) -> int | None:
        """Raise a counter to a value, never lower it, and give what it was; None if it is new."""
        counter = sa.select(_counters.c.value).where(_counters.c.name == name)
        before = self._connection.execute(counter.with_for_update()).scalar_one_or_none()
        if before is None:
            self._begin(name)
        if before is None or value > before:
            raised = sa.update(_counters).where(_counters.c.name == name, _counters.c.value < value)
            self._connection.execute(raised.values(value=value))
        return None if before is None else int(before)

    def _begin(self, name: str) -> None:
        # Two transactions may begin the same counter at once on PostgreSQL; the second waits.
        self._connection.execute(
            sa.text("INSERT INTO counters (name, value) VALUES (:name, 0) ON CONFLICT DO NOTHING"),
            {"name": name},
        )
