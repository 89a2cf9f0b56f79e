"""Acknowledgements and notices, over a real SMTP server and both databases."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest

from app.channels.e_application import Application
from app.domain.comment_form import ReplyRoute
from app.domain.envelope import Channel, Delivery, Part
from app.domain.errors import Unavailable
from app.domain.outgoing import MailKind, MailState
from app.domain.submission import Lane
from app.intake import acknowledge, digest, outgoing, procedures, read, upkeep
from app.intake.admission import Posting
from app.intake.desk import Desk
from app.intake.outgoing import ANSWERS_A_DAY, mails_for
from app.intake.receive import receive
from app.intake.submit import submit
from app.main import open_desk
from app.notifications.smtp import SmtpMailer, SmtpSettings
from app.settings import Notices, Settings
from app.storage.repositories.unit import Repositories
from app.storage.unit_of_work import Writer
from app.storage.waiting import Together
from tests.builders import ADMIN, MEASURE, a_consultation, a_mail, a_submitter, an_envelope
from tests.integration.conftest import Clock
from tests.servers.processes import free_port
from tests.servers.smtp import SmtpServer

P = TypeVar("P")
T = TypeVar("T")
COMPLETE = (
    f"氏名：北野 花子\n住所：北星市中央2条3丁目4番地\n区分：1\n案の名称：{MEASURE}\n"
    "意見：説明会を開いてください。\n"
)
WITHOUT_ADDRESS = COMPLETE.replace("住所：北星市中央2条3丁目4番地\n", "")


@pytest.fixture
def notices() -> Notices:
    return Notices.AT_ONCE


@pytest.fixture
def mailing(
    settings: Settings, clock: Clock, smtp_server: SmtpServer, notices: Notices
) -> Iterator[Desk]:
    """A desk whose mail goes to the server of the test."""
    told = settings.model_copy(
        update={
            "smtp_host": smtp_server.host,
            "smtp_port": smtp_server.port,
            "smtp_tls": "none",
            "mail_from": "iken@city.example.jp",
            "notice_to": "soumu@city.example.jp",
            "notices": notices,
        }
    )
    with open_desk(told, clock=clock) as desk:
        procedures.create(desk, a_consultation(), actor=ADMIN)
        yield desk


def arrive(desk: Desk, raw: bytes, item: str = "1:1") -> str:
    submission_id = receive(desk, an_envelope(raw, source_item=item), actor=ADMIN).submission_id
    claimed = read.claim(desk, Lane.LIGHT, worker="test")
    assert claimed is not None
    read.read(desk, claimed.id, worker="test")
    return submission_id


def send_all(desk: Desk) -> int:
    async def sending() -> int:
        count = 0
        while await acknowledge.send_next(desk, worker="test"):
            count += 1
        return count

    return asyncio.run(sending())


def state_of(desk: Desk, subject_id: str) -> MailState:
    (mail,) = desk.queries.outbox.of_subject(subject_id)
    return mail.state


def test_a_mail_is_acknowledged_once_to_its_writer(mailing: Desk, smtp_server: SmtpServer) -> None:
    submission_id = arrive(mailing, a_mail(COMPLETE))
    assert send_all(mailing) == 1
    assert send_all(mailing) == 0
    (delivered,) = smtp_server.delivered
    (record,) = mailing.queries.comments.of_submission(submission_id)
    assert delivered.sender == ""
    assert delivered.recipients == ("hanako@example.jp",)
    assert record.receipt_number in delivered.message.get_content()
    assert delivered.message["In-Reply-To"] == "<1@example.jp>"
    assert state_of(mailing, submission_id) is MailState.SENT
    trail = mailing.queries.audit.page(submission_id=submission_id, limit=50).items
    assert "mail_sent" in {each.action for each in trail}


def test_what_is_missing_is_asked_for_and_the_section_is_told(
    mailing: Desk, smtp_server: SmtpServer
) -> None:
    arrive(mailing, a_mail(WITHOUT_ADDRESS))
    assert send_all(mailing) == 2
    by_recipient = {each.recipients[0]: each.message for each in smtp_server.delivered}
    assert "住所" in by_recipient["hanako@example.jp"].get_content()
    notice = by_recipient["simin@example.jp"].get_content()
    assert "/staff/comments/" in notice
    assert "花子" not in notice


def test_a_comment_on_nothing_known_goes_to_the_fallback(
    mailing: Desk, smtp_server: SmtpServer
) -> None:
    arrive(mailing, a_mail("こんにちは。道路を直してください。"))
    send_all(mailing)
    assert {each.recipients[0] for each in smtp_server.delivered} == {
        "hanako@example.jp",
        "soumu@city.example.jp",
    }


def test_automatic_mail_is_never_answered(mailing: Desk, smtp_server: SmtpServer) -> None:
    raw = a_mail(COMPLETE).replace(b"To: ", b"Auto-Submitted: auto-replied\r\nTo: ", 1)
    arrive(mailing, raw)
    assert send_all(mailing) == 0
    assert smtp_server.delivered == []


def test_we_never_answer_ourselves(mailing: Desk, smtp_server: SmtpServer) -> None:
    arrive(mailing, a_mail(COMPLETE, sender="simin@example.jp"))
    send_all(mailing)
    assert smtp_server.delivered == []


def test_a_machine_that_answers_every_answer_is_slowed_down_and_loses_nothing(
    mailing: Desk, smtp_server: SmtpServer, clock: Clock
) -> None:
    for number in range(ANSWERS_A_DAY + 3):
        arrive(mailing, a_mail(f"{COMPLETE}{number}"), item=f"1:{number + 1}")
    send_all(mailing)
    assert len(smtp_server.delivered) == ANSWERS_A_DAY
    assert mailing.queries.outbox.held_back(clock()) == 3
    clock.pass_by(days=1, seconds=1)
    send_all(mailing)
    assert len(smtp_server.delivered) == ANSWERS_A_DAY + 3
    assert mailing.queries.outbox.held_back(clock()) == 0


def test_a_storm_delays_replies_and_loses_none(
    mailing: Desk, smtp_server: SmtpServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "BURST", 5)
    for number in range(8):
        raw = a_mail(f"{COMPLETE}{number}", sender=f"writer{number}@example.jp")
        arrive(mailing, raw, item=f"1:{number + 1}")
    send_all(mailing)
    assert len(smtp_server.delivered) == 5
    assert mailing.queries.outbox.held_back(clock()) == 3
    clock.pass_by(seconds=10)
    send_all(mailing)
    assert {each.recipients[0] for each in smtp_server.delivered} == {
        f"writer{number}@example.jp" for number in range(8)
    }


def test_a_server_that_is_busy_gets_it_later(
    mailing: Desk, smtp_server: SmtpServer, clock: Clock
) -> None:
    smtp_server.reply("RCPT", "451 4.7.1 Try again later", times=1)
    submission_id = arrive(mailing, a_mail(COMPLETE))
    assert send_all(mailing) == 1
    assert smtp_server.delivered == []
    assert state_of(mailing, submission_id) is MailState.QUEUED
    clock.pass_by(minutes=1)
    assert send_all(mailing) == 1
    assert len(smtp_server.delivered) == 1
    assert state_of(mailing, submission_id) is MailState.SENT


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_refusal_is_final_and_visible(
    mailing: Desk, smtp_server: SmtpServer, clock: Clock, stage: str
) -> None:
    smtp_server.reply(stage, "550 5.1.1 No such user hanako@example.jp")  # type: ignore[arg-type]
    submission_id = arrive(mailing, a_mail(COMPLETE))
    send_all(mailing)
    clock.pass_by(days=1)
    assert send_all(mailing) == 0
    assert state_of(mailing, submission_id) is MailState.FAILED


@pytest.mark.parametrize("keeps_mail", [False, True])
def test_a_lost_connection_repeats_the_same_message_id(
    mailing: Desk, smtp_server: SmtpServer, clock: Clock, keeps_mail: bool
) -> None:
    smtp_server.drop("DATA", keeps_mail=keeps_mail, times=1)
    submission_id = arrive(mailing, a_mail(COMPLETE))
    send_all(mailing)
    clock.pass_by(minutes=1)
    send_all(mailing)
    ids = {each.message["Message-ID"] for each in smtp_server.delivered}
    assert len(ids) == 1
    assert len(smtp_server.delivered) == 1 + keeps_mail
    assert state_of(mailing, submission_id) is MailState.SENT


def test_a_mail_nobody_takes_is_given_up_after_days(
    mailing: Desk, smtp_server: SmtpServer, clock: Clock
) -> None:
    smtp_server.reply("RCPT", "451 4.7.1 Try again later")
    submission_id = arrive(mailing, a_mail(COMPLETE))
    for _ in range(120):
        send_all(mailing)
        clock.pass_by(hours=1)
    assert state_of(mailing, submission_id) is MailState.FAILED
    assert smtp_server.delivered == []


def test_a_server_that_is_down_loses_nothing(
    mailing: Desk, smtp_server: SmtpServer, clock: Clock
) -> None:
    nobody = SmtpMailer(SmtpSettings(host="127.0.0.1", port=free_port(), tls="none"))
    submission_id = arrive(mailing, a_mail(COMPLETE))
    working = mailing.mailer
    object.__setattr__(mailing, "mailer", nobody)
    send_all(mailing)
    object.__setattr__(mailing, "mailer", working)
    clock.pass_by(minutes=1)
    send_all(mailing)
    assert len(smtp_server.delivered) == 1
    assert state_of(mailing, submission_id) is MailState.SENT


def test_what_a_killed_sender_held_goes_out_with_the_same_message_id(
    mailing: Desk, smtp_server: SmtpServer, clock: Clock
) -> None:
    submission_id = arrive(mailing, a_mail(COMPLETE))
    claimed = mailing.writer.run(
        lambda repositories: repositories.outbox.claim(
            now=clock(), until=clock() + timedelta(minutes=5)
        )
    )
    assert claimed is not None
    assert send_all(mailing) == 0  # it is leased
    upkeep.take_back(mailing)
    assert send_all(mailing) == 1
    assert claimed.id in smtp_server.delivered[0].message["Message-ID"]
    assert state_of(mailing, submission_id) is MailState.SENT


def test_a_mail_that_kills_its_sender_is_given_up_in_the_end(
    mailing: Desk, smtp_server: SmtpServer, clock: Clock
) -> None:
    submission_id = arrive(mailing, a_mail(COMPLETE))
    for _ in range(acknowledge.DEATHS):
        mailing.writer.run(
            lambda repositories: repositories.outbox.claim(now=clock(), until=clock())
        )
        clock.pass_by(seconds=1)
    assert send_all(mailing) == 1
    assert smtp_server.delivered == []
    assert state_of(mailing, submission_id) is MailState.FAILED


class Forgetful:
    """A writer that cannot write for a while once a mail was claimed."""

    def __init__(self, real: Writer) -> None:
        self.real = real
        self.calls = 0

    def run(self, work: Callable[[Repositories], T]) -> T:
        return self.real.run(work)

    def run_each(self, works: Sequence[Callable[[Repositories], T]]) -> tuple[T | Exception, ...]:
        return self.real.run_each(works)

    async def run_async(self, work: Callable[[Repositories], T]) -> T:
        self.calls += 1
        if self.calls in {2, 3}:
            raise Unavailable
        return await self.real.run_async(work)

    async def join(self, together: Together[P, T], item: P) -> T:
        return await self.real.join(together, item)

    def close(self) -> None:
        self.real.close()


def test_what_the_server_took_is_written_down_even_after_a_failure(
    mailing: Desk, smtp_server: SmtpServer
) -> None:
    submission_id = arrive(mailing, a_mail(COMPLETE))
    forgetful = replace(mailing, writer=Forgetful(mailing.writer))
    assert asyncio.run(acknowledge.send_next(forgetful, worker="test"))
    assert send_all(mailing) == 0
    assert len(smtp_server.delivered) == 1
    assert state_of(mailing, submission_id) is MailState.SENT


@pytest.mark.parametrize(("language", "word"), [("ja", "【受付番号 "), ("en", "[Receipt number ")])
def test_an_e_applicant_who_gave_an_address_is_answered(
    mailing: Desk, smtp_server: SmtpServer, language: str, word: str
) -> None:
    application = Application(
        measure_name=MEASURE,
        submitter=a_submitter(email="jiro@example.jp"),
        opinion="説明会を開いてください。",
    )
    posting = Posting(
        code="juki-pia-2015",
        application=application,
        raw=b"{}",
        actor=ADMIN,
        language=language,
    )
    submitted = asyncio.run(submit(mailing, posting, render=lambda *_: b"{}"))
    assert send_all(mailing) == 1
    (delivered,) = smtp_server.delivered
    assert delivered.recipients == ("jiro@example.jp",)
    assert f"{word}{submitted.receipt_number}" in delivered.message["Subject"]
    assert delivered.message["In-Reply-To"] is None


def test_a_writer_without_a_usable_address_gets_no_mail(
    mailing: Desk, smtp_server: SmtpServer
) -> None:
    arrive(mailing, a_mail(COMPLETE, sender="北野 花子"))
    arrive(mailing, a_mail(COMPLETE, sender="花子@example.jp"), item="1:2")
    send_all(mailing)
    assert smtp_server.delivered == []


@pytest.mark.parametrize("address", [None, "花子@example.jp", "a b@example.jp"])
def test_an_address_that_cannot_stand_on_an_envelope_is_left_alone(
    mailing: Desk, address: str | None
) -> None:
    submission_id = arrive(mailing, a_mail(COMPLETE))
    submission = mailing.queries.submissions.get(submission_id)
    assert submission is not None
    route = ReplyRoute(address=address, message_id=None, allowed=True)
    records = mailing.queries.comments.of_submission(submission_id)
    mails = mailing.writer.run(
        lambda repositories: mails_for(
            mailing, replace(submission, reply=route), records, repositories
        )
    )
    assert mails == []


def test_where_nobody_is_named_nobody_is_told(mailing: Desk, smtp_server: SmtpServer) -> None:
    quiet = replace(mailing, policy=replace(mailing.policy, notice_to=None))
    arrive(quiet, a_mail("道路を直してください。"))
    send_all(quiet)
    assert {each.recipients[0] for each in smtp_server.delivered} == {"hanako@example.jp"}


def test_many_forms_of_one_scan_are_one_notice(mailing: Desk, smtp_server: SmtpServer) -> None:
    envelope = an_envelope(
        b"no picture at all",
        channel=Channel.MAIL,
        delivery=Delivery.POST,
        source="",
        source_item=None,
        consultation="juki-pia-2015",
        parts=(
            Part(filename="1.pdf", media_type="application/pdf", data=b"not a pdf"),
            Part(filename="2.pdf", media_type="application/pdf", data=b"nor this"),
        ),
    )
    receive(mailing, envelope, actor=ADMIN)
    claimed = read.claim(mailing, Lane.OCR, worker="test")
    assert claimed is not None
    read.read(mailing, claimed.id, worker="test")
    records = mailing.queries.comments.of_submission(claimed.id)
    send_all(mailing)
    (delivered,) = smtp_server.delivered
    assert all(each.receipt_number in delivered.message.get_content() for each in records)


class TestDaily:
    @pytest.fixture
    def notices(self) -> Notices:
        return Notices.DAILY

    def test_the_section_gets_one_list_a_day(
        self, mailing: Desk, smtp_server: SmtpServer, clock: Clock
    ) -> None:
        arrive(mailing, a_mail(WITHOUT_ADDRESS))
        arrive(mailing, a_mail("道路を直してください。"), item="1:2")
        for _ in range(3):
            digest.queue_due(mailing)
        send_all(mailing)
        lists = [m for m in smtp_server.delivered if m.recipients[0] != "hanako@example.jp"]
        assert sorted(each.recipients[0] for each in lists) == [
            "simin@example.jp",
            "soumu@city.example.jp",
        ]
        clock.pass_by(days=1)
        digest.queue_due(mailing)
        assert send_all(mailing) == 2

    def test_it_comes_in_the_morning(
        self, mailing: Desk, smtp_server: SmtpServer, clock: Clock
    ) -> None:
        arrive(mailing, a_mail(WITHOUT_ADDRESS))
        clock.pass_by(hours=14)  # two in the night
        digest.queue_due(mailing)
        send_all(mailing)
        assert {each.recipients[0] for each in smtp_server.delivered} == {"hanako@example.jp"}

    def test_a_day_with_nothing_to_do_brings_no_mail(self, mailing: Desk) -> None:
        digest.queue_due(mailing)
        assert send_all(mailing) == 0


def test_nothing_is_queued_where_no_server_is_set(desk: Desk) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    submission_id = arrive(desk, a_mail(WITHOUT_ADDRESS))
    digest.queue_due(desk)
    assert desk.queries.outbox.of_subject(submission_id) == ()
    assert send_all(desk) == 0


def test_a_mail_whose_subject_is_gone_is_given_up(mailing: Desk) -> None:
    submission_id = arrive(mailing, a_mail(COMPLETE))
    (mail,) = mailing.queries.outbox.of_subject(submission_id)
    mails = []
    for kind in (MailKind.ACKNOWLEDGEMENT, MailKind.NOTICE):
        lost = type(mail)(
            id=f"{kind.value}-lost",
            kind=kind,
            subject_id="nobody",
            recipient="hanako@example.jp",
            created_at=mail.created_at,
        )
        mails.append(lost)
    mailing.writer.run(lambda repositories: repositories.outbox.add(mails))
    assert send_all(mailing) == 3
    assert [each.state for each in mailing.queries.outbox.of_subject("nobody")] == [
        MailState.FAILED,
        MailState.FAILED,
    ]
