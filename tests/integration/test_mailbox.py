"""The poller's mailbox against a real Dovecot."""

import contextlib
import re
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

import pytest

from app.channels.email.handful import MAILS, Handful
from app.channels.email.mailbox import (
    Known,
    Mailbox,
    MailboxRefused,
    MailboxSettings,
    MailboxUnreachable,
    MailDelivery,
)
from app.domain.envelope import Channel
from tests.servers.certificate import Certificate
from tests.servers.dovecot import DovecotServer, ImapAccount
from tests.servers.imap_proxy import imap_proxy

JAPAN = timezone(timedelta(hours=9))


def a_mail(number: int = 1) -> bytes:
    return (
        f"From: hanako{number}@example.jp\r\nSubject: opinion {number}\r\n"
        f"Message-ID: <{number}@example.jp>\r\n\r\nNo. {number}\r\n"
    ).encode("ascii")


def settings_of(
    account: ImapAccount,
    *,
    tls: Literal["none", "starttls", "implicit"] = "none",
    port: int | None = None,
    password: str | None = None,
    folders: tuple[str, ...] = ("INBOX",),
    processed_folder: str | None = None,
) -> MailboxSettings:
    return MailboxSettings(
        name="section",
        host=account.host,
        port=port or (account.tls_port if tls == "implicit" else account.port),
        tls=tls,
        username=account.username,
        password=password or account.password,
        folders=folders,
        processed_folder=processed_folder,
        timeout_seconds=20,
    )


def nothing_known(_mailbox: str, _folder: str, _uidvalidity: int, _: object) -> frozenset[int]:
    return frozenset()


def all_known(
    _mailbox: str, _folder: str, _uidvalidity: int, uids: Sequence[int]
) -> frozenset[int]:
    return frozenset(uids)


class Ledger:
    """Remembers what was recorded, as the service does."""

    def __init__(self) -> None:
        self.recorded: list[MailDelivery] = []
        self.keys: set[tuple[str, str, int, int]] = set()

    def known(
        self, mailbox: str, folder: str, uidvalidity: int, uids: Sequence[int]
    ) -> frozenset[int]:
        return frozenset(uid for uid in uids if (mailbox, folder, uidvalidity, uid) in self.keys)

    def take_all(self, handful: Handful) -> None:
        for delivery in handful.mails:
            self.take(delivery)

    def take(self, delivery: MailDelivery) -> None:
        facts = delivery.envelope.facts
        self.recorded.append(delivery)
        self.keys.add(
            (facts["mailbox"], facts["folder"], int(facts["uidvalidity"]), int(facts["uid"]))
        )

    def bodies(self) -> list[bytes]:
        return [delivery.envelope.parts[0].whole() for delivery in self.recorded]


def read_all(mailbox: Mailbox, ledger: Ledger, known: Known | None = None) -> None:
    for block in mailbox.deliveries(known or ledger.known):
        with block as handful:
            ledger.take_all(handful)


def test_a_mail_arrives_byte_for_byte_with_the_servers_time(dovecot: ImapAccount) -> None:
    received = datetime(2015, 5, 15, 23, 59, 58, tzinfo=JAPAN)
    uid = dovecot.append("INBOX", a_mail(), received)
    ledger = Ledger()
    with Mailbox(settings_of(dovecot)) as mailbox:
        read_all(mailbox, ledger)
        assert mailbox.problems == ()
    envelope = ledger.recorded[0].envelope
    assert envelope.channel is Channel.EMAIL
    assert envelope.parts[0].data == a_mail()
    assert envelope.parts[0].media_type == "message/rfc822"
    assert envelope.received_at == received
    assert envelope.received_at.utcoffset() == timedelta(0)
    assert envelope.source == "section/INBOX"
    assert envelope.source_item == f"{dovecot.uidvalidity()}:{uid}"
    assert envelope.facts["message_id"] == "<1@example.jp>"


def test_a_recorded_mail_is_flagged_but_never_marked_as_read(dovecot: ImapAccount) -> None:
    dovecot.append("INBOX", a_mail())
    with Mailbox(settings_of(dovecot)) as mailbox:
        read_all(mailbox, Ledger())
    (message,) = dovecot.messages()
    assert "\\Flagged" in message.flags
    assert "\\Seen" not in message.flags


