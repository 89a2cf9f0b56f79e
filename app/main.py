"""The only place where the parts are joined together."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from fastapi import FastAPI
from rapidfuzz import fuzz
from starlette.staticfiles import StaticFiles

from app.channels.email.machines import MachineRule
from app.channels.email.mailbox import MailboxSettings
from app.channels.registry import channels
from app.domain.envelope import Channel, Delivery
from app.domain.submission import Lane
from app.intake.desk import Desk, Policy, nobody_waits
from app.intake.keys import digest
from app.intake.proof import Proof
from app.jobs.called import Called
from app.notifications.mailer import Mailer
from app.notifications.smtp import SmtpMailer, SmtpSettings
from app.operations.access_token import Grant, TokenClient
from app.operations.process import CannotStart
from app.recognition.pages import Recogniser
from app.routers import api
from app.routers.explanations import SWAGGER_UI
from app.settings import MailboxAccount, OAuth2, OfficeMachine, Settings
from app.storage.blob_register import BlobRegister
from app.storage.blobs import BlobStore, FolderBlobs, Register
from app.storage.calls import with_calls
from app.storage.engine import make_engine
from app.storage.in_use import is_held_for_a_move
from app.storage.queries.proof import ProofQueries
from app.storage.queries.read_side import Queries
from app.storage.revision import is_current
from app.storage.server_clock import ServerClock
from app.storage.unit_of_work import make_writer
from app.web.assets import STATIC
from app.web.pages import add_pages


def similarity(one: str, other: str) -> float:
    """Give the likeness of two texts, 0..1 (normalised indel distance)."""
    return fuzz.ratio(one, other) / 100


def utc_now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


@contextlib.contextmanager
def open_desk(
    settings: Settings,
    *,
    wake: Callable[[Lane], None] = nobody_waits,
    clock: Callable[[], datetime] | None = None,
) -> Iterator[Desk]:
    """Build the desk over a migrated database, and put everything away afterwards.

    Args:
        settings: Where everything is.
        wake: Tells a runner in this process that work waits.
        clock: Gives the present instant in UTC; None takes this machine's on SQLite, and the
            server's on PostgreSQL, where several machines may work.

    Raises:
        CannotStart: An installation is being moved into the database.
    """
    engine = make_engine(settings.database_url)
    try:
        _refuse_a_move(engine)
        if not is_current(engine):
            from app.storage.migrate import upgrade  # noqa: PLC0415 - ADR 0049

            upgrade(engine)
        server_clock = ServerClock(engine) if clock is None and not settings.is_sqlite else None
    except BaseException:
        engine.dispose()
        raise
    clock = clock or server_clock or utc_now
    writer = make_writer(_calling(engine, clock))
    recogniser = Recogniser(processes=settings.ocr_processes)
    try:
        yield Desk(
            writer=writer,
            queries=Queries(engine),
            blobs=make_blobs(settings, BlobRegister(engine, writer)),
            recogniser=recogniser,
            channels=channels(own_addresses=own_addresses(settings)),
            mailer=make_mailer(settings),
            similarity=similarity,
            clock=clock,
            wake=wake,
            policy=make_policy(settings),
        )
    finally:
        recogniser.end()
        writer.close()
        if server_clock is not None:
            server_clock.close()
        engine.dispose()


def _refuse_a_move(engine: sa.Engine) -> None:
    if is_held_for_a_move(engine):
        raise CannotStart("`ikenbako migrate-store` fills this database; wait for its end.")


def _calling(engine: sa.Engine, clock: Callable[[], datetime]) -> sa.Engine:
    """Have readers called through a queue, on PostgreSQL."""
    if engine.dialect.name != "postgresql":
        return engine
    from app.jobs.procrastinate import Queue  # noqa: PLC0415 - ADR 0049

    return with_calls(engine, Queue(clock).call)


def called_lanes(settings: Settings) -> Called | None:
    """Give what reads by the calls of a queue; None on SQLite, where the rows are looked at."""
    if settings.is_sqlite:
        return None
    from app.jobs.procrastinate import CalledLanes  # noqa: PLC0415 - ADR 0049

    url = sa.make_url(settings.database_url).set(drivername="postgresql")
    return functools.partial(CalledLanes, url.render_as_string(hide_password=False))


@contextlib.contextmanager
def open_store(settings: Settings) -> Iterator[tuple[sa.Engine, BlobStore]]:
    """Open database and blob store as they are, without bringing the tables up to date."""
    engine = make_engine(settings.database_url)
    try:
        yield engine, make_blobs(settings)
    finally:
        engine.dispose()


@contextlib.contextmanager
def open_proof(settings: Settings) -> Iterator[Proof | None]:
    """Prepare to look at everything, without changing anything.

    Yields:
        The proof, or None where the tables are not those of this version.
    """
    with open_store(settings) as (engine, blobs):
        yield Proof(ProofQueries(engine), blobs) if is_current(engine) else None


def make_blobs(settings: Settings, register: Register | None = None) -> BlobStore:
    """Open the store of large files; nothing is asked of it yet.

    Args:
        settings: Where it is.
        register: Knows whether a folder was begun; None for one that is read or made anew.

    Raises:
        ValueError: The address names neither a folder nor a bucket.
    """
    address = urlsplit(settings.blob_url)
    if address.scheme != "s3":
        return FolderBlobs(blob_folder(settings), register)
    from app.storage.s3 import S3Blobs, S3Settings  # noqa: PLC0415 - ADR 0049

    secret = settings.s3_secret_access_key
    return S3Blobs(
        S3Settings(
            bucket=address.netloc,
            prefix=unquote(address.path).strip("/"),
            endpoint=settings.s3_endpoint,
            region=settings.s3_region,
            access_key_id=settings.s3_access_key_id,
            secret_access_key=secret.get_secret_value() if secret else None,
        )
    )


def blob_folder(settings: Settings) -> Path:
    """Give the folder of the blob store.

    Raises:
        ValueError: The address names no folder.
    """
    address = urlsplit(settings.blob_url)
    if address.scheme not in {"", "file"} or address.netloc:
        raise ValueError(
            "IKENBAKO_BLOB_URL must be a folder, as in file:///var/lib/ikenbako/blobs, "
            "or a bucket, as in s3://bucket/prefix"
        )
    return Path(unquote(address.path))


def make_mailer(settings: Settings) -> Mailer | None:
    """Build what sends mail; None where no server is set."""
    smtp = make_smtp_settings(settings)
    return SmtpMailer(smtp) if smtp is not None else None


def make_smtp_settings(settings: Settings) -> SmtpSettings | None:
    """Say where mail is handed over; None where no server is set."""
    if settings.smtp_host is None:
        return None
    password = settings.smtp_password
    return SmtpSettings(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else None,
        tokens=_tokens(settings.smtp_oauth2, "IKENBAKO_SMTP_OAUTH2"),
        hello=urlsplit(settings.public_url).hostname or "localhost",
    )


def make_mailbox_settings(account: MailboxAccount) -> MailboxSettings:
    """Say how a mailbox is polled.

    Raises:
        CannotStart: A file with a secret cannot be read.
    """
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
        tokens=_tokens(account.oauth2, f"mailbox {account.name}"),
        folders=account.folders,
        processed_folder=account.processed_folder,
        reads_junk=account.reads_junk,
        machines=tuple(_machine(each) for each in account.machines),
    )


def _machine(told: OfficeMachine) -> MachineRule:
    return MachineRule(
        name=told.name,
        channel=Channel(told.channel),
        delivery=Delivery(told.delivery) if told.delivery else None,
        sender=told.sender,
        recipient=told.recipient,
        headers=told.headers,
    )


def _tokens(told: OAuth2 | None, whose: str) -> TokenClient | None:
    if told is None:
        return None
    try:
        client_secret = told.secret()
    except OSError as error:
        raise CannotStart(
            f"the client_secret_file of {whose} cannot be read: {error.strerror}."
        ) from error
    refresh_token = told.refresh_token
    return TokenClient(
        Grant(
            token_url=told.token_url,
            client_id=told.client_id,
            client_secret=client_secret,
            refresh_token=refresh_token.get_secret_value() if refresh_token else None,
            refresh_token_file=told.refresh_token_file,
            scope=told.scope,
        )
    )


def own_addresses(settings: Settings) -> frozenset[str]:
    """Give the addresses our own mail comes from, so that we never answer ourselves."""
    named = (settings.mail_from, settings.bounce_address, settings.notice_to)
    return frozenset(each for each in named if each is not None)


def make_policy(settings: Settings) -> Policy:
    """Give the use cases what they need to know of this installation."""
    bootstrap = settings.bootstrap_key
    return Policy(
        public_url=settings.public_url,
        mail_from=settings.mail_from,
        bounce_address=settings.bounce_address,
        notices=settings.notices.value,
        notice_to=settings.notice_to,
        bootstrap_key_sha256=digest(bootstrap.get_secret_value()) if bootstrap else None,
    )


def create_app(settings: Settings, desk: Desk) -> FastAPI:
    """Join pages, API and door over a desk."""
    app = api.Application(
        title="Ikenbako",
        version=version("ikenbako"),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_url="/openapi.json",
    )
    app.state.desk = desk
    api.install(app)
    app.mount(
        SWAGGER_UI, StaticFiles(directory=STATIC / SWAGGER_UI.rpartition("/")[2]), name="swagger-ui"
    )
    add_pages(app)
    api.guard(
        app,
        rate_limit=settings.rate_limit,
        trusted_proxies=settings.trusted_proxies,
        max_upload_bytes=settings.max_upload_mb * 1024 * 1024,
        cors_origins=settings.cors_origins,
    )
    return app
