"""Functions over the repositories: done and synced, or not done at all."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from app.domain.audit import AuditAction, AuditEntry
from app.domain.errors import Overloaded, Refusal, StorageFull, Unavailable
from app.storage import unit_of_work
from app.storage.repositories.unit import Repositories
from app.storage.unit_of_work import GroupWriter, Writer, make_writer, reading
from app.storage.waiting import Job, Waiting, groups
from tests.builders import ADMIN, NOON

CUT_OTHERS = sa.text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


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


def test_nothing_to_write_asks_nothing_of_the_database(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is away would otherwise end the thread that writes for everybody."""
    asked: list[sa.Engine] = []

    def away(each: sa.Engine) -> sa.Connection:
        asked.append(each)
        raise sa.exc.OperationalError("BEGIN", {}, Exception("away"))

    writer = make_writer(engine)
    with monkeypatch.context() as patched:
        patched.setattr(sa.Engine, "connect", away)
        assert writer.run_each(()) == ()
        writer.close()  # whatever waited was dealt with
    assert asked == []


def test_a_closed_writer_takes_nothing(engine: sa.Engine) -> None:
    writer = make_writer(engine)
    writer.close()
    with pytest.raises(Unavailable):
        writer.run(step)
    with pytest.raises(Unavailable):
        asyncio.run(writer.run_async(step))


def test_whoever_comes_while_it_closes_is_told_something(engine: sa.Engine) -> None:
    def come(writer: Writer) -> int | None:
        try:
            return writer.run(step)
        except Unavailable:
            return None

    for _ in range(20):
        writer = make_writer(engine)
        with ThreadPoolExecutor(4) as pool:
            coming = [pool.submit(come, writer) for _ in range(4)]
            writer.close()
            for each in coming:
                each.result(20)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_refusal_that_rests_on_what_was_undone_is_not_told(engine: sa.Engine) -> None:
    """Refused because of another of its group, it is tried again when that one is undone."""
    writer = GroupWriter(engine)
    held, begun = threading.Event(), threading.Event()
    broken = iter([True])

    def hold(_repositories: Repositories) -> None:
        begun.set()
        held.wait(10)

    def only_once(repositories: Repositories) -> int:
        number = step(repositories)
        if number > 1:
            raise KeyError("taken")
        return number

    def breaks_once(_repositories: Repositories) -> None:
        if next(broken, False):
            raise sa.exc.OperationalError("COMMIT", None, Exception("disk I/O error"))

    with ThreadPoolExecutor(4) as pool:
        holding = pool.submit(writer.run, hold)
        begun.wait(5)
        (first,) = writer._submit(fails_alone := FailsAlone())  # noqa: SLF001 - to order the group
        (second,) = writer._submit(only_once)  # noqa: SLF001
        (third,) = writer._submit(breaks_once)  # noqa: SLF001
        held.set()
        holding.result(20)
        assert isinstance(first.exception(20), RuntimeError)
        assert second.result(20) == 1
        third.result(20)
    assert fails_alone.runs == 2
    writer.close()


class FailsAlone:
    """Steps the counter with others, fails by itself."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, repositories: Repositories) -> None:
        self.runs += 1
        step(repositories)
        if self.runs > 1:
            raise RuntimeError


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
        while writer._waiting.count < 2:  # noqa: SLF001 - nothing else shows the queue is full
            pass
        with pytest.raises(Overloaded):
            writer.run(step)
        release.set()
        holding.result()
        assert sorted(each.result() for each in waiting) == [1, 2]
    writer.close()


def test_more_items_than_can_wait_are_told_to_come_again(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that came at one moment are all taken in, or all told so."""
    monkeypatch.setattr(unit_of_work, "WAITING", 3)
    writer = make_writer(engine)

    def steps(repositories: Repositories, items: Sequence[str]) -> list[int]:
        return [repositories.counters.step(each) for each in items]

    async def at_once(count: int) -> list[int | BaseException]:
        joining = (writer.join(steps, str(number)) for number in range(count))
        return await asyncio.gather(*joining, return_exceptions=True)

    assert all(isinstance(each, Overloaded) for each in asyncio.run(at_once(4)))
    assert asyncio.run(at_once(3)) == [1, 1, 1]
    writer.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("pragma", "value"), [("synchronous", 2), ("journal_mode", "wal"), ("foreign_keys", 1)]
)
def test_every_connection_keeps_what_it_promises(
    engine: sa.Engine, pragma: str, value: object
) -> None:
    """No kill shows a missing sync, only a power cut would."""
    with reading(engine) as one, reading(engine) as other:
        for connection in (one, other):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("breaks", [False, True])
