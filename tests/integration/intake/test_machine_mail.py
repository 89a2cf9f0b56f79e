"""What an office machine mails, from the mailbox to its record, over both databases."""

import threading

import pytest
from fastapi.testclient import TestClient

from app.channels.email.machines import MachineRule
from app.channels.email.mailbox import Mailbox
from app.domain.comment import CommentRecord
from app.domain.consultation import Consultation
from app.domain.envelope import Channel, Delivery, DocumentRole
from app.domain.status import CommentStatus, SubmissionState
from app.domain.submission import Lane
from app.intake import procedures
from app.intake.desk import Desk
from app.jobs.poller import Poller
from app.jobs.reception import DeskReception
from app.recognition.filled_form import as_fax_tiff
from tests.builders import ADMIN, NOON, a_consultation
from tests.integration.api.conftest import BOOTSTRAP, application_over
from tests.integration.intake.test_paper import ANSWERS, codes, pages
from tests.integration.intake.test_receive_and_read import read_all
from tests.integration.test_poller import mail, mailbox_of
from tests.servers.dovecot import ImapAccount
from tests.unit.email.test_machines import from_machine

RULE = MachineRule(name="市民課の複合機", channel=Channel.FAX, sender="fax-1@city.example.jp")


@pytest.fixture
def consultation(desk: Desk) -> Consultation:
    return procedures.create(desk, a_consultation(), actor=ADMIN)


@pytest.fixture
def raw(consultation: Consultation) -> bytes:
    """A fax as a machine mails it: our form, and a page less than it says."""
    return from_machine(
        "本機は返信を受け付けません。", {"0001.tif": as_fax_tiff(pages(consultation))}
    )


def the_comment(desk: Desk, submission_id: str) -> CommentRecord:
    read_all(desk, Lane.LIGHT)
    read_all(desk, Lane.OCR)
    submission = desk.queries.submissions.get(submission_id)
    assert submission is not None
    assert submission.state is SubmissionState.DONE
    [record] = desk.queries.comments.of_submission(submission_id)
    return record


def test_a_polled_mail_of_a_machine_is_a_fax_and_one_mail_of_its_folder(
    desk: Desk, raw: bytes, dovecot: ImapAccount
) -> None:
    dovecot.append("INBOX", raw, internal_date=NOON)
    dovecot.append("INBOX", mail(2), internal_date=NOON)
    settings = mailbox_of(dovecot, machines=(RULE,))
    poller = Poller(settings, DeskReception(desk), poll_seconds=60, stop=threading.Event())
    with Mailbox(settings) as mailbox:
        assert poller.poll(mailbox) == 2
        assert poller.poll(mailbox) == 0
    [fax] = [
        each for each in desk.queries.submissions.page(limit=5).items if each.channel is Channel.FAX
    ]
    record = the_comment(desk, fax.id)
    assert record.channel is Channel.FAX
    assert record.status is CommentStatus.NEEDS_REVIEW
    assert record.submitter.name == ANSWERS["/submitter/name"]
    assert record.submitter.email is None
    assert {"machine_mail", "machine_mail_text", "pages_missing"} <= set(codes(record))
    [original, attached, *images] = desk.queries.submissions.documents(fax.id)
    assert (original.role, original.size) == (DocumentRole.ORIGINAL, len(raw))
    assert (attached.role, attached.filename) == (DocumentRole.ATTACHMENT, "0001.tif")
    assert {each.role for each in images} == {DocumentRole.PAGE_IMAGE}
    [balance] = desk.queries.ledger.summary()
    assert (balance.channel, balance.source) == (Channel.EMAIL, "koho/INBOX")
    assert (balance.seen, balance.recorded, balance.missing) == (2, 2, 0)
    assert desk.queries.outbox.of_subject(fax.id) == ()


def test_a_gateway_may_say_that_a_machine_sent_it(desk: Desk) -> None:
    raw = from_machine("", {"0001.tif": b"II*"})
    headers = {"Authorization": f"Bearer {BOOTSTRAP}", "Content-Type": "message/rfc822"}
    client = TestClient(application_over(desk), headers=headers)
    query = {
        "internal_date": "2015-05-01T12:00:00+09:00",
        "mailbox": "koho",
        "folder": "INBOX",
        "uidvalidity": "1",
        "uid": "1",
        "channel": "mail",
        "delivery": "hand",
        "machine": "窓口の複合機",
        "machine_evidence": "from",
    }
    posted = [client.post("/api/v1/intake/emails", params=query, content=raw) for _ in range(2)]
    assert [each.status_code for each in posted] == [202, 200]
    [submission_id] = {each.json()["submission_id"] for each in posted}
    submission = desk.queries.submissions.get(submission_id)
    assert submission is not None
    assert (submission.channel, submission.delivery) == (Channel.MAIL, Delivery.HAND)
    assert submission.lane is Lane.OCR
    assert submission.facts["machine"] == "窓口の複合機"
    assert submission.announced is None
    [balance] = desk.queries.ledger.summary()
    assert (balance.channel, balance.seen, balance.missing) == (Channel.EMAIL, 1, 0)


@pytest.mark.parametrize(
    ("said", "problems"),
    [
        ({"channel": "fax"}, [("/machine", "required")]),
        ({"machine": "m"}, [("/machine", "only_for_machine_mail")]),
        ({"channel": "mail", "machine": "m"}, [("/delivery", "required")]),
        (
            {"channel": "fax", "machine": "m", "delivery": "post"},
            [("/delivery", "only_for_paper_mail")],
        ),
        ({"channel": "email", "machine": "m"}, [("/channel", "invalid_choice")]),
    ],
)
def test_what_is_said_of_a_machine_must_fit_together(
    desk: Desk, said: dict[str, str], problems: list[tuple[str, str]]
) -> None:
    headers = {"Authorization": f"Bearer {BOOTSTRAP}", "Content-Type": "message/rfc822"}
    client = TestClient(application_over(desk), headers=headers)
    query = {"internal_date": "2015-05-01T12:00:00+09:00", **said}
    answer = client.post("/api/v1/intake/emails", params=query, content=b"Subject: a\r\n\r\nb")
    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == problems
