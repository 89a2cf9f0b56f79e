"""A clock that jumps back and forth loses nothing, doubles nothing and moves no deadline."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest

from app.domain.submission import Lane
from app.domain.timeliness import TimelinessVerdict
from app.intake import acknowledge, outgoing, procedures, read
from app.intake.desk import Desk
from app.intake.receive import receive
from app.main import open_proof
from app.notifications.mailer import MailDeferred
from app.settings import Settings
from app.storage.queries.comments import CommentFilter
from tests.builders import ADMIN, NOON, a_consultation, a_mail, an_envelope
from tests.integration.conftest import Clock
from tests.integration.test_proof import BODY, post

JUMPS = (-40, -1, -0.02, 0.02, 1, 40)
"""Days."""
ITEMS = 12


def test_every_arrival_is_read_once_however_the_clock_jumps(
    desk: Desk, settings: Settings, clock: Clock
) -> None:
    chance = random.Random(7)
    procedures.create(desk, a_consultation(), actor=ADMIN)
    told = []
    for number in range(ITEMS):
        envelope = an_envelope(a_mail(BODY + str(number)), source_item=f"1:{number + 1}")
        told.append(receive(desk, envelope, actor=ADMIN).submission_id)
        clock.now = NOON + timedelta(days=chance.choice(JUMPS))
        worker = f"worker-{number % 3}"
        claimed = read.claim(desk, Lane.LIGHT, worker=worker)
        clock.now = NOON + timedelta(days=chance.choice(JUMPS))
        if claimed is not None and number % 4:  # every fourth worker dies with it
            read.read(desk, claimed.id, worker=worker)
    clock.now = NOON + timedelta(days=41)
    while (claimed := read.claim(desk, Lane.LIGHT, worker="last")) is not None:
        read.read(desk, claimed.id, worker="last")
    held = desk.queries.comments.page(CommentFilter(), limit=100).items
    assert len(set(told)) == len(held) == ITEMS
    # Deadlines go by when the source says it came, not by our clock.
    records = [desk.queries.comments.get(each.receipt_number) for each in held]
    assert {each.timeliness.verdict for each in records if each} == {TimelinessVerdict.IN_TIME}
    with open_proof(settings) as proof:
        assert proof is not None
        assert list(proof.run()) == []


def test_lists_show_everything_once_although_the_clock_went_back(desk: Desk, clock: Clock) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    for number, minutes in enumerate((0, 60, -60, 30, -30)):
        clock.now = NOON + timedelta(minutes=minutes)
        post(desk, number)
    seen: list[str] = []
    page = desk.queries.comments.page(CommentFilter(), limit=2)
    while True:
        seen += [each.receipt_number for each in page.items]
        if page.next_cursor is None:
            break
        page = desk.queries.comments.page(CommentFilter(), limit=2, cursor=page.next_cursor)
    assert len(seen) == len(set(seen)) == 5


def test_what_came_while_the_clock_was_ahead_does_not_wait_until_then(
    desk: Desk, clock: Clock
) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    clock.now = NOON + timedelta(days=400)
    receive(desk, an_envelope(a_mail(BODY)), actor=ADMIN)
    clock.now = NOON
    assert read.claim(desk, Lane.LIGHT, worker="test") is not None


class Post:
    """Takes mail, or puts it off."""

    def __init__(self) -> None:
        self.is_open = True
        self.taken: list[str] = []

    async def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        assert sender == ""
        assert message["Message-ID"]
        if not self.is_open:
            raise MailDeferred("451")
        self.taken.append(recipient)


def mail_is_read(desk: Desk, number: int) -> None:
    sender = f"writer-{number}@example.jp"
    mail = an_envelope(a_mail(BODY + str(number), sender=sender), source_item=f"1:{number}")
    receive(desk, mail, actor=ADMIN)
    claimed = read.claim(desk, Lane.LIGHT, worker="test")
    assert claimed is not None
    read.read(desk, claimed.id, worker="test")


async def send_all(desk: Desk) -> None:
    while await acknowledge.send_next(desk, worker="test"):
        pass


@pytest.mark.parametrize("what", ["caused", "put off", "held by a sender that died"])
def test_a_receipt_does_not_wait_for_a_clock_that_was_ahead(
    desk: Desk, clock: Clock, what: str
) -> None:
    post = Post()
    desk = replace(desk, mailer=post)
    procedures.create(desk, a_consultation(), actor=ADMIN)
    clock.now = NOON + timedelta(days=400)
    mail_is_read(desk, 1)
    if what != "caused":
        later = clock.now
        clock.now = NOON
        outgoing.mend_clock(desk)  # it is due; what comes now is another fault
        clock.now = later
    if what == "put off":
        post.is_open = False
        asyncio.run(send_all(desk))
        post.is_open = True
    if what.startswith("held"):
        until = clock.now + acknowledge.LEASE
        desk.writer.run(lambda repositories: repositories.outbox.claim(now=later, until=until))
    clock.now = NOON + timedelta(minutes=1)
    asyncio.run(send_all(desk))
    assert post.taken == []
    outgoing.mend_clock(desk)
    asyncio.run(send_all(desk))
    assert post.taken == ["writer-1@example.jp"]
    mail_is_read(desk, 2)  # its place in a storm is not behind one of the other clock
    clock.pass_by(minutes=1)
    asyncio.run(send_all(desk))
    assert post.taken == ["writer-1@example.jp", "writer-2@example.jp"]


@pytest.mark.parametrize("hours", [1, 24])
def test_a_receipt_caused_before_the_clock_is_mended_does_not_wait_until_then(
    desk: Desk, clock: Clock, hours: int
) -> None:
    post = Post()
    desk = replace(desk, mailer=post)
    procedures.create(desk, a_consultation(), actor=ADMIN)
    clock.now = NOON + timedelta(hours=hours)
    mail_is_read(desk, 1)
    clock.now = NOON
    mail_is_read(desk, 2)
    outgoing.mend_clock(desk)
    mail_is_read(desk, 3)
    asyncio.run(send_all(desk))
    assert sorted(post.taken) == [f"writer-{number}@example.jp" for number in (1, 2, 3)]


def test_mending_the_clock_leaves_a_storm_to_wait(
    desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post()
    desk = replace(desk, mailer=post)
    procedures.create(desk, a_consultation(), actor=ADMIN)
    monkeypatch.setattr(outgoing, "BURST", 1)
    monkeypatch.setattr(outgoing, "SPACING", timedelta(hours=3))
    for number in range(1, 4):
        mail_is_read(desk, number)
    asyncio.run(send_all(desk))
    sent = list(post.taken)
    outgoing.mend_clock(desk)
    asyncio.run(send_all(desk))
    assert post.taken == sent
    assert len(sent) < 3
    mail_is_read(desk, 4)
    clock.pass_by(hours=6)
    asyncio.run(send_all(desk))
    assert len(post.taken) == 3, "the fourth stands behind them"
