"""Delivery reports about our own mail, over both databases."""

import pytest

from app.domain.outgoing import MailKind, MailState
from app.domain.status import CommentStatus, SubmissionState
from app.intake.desk import Desk
from tests.builders import a_mail
from tests.integration.conftest import Clock
from tests.integration.test_corrections_by_mail import asked, codes, incomplete, mailing, now, sent
from tests.integration.test_mailing import COMPLETE, arrive, send_all
from tests.servers.smtp import SmtpServer

__all__ = ["mailing"]


def a_report(
    *, action: str = "failed", recipient: str = "hanako@example.jp", returned: str = ""
) -> bytes:
    """A report after RFC 3464, as Postfix writes it."""
    end = "\r\n"
    tail = (
        f"--b{end}Content-Type: message/rfc822{end}{end}Message-ID: {returned}{end}"
        f"Subject: x{end}{end}text{end}"
        if returned
        else ""
    )
    return (
        f"From: MAILER-DAEMON@mx.example.jp{end}To: iken@city.example.jp{end}"
        f"Subject: Undelivered Mail Returned to Sender{end}Auto-Submitted: auto-replied{end}"
        f"MIME-Version: 1.0{end}Content-Type: multipart/report; report-type=delivery-status;"
        f' boundary="b"{end}{end}--b{end}Content-Type: text/plain{end}{end}Sorry.{end}'
        f"--b{end}Content-Type: message/delivery-status{end}{end}"
        f"Reporting-MTA: dns; mx.example.jp{end}{end}"
        f"Final-Recipient: rfc822; {recipient}{end}Action: {action}{end}Status: 5.1.1{end}"
        f"Diagnostic-Code: smtp; 550 5.1.1 no such user{end}{end}{tail}--b--{end}"
    ).encode()


def state_of(desk: Desk, subject_id: str) -> MailState:
    (mail,) = desk.queries.outbox.of_subject(subject_id)
    return mail.state


@pytest.mark.parametrize("by", ["message_id", "recipient"])
def test_a_returned_receipt_is_seen_on_its_comment(
    mailing: Desk, smtp_server: SmtpServer, by: str
) -> None:
    submission_id = arrive(mailing, a_mail(COMPLETE))
    (record,) = mailing.queries.comments.of_submission(submission_id)
    send_all(mailing)
    receipt = sent(smtp_server, MailKind.ACKNOWLEDGEMENT).message["Message-ID"]
    report = a_report(
        returned=receipt if by == "message_id" else "",
        recipient="other@example.jp" if by == "message_id" else "Hanako@example.jp",
    )
    report_id = arrive(mailing, report, "1:2")
    assert state_of(mailing, submission_id) is MailState.BOUNCED
    assert "reply_undeliverable" in codes(now(mailing, record))
    assert now(mailing, record).status is CommentStatus.ACCEPTED
    arrived = mailing.queries.submissions.get(report_id)
    assert arrived is not None
    assert arrived.state is SubmissionState.IGNORED
    assert mailing.queries.comments.of_submission(report_id) == ()
    assert send_all(mailing) == 0


def test_a_returned_correction_request_is_seen_on_its_comment(
    mailing: Desk, smtp_server: SmtpServer
) -> None:
    record = incomplete(mailing)
    asked(mailing, record)
    send_all(mailing)
    request = sent(smtp_server, MailKind.CORRECTION_REQUEST).message["Message-ID"]
    arrive(mailing, a_report(returned=request), "1:2")
    (mail,) = mailing.queries.outbox.requests_about(record.receipt_number)
    assert mail.state is MailState.BOUNCED
    assert "reply_undeliverable" in codes(now(mailing, record))


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered"])
def test_what_is_still_on_its_way_has_not_come_back(
    mailing: Desk, smtp_server: SmtpServer, action: str
) -> None:
    submission_id = arrive(mailing, a_mail(COMPLETE))
    send_all(mailing)
    receipt = sent(smtp_server, MailKind.ACKNOWLEDGEMENT).message["Message-ID"]
    arrive(mailing, a_report(action=action, returned=receipt), "1:2")
    assert state_of(mailing, submission_id) is MailState.SENT


def test_a_report_about_mail_that_is_not_ours_changes_nothing(mailing: Desk, clock: Clock) -> None:
    submission_id = arrive(mailing, a_mail(COMPLETE))
    send_all(mailing)
    arrive(mailing, a_report(returned="<spam@example.com>"), "1:2")
    clock.pass_by(days=8)
    assert state_of(mailing, submission_id) is MailState.SENT


def test_a_server_older_than_the_standard_is_understood(
    mailing: Desk, smtp_server: SmtpServer
) -> None:
    submission_id = arrive(mailing, a_mail(COMPLETE))
    send_all(mailing)
    receipt = sent(smtp_server, MailKind.ACKNOWLEDGEMENT).message["Message-ID"]
    raw = a_mail(
        f"This is the qmail-send program.\n<hanako@example.jp>: no such user\n"
        f"--- Below this line is a copy of the message.\nMessage-ID: {receipt}\n",
        subject="failure notice",
        sender="MAILER-DAEMON@mx.example.jp",
    )
    arrive(mailing, raw, "1:2")
    assert state_of(mailing, submission_id) is MailState.BOUNCED
