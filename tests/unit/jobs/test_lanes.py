import threading
from collections.abc import Callable

import pytest

from app.domain.submission import Lane
from app.jobs.lanes import LaneThread
from app.jobs.wakes import Wakes

PATIENCE = 30.0


def lane(once: Callable[[], bool], wakes: Wakes, stop: threading.Event) -> LaneThread:
    return LaneThread("test", once, wakes=wakes, lanes=frozenset({Lane.LIGHT}), stop=stop)


def test_a_bad_item_never_stops_a_lane(caplog: pytest.LogCaptureFixture) -> None:
    wakes, stop, done = Wakes(), threading.Event(), threading.Event()
    items = iter([ValueError("hanako@example.jp"), OSError("北野"), None])

    def once() -> bool:
        item = next(items, None)
        if item is not None:
            raise item
        done.set()
        return False

    thread = lane(once, wakes, stop)
    thread.start()
    assert done.wait(PATIENCE)
    stop.set()
    wakes.wake_all()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert [each.message for each in caplog.records] == ["A lane met an error and goes on."] * 2


def test_a_call_between_looking_and_waiting_is_not_lost() -> None:
    wakes = Wakes()
    lanes = frozenset({Lane.OCR})
    seen = wakes.seen(lanes)
    wakes.wake(Lane.OCR)
    wakes.wait(lanes, seen, PATIENCE)  # returns at once, or the test times out
    assert wakes.seen(lanes) == seen + 1


def test_a_call_of_another_lane_wakes_nobody() -> None:
    wakes = Wakes()
    wakes.wake(Lane.OCR)
    assert wakes.seen(frozenset({Lane.LIGHT})) == 0
    assert wakes.seen(frozenset(Lane)) == 1


def test_a_called_lane_works_again() -> None:
    wakes, stop = Wakes(), threading.Event()
    calls = threading.Semaphore(0)

    def once() -> bool:
        calls.release()
        return False

    thread = lane(once, wakes, stop)
    thread.start()
    for _ in range(3):
        assert calls.acquire(timeout=PATIENCE)
        wakes.wake(Lane.LIGHT)
    stop.set()
    wakes.wake_all()
    thread.join(PATIENCE)
    assert not thread.is_alive()
