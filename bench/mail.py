"""How fast mails become records, beside a bare loop that makes them as durable."""

import email.policy
import logging
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from imapclient import IMAPClient

from app.channels.email.mailbox import MailboxSettings
from app.domain.audit import AuditAction
from app.domain.status import SubmissionState
from app.intake import procedures
from app.jobs.embedded import Runner
from app.jobs.wakes import Wakes
from app.main import open_desk
from app.settings import Settings
from bench.report import Row, Table
from tests.builders import ADMIN, MEASURE, a_consultation
from tests.servers.certificate import make_certificate
from tests.servers.dovecot import DovecotServer, ImapAccount, running_dovecot

SECONDS_AT_MOST = 1800.0
_RECEIVED_AT = datetime(2015, 5, 1, 3, 0, tzinfo=UTC)
_SENTENCES = (
    "評価書の説明会を平日の夜にも開いてください。",
    "個人番号の取扱いについて、職員の研修を毎年行うことを求めます。",
    "委託先の監査の結果を市の広報で公表してください。",
    "窓口が混み合うので、予約できるようにしてほしいです。",
    "高齢の家族にも分かる言葉で書いてください。",
)
_CHARSETS = (("utf-8", "base64"), ("iso-2022-jp", "7bit"), ("utf-8", "quoted-printable"))