def test_a_flag_set_by_hand_hides_no_mail(dovecot: ImapAccount) -> None:
    dovecot.append("INBOX", a_mail(1), flags=("\\Flagged", "\\Seen"))
    dovecot.append("INBOX", a_mail(2), flags=("\\Deleted",))
    ledger = Ledger()
    with Mailbox(settings_of(dovecot)) as mailbox:
        read_all(mailbox, ledger)
        read_all(mailbox, ledger)
    assert ledger.bodies() == [a_mail(1), a_mail(2)]


def test_a_recorded_mail_is_moved_to_a_folder_that_is_made_on_the_way(
    dovecot: ImapAccount,
) -> None:
    for number in (1, 2, 3):
        dovecot.append("INBOX", a_mail(number))
    with Mailbox(settings_of(dovecot, processed_folder="受付済み")) as mailbox:
        read_all(mailbox, Ledger())
        assert mailbox.problems == ()
    assert dovecot.messages() == []
    moved = [message.content for message in dovecot.messages("&U9dO2G4IMH8-")]
    assert moved == [a_mail(1), a_mail(2), a_mail(3)]


@pytest.mark.parametrize("hidden", [(b"MOVE",), (b"MOVE", b"UIDPLUS")], ids=["uidplus", "neither"])
def test_a_server_without_move_loses_and_doubles_nothing(
    dovecot: ImapAccount, hidden: tuple[bytes, ...]
) -> None:
    dovecot.append("INBOX", a_mail(1))
    dovecot.append("INBOX", a_mail(2))
    ledger = Ledger()
    with imap_proxy(dovecot.port, hidden=hidden) as proxy:
        settings = settings_of(dovecot, port=proxy.port, processed_folder="Done")
        with Mailbox(settings) as mailbox:
            for block in mailbox.deliveries(ledger.known):
                with block as handful:
                    ledger.take_all(handful)
                    # A clerk throws another mail away meanwhile; nobody has recorded it yet.
                    dovecot.append("INBOX", a_mail(3), flags=("\\Deleted",))
        with Mailbox(settings) as mailbox:
            read_all(mailbox, ledger)
            read_all(mailbox, ledger)
    assert ledger.bodies() == [a_mail(1), a_mail(2), a_mail(3)]
    assert [m.content for m in dovecot.messages("Done")] == [a_mail(1), a_mail(2), a_mail(3)]
    assert all("\\Deleted" in message.flags for message in dovecot.messages())


@pytest.mark.parametrize("processed_folder", [None, "Done"])
def test_a_mail_that_is_left_stays_untouched_and_the_next_one_is_marked(
    dovecot: ImapAccount, processed_folder: str | None
) -> None:
    dovecot.append("INBOX", a_mail(1))
    dovecot.append("INBOX", a_mail(2))
    ledger = Ledger()

    with Mailbox(settings_of(dovecot, processed_folder=processed_folder)) as mailbox:
        for block in mailbox.deliveries(ledger.known):
            with block as handful:
                first, second = handful.mails
                handful.leave(first)
                ledger.take(second)
    assert ledger.bodies() == [a_mail(2)]
    untouched = dovecot.messages()[0]
    assert untouched.content == a_mail(1)
    assert "\\Flagged" not in untouched.flags


def test_an_exception_leaves_a_handful_untouched_and_the_next_one_is_read(
    dovecot: ImapAccount,
) -> None:
    mails = [a_mail(number) for number in range(MAILS + 2)]
    dovecot.append_all("INBOX", mails)
    ledger = Ledger()
    with Mailbox(settings_of(dovecot, processed_folder="Done")) as mailbox:
        for place, block in enumerate(mailbox.deliveries(ledger.known)):
            with contextlib.suppress(OSError), block as handful:
                if place == 0:
                    raise OSError("the disk is full")
                ledger.take_all(handful)
    assert [message.content for message in dovecot.messages()] == mails[:MAILS]
    assert [message.content for message in dovecot.messages("Done")] == mails[MAILS:]
    assert ledger.bodies() == mails[MAILS:]


def test_a_known_mail_only_gets_its_mark(dovecot: ImapAccount) -> None:
    dovecot.append("INBOX", a_mail())
    with Mailbox(settings_of(dovecot)) as mailbox:
        assert list(mailbox.deliveries(all_known)) == []
    assert "\\Flagged" in dovecot.messages()[0].flags
    with Mailbox(settings_of(dovecot, processed_folder="Done")) as mailbox:
        assert list(mailbox.deliveries(all_known)) == []
    assert dovecot.messages() == []
    assert [message.content for message in dovecot.messages("Done")] == [a_mail()]


