"""Workers that die, are late, or are cut off: no arrival waits for ever, none is taken for nothing.

Each worker here has a quick rhythm, so that a second of silence is death.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.domain.status import SubmissionState
from app.domain.submission import Lane
from app.intake import calls, read
from app.jobs.procrastinate import CalledLanes, Queue, Rhythm
from app.storage.calls import with_calls
from app.storage.repositories.queue import QueueRepository
from tests.integration.jobs.conftest import Place, eventually

MUTE = Rhythm(heartbeat=3600.0, dead=3600.0)
QUICK = Rhythm(heartbeat=0.2, dead=1.5)


@dataclass(slots=True)
class Reader:
    """Reads what it is called for, once it may."""

    place: Place
    name: str
    may_go_on: threading.Event = field(default_factory=threading.Event)
    began: threading.Event = field(default_factory=threading.Event)

    def read(self, lane: Lane, submission_id: str, job: int, attempt: int) -> None:
        worker = f"job {job}/{attempt} {self.name}"
        claimed = calls.claim_called(
            self.place.desk,
            lane,
            submission_id,
            worker=worker,
            most=1,
            died=f"job {job}/" if attempt else None,
        )
        if claimed:
            self.began.set()
            assert self.may_go_on.wait(60)
            read.read_some(self.place.desk, claimed, worker=worker, lane=lane)


@contextmanager
def worker(reader: Reader, rhythm: Rhythm) -> Iterator[None]:
    """Run a worker of mails until the block is left."""
    desk, stop = reader.place.desk, threading.Event()
    url = sa.make_url(reader.place.settings.database_url).set(drivername="postgresql")
    lanes = CalledLanes(
        url.render_as_string(hide_password=False),
        reader.read,
        lanes={Lane.LIGHT: 1},
        call_forgotten=lambda: calls.call_forgotten(desk),
        call_for_the_dead=lambda silent: calls.call_for_the_dead(desk, silent=silent),
        stop=stop,
        rhythm=rhythm,
    )
    lanes.start()
    try:
        yield
    finally:
        reader.may_go_on.set()
        stop.set()
        lanes.join()


def comments(place: Place) -> int:
    return int(place.value("SELECT count(*) FROM comments"))


def is_done(place: Place, submission_id: str) -> bool:
    return place.state(submission_id) is SubmissionState.DONE


def test_what_a_silent_worker_held_is_read_by_another(place: Place) -> None:
    arrived = place.arrive()
    place.hold(arrived)
    reader = Reader(place, "living")
    reader.may_go_on.set()
    with worker(reader, QUICK):
        eventually(lambda: is_done(place, arrived))
    assert place.jobs() == []


def test_a_late_worker_ends_no_job_of_another_and_goes_on(place: Place) -> None:
    arrived = place.arrive()
    late, other = Reader(place, "late"), Reader(place, "other")
    with worker(late, MUTE):
        assert late.began.wait(30)
        with worker(other, QUICK):
            assert other.began.wait(30)  # the first was silent for too long
            # A further call for it may wait besides: it finds nothing to do, and is gone then.
            held = [each for each in place.jobs() if each[1] == "doing"]
            late.may_go_on.set()
            eventually(lambda: is_done(place, arrived))
            next_one = place.arrive(2)
            eventually(lambda: is_done(place, next_one))  # by the late one: it lives on
            assert [each for each in place.jobs() if each[2] == arrived] == held != []
        eventually(lambda: place.jobs() == [])
    assert comments(place) == 2


def test_a_job_whose_name_went_lost_on_the_wire_is_called_for_anew(place: Place) -> None:
    reader = Reader(place, "living")
    reader.may_go_on.set()
    with worker(reader, QUICK):
        arrived = place.arrive()
        eventually(lambda: is_done(place, arrived) and place.jobs() == [])
        with with_calls(place.engine, Queue(place.desk.clock).call).begin() as connection:
            again = QueueRepository(connection)
            again.put(arrived, run_at=place.desk.clock(), attempts=0, failures=0)
            # The server gives the job out and commits; the connection breaks before it is told.
            connection.execute(
                sa.text(
                    "SELECT procrastinate_fetch_job_v2('{light}',"
                    " (SELECT max(id) FROM procrastinate_workers))"
                )
            )
        assert place.state(arrived) is SubmissionState.QUEUED
        with place.away():
            time.sleep(QUICK.dead)
        eventually(lambda: is_done(place, arrived))
        (lost,) = place.jobs()
        assert lost == ("light", "doing", arrived)
        place.run("UPDATE procrastinate_events SET at = at - interval '2 minutes'")
        calls.call_forgotten(place.desk)
        assert place.jobs() == []


def test_a_job_that_was_just_taken_or_that_holds_an_arrival_is_not_lost(place: Place) -> None:
    taken, held = place.arrive(1), place.arrive(2)
    place.run("UPDATE procrastinate_jobs SET status = 'doing'")
    calls.call_forgotten(place.desk)
    assert ("light", "doing", taken) in place.jobs()
    calls.claim_called(place.desk, Lane.LIGHT, held, worker="job 2/0 living", most=1)
    place.run("UPDATE procrastinate_events SET at = at - interval '2 minutes'")
    calls.call_forgotten(place.desk)
    assert ("light", "doing", held) in place.jobs()
    assert ("light", "doing", taken) not in place.jobs()
    assert ("light", "todo", taken) in place.jobs()


def test_who_was_cut_off_as_we_were_is_not_taken_for_dead(place: Place) -> None:
    """The server was away for all: everybody's sign of life is old when it comes back."""
    rhythm = Rhythm(heartbeat=0.2, dead=4.0)
    holder = place.hold(place.arrive())
    with worker(Reader(place, "other"), rhythm):
        with place.away():
            time.sleep(2.0)
        time.sleep(1.0)  # the other one comes back a little later than we
        place.run("UPDATE procrastinate_workers SET last_heartbeat = now() + interval '3 seconds'")
        time.sleep(rhythm.dead)
        assert place.value("SELECT leased_by FROM submissions") == holder


