"""Functions over the repositories: done and synced, or not done at all."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from app.domain.audit import AuditAction, AuditEntry
from app.domain.errors import Overloaded, StorageFull, Unavailable
from app.storage import unit_of_work
from app.storage.repositories.unit import Repositories
from app.storage.unit_of_work import GroupWriter, Writer, make_writer, reading
from tests.builders import ADMIN, NOON


@pytest.fixture
def writer(engine: sa.Engine) -> Iterator[Writer]:
    made = make_writer(engine)
    yield made
    made.close()


def step(repositories: Repositories) -> int:
    return repositories.counters.step("numbers")


def test_a_counter_stepped_from_many_threads_loses_nothing(writer: Writer) -> None:
    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(lambda _: writer.run(step), range(200)))
    assert sorted(numbers) == list(range(1, 201))


def test_async_callers_are_served_too(writer: Writer) -> None:
    async def all_at_once() -> list[int]:
        return await asyncio.gather(*(writer.run_async(step) for _ in range(50)))

    assert sorted(asyncio.run(all_at_once())) == list(range(1, 51))


def test_one_that_fails_takes_nothing_with_it(writer: Writer, engine: sa.Engine) -> None:
    held = threading.Event()

    def fails(repositories: Repositories) -> None:
        step(repositories)
        raise KeyError("mine")

    def slow(repositories: Repositories) -> int:
        held.wait(5)
        return step(repositories)

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(writer.run, slow)
        failing = [pool.submit(writer.run, fails) for _ in range(3)]
        fine = [pool.submit(writer.run, step) for _ in range(3)]
        held.set()
        assert all(isinstance(each.exception(), KeyError) for each in failing)
        numbers = sorted([first.result(), *(each.result() for each in fine)])
    assert numbers == [1, 2, 3, 4]
    with reading(engine) as connection:
        assert connection.execute(sa.text("SELECT value FROM counters")).scalar_one() == 4


def test_a_result_is_on_disk_before_its_caller_has_it(writer: Writer, engine: sa.Engine) -> None:
    entry = AuditEntry(at=NOON, actor=ADMIN, action=AuditAction.SIGNED_IN)
    writer.run(lambda repositories: repositories.audit.add(entry))
    with reading(engine) as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM audit")).scalar_one() == 1


def test_a_closed_writer_takes_nothing(engine: sa.Engine) -> None:
    writer = make_writer(engine)
    writer.close()
    with pytest.raises(Unavailable):
        writer.run(step)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_more_than_can_wait_are_told_to_come_again(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_of_work, "WAITING", 2)
    writer = GroupWriter(engine)
    release, begun = threading.Event(), threading.Event()

    def hold(_repositories: Repositories) -> None:
        begun.set()
        release.wait(10)

    with ThreadPoolExecutor(4) as pool:
        holding = pool.submit(writer.run, hold)
        begun.wait(5)
        waiting = [pool.submit(writer.run, step) for _ in range(2)]
        while not writer._waiting.full():  # noqa: SLF001 - nothing else shows the queue is full
            pass
        with pytest.raises(Overloaded):
            writer.run(step)
        release.set()
        holding.result()
        assert sorted(each.result() for each in waiting) == [1, 2]
    writer.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_is_said_and_nothing_is_half_written(engine: sa.Engine) -> None:
    # The page limit gives the very error a full disk gives (SQLITE_FULL).
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    sa.event.listen(
        engine,
        "checkout",
        lambda raw, *_: raw.execute(f"PRAGMA max_page_count={int(pages)}"),
    )
    writer = GroupWriter(engine)
    big = AuditEntry(
        at=NOON, actor=ADMIN, action=AuditAction.SIGNED_IN, detail={"text": "あ" * 500_000}
    )
    with pytest.raises(StorageFull):
        writer.run(lambda repositories: repositories.audit.add(big))
    # What still fits is taken.
    assert writer.run(step) == 1
    writer.close()
    with reading(engine) as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM audit")).scalar_one() == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_cut_connections_are_said_and_the_next_call_works(
    writer: Writer, engine: sa.Engine
) -> None:
    def cut(repositories: Repositories) -> None:
        step(repositories)
        with engine.connect() as other:
            other.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        step(repositories)

    with pytest.raises(Unavailable):
        writer.run(cut)
    assert writer.run(step) == 1
