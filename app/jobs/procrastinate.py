"""The queue on PostgreSQL: procrastinate calls readers, the arrivals' rows say what is true.

A job names an arrival, nothing else. It is deferred on the connection that lets the arrival wait,
so both are committed together. A job for an arrival that was read already ends at once; an
arrival that no job names is found by a look over the rows, once a minute.
"""

import asyncio
import contextlib
import itertools
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString, TypeVar  # Any: the connector's own signatures

import psycopg
import sqlalchemy as sa
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition
from procrastinate.types import JSONValue  # noqa: TC002 - imports stand at the top
from typing_extensions import override

from app.domain.submission import Lane
from app.jobs.called import ReadCalled
from app.storage.calls import Call
from app.storage.engine import APPLICATION

READ = "read"
"""The one task; its argument ``submission`` is the id of an arrival."""
PRIORITIES = {Lane.LIGHT: 20, Lane.STACK: 10, Lane.OCR: 0}
"""Higher comes first. The lane that holds most comes last, so that whoever asks for another lane
need not look past it."""
LOOK_SECONDS = 1.0
"""A worker looks by itself so often: for what is due later, and for calls that were missed."""
FORGOTTEN_SECONDS = 60.0
_KNOWN_SECONDS = 3600.0
"""So long a silent worker stays in the list: one that was cut off only finds itself there."""
_PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)
_LISTENER_PAUSE = 0.5
_AGAIN = RetryStrategy(max_attempts=100, wait=1, linear_wait=1)
"""A job fails where the database is away; what goes wrong in reading is settled in the row."""
_LATER = (psycopg.OperationalError, psycopg.InterfaceError)
_log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often a worker says that it lives, and when another takes it for dead.

    Attributes:
        heartbeat: Seconds between two signs of life.
        dead: A worker that has been silent for so many seconds is dead.
    """

    heartbeat: float = 5.0
    dead: float = 20.0


class Queue:
    """Defers jobs on connections of others; it has none of its own."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Prepare the deferring.

        Args:
            clock: The one by which pauses were reckoned; what is due by it is called at once.
        """
        self._clock = clock
        self._app = App(connector=SyncPsycopgConnector())

    def call(self, connection: sa.Connection, calls: Sequence[Call]) -> None:
        """Write calls into the queue, in the transaction of a connection."""
        driver = connection.connection.driver_connection
        now = self._clock()
        alike: dict[tuple[Lane, datetime | None], list[dict[str, JSONValue]]] = {}
        for each in calls:
            later = each.at if each.at is not None and each.at > now else None
            alike.setdefault((each.lane, later), []).append({"submission": each.submission_id})
        for (lane, at), arguments in alike.items():
            self._app.configure_task(
                READ,
                queue=lane.value,
                priority=PRIORITIES[lane],
                schedule_at=at,
                connection=driver,
            ).batch_defer(*arguments)


class CalledLanes(threading.Thread):
    """Works for lanes when it is called, in a thread of its own, until told to stop."""

    def __init__(
        self,
        conninfo: str,
        read: ReadCalled,
        *,
        lanes: Mapping[Lane, int],
        call_forgotten: Callable[[], int],
        call_for_the_dead: Callable[[timedelta], int],
        stop: threading.Event,
        rhythm: Rhythm = Rhythm(),
    ) -> None:
        """Prepare the work.

        Args:
            conninfo: Where the database is, in PostgreSQL's own form.
            read: Reads what a job names; safe to repeat.
            lanes: How many arrivals of each lane are read at once.
            call_forgotten: Calls readers for what no job names.
            call_for_the_dead: Calls readers for what silent workers hold.
            stop: Set when work is to end; what is in hand is finished.
            rhythm: How workers know of each other's death.
        """
        super().__init__(name="called", daemon=True)
        self._connector = _PatientConnector(conninfo, often=2 * rhythm.heartbeat)
        self._app = App(connector=self._connector)
        self._read = read
        self._lanes = lanes
        self._call_forgotten = call_forgotten
        self._call_for_the_dead = call_for_the_dead
        self._rhythm = rhythm
        self._looked_at = 0.0
        self._stop_asked = stop
        self._app.task(name=READ, pass_context=True, retry=_AGAIN)(self._work)

    def run(self) -> None:
        """Work until told to stop."""
        while not self._stop_asked.is_set():
            try:
                asyncio.run(self._until_stopped())
            except Exception:  # noqa: BLE001 - the last resort: the lanes go on
                _log.exception(
                    "The queue met an error and goes on.", extra={"action": "queue_error"}
                )
                self._stop_asked.wait(1.0)

    async def _until_stopped(self) -> None:
        async with self._app.open_async():
            works = [
                asyncio.create_task(self._again_and_again(lane, at_once))
                for lane, at_once in self._lanes.items()
            ]
            errands = [
                asyncio.create_task(self._every(self._rhythm.heartbeat, self._bring_back)),
                asyncio.create_task(self._every(FORGOTTEN_SECONDS, self._forgotten)),
            ]
            await _in_thread(self._stop_asked.wait, "called-stop")
            self._connector.closing = True
            for each in (*works, *errands):
                each.cancel()  # a worker takes it as a wish: it finishes what it has in hand
            await asyncio.gather(*works, *errands, return_exceptions=True)

    async def _again_and_again(self, lane: Lane, at_once: int) -> None:
        """Keep a worker at a lane; one that ends of an error is followed by another."""
        while True:
            try:
                await self._app.run_worker_async(
                    queues=[lane.value],
                    name=lane.value,
                    concurrency=at_once,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    fetch_job_polling_interval=LOOK_SECONDS,
                    update_heartbeat_interval=self._rhythm.heartbeat,
                    stalled_worker_timeout=_KNOWN_SECONDS,
                    install_signal_handlers=False,
                )
            except Exception:  # noqa: BLE001 - the last resort: the lane goes on
                _log.exception(
                    "A lane met an error and goes on.",
                    extra={"action": "lane_error", "lane": lane.value},
                )
            await asyncio.sleep(_LISTENER_PAUSE)

    async def _work(self, context: JobContext, submission: str) -> None:
        job = context.job
        await _in_thread(
            lambda: self._read(Lane(job.queue), submission, job.id or 0, job.attempts), job.queue
        )

    async def _every(self, seconds: float, errand: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await errand()
            except Exception:  # noqa: BLE001 - the last resort: it is tried again
                _log.exception(
                    "An errand of the queue failed and is tried again.",
                    extra={"action": "queue_error"},
                )
            await asyncio.sleep(seconds)

    async def _bring_back(self) -> None:
        """Call anew for what dead workers held, and for what went lost on the wire.

        While we were cut off, maybe all were: nobody is dead before he could have said that he
        lives.
        """
        regained_at, seconds = self._connector.in_touch()
        if seconds >= self._rhythm.dead:
            silent = timedelta(seconds=self._rhythm.dead)
            called = await _in_thread(lambda: self._call_for_the_dead(silent), "called-dead")
            if called:
                _log.warning(
                    "What dead workers held is given to others.",
                    extra={"action": "taken_back", "count": called},
                )
        elif seconds >= self._rhythm.heartbeat and self._looked_at < regained_at:
            await self._forgotten()

    async def _forgotten(self) -> None:
        self._looked_at = time.monotonic()
        called = await _in_thread(self._call_forgotten, "forgotten")
        if called:
            _log.info(
                "Arrivals that no job named are called for.",
                extra={"action": "called_forgotten", "count": called},
            )


async def _in_thread(work: Callable[[], T], name: str) -> T:
    """Do something that blocks in a thread that keeps no stopped program alive."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            done.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await asyncio.shield(asyncio.wrap_future(done))