def plain_mails(count: int) -> Iterator[bytes]:
    """Give Japanese plain-text mails of citizens, no two alike, in the usual encodings."""
    chance = random.Random(2015)
    for number in range(count):
        charset, encoding = _CHARSETS[number % len(_CHARSETS)]
        mail = EmailMessage(policy=email.policy.SMTP)
        mail["From"] = f"北野 花子 <hanako{number}@example.jp>"
        mail["To"] = "koho@city.example.jp"
        mail["Subject"] = f"意見書の提出 {number}"
        mail["Date"] = _RECEIVED_AT
        mail["Message-ID"] = f"<{number}@example.jp>"
        opinion = "\n".join(chance.choices(_SENTENCES, k=chance.randint(3, 12)))
        mail.set_content(
            f"氏名：北野 花子\n住所：北星市中央2条3丁目{number}番地\n区分：1\n"
            f"案の名称：{MEASURE}\n意見：\n{opinion}\n第{number}の意見です。\n",
            charset=charset,
            cte=encoding,
        )
        yield mail.as_bytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What taking in a mailbox gave.

    Attributes:
        seconds: From the first look into the mailbox to the last record.
        fetched: When each mail was durable, ascending.
        recorded: When each was recorded, ascending.
    """

    seconds: float
    fetched: Sequence[datetime]
    recorded: Sequence[datetime]


def mail_of_a_day() -> Table:
    """Measure the same with a backlog of 20,000 mails."""
    return mail(backlog=20_000)


def mail(*, mails: int = 600, rounds: int = 3, backlog: int = 3000) -> Table:
    """Measure mails per second through fetch, durable and recorded.

    Args:
        mails: How many a round takes in, ours and the bare loop in turn.
        rounds: How many rounds.
        backlog: How many lie in the mailbox of the last run, whose first and last thousands (at
            most a third each) are compared.
    """
    ours: list[float] = []
    bare: list[float] = []
    # One line of the log for each mail costs time as in earnest, and belongs elsewhere.
    with _server() as server, tempfile.TemporaryFile("w") as log:
        logging.basicConfig(stream=log, level=logging.INFO)
        for _ in range(rounds):
            for take_in, rates in ((_take_in, ours), (_bare_loop, bare)):
                account = _filled(server, mails)
                rates.append(mails / take_in(account, mails).seconds)
        run = _take_in(_filled(server, backlog), backlog)
    compared = min(1000, backlog // 3)
    return Table(
        title=f"Mail: {mails} plain-text mails a round, a backlog of {backlog}",
        rows=(
            Row(
                what="fetch → durable → recorded",
                unit="mails/s",
                ours=ours,
                baseline=bare,
                against="bare loop",
                wanted="≥ 0.5",
            ),
            _growth("durable", run.fetched, compared),
            _growth("recorded", run.recorded, compared),
        ),
    )


def _growth(what: str, times: Sequence[datetime], compared: int) -> Row:
    """Compare how long each thousand mails at the end of a backlog took with those at its start.

    A quarter of the backlog at either end, in thousands, so that one moment in which the machine
    had something else to do does not pass for growth.
    """
    spans = [
        (times[end] - times[end - compared]).total_seconds()
        for end in range(compared, len(times), compared)
    ]
    spans.append((times[-1] - times[-1 - compared]).total_seconds())
    ends = max(1, len(spans) // 4)
    return Row(
        what=f"last {compared} of the backlog, {what}",
        unit="s",
        ours=spans[-ends:],
        baseline=spans[:ends],
        against=f"first {compared}",
        wanted="≤ 1.2",
    )


@contextmanager
def _server() -> Iterator[DovecotServer]:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_dovecot(make_certificate(Path(folder))) as server,
    ):
        yield server


def _filled(server: DovecotServer, count: int) -> ImapAccount:
    account = server.new_account()
    account.lay_down(plain_mails(count), _RECEIVED_AT)
    return account


def _take_in(account: ImapAccount, count: int) -> Run:
    """Let the service take everything in, as it does in one process on SQLite."""
    wakes = Wakes()
    mailbox = MailboxSettings(
        name="koho",
        host=account.host,
        port=account.port,
        tls="none",
        username=account.username,
        password=account.password,
        processed_folder="Recorded",
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        open_desk(Settings(data_dir=Path(folder)), wake=wakes.wake) as desk,
    ):
        procedures.create(desk, a_consultation(), actor=ADMIN)
        runner = Runner(desk, wakes, mailboxes=[mailbox])
        begun = time.monotonic()
        runner.start()
        while (done := desk.queries.submissions.counts()[SubmissionState.DONE]) < count:
            if time.monotonic() - begun > SECONDS_AT_MOST:
                raise TimeoutError(f"{done} of {count} mails are recorded")
            time.sleep(0.05)
        seconds = time.monotonic() - begun
        runner.stop()
        trail = desk.queries.audit.page(limit=10 * count).items
    at = {
        action: sorted(each.at for each in trail if each.action is action) for action in AuditAction
    }
    return Run(
        seconds=seconds,
        fetched=at[AuditAction.SUBMISSION_RECEIVED],
        recorded=at[AuditAction.SUBMISSION_READ],
    )


def _bare_loop(account: ImapAccount, count: int) -> Run:
    """Take everything in with the least that is as durable: fetch, parse, file, row."""
    with (
        tempfile.TemporaryDirectory() as folder,
        IMAPClient(account.host, port=account.port, ssl=False) as imap,
    ):
        database = sqlite3.connect(Path(folder) / "mails.db", isolation_level=None)
        for order in ("journal_mode=WAL", "synchronous=FULL"):
            database.execute(f"PRAGMA {order}")
        database.execute("CREATE TABLE mails (id INTEGER PRIMARY KEY, subject, text, file)")
        begun = time.monotonic()
        imap.login(account.username, account.password)
        imap.select_folder("INBOX")
        for uid in imap.search(["ALL"]):
            raw = imap.fetch([uid], ["INTERNALDATE", "BODY.PEEK[]"])[uid][b"BODY[]"]
            message = email.message_from_bytes(raw, policy=email.policy.default)
            path = Path(folder) / f"{uid}.eml"
            with path.open("wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            body = message.get_body()
            database.execute("BEGIN IMMEDIATE")
            database.execute(
                "INSERT INTO mails (subject, text, file) VALUES (?, ?, ?)",
                (str(message["Subject"]), body.get_content() if body else "", path.name),
            )
            database.execute("COMMIT")
        seconds = time.monotonic() - begun
        (kept,) = database.execute("SELECT count(*) FROM mails").fetchone()
        database.close()
    if kept != count:
        raise AssertionError(f"{kept} of {count} mails are kept")
    return Run(seconds=seconds, fetched=(), recorded=())
