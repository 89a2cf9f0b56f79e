"""The runner inside the service process: lanes that read, a sender, pollers, and a schedule.

On SQLite the queue is the rows themselves: claiming one leases it, and whatever a killed process
held is taken back at the next start. On PostgreSQL the lanes that read are called by a queue.
"""

import asyncio
import contextlib
import functools
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from prometheus_client import Summary

from app import log
from app.channels.email.mailbox import MailboxSettings
from app.domain.submission import Lane, Submission
from app.intake import acknowledge, calls, digest, outgoing, procedures, read, upkeep
from app.intake.desk import Desk
from app.intake.indexing import Indexer
from app.jobs.called import Called, Worker
from app.jobs.lanes import LaneThread
from app.jobs.poller import Poller, PollerThread
from app.jobs.reception import DeskReception
from app.jobs.wakes import Wakes

STOP_SECONDS = 20.0
_STACKS_AT_ONCE = 2
"""Long stacks that are read in turns with each other and with everything short."""
_MINUTE_SECONDS = 60.0
_HOUR_SECONDS = 3600.0
_TOGETHER = {Lane.LIGHT: 32, Lane.OCR: 1, Lane.STACK: 1}
"""Arrivals of a lane that are read in one go, to share their commits."""
_READING = Summary(
    "ikenbako_reading_seconds", "Time spent on reading arrivals in this process.", ["channel"]
)
_log = logging.getLogger(__name__)


