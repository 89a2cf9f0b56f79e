"""The command line: what an administrator types, each command a function."""

import argparse
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx
import sqlalchemy as sa
import uvicorn
from pydantic import ValidationError
from pydantic_settings import SettingsError

from app import log
from app.channels.email.mailbox import MailboxSettings
from app.domain import wording
from app.domain.access import Scope
from app.domain.errors import Refusal
from app.intake import keys
from app.intake.desk import PROGRAM, Desk
from app.jobs.embedded import Runner
from app.jobs.poller import Poller, PollerThread
from app.jobs.reception import HttpReception
from app.jobs.wakes import Wakes
from app.jobs.watch_folder import FolderRule, WatchFolder
from app.main import (
    blob_folder,
    create_app,
    make_smtp_settings,
    open_desk,
    open_proof,
    open_store,
    utc_now,
)
from app.operations import backup, demonstration, doctor, verdict
from app.operations.process import CannotStart, sole_use, stop_signals
from app.operations.walk import Walk, WalkFailed
from app.settings import PREFIX, MailboxAccount, Settings, unknown_names

_log = logging.getLogger(__name__)
_GRACEFUL_SECONDS = 20
_FAILED, _MISUSED = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    options = _parser().parse_args(arguments)
    # Everything we write may hold personal data: nobody else on the machine reads it.
    os.umask(0o077)
    try:
        settings = Settings()
    except (ValidationError, SettingsError) as error:
        for line in _explained(error):
            print(line, file=sys.stderr)
        return _MISUSED
    log.configure(settings.log_level, settings.log_format)
    command: Callable[[Settings, argparse.Namespace], int] = options.command
    try:
        return command(settings, options)
    except CannotStart as error:
        print(f"ikenbako: {error}", file=sys.stderr)
    except Refusal as error:
        words = wording.say(error.code, "ja", error.data, section=wording.PROBLEMS)
        print(f"ikenbako: {words}", file=sys.stderr)
    except sa.exc.OperationalError as error:
        print(
            "ikenbako: the database cannot be used; see `ikenbako doctor` "
            f"({type(error.orig).__name__}).",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return _FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ikenbako", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, run: Callable[[Settings, argparse.Namespace], int], words: str) -> None:
        command = commands.add_parser(name, help=words, description=words)
        command.set_defaults(command=run)
        if name == "serve":
            command.add_argument(
                "--demo", action="store_true", help="prepare a demonstration that is open now"
            )
        if name in {"backup", "restore"}:
            command.add_argument("file", type=Path, metavar="FILE")
        if name in {"verify", "restore"}:
            command.add_argument("--language", choices=wording.LANGUAGES, default="ja")
        if name == "watch-folder":
            _add_folder_options(command)
        if name == "keys":
            _add_key_commands(command)

    add("serve", _serve, "Run everything: API, reading, mail.")
    add("api", _api, "Run the API alone (PostgreSQL).")
    add("worker", _worker, "Read and send alone (PostgreSQL).")
    add("poll-mail", _poll_mail, "Fetch mail and post it to IKENBAKO_API_URL.")
    add("watch-folder", _watch_folder, "Post what a machine saves into a folder.")
    add("migrate", _migrate, "Bring the database up to date.")
    add("verify", _verify, "Look at every row and file, and say whether anything is lost.")
    add("backup", _backup, "Write everything into one file, while the service runs (SQLite).")
    add("restore", _restore, "Put a backup in place where there is nothing yet (SQLite).")
    add("doctor", _doctor, "Say what is missing and how to install it.")
    add("demo", _demo, "Send one sample through each channel of a running service.")
    add("keys", _list_keys, "Make, list and revoke API keys.")
    return parser


def _add_folder_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path)
    parser.add_argument("--channel", choices=("fax", "mail", "drop_box"), required=True)
    parser.add_argument("--delivery", choices=("post", "hand"), help="of paper mail")
    parser.add_argument("--name", default="folder", help="the machine, as the ledger calls it")
    parser.add_argument("--settle", type=float, default=10.0, help="seconds without growth")