class _PatientConnector(PsycopgConnector):
    """Asks again where the server was away: a worker outlives its restart.

    What is asked twice does no harm: a job that was taken without our knowing is in nobody's
    hands, and the look over the rows calls anew for its arrival.
    """

    closing = False

    def __init__(self, conninfo: str, *, often: float) -> None:
        """Prepare to connect.

        Args:
            conninfo: Where the database is.
            often: While the server answers, it does so at least once in so many seconds.
        """
        super().__init__(
            conninfo=conninfo,
            min_size=1,
            max_size=4,
            # A plan made for all lanes would look past every waiting scan for a single mail.
            kwargs={
                "options": "-c plan_cache_mode=force_custom_plan",
                "application_name": APPLICATION,
            },
        )
        self._often = often
        self._answered_at = self._regained_at = time.monotonic()
        self._is_cut_off = False

    def in_touch(self) -> tuple[float, float]:
        """Say since when the server has answered all the time, and for how many seconds."""
        now = time.monotonic()
        if self._is_cut_off or now - self._answered_at > self._often:
            return now, 0.0
        return self._regained_at, now - self._regained_at

    async def _patiently(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        for pause in itertools.chain(_PAUSES, itertools.repeat(_PAUSES[-1])):
            try:
                answer = await ask()
            except ConnectorException as error:
                if self.closing or not isinstance(error.__cause__, _LATER):
                    raise
                self._is_cut_off = True
            else:
                self._note_answer()
                return answer
            await asyncio.sleep(pause)
        raise AssertionError  # the pauses never end

    def _note_answer(self) -> None:
        now = time.monotonic()
        # The pool may wait for the server without a word, so that no question fails.
        if self._is_cut_off or now - self._answered_at > self._often:
            self._regained_at = now
        self._is_cut_off = False
        self._answered_at = now

    @override
    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        plain = super().execute_query_async
        try:
            await self._patiently(lambda: plain(query, **arguments))
        except ConnectorException as error:
            if not isinstance(error.__cause__, psycopg.errors.RaiseException):
                raise
            # The job to be ended is no more: it was ended before and we were not told, or we
            # were silent for so long that its arrival was given to another worker.
            _log.info("A job was over already.", extra={"action": "job_over"})

    @override
    async def execute_query_one_async(
        self, query: LiteralString, **arguments: Any
    ) -> dict[str, Any]:
        plain = super().execute_query_one_async
        return await self._patiently(lambda: plain(query, **arguments))

    @override
    async def execute_query_all_async(
        self, query: LiteralString, **arguments: Any
    ) -> list[dict[str, Any]]:
        plain = super().execute_query_all_async
        return await self._patiently(lambda: plain(query, **arguments))

    @override
    async def listen_notify(self, on_notification: Any, channels: Any) -> None:
        while True:
            with contextlib.suppress(ConnectorException):
                await super().listen_notify(on_notification, channels)
            await asyncio.sleep(_LISTENER_PAUSE)
