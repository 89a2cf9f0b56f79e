"""Machines that answer our mail without saying that they are machines, over both databases."""

import pytest

from app.domain.comment import CommentRecord
from app.domain.status import CommentDecision, CommentStatus
from app.domain.submission import Lane
from app.intake import read
from app.intake.decide import decide_comment
from app.intake.desk import Desk
from app.intake.receive import receive
from app.storage.queries.comments import CommentFilter
from tests.builders import ADMIN, a_mail, an_envelope
from tests.integration.conftest import Clock
from tests.integration.test_mailing import COMPLETE, mailing, notices, send_all
from tests.servers.smtp import SmtpServer

__all__ = ["mailing", "notices"]

CITIZEN = "hanako@example.jp"
SECTION = "simin@example.jp"
PROSE = "お知らせありがとうございます。説明会の日時も教えてください。\n"


class Correspondence:
    """A citizen's comment, its receipt, and what comes in answer to it."""

    def __init__(self, desk: Desk, clock: Clock, server: SmtpServer) -> None:
        self.desk = desk
        self.clock = clock
        self.server = server
        self.count = 0

    def arrive(self, raw: bytes) -> CommentRecord:
        self.count += 1
        raw = raw.replace(b"<1@example.jp>", f"<{self.count}@example.jp>".encode())
        envelope = an_envelope(raw, source_item=f"1:{self.count}", received_at=self.clock())
        submission_id = receive(self.desk, envelope, actor=ADMIN).submission_id
        assert read.claim(self.desk, Lane.LIGHT, worker="test") is not None
        read.read(self.desk, submission_id, worker="test")
        send_all(self.desk)
        (record,) = self.desk.queries.comments.of_submission(submission_id)
        return record

    def answer(self, body: str, *, sender: str = CITIZEN) -> CommentRecord:
        """Answer the mail that was sent last."""
        last = self.server.delivered[-1].message["Message-ID"]
        raw = a_mail(body, sender=sender)
        return self.arrive(raw.replace(b"To: ", f"In-Reply-To: {last}\r\nTo: ".encode(), 1))

    def receipts(self) -> int:
        return sum(mail.recipients == (CITIZEN,) for mail in self.server.delivered)


@pytest.fixture
def letters(mailing: Desk, clock: Clock, smtp_server: SmtpServer) -> Correspondence:
    begun = Correspondence(mailing, clock, smtp_server)
    begun.arrive(a_mail(COMPLETE))
    assert begun.receipts() == 1
    return begun


def codes(record: CommentRecord) -> set[str]:
    return {each.code for each in record.findings}


def test_an_answer_within_minutes_gets_its_receipt_when_a_person_has_decided(
    letters: Correspondence,
) -> None:
    letters.clock.pass_by(minutes=1)
    record = letters.answer(PROSE)
    assert "receipt_held" in codes(record)
    assert record.status is CommentStatus.NEEDS_REVIEW
    assert letters.receipts() == 1
    for _ in range(2):
        decide_comment(
            letters.desk,
            record.receipt_number,
            CommentDecision.MARK_OFF_MEASURE,
            reason="質問",
            revision=None,
            actor=ADMIN,
        )
        send_all(letters.desk)
    assert letters.receipts() == 2


def test_an_answer_written_in_peace_is_acknowledged(letters: Correspondence) -> None:
    letters.clock.pass_by(hours=1)
    assert "receipt_held" not in codes(letters.answer(PROSE))
    assert letters.receipts() == 2


def test_an_answer_to_the_receipt_of_an_answer_waits_for_a_person(letters: Correspondence) -> None:
    letters.clock.pass_by(hours=1)
    letters.answer(PROSE)
    letters.clock.pass_by(hours=1)
    receipt = next(
        m for m in letters.server.delivered if m.message["In-Reply-To"] == "<2@example.jp>"
    )
    letters.server.delivered.append(receipt)
    before = letters.receipts()
    assert "receipt_held" in codes(letters.answer(f"{PROSE}ほかにもあります。\n"))
    assert letters.receipts() == before


def test_a_form_sent_at_once_in_answer_is_acknowledged(letters: Correspondence) -> None:
    letters.clock.pass_by(minutes=1)
    assert "receipt_held" not in codes(letters.answer(COMPLETE.replace("説明会", "公聴会")))
    assert letters.receipts() == 2


def test_a_number_quoted_at_once_by_its_receiver_counts_as_an_answer(
    letters: Correspondence,
) -> None:
    (record,) = letters.desk.queries.comments.each(CommentFilter())
    quoting = f"お問い合わせ（{record.receipt_number}）を受け付けました。\n"
    letters.clock.pass_by(minutes=1)
    assert "receipt_held" in codes(letters.arrive(a_mail(quoting)))
    assert "receipt_held" not in codes(letters.arrive(a_mail(quoting, sender="taro@example.jp")))


def test_a_notice_that_the_section_s_machine_answers_causes_no_other(
    letters: Correspondence,
) -> None:
    letters.arrive(a_mail("道路を直してください。", sender="taro@example.jp"))
    letters.arrive(a_mail(COMPLETE.replace("住所", "所在"), sender="jiro@example.jp"))
    told = [mail for mail in letters.server.delivered if mail.recipients == (SECTION,)]
    letters.server.delivered.append(told[-1])
    before = len(letters.server.delivered)
    record = letters.answer("ただいま不在にしております。\n", sender=SECTION)
    assert "receipt_held" in codes(record)
    assert len(letters.server.delivered) == before
