"""The clock of the database server, by which every machine goes that works on it.

Leases, pauses and deadlines are written by one machine and held against the time by another. Were
each to go by its own clock, a few minutes between two of them would let mail go out twice, and
arrivals wait. So all ask the one server they share, every few seconds, and count on from there
by a clock of their own that nobody sets.
"""

import logging
import threading
import time
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

EVERY_SECONDS = 5.0
"""So soon it is noticed that the server's own clock was set."""
SLOW_SECONDS = 0.1
"""An answer that may err by more is given up for the first that is much better."""
TELLING = timedelta(seconds=2)
"""A machine that is further off than this is told so."""
_PARTING_SECONDS = 1.0
_ASK = sa.text("SELECT clock_timestamp()")
_log = logging.getLogger(__name__)


class ServerClock:
    """Gives the present instant as the server would."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask the server, and go on asking.

        Raises:
            OperationalError: It does not answer.
        """
        self._engine = engine
        self._is_apart = False
        self._known = self._asked()
        self._compare()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="clock", daemon=True)
        self._thread.start()

    def __call__(self) -> datetime:
        """Give the present instant in UTC."""
        told, at, _ = self._known
        return told + timedelta(seconds=time.monotonic() - at)

    def ask(self) -> None:
        """Ask the server again.

        Raises:
            OperationalError: It does not answer; the clock goes on as before.
        """
        told, at, doubt = answer = self._asked()
        expected, since, doubted = self._known
        difference = told - expected - timedelta(seconds=at - since)
        # What two answers cannot tell apart from their journeys is no reason to step back, unless
        # the one that is known was long on its way.
        was_slow = doubted > SLOW_SECONDS and doubt < doubted / 2
        if was_slow or abs(difference) > timedelta(seconds=doubt + doubted):
            self._known = answer
        self._compare()

    def close(self) -> None:
        """Ask no more."""
        self._closing.set()
        # A server that is away may keep a question waiting for long.
        self._thread.join(_PARTING_SECONDS)

    def _loop(self) -> None:
        while not self._closing.wait(EVERY_SECONDS):
            try:
                self.ask()
            except sa.exc.SQLAlchemyError:
                continue  # it is away: asked again later
            except Exception:  # noqa: BLE001 - else nobody would notice that its clock was set
                _log.exception("The database's clock cannot be read; it is asked again.")

    def _asked(self) -> tuple[datetime, float, float]:
        """Give the server's time, when by our steady clock it was that, and what that may err."""
        with self._engine.connect() as connection:
            connection.execute(_ASK)  # so that the way is open, and nothing else is measured
            before = time.monotonic()
            told: datetime = connection.execute(_ASK).scalar_one()
            doubt = (time.monotonic() - before) / 2
        return told.astimezone(UTC), before + doubt, doubt

    def _compare(self) -> None:
        """Say once that this machine's own clock is off: its log and its gateways bear its time."""
        ahead = datetime.now(UTC) - self()
        is_apart = abs(ahead) > TELLING
        if is_apart and not self._is_apart:
            _log.warning(
                "This machine's clock and the database's are apart; the database's holds.",
                extra={"action": "clock_apart", "seconds": f"{ahead.total_seconds():.0f}"},
            )
        self._is_apart = is_apart
