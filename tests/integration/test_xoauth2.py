"""Mailboxes and mail servers that want a token in place of a password, for real."""

import asyncio
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from app.channels.email.mailbox import (
    Mailbox,
    MailboxRefused,
    MailboxSettings,
    MailboxUnreachable,
)
from app.main import make_mailbox_settings
from app.notifications.mailer import MailDeferred
from app.notifications.smtp import SmtpMailer, SmtpSettings
from app.operations import doctor
from app.operations.access_token import Grant, TokenClient
from app.settings import MailboxAccount
from tests.builders import a_mail
from tests.servers.dovecot import DovecotServer, ImapAccount
from tests.servers.oauth2 import CLIENT_ID, TokenServer
from tests.servers.smtp import SmtpServer


@pytest.fixture
def account(xoauth2_server: DovecotServer, token_server: TokenServer) -> ImapAccount:
    made = xoauth2_server.new_account()
    token_server.username = made.username
    return made


@pytest.fixture
def mailbox(account: ImapAccount, token_server: TokenServer, tmp_path: Path) -> MailboxSettings:
    """A mailbox as an administrator writes it, its refresh token in a file."""
    (tmp_path / "refresh").write_text(f"{token_server.refresh_token}\n")
    (tmp_path / "secret").write_text(f"{token_server.client_secret}\n")
    told = {
        "name": "koho",
        "host": account.host,
        "port": account.port,
        "tls": "none",
        "username": account.username,
        "oauth2": {
            "token_url": token_server.token_url,
            "client_id": CLIENT_ID,
            "client_secret_file": tmp_path / "secret",
            "refresh_token_file": tmp_path / "refresh",
            "scope": "imap offline_access",
        },
    }
    return make_mailbox_settings(MailboxAccount.model_validate(told))


def log_in(settings: MailboxSettings) -> list[tuple[int, ...]]:
    with Mailbox(settings) as opened:
        return [each.uids for each in opened.folder_states()]


def test_a_token_opens_the_mailbox_and_serves_until_it_ends(
    mailbox: MailboxSettings, account: ImapAccount, token_server: TokenServer, tmp_path: Path
) -> None:
    account.append("INBOX", a_mail("意見"))
    assert [log_in(mailbox) for _ in range(3)] == [[(1,)]] * 3
    [asked] = token_server.asked
    assert asked["grant_type"] == "refresh_token"
    assert asked["scope"] == "imap offline_access"
    assert (tmp_path / "refresh").read_text() == token_server.refresh_token


def test_a_revoked_token_is_asked_for_anew(
    mailbox: MailboxSettings, token_server: TokenServer
) -> None:
    log_in(mailbox)
    token_server.revoked.update(token_server.issued)
    with pytest.raises(MailboxRefused) as refused:
        log_in(mailbox)
    assert refused.value.reason == "login_refused"
    assert log_in(mailbox) == [()]
    assert len(token_server.issued) == 2


def test_our_own_name_opens_it_without_any_consent(
    account: ImapAccount, mailbox: MailboxSettings, token_server: TokenServer
) -> None:
    grant = Grant(
        token_url=token_server.token_url,
        client_id=CLIENT_ID,
        client_secret=token_server.client_secret,
    )
    assert log_in(replace(mailbox, tokens=TokenClient(grant))) == [()]
    assert token_server.asked[0]["grant_type"] == "client_credentials"
    assert account.messages() == []


def remedy(about: str, tmp_path: Path, smtp: SmtpSettings | None, *boxes: MailboxSettings) -> str:
    """Give what the doctor says is to be done about something."""
    said = doctor.examine(
        data_dir=tmp_path,
        blob_folder=tmp_path,
        bucket=None,
        database_url="sqlite://",
        public_url="http://localhost:8000",
        smtp=smtp,
        mailboxes=boxes,
        unknown_settings=(),
    )
    [found] = [each for each in said if each.subject.startswith(about)]
    return found.remedy or ""


def found(mailbox: MailboxSettings, tmp_path: Path) -> str:
    return remedy("メールボックス", tmp_path, None, mailbox)


def smtp_found(settings: SmtpSettings, tmp_path: Path) -> str:
    return remedy("メールの送信", tmp_path, settings)


def test_the_doctor_says_why_there_is_no_token(
    mailbox: MailboxSettings, token_server: TokenServer, tmp_path: Path
) -> None:
    assert found(mailbox, tmp_path) == ""
    mailbox.tokens.forget()  # type: ignore[union-attr]
    (tmp_path / "refresh").write_text("an old one")
    assert "refresh_token が失効しています" in found(mailbox, tmp_path)
    (tmp_path / "refresh").unlink()
    assert "refresh_token_file を読めません" in found(mailbox, tmp_path)
    (tmp_path / "refresh").write_text(token_server.refresh_token)
    token_server.client_secret = "another"
    assert "client_secret が違います" in found(mailbox, tmp_path)
    with pytest.raises(MailboxRefused, match="token_invalid_client"):
        log_in(mailbox)
    token_server.status = 503
    assert "アクセストークンを取得できません" in found(mailbox, tmp_path)
    with pytest.raises(MailboxUnreachable):
        log_in(mailbox)


@pytest.fixture
def sending(smtp_server: SmtpServer, token_server: TokenServer) -> SmtpSettings:
    grant = Grant(
        token_url=token_server.token_url,
        client_id=CLIENT_ID,
        client_secret=token_server.client_secret,
    )
    return SmtpSettings(
        host=smtp_server.host,
        port=smtp_server.port,
        tls="none",
        username=smtp_server.username,
        tokens=TokenClient(grant),
    )


def test_a_mail_server_takes_the_token_too(
    sending: SmtpSettings, smtp_server: SmtpServer, token_server: TokenServer, tmp_path: Path
) -> None:
    mailer = SmtpMailer(sending)
    mail = EmailMessage()
    mail["Subject"] = "受付通知"
    mail.set_content("受け付けました。")

    def send() -> None:
        sent = mailer.send(mail, sender="iken@example.jp", recipient="hanako@example.jp")
        asyncio.run(sent)

    with pytest.raises(MailDeferred, match="no_access"):
        send()  # the server knows no token yet
    smtp_server.takes_token = lambda token: token in token_server.issued
    send()
    send()
    assert [each.is_logged_in for each in smtp_server.delivered] == [True, True]
    assert len(token_server.issued) == 2  # one was thrown away with the refusal
    assert smtp_found(sending, tmp_path) == ""
    token_server.status = 500
    sending.tokens.forget()  # type: ignore[union-attr]
    assert "アクセストークンを取得できません" in smtp_found(sending, tmp_path)
    with pytest.raises(MailDeferred, match="token_http_500"):
        send()