def _add_key_commands(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a key and show it once")
    create.add_argument("name")
    create.add_argument(
        "--scope",
        dest="scopes",
        action="append",
        required=True,
        choices=[scope.value for scope in Scope],
        help="what it opens; may be given several times",
    )
    create.add_argument(
        "--consultation",
        dest="consultations",
        action="append",
        default=[],
        help="confine it to a consultation; may be given several times",
    )
    create.set_defaults(command=_create_key)
    listing = actions.add_parser("list", help="list the keys")
    listing.set_defaults(command=_list_keys)
    revoke = actions.add_parser("revoke", help="end a key and the sessions it opened")
    revoke.add_argument("id")
    revoke.set_defaults(command=_revoke_key)


def _explained(error: ValidationError | SettingsError) -> Iterator[str]:
    """Say which setting is wrong, without repeating what it holds."""
    if isinstance(error, SettingsError):
        yield f"ikenbako: {error}: lists are written as JSON"
        return
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        if each["type"] == "default_factory_not_called":
            continue  # it follows from another error that is told
        path = [str(part) for part in each["loc"]]
        name = PREFIX + path[0].upper() if path else PREFIX
        within = f" ({'/'.join(path[1:])})" if path[1:] else ""
        yield f"ikenbako: {name}{within}: {each['msg']}"


# -- serving ----------------------------------------------------------------------------------


def _serve(settings: Settings, options: argparse.Namespace) -> int:
    wakes = Wakes()
    with _sole_use(settings), open_desk(settings, wake=wakes.wake) as desk:
        prepared = demonstration.prepare(desk, settings.data_dir) if options.demo else None
        runner = Runner(
            desk,
            wakes,
            ocr_lanes=settings.ocr_processes + 1,
            mailboxes=[_mailbox(account) for account in settings.mailboxes],
            poll_seconds=settings.mail_poll_seconds,
            alone=settings.is_sqlite,
        )
        runner.start()
        try:
            return _listen(settings, desk, prepared)
        finally:
            runner.stop()


def _api(settings: Settings, _options: argparse.Namespace) -> int:
    _need_postgresql(settings, "api")
    with open_desk(settings) as desk:
        return _listen(settings, desk, None)


def _worker(settings: Settings, _options: argparse.Namespace) -> int:
    _need_postgresql(settings, "worker")
    wakes = Wakes()
    with stop_signals() as stop, open_desk(settings, wake=wakes.wake) as desk:
        runner = Runner(desk, wakes, ocr_lanes=settings.ocr_processes + 1, alone=False)
        runner.start()
        stop.wait()
        runner.stop()
    return 0


def _listen(settings: Settings, desk: Desk, prepared: demonstration.Demonstration | None) -> int:
    """Answer requests until a signal asks to stop."""
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings, desk),
            host=settings.host,
            port=settings.port,
            log_config=None,
            server_header=False,
            proxy_headers=False,  # the door believes the proxies of the settings, nobody else
            timeout_graceful_shutdown=_GRACEFUL_SECONDS,
        )
    )
    with stop_signals() as stop:
        if prepared is not None:
            threading.Thread(
                target=_invite, args=(settings, server, prepared, stop), daemon=True
            ).start()
        if not stop.is_set():
            server.run()
    return 0 if server.started else _FAILED


def _invite(
    settings: Settings,
    server: uvicorn.Server,
    prepared: demonstration.Demonstration,
    stop: threading.Event,
) -> None:
    """Once the service answers, show where everything is and post a first comment."""
    while not server.started:
        if stop.wait(0.05) or server.should_exit:
            return
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    url = f"http://{host}:{settings.port}"
    for line in demonstration.invitation(prepared, url):
        print(line)
    try:
        receipt_number = demonstration.post_first(prepared, url)
    except httpx.HTTPError:
        print("見本の意見を送れませんでした。 `ikenbako doctor` を実行してください。", flush=True)
    else:
        print(f"見本の電子申請を1件受け付けました。受付番号 {receipt_number}", flush=True)


def _sole_use(settings: Settings) -> contextlib.AbstractContextManager[None]:
    """See that one process tree works on a SQLite file; others would release what it holds."""
    if not settings.is_sqlite:
        return contextlib.nullcontext()
    return sole_use(_database_file(settings))


def _database_file(settings: Settings) -> Path:
    """Name the SQLite file."""
    database = sa.make_url(settings.database_url).database
    return Path(database) if database else settings.data_dir / "ikenbako.db"


def _need_postgresql(settings: Settings, command: str) -> None:
    if settings.is_sqlite:
        raise CannotStart(
            f"`ikenbako {command}` shares its database with other processes and needs PostgreSQL: "
            "set IKENBAKO_DATABASE_URL=postgresql://… "
            "On SQLite one process does everything: run `ikenbako serve`."
        )


# -- mail -------------------------------------------------------------------------------------


def _mailbox(account: MailboxAccount) -> MailboxSettings:
    try:
        password = account.secret()
    except OSError as error:
        raise CannotStart(
            f"the password_file of mailbox {account.name} cannot be read: {error.strerror}."
        ) from error
    return MailboxSettings(
        name=account.name,
        host=account.host,
        port=account.port,
        tls=account.tls,
        username=account.username,
        password=password,
        folders=account.folders,
        processed_folder=account.processed_folder,
    )


def _poll_mail(settings: Settings, _options: argparse.Namespace) -> int:
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
                _mailbox(account),
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


def _watch_folder(settings: Settings, options: argparse.Namespace) -> int:
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


# -- upkeep -----------------------------------------------------------------------------------


def _migrate(settings: Settings, _options: argparse.Namespace) -> int:
    with _sole_use(settings), open_desk(settings):
        print("The database is up to date.")
    return 0