def test_callers_are_told_when_those_behind_them_wait_for_the_disk(
    engine: sa.Engine, *, breaks: bool
) -> None:
    """What is done with an answer takes its time from nobody then; none is kept back for good."""
    writer = GroupWriter(engine)
    told: list[tuple[str, bool]] = []

    def follow(_repositories: Repositories, _items: Sequence[str]) -> list[int | Refusal]:
        told.append(("written", first.done()))
        if breaks:
            raise sa.exc.OperationalError("COMMIT", None, Exception("disk I/O error"))
        return [2]

    async def joins() -> int:
        waiting = asyncio.ensure_future(writer.join(follow, "item"))
        for _ in range(3):  # it enters the queue with the next turn of the loop
            await asyncio.sleep(0)
        assert writer._waiting.count == 1  # noqa: SLF001 - nothing else shows that it waits
        held.set()
        return await waiting

    sa.event.listen(engine, "commit", lambda _: told.append(("commit", first.done())))
    with holding(writer) as (first, held):
        if breaks:
            with pytest.raises(Unavailable):
                asyncio.run(joins())
        else:
            assert asyncio.run(joins()) == 2
        assert first.result(20) == 1
    writer.close()
    ends = [] if breaks else [("commit", True)]
    assert told == [("commit", False), ("written", False), *ends]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_callers_do_not_wait_for_a_function_that_takes_its_time(engine: sa.Engine) -> None:
    writer = GroupWriter(engine)
    with holding(writer) as (first, held):
        (second,) = writer._submit(lambda _: first.result(10))  # noqa: SLF001
        held.set()
        assert (first.result(20), second.result(20)) == (1, 1)
    writer.close()


@contextlib.contextmanager
def holding(writer: GroupWriter) -> Iterator[tuple[Future[int], threading.Event]]:
    """Keep the writer at a function, so that what comes meanwhile is the group behind it."""
    held, begun = threading.Event(), threading.Event()

    def hold(repositories: Repositories) -> int:
        begun.set()
        held.wait(10)
        return step(repositories)

    (first,) = writer._submit(hold)  # noqa: SLF001 - to order the groups
    begun.wait(5)
    yield first, held
    held.set()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_commit_is_synced_before_its_caller_has_it(engine: sa.Engine) -> None:
    with reading(engine) as connection:
        shown = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
    assert shown == "on"


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
def test_more_than_can_wait_on_threads_are_told_to_come_again(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_of_work, "WAITING", 1)
    writer = make_writer(engine)
    release = threading.Event()

    async def two() -> int:
        first = asyncio.create_task(writer.run_async(lambda _: release.wait(10)))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await writer.run_async(step)
        release.set()
        await first
        return await writer.run_async(step)

    assert asyncio.run(two()) == 1
    writer.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_read_sees_one_state_of_things(writer: Writer, engine: sa.Engine) -> None:
    value = sa.text("SELECT coalesce(max(value), 0) FROM counters")
    with reading(engine) as connection:
        before = connection.execute(value).scalar_one()
        writer.run(step)
        assert connection.execute(value).scalar_one() == before


def test_a_database_that_cannot_be_asked_is_said_so() -> None:
    nowhere = sa.create_engine("sqlite:////nowhere/at/all.db")
    with pytest.raises(Unavailable), reading(nowhere):
        pass


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_cut_connections_are_said_and_the_next_call_works(
    writer: Writer, engine: sa.Engine
) -> None:
    def cut(repositories: Repositories) -> None:
        step(repositories)
        with engine.connect() as other:
            other.execute(CUT_OTHERS)
        step(repositories)

    with pytest.raises(Unavailable):
        writer.run(cut)
    assert writer.run(step) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_cut_between_several_leaves_each_written_by_itself(
    writer: Writer, engine: sa.Engine
) -> None:
    cuts: list[int] = []

    def cut_once(repositories: Repositories) -> int:
        number = step(repositories)
        if not cuts:
            cuts.append(number)
            with engine.connect() as other:
                other.execute(CUT_OTHERS)
        return number

    assert writer.run_each((cut_once, step)) == (1, 2)


def steps(repositories: Repositories, items: Sequence[str]) -> list[int | Refusal]:
    numbers: list[int | Refusal] = []
    for item in items:
        number = step(repositories)
        if item == "broken":
            raise KeyError(item)
        numbers.append(StorageFull() if item == "refused" else number)
    return numbers


def test_items_that_join_are_told_each_its_own_and_one_that_breaks_takes_nothing_with_it(
    writer: Writer,
) -> None:
    async def all_at_once() -> list[int | BaseException]:
        items = ["fine", "broken", "refused", "fine"]
        joined = (writer.join(steps, item) for item in items)
        return await asyncio.gather(*joined, return_exceptions=True)

    first, broken, refused, second = asyncio.run(all_at_once())
    assert isinstance(broken, KeyError)
    assert isinstance(refused, StorageFull)
    assert isinstance(first, int)
    assert isinstance(second, int)
    assert first != second
    # Of the one that broke nothing is kept: three steps were taken, this is the fourth.
    assert writer.run(step) == 4


def test_those_who_were_answered_together_are_waited_for_a_moment() -> None:
    waiting = Waiting(100)
    job = Job(step, Future())
    for _ in range(8):
        waiting.enter([job])
    each = groups(waiting, patience=0.5)
    assert len(next(each)) == 8
    waiting.enter([job])
    later = threading.Timer(0.05, waiting.enter, [[job] * 7])
    later.start()
    assert len(next(each)) == 8
    waiting.close()
    assert list(each) == []
    later.join()


def test_what_comes_at_once_is_written_at_once(writer: Writer) -> None:
    together: list[int] = []

    def count(repositories: Repositories, items: Sequence[str]) -> list[int | Refusal]:
        together.append(len(items))
        return [step(repositories) for _ in items]

    async def all_at_once() -> None:
        await asyncio.gather(*(writer.join(count, "item") for _ in range(5)))

    asyncio.run(all_at_once())
    assert together == [5]


def test_an_item_that_comes_when_nothing_is_taken_any_more_is_told_so(writer: Writer) -> None:
    writer.close()
    with pytest.raises(Unavailable):
        asyncio.run(writer.join(steps, "late"))
