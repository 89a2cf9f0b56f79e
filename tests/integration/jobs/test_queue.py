"""Jobs are committed with the arrivals they name, and nothing rests on them alone."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.domain.retry import LONGEST_READING_PAUSE, READING_ATTEMPTS, reading_retry_at
from app.domain.status import SubmissionState
from app.domain.submission import Lane
from app.intake import calls, read
from app.jobs.called import Worker
from app.jobs.embedded import Runner
from app.jobs.wakes import Wakes
from app.main import open_desk
from app.storage.repositories.queue import LONGEST_LEASE, LONGEST_PAUSE
from app.storage.repositories.unit import Repositories
from tests.builders import NOON
from tests.integration.jobs.conftest import Place, eventually


def test_a_job_is_committed_with_its_arrival(place: Place) -> None:
    arrived = place.arrive()
    assert place.jobs() == [("light", "todo", arrived)]


def test_what_is_undone_leaves_no_job(place: Place) -> None:
    arrived = place.arrive()
    place.run("DELETE FROM procrastinate_jobs")

    def work(repositories: Repositories) -> None:
        now = place.desk.clock()
        repositories.queue.put(arrived, run_at=now, attempts=0, failures=0)
        raise ValueError("changed its mind")

    with pytest.raises(ValueError, match="changed its mind"):
        place.desk.writer.run(work)
    assert place.jobs() == []


def test_a_job_for_what_is_done_ends_at_once(place: Place) -> None:
    arrived = place.arrive()
    first = calls.claim_called(place.desk, Lane.LIGHT, arrived, worker="job 1/0 a", most=32)
    again = calls.claim_called(place.desk, Lane.LIGHT, arrived, worker="job 2/0 b", most=32)
    assert [each.id for each in first] == [arrived]
    assert again == ()


def test_what_is_called_for_too_early_is_called_for_again(place: Place) -> None:
    arrived = place.arrive()
    place.run("UPDATE submissions SET run_at = now() + interval '40 seconds'")
    place.run("UPDATE procrastinate_jobs SET status = 'doing'")
    for _ in range(2):
        assert calls.claim_called(place.desk, Lane.LIGHT, arrived, worker="job 1/0 a", most=1) == ()
    assert place.jobs() == [("light", "doing", arrived), ("light", "todo", arrived)]
    is_due = (
        "SELECT scheduled_at = run_at FROM procrastinate_jobs, submissions WHERE status = 'todo'"
    )
    assert place.value(is_due) == "True"


def test_no_pause_and_no_lease_is_taken_for_one_of_a_clock_that_was_ahead() -> None:
    last = reading_retry_at(attempts=READING_ATTEMPTS - 1, now=NOON)
    assert last == NOON + LONGEST_READING_PAUSE < NOON + LONGEST_PAUSE
    assert read.LEASE < LONGEST_LEASE


def test_what_a_dead_worker_held_is_read_before_its_lease_ends(place: Place) -> None:
    one, other = place.arrive(1), place.arrive(2)
    calls.claim_called(place.desk, Lane.LIGHT, one, worker="job 1/0 a", most=32)
    assert place.state(other) is SubmissionState.PROCESSING
    taken = calls.claim_called(
        place.desk, Lane.LIGHT, one, worker="job 1/1 b", most=32, died="job 1/"
    )
    assert [each.id for each in taken] == [one], "begun before: it comes alone"
    assert place.state(other) is SubmissionState.QUEUED
    assert ("light", "todo", other) in place.jobs()[2:]


def test_what_is_held_for_a_job_that_is_no_more_is_called_for(place: Place) -> None:
    lost, held = place.arrive(1), place.arrive(2)
    for number, arrived in enumerate((lost, held), start=1):
        calls.claim_called(place.desk, Lane.LIGHT, arrived, worker=f"job {number}/1 b", most=1)
    place.run("DELETE FROM procrastinate_jobs WHERE id = 1")
    place.run("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = 2")

    assert calls.call_forgotten(place.desk) == 1

    assert place.state(lost) is SubmissionState.QUEUED
    assert place.state(held) is SubmissionState.PROCESSING
    assert [(status, arrived) for _, status, arrived in place.jobs()] == [
        ("doing", held),
        ("todo", lost),
    ]
    assert calls.call_forgotten(place.desk) == 0


def test_a_worker_that_lost_its_job_records_nothing(place: Place) -> None:
    arrived = place.arrive()
    (old,) = calls.claim_called(place.desk, Lane.LIGHT, arrived, worker="job 1/0 a", most=1)
    (new,) = calls.claim_called(
        place.desk, Lane.LIGHT, arrived, worker="job 1/1 b", most=1, died="job 1/"
    )
    read.read_some(place.desk, [new], worker="job 1/1 b")
    read.read_some(place.desk, [old], worker="job 1/0 a")
    page = place.desk.queries.submissions.get(arrived)
    assert page is not None
    assert page.state is SubmissionState.DONE
    with place.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM comments")).scalar() == 1


def test_a_worker_that_lost_its_job_gives_nothing_up(place: Place) -> None:
    arrived = place.arrive()
    (old,) = calls.claim_called(place.desk, Lane.LIGHT, arrived, worker="job 1/0 a", most=1)
    (new,) = calls.claim_called(
        place.desk, Lane.LIGHT, arrived, worker="job 1/1 b", most=1, died="job 1/"
    )
    broken = replace(place.desk, channels={})
    read.read_some(broken, [replace(old, failures=READING_ATTEMPTS)], worker="job 1/0 a")
    assert place.state(arrived) is SubmissionState.PROCESSING
    read.read_some(place.desk, [new], worker="job 1/1 b")
    assert place.state(arrived) is SubmissionState.DONE


def test_what_no_job_names_is_called_for(place: Place) -> None:
    arrived = [place.arrive(number) for number in range(3)]
    place.run("DELETE FROM procrastinate_jobs")
    assert calls.call_forgotten(place.desk) == 3
    assert calls.call_forgotten(place.desk) == 0
    assert {job[2] for job in place.jobs()} == set(arrived)


def test_each_worker_calls_for_what_waits_in_its_own_lanes(place: Place) -> None:
    """A look over 100,000 waiting scans is no business of whoever reads mails."""
    arrived = place.arrive()
    place.run("DELETE FROM procrastinate_jobs")
    asked: list[Callable[[], int]] = []

    def called(*_given: object, call_forgotten: Callable[[], int], **_rest: object) -> Worker:
        asked.append(call_forgotten)
        return threading.Thread()

    for lanes in ({Lane.OCR, Lane.STACK}, {Lane.LIGHT}):
        Runner(place.desk, Wakes(), alone=False, called=called, reads=frozenset(lanes))
    ocr, light = asked
    assert ocr() == 0
    assert place.jobs() == []
    assert light() == 1
    assert place.jobs() == [("light", "todo", arrived)]


def test_a_worker_outlives_its_connections_and_leaves_no_job(place: Place) -> None:
    runner = place.runner()
    runner.start()
    try:
        arrived = [place.arrive(0)]
        eventually(lambda: place.state(arrived[0]) is SubmissionState.DONE)
        for number in range(1, 4):
            place.cut()
            arrived.append(place.arrive(number))
        eventually(lambda: all(place.state(each) is SubmissionState.DONE for each in arrived))
        eventually(lambda: place.jobs() == [])
    finally:
        runner.stop()
    with place.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM comments")).scalar() == 4
        left = connection.execute(sa.text("SELECT count(*) FROM procrastinate_workers")).scalar()
    assert left == 0, "a worker that was told to stop says goodbye"


def test_a_worker_does_the_lanes_it_was_given_only(place: Place) -> None:
    arrived = place.arrive()
    runner = place.runner(reads=frozenset({Lane.OCR, Lane.STACK}))
    names = {each.name for each in threading.enumerate()}
    runner.start()
    try:
        started = {each.name for each in threading.enumerate()} - names
        assert "called" in started
        assert not {"outbox", "schedule"} & started
        assert place.state(arrived) is SubmissionState.QUEUED
    finally:
        runner.stop()
    assert place.state(arrived) is SubmissionState.QUEUED


def test_a_process_starts_while_another_one_keeps_the_search_index(place: Place) -> None:
    with place.desk.queries.search_index.turn() as is_ours:
        assert is_ours
        with open_desk(place.settings) as desk:
            assert desk.queries.submissions.get("1") is None
