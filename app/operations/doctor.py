"""Saying what is missing for the service to run, and how to get it."""

import imaplib
import ipaddress
import os
import secrets
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from app.channels.email.mailbox import Mailbox, MailboxError, MailboxSettings
from app.domain.access_token import TokenError
from app.domain.errors import RecognitionUnavailable
from app.notifications.smtp import SmtpSettings
from app.recognition.fonts import font_file
from app.recognition.tesseract import Tesseract
from app.recognition.weights import installed_version
from app.storage.blobs import BlobStore
from app.storage.engine import make_engine

_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found.

    Attributes:
        subject: What was looked at.
        remedy: What to do about it; None where all is well.
        is_fatal: Whether the service cannot work without it.
    """

    subject: str
    remedy: str | None = None
    is_fatal: bool = True


def examine(
    *,
    data_dir: Path,
    blob_folder: Path | None,
    bucket: BlobStore | None,
    database_url: str,
    public_url: str,
    smtp: SmtpSettings | None,
    mailboxes: Sequence[MailboxSettings],
    unknown_settings: Sequence[str],
) -> Iterator[Finding]:
    """Look at everything the service needs, one thing after another.

    Args:
        data_dir: Where it keeps what it needs.
        blob_folder: Where large files are kept; None where a bucket has them.
        bucket: The store that is no folder, if any.
        database_url: Where records are kept.
        public_url: The address that links in mails name.
        smtp: Where mail is sent; None where none is.
        mailboxes: What is polled.
        unknown_settings: Names in the environment that are no setting.
    """
    yield _network()
    yield _engine()
    yield _font()
    folders = (data_dir, blob_folder) if blob_folder is not None else (data_dir,)
    yield from (_folder(each) for each in dict.fromkeys(folders))
    if bucket is not None:
        yield _bucket(bucket)
    yield _database(database_url)
    yield _public_address(public_url)
    yield _smtp(smtp)
    yield from (_mailbox(each) for each in mailboxes)
    for name in unknown_settings:
        yield Finding(
            subject=f"設定 {name}",
            remedy="この名前の設定はありません。docs/settings.md でつづりを確かめてください。",
        )


def _network() -> Finding:
    subject = "文字認識（PP-OCRv6）"
    found = installed_version()
    if found is None:
        remedy = "`make setup` を実行してください。それまでは Tesseract だけで読み取ります。"
        return Finding(subject=subject, remedy=remedy, is_fatal=False)
    return Finding(subject=f"{subject}: rapidocr {found}")


def _engine() -> Finding:
    subject = "文字認識（Tesseract と日本語データ）"
    try:
        engine = Tesseract()
    except RecognitionUnavailable as error:
        return Finding(subject=subject, remedy=_install(error))
    return Finding(subject=f"{subject}: {engine.name}")


def _font() -> Finding:
    subject = "様式の書体"
    try:
        font = font_file()
    except RecognitionUnavailable as error:
        return Finding(subject=subject, remedy=_install(error))
    return Finding(subject=f"{subject}: {font.name}")


def _install(error: RecognitionUnavailable) -> str:
    packages = error.data.get("missing", "tesseract-ocr tesseract-ocr-jpn")
    return f"管理者として `apt-get install {packages}` を実行してください。"


def _folder(folder: Path) -> Finding:
    subject = f"フォルダー {folder}"
    probe = folder / f".doctor-{secrets.token_hex(8)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with probe.open("xb") as file:
            file.write(b"doctor")
            file.flush()
            os.fsync(file.fileno())
        probe.unlink()
    except OSError as error:
        return Finding(
            subject=subject,
            remedy=f"書き込めません（{error.strerror}）。空き容量と権限を確かめてください。",
        )
    return Finding(subject=subject)


def _bucket(bucket: BlobStore) -> Finding:
    subject = "原本の置き場所（S3）"
    if bucket.writable():
        return Finding(subject=subject)
    return Finding(
        subject=subject,
        remedy="書き込めません。IKENBAKO_BLOB_URL のバケット名、IKENBAKO_S3_ で始まる設定、"
        "書込みと一覧の権限、S3 のサーバーが動いているかを確かめてください。",
    )


def _database(url: str) -> Finding:
    try:
        engine = make_engine(url)
    except (ValueError, sa.exc.ArgumentError):
        return Finding(
            subject="データベース",
            remedy="IKENBAKO_DATABASE_URL は sqlite:/// か postgresql:// で始めてください。",
        )
    subject = f"データベース（{engine.dialect.name}）"
    return _reached(
        subject,
        lambda: _ask(engine),
        "つながりません。IKENBAKO_DATABASE_URL と、データベースが動いているかを確かめてください。",
    )


def _ask(engine: sa.Engine) -> None:
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
    finally:
        engine.dispose()


def _public_address(url: str) -> Finding:
    host = urlsplit(url).hostname or ""
    try:
        leads_nowhere = ipaddress.ip_address(host).is_unspecified
    except ValueError:  # a name
        leads_nowhere = not host
    if not leads_nowhere:
        return Finding(subject=f"利用者から見たアドレス {url}")
    return Finding(
        subject="利用者から見たアドレス",
        remedy=f"メールのリンクが {url} になり、開けません。IKENBAKO_PUBLIC_URL に、"
        "職員のブラウザーで開けるアドレスを書いてください。",
        is_fatal=False,
    )


def _smtp(settings: SmtpSettings | None) -> Finding:
    if settings is None:
        return Finding(
            subject="メールの送信",
            remedy="IKENBAKO_SMTP_HOST がないので、受付通知も担当課への連絡も送りません。",
            is_fatal=False,
        )
    return _reached(
        f"メールの送信（{settings.host}:{settings.port}）",
        lambda: _greet(settings),
        "つながりません。IKENBAKO_SMTP_ で始まる設定を確かめてください。",
    )


def _greet(settings: SmtpSettings) -> None:
    context = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(settings.host, settings.port, timeout=_SECONDS, context=context)
        if settings.tls == "implicit"
        else smtplib.SMTP(settings.host, settings.port, timeout=_SECONDS)
    )
    with server:
        if settings.tls == "starttls":
            server.starttls(context=context)
        server.ehlo()
        if settings.username is not None:
            _log_into_smtp(server, settings.username, settings)


def _log_into_smtp(server: smtplib.SMTP, username: str, settings: SmtpSettings) -> None:
    if settings.tokens is None:
        server.login(username, settings.password or "")
        return
    first = f"user={username}\1auth=Bearer {settings.tokens.current()}\1\1"

    def answer(challenge: bytes | None = None) -> str:
        return first if challenge is None else ""  # a challenge tells of an error

    server.auth("XOAUTH2", answer)


def _mailbox(settings: MailboxSettings) -> Finding:
    return _reached(
        f"メールボックス {settings.name}（{settings.host}:{settings.port}）",
        lambda: _log_in(settings),
        "入れません。IKENBAKO_MAILBOXES のホスト、暗号化、利用者名、パスワードを確かめてください。"
        if settings.tokens is None
        else "入れません。ホスト、暗号化、利用者名と、oauth2 の scope を確かめてください。",
    )


def _log_in(settings: MailboxSettings) -> None:
    with Mailbox(settings):
        pass


def _reached(subject: str, attempt: Callable[[], None], remedy: str) -> Finding:
    try:
        attempt()
    except (OSError, ssl.SSLError, smtplib.SMTPException, imaplib.IMAP4.error) as error:
        return Finding(subject=subject, remedy=f"{remedy}（{type(error).__name__}）")
    except TokenError as error:
        return Finding(subject=subject, remedy=_of_token(error.reason))
    except MailboxError as error:
        if error.reason.startswith(_TOKEN):
            return Finding(subject=subject, remedy=_of_token(error.reason.removeprefix(_TOKEN)))
        return Finding(subject=subject, remedy=f"{remedy}（{type(error).__name__}）")
    except sa.exc.SQLAlchemyError as error:
        return Finding(subject=subject, remedy=f"{remedy}（{type(error).__name__}）")
    return Finding(subject=subject)


_TOKEN = "token_"  # noqa: S105 - opens a reason, no secret
_TOKEN_REMEDIES = {
    "unreachable": "token_url につながりません。つづりと、外へ出る通信の許可を確かめてください。",
    "invalid_client": "client_id か client_secret が違います。期限切れのこともあります。",
    "invalid_grant": "refresh_token が失効しています。同意の手続きをやり直して置き換えてください。",
    "invalid_scope": "scope が違います。メールサーバーの説明書のとおりに書いてください。",
    "unauthorized_client": "client_id にこの方法が許されていません。登録を確かめてください。",
    "refresh_token_file_unreadable": "refresh_token_file を読めません。権限を確かめてください。",
}


def _of_token(reason: str) -> str:
    """Say what to do where no access token could be got."""
    usual = "oauth2 の設定を確かめてください。"
    return f"アクセストークンを取得できません。{_TOKEN_REMEDIES.get(reason, usual)}（{reason}）"
