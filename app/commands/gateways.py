"""`poll-mail`, `watch-folder`: workers that bring arrivals to the API of another machine."""

import argparse
import contextlib
import logging
import time
from pathlib import Path

from app.jobs.poller import Poller, PollerThread
from app.jobs.reception import HttpReception
from app.jobs.watch_folder import FolderRule, WatchFolder
from app.main import make_mailbox_settings
from app.operations.process import CannotStart, stop_signals
from app.settings import Settings

_log = logging.getLogger(__name__)
_GRACEFUL_SECONDS = 20


def poll_mail(settings: Settings, _options: argparse.Namespace) -> int:
    """Fetch mail and post it to the API until a signal asks to stop."""
    if not settings.mailboxes:
        raise CannotStart("there is nothing to poll: set IKENBAKO_MAILBOXES.")
    if settings.api_key is None:
        raise CannotStart("set IKENBAKO_API_KEY to a key with the scope intake:email.")
    key = settings.api_key.get_secret_value()
    with stop_signals() as stop, contextlib.ExitStack() as connections:
        pollers = []
        for account in settings.mailboxes:
            reception = HttpReception(settings.api_url, key)
            connections.callback(reception.close)
            poller = Poller(
                make_mailbox_settings(account),
                reception,
                poll_seconds=settings.mail_poll_seconds,
                stop=stop,
            )
            pollers.append(PollerThread(poller, account.name))
        for thread in pollers:
            thread.start()
        _log.info("Polling is up.", extra={"action": "poll_started", "mailboxes": len(pollers)})
        stop.wait()
        for thread in pollers:
            thread.join(_GRACEFUL_SECONDS)
    return 0


def watch_folder_options(parser: argparse.ArgumentParser) -> None:
    """Add what `watch-folder` takes."""
    parser.add_argument("folder", type=Path)
    parser.add_argument("--channel", choices=("fax", "mail", "drop_box"), required=True)
    parser.add_argument("--delivery", choices=("post", "hand"), help="of paper mail")
    parser.add_argument("--name", default="folder", help="the machine, as the ledger calls it")
    parser.add_argument("--settle", type=float, default=10.0, help="seconds without growth")


def watch_folder(settings: Settings, options: argparse.Namespace) -> int:
    """Post what a machine saves into a folder until a signal asks to stop."""
    if settings.api_key is None:
        raise CannotStart("set IKENBAKO_API_KEY to a key with the scope intake:fax or intake:scan.")
    if not options.folder.is_dir():
        raise CannotStart("there is no such folder.")
    if (options.delivery is None) == (options.channel == "mail"):
        raise CannotStart("give --delivery post or hand with --channel mail, and only there.")
    rule = FolderRule(
        folder=options.folder,
        channel=options.channel,
        delivery=options.delivery,
        name=options.name,
        settle_seconds=options.settle,
    )
    watch = WatchFolder(
        rule,
        settings.api_url,
        settings.api_key.get_secret_value(),
        monotonic=time.monotonic,
    )
    with stop_signals() as stop:
        watch.run(stop, poll_seconds=2.0)
    return 0
