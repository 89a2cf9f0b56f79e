"""The servers that the other tests stand on."""

import smtplib
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import pytest
from imapclient import IMAPClient
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, make_url, text

from tests.servers.certificate import Certificate
from tests.servers.dovecot import DovecotServer, ImapAccount
from tests.servers.postgres import PostgresDatabases, PostgresServer
from tests.servers.processes import LOOPBACK, find_program
from tests.servers.smtp import SmtpServer, Stage

RAW_MAIL = b"From: hanako@example.jp\r\nSubject: test\r\n\r\n\x1b$B0U8+\x1b(B\r\n"


def a_mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "office@example.jp"
    mail["To"] = "hanako@example.jp"
    mail["Subject"] = "受付のお知らせ"
    mail.set_content("受け付けました。")
    return mail


def test_postgres_stores_japanese(postgres_url_factory: PostgresDatabases) -> None:
    engine = create_engine(postgres_url_factory.create_database())
    with engine.connect() as connection:
        assert connection.execute(text("SELECT '意見' || '箱'")).scalar() == "意見箱"
    engine.dispose()


def test_a_database_copied_from_another_has_its_tables(
    postgres_server: PostgresServer, postgres_url_factory: PostgresDatabases
) -> None:
    template = postgres_url_factory.create_database()
    with postgres_server.connect(make_url(template).database or "") as connection:
        connection.execute("CREATE TABLE marker (n integer)")
    copy = postgres_url_factory.create_database(template)
    with postgres_server.connect(make_url(copy).database or "") as connection:
        connection.execute("INSERT INTO marker VALUES (1)")
        counted = connection.execute("SELECT count(*) FROM marker").fetchone()
    assert counted == (1,)


def test_a_dropped_database_is_gone(postgres_server: PostgresServer) -> None:
    url = postgres_server.create_database()
    postgres_server.drop_database(url)
    with pytest.raises(psycopg.OperationalError):
        postgres_server.connect(make_url(url).database or "")


def test_dovecot_keeps_the_bytes_and_the_time_of_receipt(dovecot: ImapAccount) -> None:
    received_at = datetime(2015, 5, 15, 14, 59, 59, tzinfo=UTC)
    uid = dovecot.append("INBOX", RAW_MAIL, received_at)
    with IMAPClient(dovecot.host, dovecot.port, ssl=False) as client:
        client.normalise_times = False
        client.login(dovecot.username, dovecot.password)
        client.select_folder("INBOX")
        fetched = client.fetch([uid], ["INTERNALDATE", "BODY.PEEK[]"])[uid]
    assert fetched[b"BODY[]"] == RAW_MAIL
    assert fetched[b"INTERNALDATE"] == received_at


def test_dovecot_speaks_tls_both_ways(
    dovecot: ImapAccount, trusted_certificate: Certificate
) -> None:
    context = ssl.create_default_context(cafile=trusted_certificate.certificate_file)
    with IMAPClient(dovecot.host, dovecot.tls_port, ssl_context=context) as client:
        client.login(dovecot.username, dovecot.password)
    with IMAPClient(dovecot.host, dovecot.port, ssl=False) as client:
        client.starttls(context)
        client.login(dovecot.username, dovecot.password)


def test_dovecot_can_move_and_wait(dovecot: ImapAccount) -> None:
    dovecot.create_folder("Processed")
    uid = dovecot.append("INBOX", RAW_MAIL)
    with IMAPClient(dovecot.host, dovecot.port, ssl=False) as client:
        client.login(dovecot.username, dovecot.password)
        assert {b"IDLE", b"MOVE"} <= set(client.capabilities())
        client.select_folder("INBOX")
        client.move([uid], "Processed")
        client.idle()
        dovecot.append("INBOX", RAW_MAIL)
        told = client.idle_check(timeout=30)
        client.idle_done()
    assert told
    assert [message.content for message in dovecot.messages("Processed")] == [RAW_MAIL]
    assert len(dovecot.messages()) == 1


def test_dovecot_numbers_a_folder_anew_when_asked(dovecot: ImapAccount) -> None:
    first = dovecot.append("INBOX", RAW_MAIL)
    second = dovecot.append("INBOX", RAW_MAIL + b"2\r\n", flags=("\\Flagged",))
    before = dovecot.uidvalidity()
    with dovecot.connection() as imap:
        imap.select("INBOX")
        imap.uid("STORE", str(first), "+FLAGS", r"(\Deleted)")
        imap.expunge()
    after = dovecot.renumber()
    assert second == 2
    assert after != before
    assert dovecot.uidvalidity() == after
    [message] = dovecot.messages()
    assert message.uid == 1
    assert message.content == RAW_MAIL + b"2\r\n"


def test_each_test_has_a_mailbox_of_its_own(dovecot_server: DovecotServer) -> None:
    dovecot_server.new_account().append("INBOX", RAW_MAIL)
    assert dovecot_server.new_account().messages() == []


