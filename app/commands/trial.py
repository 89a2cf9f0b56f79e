"""`doctor`, `demo`: whether an installation is whole, and whether it works."""

import argparse
import os

from app.main import blob_folder, make_blobs, make_mailbox_settings, make_smtp_settings
from app.operations import demonstration
from app.operations.doctor import examine
from app.operations.process import FAILED, CannotStart
from app.operations.walk import Walk, WalkFailed
from app.settings import Settings, unknown_names


def doctor(settings: Settings, _options: argparse.Namespace) -> int:
    """Say what is missing and how to install it."""
    is_bucket = settings.blob_url.startswith("s3:")
    try:
        folder = None if is_bucket else blob_folder(settings)
    except ValueError as error:
        raise CannotStart(str(error)) from error
    healthy = True
    for found in examine(
        data_dir=settings.data_dir,
        blob_folder=folder,
        bucket=make_blobs(settings) if is_bucket else None,
        database_url=settings.database_url,
        public_url=settings.public_url,
        smtp=make_smtp_settings(settings),
        mailboxes=[make_mailbox_settings(account) for account in settings.mailboxes],
        unknown_settings=unknown_names(os.environ),
    ):
        mark = "OK " if found.remedy is None else "NG " if found.is_fatal else "-- "
        print(f"{mark}{found.subject}")
        if found.remedy is not None:
            print(f"     {found.remedy}")
            healthy = healthy and not found.is_fatal
    return 0 if healthy else FAILED


def demo(settings: Settings, _options: argparse.Namespace) -> int:
    """Send one sample through each channel of a running service."""
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
        return 0 if Walk(settings.api_url, key, samples, tell=tell).run() else FAILED
    except WalkFailed as error:
        raise CannotStart(error.words) from error
