"""A real mailbox, polled, over both databases."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import pytest

from app.channels.email.mailbox import Mailbox, MailboxSettings
from app.domain.envelope import Channel, Envelope
from app.domain.status import CommentStatus, SubmissionDecision
from app.intake import decide, procedures
from app.intake.desk import Desk
from app.jobs.embedded import Runner
from app.jobs.poller import REFUSED_FIRST_SECONDS, Poller, PollerThread
from app.jobs.reception import DeskReception, MailNotTaken, Reception, ReceptionClosed
from app.jobs.wakes import Wakes
from app.main import open_desk
from app.settings import Settings
from tests.builders import ADMIN, MEASURE, NOON, a_consultation, a_mail
from tests.integration.intake.test_receive_and_read import read_all
from tests.servers.dovecot import JUNK, DovecotServer, ImapAccount

PATIENCE = 60.0


def mail(number: int) -> bytes:
    return a_mail(
        f"氏名：北野 花子\n住所：北星市中央2条3丁目4番地\n区分：1\n案の名称：{MEASURE}\n"
        f"意見：第{number}の意見です。\n"
    )


def mailbox_of(account: ImapAccount, **changes: object) -> MailboxSettings:
    values: dict[str, object] = {
        "name": "koho",
        "host": account.host,
        "port": account.port,
        "tls": "none",
        "username": account.username,
        "password": account.password,
        "processed_folder": "Recorded",
    }
    return MailboxSettings(**values | changes)  # type: ignore[arg-type]


class Stubborn:
    """A reception that refuses some mails, or everything, while told so."""

    def __init__(self, real: Reception) -> None:
        self.real = real
        self.refuses: Callable[[Envelope], bool] = lambda _: False
        self.is_closed = False
        self.offered: list[str] = []
        self.reported: list[int] = []

    def report(
        self,
        mailbox: str,
        folder: str,
        uidvalidity: int,
        uids: list[int],
        uidnext: int | None = None,
    ) -> None:
        self.reported.extend(uids)
        self.real.report(mailbox, folder, uidvalidity, uids, uidnext)

    def known(
        self, mailbox: str, folder: str, uidvalidity: int, uids: Sequence[int]
    ) -> frozenset[int]:
        return self.real.known(mailbox, folder, uidvalidity, uids)

    def receive_each(self, envelopes: Sequence[Envelope]) -> Sequence[MailNotTaken | None]:
        self.offered.extend(each.facts["uid"] for each in envelopes)
        if self.is_closed:
            raise ReceptionClosed("closed")
        refused = {
            place: MailNotTaken("too_large")
            for place, envelope in enumerate(envelopes)
            if self.refuses(envelope)
        }
        taken = [each for place, each in enumerate(envelopes) if place not in refused]
        told = iter(self.real.receive_each(taken))
        return [refused.get(place) or next(told) for place in range(len(envelopes))]


@pytest.fixture
def reception(desk: Desk) -> Stubborn:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    return Stubborn(DeskReception(desk))


class Hand:
    """A poller moved by hand, with a clock of its own."""

    def __init__(self, settings: MailboxSettings, reception: Stubborn) -> None:
        self.now = 0.0
        self.settings = settings
        self.poller = Poller(
            settings,
            reception,  # type: ignore[arg-type]
            poll_seconds=60,
            stop=threading.Event(),
            monotonic=lambda: self.now,
        )

    def poll(self) -> int:
        with Mailbox(self.settings) as mailbox:
            return self.poller.poll(mailbox)


@pytest.fixture
def hand(dovecot: ImapAccount, reception: Stubborn) -> Hand:
    return Hand(mailbox_of(dovecot), reception)


def recorded(desk: Desk) -> int:
    return sum(desk.queries.submissions.counts().values())


def test_every_mail_is_recorded_once_and_moved(
    desk: Desk, dovecot: ImapAccount, hand: Hand
) -> None:
    for number in range(3):
        dovecot.append("INBOX", mail(number), internal_date=NOON)
    assert hand.poll() == 3
    assert hand.poll() == 0
    assert recorded(desk) == 3
    assert dovecot.messages("INBOX") == []
    assert len(dovecot.messages("Recorded")) == 3
    arrival = desk.queries.submissions.page(limit=1).items[0]
    assert arrival.received_at == NOON


def test_nothing_is_marked_before_it_is_recorded(
    desk: Desk, dovecot: ImapAccount, hand: Hand, reception: Stubborn
) -> None:
    dovecot.append("INBOX", mail(1))
    reception.is_closed = True
    with pytest.raises(ReceptionClosed):
        hand.poll()
    (waiting,) = dovecot.messages("INBOX")
    assert not waiting.flags - {"\\Recent"}
    assert recorded(desk) == 0
    reception.is_closed = False
    assert hand.poll() == 1
    assert recorded(desk) == 1


def test_what_was_recorded_but_not_moved_is_only_moved(
    desk: Desk, dovecot: ImapAccount, reception: Stubborn
) -> None:
    dovecot.append("INBOX", mail(1))
    first = Hand(mailbox_of(dovecot, processed_folder=None), reception)
    assert first.poll() == 1
    again = Hand(mailbox_of(dovecot), reception)  # as after a kill between record and move
    assert again.poll() == 0
    assert dovecot.messages("INBOX") == []
    assert reception.offered == ["1"]
    assert recorded(desk) == 1


def test_a_refused_mail_stays_and_blocks_no_other(
    desk: Desk, dovecot: ImapAccount, hand: Hand, reception: Stubborn
) -> None:
    for number in range(3):
        dovecot.append("INBOX", mail(number))
    reception.refuses = lambda envelope: envelope.facts["uid"] == "2"
    assert hand.poll() == 2
    assert [each.uid for each in dovecot.messages("INBOX")] == [2]
    assert recorded(desk) == 2


def test_a_refused_mail_is_not_offered_at_every_pass(
    dovecot: ImapAccount, hand: Hand, reception: Stubborn
) -> None:
    dovecot.append("INBOX", mail(1))
    reception.refuses = lambda _: True
    for _ in range(3):
        hand.poll()
    assert reception.offered == ["1"]
    reception.refuses = lambda _: False
    hand.now += REFUSED_FIRST_SECONDS
    assert hand.poll() == 1
    assert dovecot.messages("INBOX") == []


def test_a_folder_tells_each_mail_once(dovecot: ImapAccount, reception: Stubborn) -> None:
    hand = Hand(mailbox_of(dovecot, processed_folder=None), reception)
    dovecot.append("INBOX", mail(1))
    hand.poll()
    dovecot.append("INBOX", mail(2))
    hand.poll()
    hand.poll()
    assert reception.reported == [1, 2]


def test_a_renumbered_folder_brings_nothing_twice(
    desk: Desk, dovecot: ImapAccount, reception: Stubborn
) -> None:
    hand = Hand(mailbox_of(dovecot, processed_folder=None), reception)
    for number in range(2):
        dovecot.append("INBOX", mail(number))
    hand.poll()
    dovecot.renumber("INBOX")
    hand.poll()
    assert recorded(desk) == 2


def balance(desk: Desk, folder: str = "INBOX") -> tuple[int, int, int]:
    """Give seen, missing and explained or ignored of a folder."""
    [found] = [each for each in desk.queries.ledger.summary() if each.source == f"koho/{folder}"]
    return found.seen, found.missing, found.ignored


def test_a_mail_that_was_gone_before_anybody_read_it_is_missed(
    desk: Desk, dovecot: ImapAccount, reception: Stubborn
) -> None:
    """As a filter or a clerk takes it away while the service is down."""
    settings = mailbox_of(dovecot, processed_folder=None)
    for number in range(3):
        dovecot.append("INBOX", mail(number))
    dovecot.remove("INBOX", 2)  # before our time
    Hand(settings, reception).poll()
    assert balance(desk) == (2, 0, 0)
    for number in range(3, 7):
        dovecot.append("INBOX", mail(number))
    dovecot.remove("INBOX", 4, 5, 7)
    restarted = Hand(settings, reception)
    restarted.poll()
    restarted.poll()
    assert balance(desk) == (6, 3, 0)
    Hand(settings, reception).poll()
    assert balance(desk) == (6, 3, 0)


def test_what_we_moved_away_ourselves_is_no_gap(
    desk: Desk, dovecot: ImapAccount, hand: Hand, reception: Stubborn
) -> None:
    for number in range(3):
        dovecot.append("INBOX", mail(number))
        hand.poll()
    Hand(hand.settings, reception).poll()
    assert balance(desk) == (3, 0, 0)


def test_the_servers_folder_for_junk_is_read_and_stays_as_it_is(
    desk: Desk, dovecot: ImapAccount, hand: Hand, reception: Stubborn
) -> None:
    spam = a_mail("今だけ半額", subject="セール", sender="sale@example.com")
    for each in (mail(1), spam):
        dovecot.append(JUNK, each, internal_date=NOON)
    assert hand.poll() == 2
    assert Hand(hand.settings, reception).poll() == 0
    assert [each.flags >= {"\\Flagged"} for each in dovecot.messages(JUNK)] == [True, True]
    read_all(desk)
    by_state = {each.state.value: each for each in desk.queries.submissions.page(limit=5).items}
    assert set(by_state) == {"done", "quarantined"}
    [comment] = desk.queries.comments.of_submission(by_state["done"].id)
    assert "found_in_junk" in {each.code for each in comment.findings}
    assert comment.status is CommentStatus.ACCEPTED
    sorted_out = by_state["quarantined"]
    assert sorted_out.reason == "junk_without_comment"
    assert desk.queries.comments.of_submission(sorted_out.id) == ()
    decide.decide_submission(
        desk, sorted_out.id, SubmissionDecision.RELEASE, reason="意見", actor=ADMIN
    )
    read_all(desk)
    [comment] = desk.queries.comments.of_submission(sorted_out.id)
    assert "found_in_junk" in {each.code for each in comment.findings}


def test_junk_is_left_alone_where_it_is_not_wanted(
    dovecot: ImapAccount, reception: Stubborn
) -> None:
    dovecot.append(JUNK, mail(1))
    assert Hand(mailbox_of(dovecot, reads_junk=False), reception).poll() == 0


@pytest.mark.usefixtures("running")
def test_other_folders_are_read_while_the_first_one_idles(desk: Desk, dovecot: ImapAccount) -> None:
    dovecot.append("INBOX", mail(1))
    until(lambda: recorded(desk) == 1)
    dovecot.append("Second", mail(2))
    until(lambda: recorded(desk) == 2)
    dovecot.append("INBOX", mail(3))
    until(lambda: recorded(desk) == 3)


def test_mail_not_fetched_before_its_folder_is_renumbered_is_not_missed(
    desk: Desk, dovecot: ImapAccount, hand: Hand, reception: Stubborn
) -> None:
    for number in range(3):
        dovecot.append("INBOX", mail(number))
    reception.refuses = lambda envelope: envelope.facts["uid"] != "1"
    hand.poll()
    assert missing(desk) == 2
    dovecot.renumber("INBOX")
    with dovecot.connection() as imap:  # somebody throws one of the two away
        imap.select("INBOX")
        imap.uid("STORE", "1", "+FLAGS", "(\\Deleted)")
        imap.expunge()
    reception.refuses = lambda _: False
    hand.poll()
    assert recorded(desk) == 2
    assert missing(desk) == 1


def missing(desk: Desk) -> int:
    return sum(each.missing for each in desk.queries.ledger.summary(channel=Channel.EMAIL))


@pytest.fixture
def running(reception: Stubborn, dovecot: ImapAccount) -> Iterator[PollerThread]:
    stop = threading.Event()
    dovecot.create_folder("Second")
    poller = Poller(
        mailbox_of(dovecot, folders=("INBOX", "Second")),
        reception,  # type: ignore[arg-type]
        poll_seconds=0.2,
        stop=stop,
    )
    thread = PollerThread(poller, "koho")
    thread.start()
    yield thread
    stop.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def until(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        if condition():
            return
        waiting.wait(0.05)
    raise AssertionError("it did not come about")


@pytest.mark.usefixtures("running")
def test_a_server_that_went_away_is_found_again(
    desk: Desk, dovecot: ImapAccount, dovecot_server: DovecotServer
) -> None:
    dovecot.append("INBOX", mail(1))
    until(lambda: recorded(desk) == 1)
    dovecot_server.stop()
    dovecot_server.start()
    dovecot.append("INBOX", mail(2))
    until(lambda: recorded(desk) == 2)


def test_the_runner_polls_reads_and_stops(settings: Settings, dovecot: ImapAccount) -> None:
    wakes = Wakes()
    with open_desk(settings, wake=wakes.wake) as desk:
        procedures.create(desk, a_consultation(), actor=ADMIN)
        runner = Runner(
            desk,
            wakes,
            mailboxes=[
                mailbox_of(dovecot, name="broken", password="wrong"),
                mailbox_of(dovecot),
            ],
            poll_seconds=0.2,
        )
        dovecot.append("INBOX", mail(1), internal_date=NOON)
        runner.start()
        try:
            until(lambda: _done(desk) == 1)
        finally:
            runner.stop()
        (arrival,) = desk.queries.submissions.page(limit=5).items
        (comment,) = desk.queries.comments.of_submission(arrival.id)
        assert comment.channel is Channel.EMAIL
        assert comment.received_at == datetime.fromisoformat("2015-05-01T12:00:00+09:00")
        assert not [each for each in threading.enumerate() if each.name in {"light", "outbox"}]


def _done(desk: Desk) -> int:
    return next(
        count for state, count in desk.queries.submissions.counts().items() if state == "done"
    )
