"""The clock that all machines share is the database's, also when somebody sets it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.storage import server_clock
from app.storage.engine import make_engine
from app.storage.server_clock import ServerClock
from tests.servers.postgres import RunningPostgres, running_postgres
from tests.servers.processes import server_folder
from tests.servers.wrong_clock import WrongClock, a_clock

MOMENT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Server:
    """A server, and the clock it goes by."""

    clock: WrongClock
    postgres: RunningPostgres


@pytest.fixture(scope="module")
def a_server() -> Iterator[Server]:
    with server_folder("postgres") as folder:
        clock = a_clock(folder)
        with running_postgres(folder, under=clock.under()) as postgres:
            yield Server(clock, postgres)


@pytest.fixture
def server(a_server: Server) -> Server:
    """A server whose clock is a day ahead."""
    a_server.clock.set("+1d")
    return a_server


@pytest.fixture
def engine(server: Server) -> Iterator[sa.Engine]:
    made = make_engine(server.postgres.server.create_database())
    yield made
    made.dispose()


@contextmanager
def clock_over(engine: sa.Engine) -> Iterator[ServerClock]:
    clock = ServerClock(engine)
    try:
        yield clock
    finally:
        clock.close()


def ahead(clock: ServerClock) -> timedelta:
    return clock() - datetime.now(UTC)


def test_it_goes_with_the_server_and_on_without_it(
    server: Server,
    engine: sa.Engine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(server_clock, "EVERY_SECONDS", 3600.0)
    with clock_over(engine) as clock:
        assert abs(ahead(clock) - timedelta(days=1)) < MOMENT
        server.clock.set("-1h")
        clock.ask()
        assert abs(ahead(clock) + timedelta(hours=1)) < MOMENT
        server.clock.set()
        clock.ask()
        assert abs(ahead(clock)) < MOMENT
        told = [each for each in caplog.records if hasattr(each, "action")]
        assert [each.action for each in told] == ["clock_apart"], "once, not at each look"
        server.postgres.stop()
        with pytest.raises(sa.exc.OperationalError):
            clock.ask()
        assert abs(ahead(clock)) < MOMENT
    server.postgres.start()


def test_an_answer_that_says_nothing_new_turns_nothing_back(engine: sa.Engine) -> None:
    with clock_over(engine) as clock:
        seen = []
        for _ in range(20):
            seen.append(clock())
            clock.ask()
        assert seen == sorted(seen)


def test_an_answer_that_was_long_on_its_way_gives_way_to_a_better_one(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_clock, "EVERY_SECONDS", 3600.0)
    asked = ServerClock._asked  # noqa: SLF001 - the journey is what this is about

    def slow(clock: ServerClock) -> tuple[datetime, float, float]:
        told, at, _ = asked(clock)
        return told + timedelta(seconds=2), at, 3.0

    with monkeypatch.context() as patched:
        patched.setattr(ServerClock, "_asked", slow)
        clock = ServerClock(engine)
    try:
        late = clock()
        clock.ask()
        assert late - clock() > timedelta(seconds=1)
    finally:
        clock.close()


def test_it_asks_again_and_again(
    server: Server, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_clock, "EVERY_SECONDS", 0.05)
    with clock_over(engine) as clock:
        server.clock.set()
        while ahead(clock) > MOMENT:
            time.sleep(0.05)


def test_it_goes_on_asking_whatever_an_answer_was(
    server: Server, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ServerClock._asked  # noqa: SLF001 - one answer is to be odd
    odd: list[ServerClock] = []

    def once_odd(clock: ServerClock) -> tuple[datetime, float, float]:
        if not odd:
            odd.append(clock)
            raise ValueError("an answer of another kind")
        return asked(clock)

    monkeypatch.setattr(server_clock, "EVERY_SECONDS", 0.05)
    with clock_over(engine) as clock:
        monkeypatch.setattr(ServerClock, "_asked", once_odd)
        while not odd:
            time.sleep(0.05)
        server.clock.set()
        while ahead(clock) > MOMENT:
            time.sleep(0.05)