class Runner:
    """Everything that goes on after an arrival was answered."""

    def __init__(
        self,
        desk: Desk,
        wakes: Wakes,
        *,
        ocr_lanes: int = 1,
        mailboxes: Sequence[MailboxSettings] = (),
        poll_seconds: float = 60.0,
        alone: bool = True,
        reads: frozenset[Lane] = frozenset(Lane),
        called: Called | None = None,
    ) -> None:
        """Prepare the lanes; nothing runs yet.

        Args:
            desk: What the use cases work with; its ``wake`` is that of ``wakes``.
            wakes: Calls the lanes.
            ocr_lanes: How many short arrivals are read by OCR at once; they and the long
                stacks share the processors of ``desk.recogniser`` in turns.
            mailboxes: What is polled from inside this process.
            poll_seconds: Longest wait between two passes over a mailbox.
            alone: Whether this process tree is the only one that works on the database.
            reads: The lanes that are read here; where light work is, mail is sent, too, and the
                schedule is kept.
            called: Makes what reads by the calls of a queue; None reads what waits in the rows.
        """
        self._desk = desk
        self._wakes = wakes
        self._alone = alone
        self._stop = threading.Event()
        self._worker = f"{socket.gethostname()}:{os.getpid()}"
        self._events = asyncio.Runner()
        at_once = {Lane.LIGHT: 1, Lane.OCR: ocr_lanes, Lane.STACK: _STACKS_AT_ONCE}
        at_once = {lane: number for lane, number in at_once.items() if lane in reads}
        self._lanes: list[Worker] = []
        if called is None:
            self._lanes += self._looking(at_once)
        else:
            self._lanes.append(
                called(
                    self._read_called,
                    lanes=at_once,
                    call_forgotten=lambda: calls.call_forgotten(desk, reads),
                    call_for_the_dead=lambda silent: calls.call_for_the_dead(desk, silent=silent),
                    stop=self._stop,
                )
            )
        if Lane.LIGHT in reads:
            self._lanes.append(self._lane("outbox", self._send_next, set(Lane)))
            self._lanes.append(self._lane("schedule", _Schedule(desk).once, set()))
            self._lanes.append(self._lane("search", Indexer(desk).once, set()))
        if alone:  # a database server warms itself
            self._lanes.append(self._lane("warming", desk.queries.warming.once, set()))
        reception = DeskReception(desk)
        self._pollers = [
            PollerThread(
                Poller(settings, reception, poll_seconds=poll_seconds, stop=self._stop),
                settings.name,
            )
            for settings in mailboxes
        ]

    def start(self) -> None:
        """Take back what a killed process held, then start every lane."""
        if self._alone:
            taken_back = upkeep.take_back(self._desk)
            if taken_back:
                _log.info(
                    "Arrivals of an earlier run are queued again.",
                    extra={"action": "taken_back", "count": taken_back},
                )
        for thread in (*self._lanes, *self._pollers):
            thread.start()
        _log.info("The runner is up.", extra={"action": "runner_started"})

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Let every lane finish the item in hand, but no longer than some seconds."""
        self._stop.set()
        self._wakes.wake_all()
        now = time.monotonic()
        self._join(until=now + seconds / 2)
        # What is being read still is a long stack: it is queued again, not waited for.
        self._desk.recogniser.close()
        late = self._join(until=now + seconds)
        if late:
            _log.warning(
                "Lanes are left in the middle of an item; it is taken back at the next start.",
                extra={"action": "runner_stopped", "lanes": ",".join(late)},
            )
        else:
            self._events.close()
            _log.info("The runner is down.", extra={"action": "runner_stopped"})

    def _join(self, *, until: float) -> list[str]:
        """Wait for every thread that was started; names those that go on."""
        started = [each for each in (*self._pollers, *self._lanes) if each.ident is not None]
        for thread in started:
            thread.join(max(0.0, until - time.monotonic()))
        return [each.name for each in started if each.is_alive()]

    def _looking(self, at_once: Mapping[Lane, int]) -> Iterator[LaneThread]:
        """Make lanes that look at the rows themselves."""
        for lane, number in at_once.items():
            for place in range(1, number + 1):
                name = lane.value if number == 1 else f"{lane.value}-{place}"
                yield self._lane(name, functools.partial(self._read_next, lane), {lane})

    def _lane(self, name: str, once: Callable[[], bool], lanes: Iterable[Lane]) -> LaneThread:
        return LaneThread(name, once, wakes=self._wakes, lanes=frozenset(lanes), stop=self._stop)

    def _read_next(self, lane: Lane) -> bool:
        worker = f"{self._worker}:{threading.current_thread().name}"
        submissions = read.claim_some(self._desk, lane, worker=worker, most=_TOGETHER[lane])
        if not submissions:
            return False
        read.read_some(self._desk, submissions, worker=worker, lane=lane, around=_told)
        return True

    def _read_called(self, lane: Lane, submission_id: str, job: int, attempt: int) -> None:
        """Read what a job names; a job that comes again has lost its worker or the database."""
        worker = f"job {job}/{attempt} {self._worker}"
        submissions = calls.claim_called(
            self._desk,
            lane,
            submission_id,
            worker=worker,
            most=_TOGETHER[lane],
            died=f"job {job}/" if attempt else None,
        )
        if submissions:
            read.read_some(self._desk, submissions, worker=worker, lane=lane, around=_told)

    def _send_next(self) -> bool:
        return self._events.run(acknowledge.send_next(self._desk, worker=self._worker))


@contextlib.contextmanager
def _told(submission: Submission) -> Iterator[None]:
    """Log and count the reading of an arrival."""
    with log.bind(submission=submission.id):
        started = time.monotonic()
        yield
        seconds = time.monotonic() - started
        _READING.labels(submission.channel.value).observe(seconds)
        _log.info(
            "Read an arrival.",
            extra={
                "action": "read",
                "channel": submission.channel.value,
                "attempt": submission.attempts,
                "seconds": f"{seconds:.2f}",
            },
        )


class _Schedule:
    """What is done by the clock."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._due: dict[str, float] = {}

    def once(self) -> bool:
        """Do what is due; there is never more behind it."""
        if self._is_due("rejudge", _MINUTE_SECONDS):
            procedures.rejudge_pending(self._desk)
        if self._is_due("digest", _MINUTE_SECONDS):
            digest.queue_due(self._desk)
        if self._is_due("clock", _MINUTE_SECONDS):
            outgoing.mend_clock(self._desk)
        if self._is_due("sessions", _HOUR_SECONDS):
            upkeep.forget_expired(self._desk)
        return False

    def _is_due(self, name: str, every: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(name, 0.0):
            return False
        self._due[name] = now + every
        return True
