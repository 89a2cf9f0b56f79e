"""`serve`, `api`, `worker`: the service as one process, or as several over PostgreSQL."""

import argparse
import contextlib
import gc
import logging
from collections.abc import Callable, Iterator
from threading import Event, Thread

import sqlalchemy as sa
from uvicorn import Config, Server

from app.commands.answers import OnePiece
from app.commands.database import sole_use_of
from app.domain.submission import Lane
from app.intake.desk import Desk
from app.jobs.embedded import Runner
from app.jobs.wakes import Wakes
from app.main import called_lanes, create_app, make_mailbox_settings, open_desk
from app.operations.process import FAILED, CannotStart, stop_signals
from app.settings import Settings

_GRACEFUL_SECONDS = 20
_NEW_OBJECTS = 50_000
"""Objects made before the collector looks for cycles among them; Python's default of 700 has it
look at every second request."""
_AWAITED_SECONDS = 2.0
_log = logging.getLogger(__name__)
_LANES = {"light": frozenset({Lane.LIGHT}), "ocr": frozenset({Lane.OCR, Lane.STACK})}
"""What a worker may be told to do; together everything, so that nothing is left by mistake."""


def serve_options(parser: argparse.ArgumentParser) -> None:
    """Add what `serve` takes."""
    parser.add_argument(
        "--demo", action="store_true", help="prepare a demonstration that is open now"
    )


def serve(settings: Settings, options: argparse.Namespace) -> int:
    """Run the API, the reading and the mail in one process."""
    wakes = Wakes()
    with sole_use_of(settings), _desk(settings, wakes) as desk:
        host = _host(settings, desk) if options.demo else None
        runner = Runner(
            desk,
            wakes,
            ocr_lanes=settings.ocr_processes + 1,
            mailboxes=[make_mailbox_settings(account) for account in settings.mailboxes],
            poll_seconds=settings.mail_poll_seconds,
            alone=settings.is_sqlite,
            called=called_lanes(settings),
        )
        runner.start()
        try:
            return _listen(settings, desk, host)
        finally:
            runner.stop()


def api(settings: Settings, _options: argparse.Namespace) -> int:
    """Run the API alone; other processes read and send."""
    _need_postgresql(settings, "api")
    with _desk(settings, Wakes()) as desk:
        return _listen(settings, desk)


def worker_options(parser: argparse.ArgumentParser) -> None:
    """Add what `worker` takes."""
    parser.add_argument(
        "--lane",
        dest="lanes",
        action="append",
        choices=sorted(_LANES),
        help="what it does: light (mails, sending, the clock) or ocr (paper and faxes); may be "
        "given several times, and is both where it is not given",
    )


def worker(settings: Settings, options: argparse.Namespace) -> int:
    """Read and send alone; other processes answer requests."""
    _need_postgresql(settings, "worker")
    wakes = Wakes()
    with _desk(settings, wakes) as desk, stop_signals() as stop:
        runner = Runner(
            desk,
            wakes,
            ocr_lanes=settings.ocr_processes + 1,
            alone=False,
            reads=frozenset().union(*(_LANES[each] for each in options.lanes or _LANES)),
            called=called_lanes(settings),
        )
        runner.start()
        stop.wait()
        runner.stop()
    return 0


@contextlib.contextmanager
def _desk(settings: Settings, wakes: Wakes) -> Iterator[Desk]:
    """Open the desk, and wait for PostgreSQL where it is away: the order of starts is free.

    Raises:
        CannotStart: A signal asked to stop before it was open.
    """
    with contextlib.ExitStack() as stack:
        with stop_signals() as stop:
            while True:
                try:
                    desk = stack.enter_context(open_desk(settings, wake=wakes.wake))
                    break
                except sa.exc.OperationalError as error:
                    if settings.is_sqlite:
                        raise
                    _log.warning(
                        "The database does not answer; nothing is done until it does.",
                        extra={
                            "action": "database_awaited",
                            "reason": str(error.orig).partition("\n")[0],
                        },
                    )
                if stop.wait(_AWAITED_SECONDS):
                    break
            if stop.is_set():
                raise CannotStart("it was stopped before it was up.")
        yield desk


def _host(settings: Settings, desk: Desk) -> Callable[[Server, Event], None]:
    """Prepare the demonstration; gives who invites to it."""
    from app.commands.invitation import Host  # noqa: PLC0415 - ADR 0049

    return Host(settings, desk).invite


def _listen(
    settings: Settings, desk: Desk, host: Callable[[Server, Event], None] | None = None
) -> int:
    """Answer requests until a signal asks to stop.

    Args:
        settings: Where to listen.
        desk: What answers.
        host: Greets the person who started the service, once it answers.
    """
    app = create_app(settings, desk)
    # What a start has loaded stays; going through it again and again would hold up every request.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    server = Server(
        Config(
            app,
            host=settings.host,
            port=settings.port,
            http=OnePiece,
            log_config=None,
            server_header=False,
            proxy_headers=False,  # the door believes the proxies of the settings, nobody else
            access_log=logging.getLogger("uvicorn.access").isEnabledFor(logging.INFO),
            timeout_graceful_shutdown=_GRACEFUL_SECONDS,
        )
    )
    with stop_signals() as stop:
        if host is not None:
            Thread(target=host, args=(server, stop), daemon=True).start()
        if not stop.is_set():
            server.run()
    return 0 if server.started else FAILED


def _need_postgresql(settings: Settings, command: str) -> None:
    if settings.is_sqlite:
        raise CannotStart(
            f"`ikenbako {command}` shares its database with other processes and needs PostgreSQL: "
            "set IKENBAKO_DATABASE_URL=postgresql://… "
            "On SQLite one process does everything: run `ikenbako serve`."
        )