def test_folder_states_come_from_the_servers_own_search(dovecot: ImapAccount) -> None:
    uids = [dovecot.append("INBOX", a_mail(number)) for number in (1, 2)]
    dovecot.create_folder("Junk")
    settings = settings_of(dovecot, folders=("INBOX", "Missing", "Junk"))
    with Mailbox(settings) as mailbox:
        states = list(mailbox.folder_states())
        (problem,) = mailbox.problems
    assert [(state.folder, state.uids) for state in states] == [
        ("INBOX", tuple(uids)),
        ("Junk", ()),
    ]
    assert states[0].uidvalidity == dovecot.uidvalidity()
    assert (problem.folder, problem.reason) == ("Missing", "folder_refused")


def test_a_missing_folder_does_not_stop_the_others(dovecot: ImapAccount) -> None:
    dovecot.append("Junk", a_mail())
    ledger = Ledger()
    with Mailbox(settings_of(dovecot, folders=("Missing", "Junk"))) as mailbox:
        read_all(mailbox, ledger)
        assert [problem.reason for problem in mailbox.problems] == ["folder_refused"]
    assert ledger.recorded[0].envelope.source == "section/Junk"


def test_after_a_changed_uidvalidity_everything_is_read_again(
    dovecot_server: DovecotServer, dovecot: ImapAccount
) -> None:
    dovecot.append("INBOX", a_mail(1))
    dovecot.append("INBOX", a_mail(2))
    ledger = Ledger()
    with Mailbox(settings_of(dovecot)) as mailbox:
        read_all(mailbox, ledger)
    dovecot_server.stop()
    dovecot_server.start()
    generation = dovecot.renumber()
    with Mailbox(settings_of(dovecot)) as mailbox:
        read_all(mailbox, ledger)
        read_all(mailbox, ledger)
    assert ledger.bodies() == [a_mail(1), a_mail(2)] * 2
    assert ledger.recorded[-1].envelope.facts["uidvalidity"] == str(generation)


def test_one_mail_that_breaks_the_connection_does_not_stop_the_others(
    dovecot: ImapAccount,
) -> None:
    uids = [dovecot.append("INBOX", a_mail(number)) for number in (1, 2, 3)]
    ledger = Ledger()
    words = re.compile(rb"FETCH (?:\d+,)*%d(?:,\d+)* \(BODY\.PEEK\[\]\)" % uids[1])
    with (
        imap_proxy(dovecot.port, cut_on=words) as proxy,
        Mailbox(settings_of(dovecot, port=proxy.port)) as mailbox,
    ):
        read_all(mailbox, ledger)
        (problem,) = mailbox.problems
        assert (problem.uid, problem.reason) == (uids[1], "fetch_failed")
        assert proxy.cuts == 2  # asked for with the others, then alone
        proxy.cut_on = None
        read_all(mailbox, ledger)
        assert mailbox.problems == ()
    assert ledger.bodies() == [a_mail(1), a_mail(3), a_mail(2)]
    assert all("\\Flagged" in message.flags for message in dovecot.messages())


def test_a_connection_cut_while_marking_is_made_good_in_the_next_pass(
    dovecot: ImapAccount,
) -> None:
    dovecot.append("INBOX", a_mail())
    ledger = Ledger()
    with imap_proxy(dovecot.port, cut_on=re.compile(rb" MOVE ")) as proxy:
        settings = settings_of(dovecot, port=proxy.port, processed_folder="Done")
        with Mailbox(settings) as mailbox, pytest.raises(MailboxUnreachable):
            read_all(mailbox, ledger)
        proxy.cut_on = None
        with Mailbox(settings) as mailbox:
            read_all(mailbox, ledger)
    assert ledger.bodies() == [a_mail()]
    assert dovecot.messages() == []