def test_dovecot_comes_back_on_its_port_with_its_mail(dovecot_server: DovecotServer) -> None:
    account = dovecot_server.new_account()
    account.append("INBOX", RAW_MAIL)
    dovecot_server.stop()
    with pytest.raises(OSError, match="refused"):
        account.messages()
    dovecot_server.start()
    assert len(account.messages()) == 1


def test_smtp_server_shows_envelope_and_mail(smtp_server: SmtpServer) -> None:
    with smtplib.SMTP(smtp_server.host, smtp_server.port) as client:
        client.send_message(a_mail(), from_addr="", to_addrs=["hanako@example.jp"])
    [mail] = smtp_server.delivered
    assert mail.sender == ""
    assert mail.recipients == ("hanako@example.jp",)
    assert mail.message["Subject"] == "受付のお知らせ"


@pytest.mark.parametrize(
    ("stage", "error"),
    [
        ("MAIL", smtplib.SMTPSenderRefused),
        ("RCPT", smtplib.SMTPRecipientsRefused),
        ("DATA", smtplib.SMTPDataError),
    ],
)
def test_smtp_server_refuses_as_often_as_told(
    smtp_server: SmtpServer, stage: Stage, error: type[smtplib.SMTPException]
) -> None:
    smtp_server.reply(stage, "451 4.7.1 Try again later", times=1)
    with smtplib.SMTP(smtp_server.host, smtp_server.port) as client:
        with pytest.raises(error):
            client.send_message(a_mail())
        client.send_message(a_mail())
    assert len(smtp_server.delivered) == 1
    assert smtp_server.attempts == 2


@pytest.mark.parametrize("keeps_mail", [True, False])
def test_smtp_server_can_vanish_at_the_end_of_a_mail(
    smtp_server: SmtpServer, *, keeps_mail: bool
) -> None:
    smtp_server.drop("DATA", keeps_mail=keeps_mail)
    client = smtplib.SMTP(smtp_server.host, smtp_server.port)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        client.send_message(a_mail())
    client.close()
    assert len(smtp_server.delivered) == keeps_mail


def test_smtp_server_can_stay_silent(smtp_server: SmtpServer) -> None:
    smtp_server.hang("RCPT")
    client = smtplib.SMTP(smtp_server.host, smtp_server.port, timeout=0.3)
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        client.send_message(a_mail())
    client.close()
    assert smtp_server.delivered == []


def test_smtp_server_logs_in_after_starttls(
    smtp_server_with_starttls: SmtpServer, trusted_certificate: Certificate
) -> None:
    server = smtp_server_with_starttls
    with smtplib.SMTP(server.host, server.port) as client:
        with pytest.raises(smtplib.SMTPException):
            client.send_message(a_mail())
        client.starttls(context=ssl.create_default_context())
        client.login(server.username, server.password)
        client.send_message(a_mail())
    [mail] = server.delivered
    assert mail.is_encrypted
    assert mail.is_logged_in
    assert trusted_certificate.certificate_file.exists()


def test_smtp_server_speaks_tls_from_the_first_byte(
    smtp_server_with_tls: SmtpServer, trusted_certificate: Certificate
) -> None:
    server = smtp_server_with_tls
    context = ssl.create_default_context(cafile=trusted_certificate.certificate_file)
    with smtplib.SMTP_SSL(server.host, server.port, context=context) as client:
        client.send_message(a_mail())
    [mail] = server.delivered
    assert mail.is_encrypted
    assert not mail.is_logged_in


def test_smtp_server_refuses_a_wrong_password(smtp_server: SmtpServer) -> None:
    with (
        smtplib.SMTP(smtp_server.host, smtp_server.port) as client,
        pytest.raises(smtplib.SMTPAuthenticationError),
    ):
        client.login(smtp_server.username, "wrong")


def test_an_unknown_certificate_is_not_trusted(
    smtp_server_with_tls: SmtpServer,
) -> None:
    server = smtp_server_with_tls
    context = ssl.create_default_context()
    with pytest.raises(ssl.SSLCertVerificationError):
        smtplib.SMTP_SSL(server.host, server.port, context=context)


def test_a_missing_server_says_what_to_install() -> None:
    with pytest.raises(pytest.fail.Exception, match="apt-get install no-such-package"):
        find_program("no-such-program", package="no-such-package")


@pytest.fixture
def greeting_page() -> Iterator[str]:
    class Greeting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write("<h1>意見箱</h1>".encode())

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Greeting)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{LOOPBACK}:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_browser_shows_a_local_page(page: Page, greeting_page: str) -> None:
    page.goto(greeting_page)
    expect(page.get_by_role("heading")).to_have_text("意見箱")


def test_reaching_out_of_this_machine_is_refused() -> None:
    # pytest-socket warns, and warnings are errors.
    with pytest.raises(UserWarning, match=r"192\.0\.2\.1"), smtplib.SMTP() as client:
        client.connect("192.0.2.1", 25)
