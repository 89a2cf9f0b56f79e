"""Ids of what comes: in the order of time, and nobody else's, though they are drawn ahead."""

import os
from datetime import UTC, datetime, timedelta

from app.intake.desk import time_ordered_id

NOW = datetime(2015, 5, 1, tzinfo=UTC)


def test_no_two_ids_are_equal() -> None:
    ids = {time_ordered_id(NOW) for _ in range(1000)}
    assert len(ids) == 1000
    assert {len(each) for each in ids} == {32}


def test_ids_sort_by_time() -> None:
    later = [time_ordered_id(NOW + timedelta(milliseconds=each)) for each in range(100)]
    assert sorted(later) == later


def test_a_forked_process_draws_ids_of_its_own() -> None:
    time_ordered_id(NOW)  # more of them are drawn already
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(into, time_ordered_id(NOW).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(out, 100).decode()
    os.close(out)
    os.close(into)
    assert len(theirs) == 32
    assert theirs != time_ordered_id(NOW)
