"""The only place where the parts are joined together."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from fastapi import FastAPI
from rapidfuzz import fuzz
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles

from app.channels.registry import channels
from app.domain.submission import Lane
from app.intake.desk import Desk, Policy, nobody_waits
from app.intake.keys import digest
from app.intake.proof import Proof
from app.notifications.mailer import Mailer
from app.notifications.smtp import SmtpMailer, SmtpSettings
from app.recognition.pages import Recogniser
from app.routers import api
from app.routers.explanations import SWAGGER_UI
from app.settings import Settings
from app.storage.blobs import BlobStore, FolderBlobs
from app.storage.engine import make_engine
from app.storage.migrate import is_current, upgrade
from app.storage.queries.proof import ProofQueries
from app.storage.queries.read_side import Queries
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
    clock: Callable[[], datetime] = utc_now,
) -> Iterator[Desk]:
    """Build the desk over a migrated database, and put everything away afterwards.

    Args:
        settings: Where everything is.
        wake: Tells a runner in this process that work waits.
        clock: Gives the present instant in UTC.
    """
    engine = make_engine(settings.database_url)
    upgrade(engine)
    writer = make_writer(engine)
    recogniser = Recogniser(processes=settings.ocr_processes)
    try:
        yield Desk(
            writer=writer,
            queries=Queries(engine),
            blobs=FolderBlobs(blob_folder(settings)),
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
        engine.dispose()


@contextlib.contextmanager
def open_store(settings: Settings) -> Iterator[tuple[sa.Engine, BlobStore]]:
    """Open database and blob store as they are, without bringing the tables up to date."""
    engine = make_engine(settings.database_url)
    try:
        yield engine, FolderBlobs(blob_folder(settings))
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


def blob_folder(settings: Settings) -> Path:
    """Give the folder of the blob store.

    Raises:
        ValueError: The address names no local folder.
    """
    address = urlsplit(settings.blob_url)
    if address.scheme not in {"", "file"} or address.netloc:
        raise ValueError("IKENBAKO_BLOB_URL must be a folder, as in file:///var/lib/ikenbako/blobs")
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
        hello=urlsplit(settings.public_url).hostname or "localhost",
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
    app = FastAPI(
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
    )
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match"],
            expose_headers=["ETag", "Location", "Retry-After"],
        )
    return app