def _backup(settings: Settings, options: argparse.Namespace) -> int:
    _need_sqlite(settings, "backup")
    _need_database(settings)
    try:
        with open_store(settings) as (engine, blobs):
            written = backup.back_up(engine, blobs, options.file.absolute(), now=utc_now())
    except OSError as error:
        raise CannotStart(f"the backup could not be written: {error.strerror}.") from error
    print(f"{options.file} holds the database and {written.blobs} large files.")
    for sha256 in written.left_out:
        print(f"NG blob {sha256} is missing or changed and is not in it: run `ikenbako verify`.")
    return _FAILED if written.left_out else 0


def _restore(settings: Settings, options: argparse.Namespace) -> int:
    _need_sqlite(settings, "restore")
    with _sole_use(settings):
        try:
            with open_store(settings) as (_, blobs):
                backup.restore(options.file, _database_file(settings), blobs, tell=print)
        except OSError as error:
            raise CannotStart(f"the backup could not be restored: {error.strerror}.") from error
        with open_desk(settings):
            pass  # which brings the tables up to date
        return _verify(settings, options)


def _need_sqlite(settings: Settings, command: str) -> None:
    if not settings.is_sqlite:
        raise CannotStart(
            f"`ikenbako {command}` is for the embedded database. On PostgreSQL use pg_dump first, "
            "then copy the blob folder."
        )


def _need_database(settings: Settings) -> None:
    if settings.is_sqlite and not _database_file(settings).exists():
        raise CannotStart(f"there is no database at {_database_file(settings)}.")


def _verify(settings: Settings, options: argparse.Namespace) -> int:
    _need_database(settings)
    try:
        with open_proof(settings) as proof:
            if proof is not None:
                return 0 if verdict.tell(proof, options.language, print) else _FAILED
    except sa.exc.DatabaseError as error:
        words = f"the database cannot be read at all ({type(error.orig).__name__})."
        raise CannotStart(words) from error
    raise CannotStart("the database is of another version: run `ikenbako migrate` first.")


def _doctor(settings: Settings, _options: argparse.Namespace) -> int:
    try:
        blobs = blob_folder(settings)
    except ValueError as error:
        raise CannotStart(str(error)) from error
    healthy = True
    for found in doctor.examine(
        data_dir=settings.data_dir,
        blob_folder=blobs,
        database_url=settings.database_url,
        smtp=make_smtp_settings(settings),
        mailboxes=[_mailbox(account) for account in settings.mailboxes],
        unknown_settings=unknown_names(os.environ),
    ):
        mark = "OK " if found.remedy is None else "NG " if found.is_fatal else "-- "
        print(f"{mark}{found.subject}")
        if found.remedy is not None:
            print(f"     {found.remedy}")
            healthy = healthy and not found.is_fatal
    return 0 if healthy else _FAILED


def _demo(settings: Settings, _options: argparse.Namespace) -> int:
    if settings.api_key is not None:
        key = settings.api_key.get_secret_value()
    else:
        try:
            key = (settings.data_dir / demonstration.KEY_FILE).read_text(encoding="ascii").strip()
        except FileNotFoundError as error:
            raise CannotStart(
                f"there is no demo key in {settings.data_dir}. "
                "Start `ikenbako serve --demo` (or `make run`) first."
            ) from error
    samples = settings.data_dir / demonstration.SAMPLE_FOLDER

    def tell(line: str) -> None:
        print(line, flush=True)

    try:
        return 0 if Walk(settings.api_url, key, samples, tell=tell).run() else _FAILED
    except WalkFailed as error:
        raise CannotStart(error.words) from error


# -- keys -------------------------------------------------------------------------------------


def _create_key(settings: Settings, options: argparse.Namespace) -> int:
    with open_desk(settings) as desk:
        created = keys.create(
            desk,
            name=options.name,
            scopes=frozenset(Scope(each) for each in options.scopes),
            consultations=frozenset(options.consultations),
            actor=PROGRAM,
        )
    print(f"id:  {created.id}")
    print(f"key: {created.key}")
    print("The key is shown this once; keep it where nobody else reads it.", file=sys.stderr)
    return 0


def _list_keys(settings: Settings, _options: argparse.Namespace) -> int:
    with open_desk(settings) as desk:
        for listing in desk.queries.access.every_key():
            actor = listing.actor
            revoked = f"revoked {listing.revoked_at:%Y-%m-%d}" if listing.revoked_at else "in force"
            scopes = ",".join(sorted(actor.scopes))
            confined = ",".join(sorted(actor.consultations)) or "*"
            print(f"{actor.id}\t{actor.name}\t{scopes}\t{confined}\t{revoked}")
    return 0


def _revoke_key(settings: Settings, options: argparse.Namespace) -> int:
    with open_desk(settings) as desk:
        keys.revoke(desk, options.id, actor=PROGRAM)
    print(f"{options.id} is revoked.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
