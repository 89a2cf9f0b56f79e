"""The only place where the parts are joined together."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from rapidfuzz import fuzz

from app.channels.registry import CHANNELS
from app.domain.submission import Lane
from app.intake.desk import Desk, Policy, nobody_waits
from app.intake.keys import digest
from app.notifications.mailer import Mailer
from app.notifications.smtp import SmtpMailer, SmtpSettings
from app.recognition.pages import Recogniser
from app.settings import Settings
from app.storage.blobs import FolderBlobs
from app.storage.engine import make_engine
from app.storage.migrate import upgrade
from app.storage.queries.read_side import Queries
from app.storage.unit_of_work import make_writer


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
    recogniser = Recogniser()
    try:
        yield Desk(
            writer=writer,
            queries=Queries(engine),
            blobs=FolderBlobs(blob_folder(settings)),
            recogniser=recogniser,
            channels=CHANNELS,
            mailer=make_mailer(settings),
            similarity=similarity,
            clock=clock,
            wake=wake,
            policy=make_policy(settings),
        )
    finally:
        recogniser.close()
        writer.close()
        engine.dispose()


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
    if settings.smtp_host is None:
        return None
    password = settings.smtp_password
    return SmtpMailer(
        SmtpSettings(
            host=settings.smtp_host,
            port=settings.smtp_port,
            tls=settings.smtp_tls,
            username=settings.smtp_username,
            password=password.get_secret_value() if password else None,
            hello=urlsplit(settings.public_url).hostname or "localhost",
        )
    )


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
