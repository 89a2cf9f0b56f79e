"""Turns at the processors."""

import threading
from collections.abc import Callable

from app.recognition.turns import Turns


def _queued(turns: Turns, work: Callable[[], None]) -> threading.Thread:
    """Start a thread that asks for a turn, and wait until it stands in the queue."""

    def take() -> None:
        with turns.turn():
            work()

    thread = threading.Thread(target=take)
    before = len(turns._waiting)  # noqa: SLF001 - to know that it stands in the queue
    thread.start()
    while len(turns._waiting) == before:  # noqa: SLF001 - likewise
        thread.join(0.001)
    return thread


def test_a_place_goes_to_whoever_waited_longest() -> None:
    turns = Turns(1)
    order: list[int] = []
    with turns.turn():
        assert not turns.queued()
        threads = [_queued(turns, lambda n=n: order.append(n)) for n in range(5)]  # type: ignore[misc]
        assert turns.queued()
        assert order == []
    for each in threads:
        each.join()
    assert order == [0, 1, 2, 3, 4]


def test_whoever_asks_again_stands_behind_those_who_came_meanwhile() -> None:
    turns = Turns(1)
    order: list[str] = []
    other: list[threading.Thread] = []
    with turns.turn():
        order.append("stack")
        other.append(_queued(turns, lambda: order.append("fax")))
    with turns.turn():
        order.append("stack")
    other[0].join()
    assert order == ["stack", "fax", "stack"]


def test_no_more_places_than_there_are_processors() -> None:
    turns = Turns(2)
    lock, most, now = threading.Lock(), [0], [0]

    def take() -> None:
        for _ in range(50):
            with turns.turn():
                with lock:
                    now[0] += 1
                    most[0] = max(most[0], now[0])
                with lock:
                    now[0] -= 1

    threads = [threading.Thread(target=take) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert most[0] <= 2
    with turns.turn(), turns.turn():
        assert not turns.queued()
