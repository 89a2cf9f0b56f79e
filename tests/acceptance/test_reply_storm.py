"""Machines answer each of our mails many times over; none of them is answered.

Some mark their answers as automatic (RFC 3834), some do not. Every citizen gets the receipt once.
"""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tests.acceptance.conftest import SECTION, Service, set_up
from tests.acceptance.streams import every_comment, text
from tests.acceptance.test_broken_connections import balance
from tests.servers.dovecot import ImapAccount
from tests.servers.smtp import DeliveredMail, SmtpServer

Machine = Callable[[DeliveredMail, str], bytes]
QUIET_SECONDS = 4.0


def a_reply(to: DeliveredMail, message_id: str, **headers: str) -> EmailMessage:
    """An answer as a machine writes it, quoting what it answers."""
    reply = EmailMessage(policy=SMTP)
    reply["From"] = to.recipients[0]
    reply["To"] = "iken@city.example.jp"
    reply["Subject"] = f"Re: {to.message['Subject']}"
    reply["Message-ID"] = message_id
    reply["In-Reply-To"] = to.message["Message-ID"]
    for name, value in headers.items():
        reply[name.replace("_", "-")] = value
    quoted = "\n".join(f"> {line}" for line in to.message.get_content().splitlines())
    reply.set_content(f"ただいま不在にしております。休み明けにご連絡します。\n\n{quoted}\n")
    return reply


def marked(to: DeliveredMail, message_id: str) -> bytes:
    return a_reply(to, message_id, Auto_Submitted="auto-replied").as_bytes()


def marked_as_of_old(to: DeliveredMail, message_id: str) -> bytes:
    return a_reply(to, message_id, Precedence="bulk", X_Autoreply="yes").as_bytes()


def with_null_sender(to: DeliveredMail, message_id: str) -> bytes:
    return b"Return-Path: <>\r\n" + a_reply(to, message_id).as_bytes()


def unmarked(to: DeliveredMail, message_id: str) -> bytes:
    return a_reply(to, message_id).as_bytes()


def unmarked_without_reference(to: DeliveredMail, message_id: str) -> bytes:
    """As a ticket system does it: a mail of its own, with our number in the text."""
    reply = a_reply(to, message_id)
    del reply["In-Reply-To"]
    reply.replace_header("Subject", f"[#{message_id[1:9]}] お問い合わせを受け付けました")
    return reply.as_bytes()


def sent_back_by_a_list(to: DeliveredMail, message_id: str) -> bytes:
    """A mailing list among the recipients: our own mail comes back with its headers."""
    lines = f"List-Id: <forum.example.jp>\r\nX-Loop-Count: {message_id[1:-1]}\r\n"
    return lines.encode() + to.content


def bounced(to: DeliveredMail, message_id: str) -> bytes:
    head = (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.jp\r\nTo: iken@city.example.jp\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: {message_id}\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.jp\r\n"
        f"\r\nFinal-Recipient: rfc822; {to.recipients[0]}\r\nAction: failed\r\nStatus: 5.2.2\r\n"
        "\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {to.message['Message-ID']}\r\n\r\n--b--\r\n"
    )
    return head.encode()


MACHINES: Sequence[Machine] = (
    marked,
    marked_as_of_old,
    with_null_sender,
    unmarked,
    unmarked_without_reference,
    sent_back_by_a_list,
    bounced,
)


@dataclass(slots=True)
class Storm:
    """Answers whatever the service sends, each mail many times.

    Attributes:
        account: Where the answers go.
        server: Where the service's mail arrives.
        answers: How many come to each receipt; each notice to the section gets one.
        count: How many were sent.
    """

    account: ImapAccount
    server: SmtpServer
    answers: int
    count: int = 0
    _heard: int = 0
    _machines: Iterator[Machine] = field(default_factory=lambda: itertools.cycle(MACHINES))

    def answer(self) -> bool:
        """Answer what was sent since; says whether there was any."""
        fresh = self.server.delivered[self._heard :]
        self._heard += len(fresh)
        replies = [
            next(self._machines)(mail, f"<storm-{self._heard}-{place}-{number}@example.jp>")
            for place, mail in enumerate(fresh)
            for number in range(1 if mail.recipients[0] == SECTION else self.answers)
        ]
        self.account.append_all("INBOX", replies)
        self.count += len(replies)
        return bool(fresh)


def citizen(number: int) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"citizen{number}@example.jp"
    mail["To"] = "iken@city.example.jp"
    mail["Subject"] = "意見"
    mail["Message-ID"] = f"<citizen-{number}@example.jp>"
    mail.set_content(text(f"citizen-{number}"))
    return mail.as_bytes()


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_storm_of_replies_is_not_answered_and_every_citizen_is(
    service: Service, dovecot: ImapAccount, smtp_server: SmtpServer, *, soak: bool
) -> None:
    citizens = 250 if soak else 5
    storm = Storm(dovecot, smtp_server, answers=20)
    service.start()
    set_up(service)
    dovecot.append_all("INBOX", map(citizen, range(citizens)))
    with service.client() as client:
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < QUIET_SECONDS or storm.count < 20 * citizens:
            weighed = balance(client)
            if storm.answer() or dovecot.uids() or not weighed or weighed["waiting"]:
                quiet_since = time.monotonic()
            time.sleep(0.2)
        comments = every_comment(client)
        weighed = balance(client)
    receipts = Counter(
        mail.recipients[0] for mail in smtp_server.delivered if mail.recipients[0] != SECTION
    )
    assert receipts == {f"citizen{number}@example.jp": 1 for number in range(citizens)}
    assert weighed["seen"] == citizens + storm.count
    assert weighed["recorded"] + weighed["ignored"] == weighed["seen"]
    accepted = [each for each in comments if each["status"] == "accepted"]
    assert len(accepted) == citizens
    # What did not call itself automatic is kept, for a person to see whether a citizen wrote it.
    assert weighed["recorded"] == len(comments) > citizens
    assert service.stop() == 0