def test_a_killed_server_is_said_and_a_new_connection_goes_on(
    dovecot_server: DovecotServer, dovecot: ImapAccount
) -> None:
    for number in (1, 2, 3):
        dovecot.append("INBOX", a_mail(number))
    ledger = Ledger()
    # How soon the open connection notices is the server's affair; a new one does at once.
    with Mailbox(settings_of(dovecot)) as mailbox, contextlib.suppress(MailboxUnreachable):
        for block in mailbox.deliveries(ledger.known):
            with block as handful:
                ledger.take_all(handful)
                dovecot_server.stop()
    with pytest.raises(MailboxUnreachable), Mailbox(settings_of(dovecot)):
        pass
    dovecot_server.start()
    with Mailbox(settings_of(dovecot)) as mailbox:
        read_all(mailbox, ledger)
    assert ledger.bodies() == [a_mail(1), a_mail(2), a_mail(3)]
    assert all("\\Flagged" in message.flags for message in dovecot.messages())


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_it_speaks_tls_to_a_server_it_trusts(
    dovecot: ImapAccount,
    trusted_certificate: Certificate,
    tls: Literal["starttls", "implicit"],
) -> None:
    assert trusted_certificate.certificate_file.exists()
    dovecot.append("INBOX", a_mail())
    ledger = Ledger()
    with Mailbox(settings_of(dovecot, tls=tls)) as mailbox:
        read_all(mailbox, ledger)
    assert ledger.bodies() == [a_mail()]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_it_does_not_speak_to_a_server_it_cannot_trust(
    dovecot: ImapAccount, tls: Literal["starttls", "implicit"]
) -> None:
    with pytest.raises(MailboxRefused) as refused, Mailbox(settings_of(dovecot, tls=tls)):
        pass
    assert refused.value.reason == "tls_refused"


def test_a_wrong_password_is_a_refusal_and_shows_nothing_secret(dovecot: ImapAccount) -> None:
    settings = settings_of(dovecot, password="wrong-password")
    with pytest.raises(MailboxRefused) as refused, Mailbox(settings):
        pass
    assert refused.value.reason == "login_refused"
    assert dovecot.username not in str(refused.value)
    assert "wrong-password" not in repr(settings)


def test_new_mail_ends_the_wait(dovecot: ImapAccount) -> None:
    arrived = threading.Event()

    def deliver() -> None:
        dovecot.append("INBOX", a_mail())
        arrived.set()

    with Mailbox(settings_of(dovecot)) as mailbox:
        read_all(mailbox, Ledger())
        timer = threading.Timer(0.5, deliver)
        timer.start()
        mailbox.wait(120, threading.Event())  # the test's own time limit is the alarm
        timer.join()
        assert arrived.is_set()
        ledger = Ledger()
        read_all(mailbox, ledger)
    assert ledger.bodies() == [a_mail()]


def test_mail_that_came_before_the_wait_began_ends_it_at_once(dovecot: ImapAccount) -> None:
    with Mailbox(settings_of(dovecot)) as mailbox:
        read_all(mailbox, Ledger())
        dovecot.append("INBOX", a_mail())
        mailbox.wait(120, threading.Event())
        ledger = Ledger()
        read_all(mailbox, ledger)
    assert ledger.bodies() == [a_mail()]


@pytest.mark.parametrize("hidden", [(), (b"IDLE",)], ids=["idle", "sleep"])
def test_stop_ends_the_wait_and_the_connection_lives_on(
    dovecot: ImapAccount, hidden: tuple[bytes, ...]
) -> None:
    stop = threading.Event()
    with (
        imap_proxy(dovecot.port, hidden=hidden) as proxy,
        Mailbox(settings_of(dovecot, port=proxy.port)) as mailbox,
    ):
        threading.Timer(0.3, stop.set).start()
        mailbox.wait(120, stop)
        assert [state.uids for state in mailbox.folder_states()] == [()]


def test_a_server_that_dies_ends_the_wait(
    dovecot_server: DovecotServer, dovecot: ImapAccount
) -> None:
    with Mailbox(settings_of(dovecot)) as mailbox:
        timer = threading.Timer(0.5, dovecot_server.stop)
        timer.start()
        with pytest.raises(MailboxUnreachable):
            mailbox.wait(120, threading.Event())
        timer.join()


def test_a_wait_ends_when_its_time_is_over(dovecot: ImapAccount) -> None:
    with Mailbox(settings_of(dovecot)) as mailbox:
        mailbox.wait(0.2, threading.Event())
        assert list(mailbox.deliveries(nothing_known)) == []


def test_a_processed_folder_must_not_be_read(dovecot: ImapAccount) -> None:
    with pytest.raises(ValueError, match="processed_folder"):
        settings_of(dovecot, folders=("INBOX", "Done"), processed_folder="done")


def test_the_received_time_is_in_utc_whatever_the_server_prints(dovecot: ImapAccount) -> None:
    dovecot.append("INBOX", a_mail(), datetime(2026, 1, 1, 0, 30, tzinfo=UTC))
    ledger = Ledger()
    with Mailbox(settings_of(dovecot)) as mailbox:
        read_all(mailbox, ledger)
    assert ledger.recorded[0].envelope.received_at == datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