def test_who_said_that_he_lives_by_a_clock_that_was_ahead_is_dead_all_the_same(
    place: Place,
) -> None:
    arrived = place.arrive()
    place.hold(arrived)
    place.run("UPDATE procrastinate_workers SET last_heartbeat = now() + interval '1 hour'")
    assert calls.call_for_the_dead(place.desk, silent=timedelta(seconds=20)) == 1
    assert place.state(arrived) is SubmissionState.QUEUED
    assert place.jobs() == [("light", "todo", arrived)]


@pytest.mark.parametrize("ahead", [False, True])
def test_a_pause_is_kept_and_a_clock_that_was_ahead_makes_none(place: Place, ahead: bool) -> None:
    arrived = place.arrive()
    now = place.desk.clock()
    pause = timedelta(days=400) if ahead else timedelta(seconds=40)
    place.desk.writer.run(
        lambda repositories: repositories.queue.put(
            arrived, run_at=now + pause, attempts=1, failures=1
        )
    )
    # It stands with two jobs now: the first, which is due, and that of its pause.
    claimed = calls.claim_called(place.desk, Lane.LIGHT, arrived, worker="job 1/0 a", most=32)
    assert bool(claimed) == ahead


def test_what_waits_by_a_clock_that_was_ahead_is_called_for(place: Place) -> None:
    arrived = place.arrive()
    place.run("DELETE FROM procrastinate_jobs")
    far = place.desk.clock() + timedelta(days=400)
    place.desk.writer.run(
        lambda repositories: repositories.queue.put(arrived, run_at=far, attempts=0, failures=0)
    )
    assert calls.call_forgotten(place.desk) == 1
    assert calls.call_forgotten(place.desk) == 0
    assert len(place.jobs()) == 2
    claimed = calls.claim_called(place.desk, Lane.LIGHT, arrived, worker="job 1/0 a", most=1)
    place.run("UPDATE submissions SET leased_until = leased_until + interval '400 days'")
    again = calls.claim_called(place.desk, Lane.LIGHT, arrived, worker="job 2/0 b", most=1)
    assert [each.id for each in claimed] == [each.id for each in again] == [arrived]
