"""Correction requests and the answers to them, over a real SMTP server and both databases."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.domain.audit import AuditAction
from app.domain.comment import CommentRecord
from app.domain.outgoing import SHORT, MailKind, MailState, OutgoingMail, token_of
from app.domain.status import CommentDecision, CommentStatus, SubmissionDecision
from app.domain.submission import Lane
from app.intake import decide, procedures, read
from app.intake.desk import Desk
from app.main import open_desk
from app.settings import Notices, Settings
from tests.builders import ADMIN, MEASURE, a_consultation, a_mail
from tests.integration.conftest import Clock
from tests.integration.test_mailing import COMPLETE, WITHOUT_ADDRESS, arrive, send_all
from tests.servers.smtp import DeliveredMail, SmtpServer

ADDRESS = "住所：北星市中央2条3丁目4番地\n"


@pytest.fixture
def mailing(settings: Settings, clock: Clock, smtp_server: SmtpServer) -> Iterator[Desk]:
    """A desk whose mail goes to the server of the test; sections are told nothing."""
    told = settings.model_copy(
        update={
            "smtp_host": smtp_server.host,
            "smtp_port": smtp_server.port,
            "smtp_tls": "none",
            "mail_from": "iken@city.example.jp",
            "notices": Notices.OFF,
        }
    )
    with open_desk(told, clock=clock) as desk:
        procedures.create(desk, a_consultation(), actor=ADMIN)
        yield desk


def incomplete(desk: Desk) -> CommentRecord:
    submission_id = arrive(desk, a_mail(WITHOUT_ADDRESS))
    (record,) = desk.queries.comments.of_submission(submission_id)
    return record


def asked(desk: Desk, record: CommentRecord) -> OutgoingMail:
    decide.decide_comment(
        desk,
        record.receipt_number,
        CommentDecision.REQUEST_CORRECTION,
        reason="住所を確認する",
        revision=record.revision,
        actor=ADMIN,
    )
    (mail,) = desk.queries.outbox.requests_about(record.receipt_number)
    return mail


def answered(
    desk: Desk,
    body: str,
    *,
    subject: str = "Re: 補正",
    headers: str = "",
    sender: str = "hanako@example.jp",
) -> CommentRecord:
    raw = a_mail(body, subject=subject, sender=sender)
    raw = raw.replace(b"<1@example.jp>", b"<2@example.jp>")
    raw = raw.replace(b"To: ", f"{headers}To: ".encode(), 1)
    (record,) = desk.queries.comments.of_submission(arrive(desk, raw, "1:2"))
    return record


def sent(server: SmtpServer, kind: MailKind) -> DeliveredMail:
    """The latest mail of a kind that the server took."""
    mark = f"<{SHORT[kind]}."
    return [each for each in server.delivered if each.message["Message-ID"].startswith(mark)][-1]


def now(desk: Desk, record: CommentRecord) -> CommentRecord:
    found = desk.queries.comments.get(record.receipt_number)
    assert found is not None
    return found


def codes(record: CommentRecord) -> set[str]:
    return {each.code for each in record.findings}


def relations(desk: Desk, record: CommentRecord) -> dict[str, str]:
    return {each.receipt_number: each.relation for each in desk.queries.comments.related(record)}


def test_the_writer_is_asked_for_what_is_missing(mailing: Desk, smtp_server: SmtpServer) -> None:
    record = incomplete(mailing)
    mail = asked(mailing, record)
    assert send_all(mailing) == 2
    delivered = sent(smtp_server, MailKind.CORRECTION_REQUEST)
    message = delivered.message
    text = message.get_content()
    assert delivered.recipients == ("hanako@example.jp",)
    assert "住所" in text
    assert record.receipt_number in message["Subject"]
    assert token_of(mail.id) in message["Subject"]
    assert token_of(mail.id) in text
    assert message["In-Reply-To"] == "<1@example.jp>"
    assert message["Reply-To"] is None  # the answer has to come where it is read
    assert "説明会" not in text
    assert "住所を確認する" not in text
    trail = mailing.queries.audit.page(receipt_number=record.receipt_number, limit=50).items
    assert AuditAction.MAIL_SENT in {each.action for each in trail}


def test_a_second_request_is_a_second_mail(mailing: Desk) -> None:
    record = incomplete(mailing)
    asked(mailing, record)
    decide.decide_comment(
        mailing,
        record.receipt_number,
        CommentDecision.REQUEST_CORRECTION,
        reason="もう一度",
        revision=None,
        actor=ADMIN,
    )
    assert len(mailing.queries.outbox.requests_about(record.receipt_number)) == 2


@pytest.mark.parametrize("way", ["subject", "text", "in_reply_to", "references", "receipt"])
def test_an_answer_points_to_its_record_and_changes_nothing_in_it(
    mailing: Desk, smtp_server: SmtpServer, way: str
) -> None:
    record = incomplete(mailing)
    token = token_of(asked(mailing, record).id)
    send_all(mailing)
    receipt = sent(smtp_server, MailKind.ACKNOWLEDGEMENT).message["Message-ID"]
    request = sent(smtp_server, MailKind.CORRECTION_REQUEST).message["Message-ID"]
    headers = {
        "in_reply_to": f"In-Reply-To: {request}\r\n",
        "references": f"References: <1@example.jp> {request}\r\n",
        "receipt": f"In-Reply-To: {receipt}\r\n",
    }.get(way, "")
    answer = answered(
        mailing,
        f"{f'{token} の件です。' if way == 'text' else ''}\n{ADDRESS}",
        subject=f"Re: 補正のお願い（返信用番号 {token}）" if way == "subject" else "Re: 住所",
        headers=headers,
        sender="jiro@example.jp",
    )
    first = now(mailing, record)
    assert answer.corrects == record.receipt_number
    assert answer.status is CommentStatus.NEEDS_REVIEW
    assert "answers_earlier_comment" in codes(answer)
    assert "correction_arrived" in codes(first)
    assert first.submitter == record.submitter
    assert first.opinion == record.opinion
    assert answer.submitter.address == "北星市中央2条3丁目4番地"
    assert relations(mailing, first)[answer.receipt_number] == "corrected_by"
    assert relations(mailing, answer)[record.receipt_number] == "correction_of"


def test_the_receipt_of_an_answer_asks_for_nothing_again(
    mailing: Desk, smtp_server: SmtpServer
) -> None:
    record = incomplete(mailing)
    token = token_of(asked(mailing, record).id)
    send_all(mailing)
    answered(mailing, ADDRESS, subject=f"Re: {token}")
    send_all(mailing)
    text = smtp_server.delivered[-1].message.get_content()
    assert record.receipt_number in text
    assert "読み取れませんでした。\n　・" not in text


def test_an_answer_to_a_receipt_leaves_a_complete_comment_accepted(
    mailing: Desk, smtp_server: SmtpServer
) -> None:
    (record,) = mailing.queries.comments.of_submission(arrive(mailing, a_mail(COMPLETE)))
    send_all(mailing)
    receipt = smtp_server.delivered[0].message["Message-ID"]
    answer = answered(mailing, "ありがとう。", headers=f"In-Reply-To: {receipt}\r\n")
    assert answer.corrects == record.receipt_number
    assert now(mailing, record).status is CommentStatus.ACCEPTED


def test_the_same_sender_on_the_same_measure_is_only_pointed_out(mailing: Desk) -> None:
    record = incomplete(mailing)
    answer = answered(mailing, f"案の名称：{MEASURE}\n{ADDRESS}意見：別の意見です。")
    assert answer.corrects is None
    assert "answers_perhaps" in codes(answer)
    assert "correction_arrived" not in codes(now(mailing, record))


def test_a_token_nobody_gave_out_joins_nothing(mailing: Desk) -> None:
    incomplete(mailing)
    answer = answered(mailing, "HS-0000-0000-0000\n", sender="jiro@example.jp")
    assert answer.corrects is None
    assert "answers_earlier_comment" not in codes(answer)


def test_an_answer_read_again_is_told_once(mailing: Desk) -> None:
    record = incomplete(mailing)
    token = token_of(asked(mailing, record).id)
    answer = answered(mailing, f"{ADDRESS}{token}")
    before = now(mailing, record).revision
    decide.decide_submission(
        mailing,
        answer.submission_id,
        SubmissionDecision.REPLAY,
        reason="もう一度読む",
        actor=ADMIN,
    )
    arrive(mailing, a_mail("別の意見"), "1:9")
    assert now(mailing, record).revision == before


def test_an_answer_to_an_answer_belongs_to_the_first(
    mailing: Desk, smtp_server: SmtpServer
) -> None:
    record = incomplete(mailing)
    token = token_of(asked(mailing, record).id)
    answered(mailing, f"{ADDRESS}{token}")
    send_all(mailing)
    receipt = smtp_server.delivered[-1].message["Message-ID"]
    raw = a_mail("区分：1\n").replace(b"To: ", f"In-Reply-To: {receipt}\r\nTo: ".encode(), 1)
    (last,) = mailing.queries.comments.of_submission(arrive(mailing, raw, "1:3"))
    assert last.corrects == record.receipt_number


def test_where_nobody_can_be_written_to_the_person_is_told(
    mailing: Desk, smtp_server: SmtpServer
) -> None:
    raw = a_mail(WITHOUT_ADDRESS, sender="no-reply@example.jp")
    (record,) = mailing.queries.comments.of_submission(arrive(mailing, raw))
    decided = decide.decide_comment(
        mailing,
        record.receipt_number,
        CommentDecision.REQUEST_CORRECTION,
        reason="住所",
        revision=None,
        actor=ADMIN,
    )
    assert "correction_not_mailed" in codes(decided)
    assert send_all(mailing) == 0
    assert smtp_server.delivered == []


def test_a_request_in_the_queue_is_seen_as_such(mailing: Desk) -> None:
    mail = asked(mailing, incomplete(mailing))
    assert (mail.kind, mail.state) == (MailKind.CORRECTION_REQUEST, MailState.QUEUED)


def by_rule(desk: Desk) -> None:
    (before,) = desk.queries.consultations.all()
    procedures.change(desk, replace(before, automatic_correction_request=True), actor=ADMIN)


def test_where_the_consultation_says_so_the_request_goes_out_by_itself_once(
    mailing: Desk, smtp_server: SmtpServer
) -> None:
    by_rule(mailing)
    record = incomplete(mailing)
    (mail,) = mailing.queries.outbox.requests_about(record.receipt_number)
    assert send_all(mailing) == 2
    message = sent(smtp_server, MailKind.CORRECTION_REQUEST).message
    assert message["Auto-Submitted"] == "auto-generated"
    assert token_of(mail.id) in message["Subject"]
    assert now(mailing, record).decision is None
    decide.decide_submission(
        mailing, record.submission_id, SubmissionDecision.REPLAY, reason="再読", actor=ADMIN
    )
    claimed = read.claim(mailing, Lane.LIGHT, worker="test")
    assert claimed is not None
    read.read(mailing, claimed.id, worker="test")
    assert len(mailing.queries.outbox.requests_about(record.receipt_number)) == 1


def test_an_answer_that_still_lacks_something_is_not_asked_about_by_itself(mailing: Desk) -> None:
    by_rule(mailing)
    record = incomplete(mailing)
    (mail,) = mailing.queries.outbox.requests_about(record.receipt_number)
    answer = answered(mailing, f"{token_of(mail.id)}\n案の名称：{MEASURE}\n意見：まだです。\n")
    assert answer.corrects == record.receipt_number
    assert mailing.queries.outbox.requests_about(answer.receipt_number) == ()


def test_automatic_mail_is_never_asked_and_says_that_it_was_not(mailing: Desk) -> None:
    by_rule(mailing)
    raw = a_mail(WITHOUT_ADDRESS).replace(b"To: ", b"List-Id: <x.example.jp>\r\nTo: ", 1)
    (record,) = mailing.queries.comments.of_submission(arrive(mailing, raw))
    assert mailing.queries.outbox.requests_about(record.receipt_number) == ()
    assert "correction_not_mailed" in codes(now(mailing, record))
