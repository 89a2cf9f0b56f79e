"""A file with a password in one mail, the password in another, and the person between them."""

import logging

import pytest

from app.domain.comment import CommentRecord
from app.domain.errors import IllegalTransition
from app.domain.outgoing import MailKind
from app.domain.status import CommentStatus, SubmissionDecision, SubmissionState
from app.domain.submission import Lane
from app.intake import correct, decide, procedures, read
from app.intake.correct import CommentPatch
from app.intake.desk import Desk
from app.intake.receive import receive
from tests.builders import ADMIN, a_consultation, a_mail, an_envelope
from tests.integration.conftest import Clock
from tests.integration.intake.test_mail_with_files import NOTE, ROWS
from tests.integration.intake.test_several_measures import mailing  # noqa: F401 - a fixture
from tests.integration.test_corrections_by_mail import sent
from tests.integration.test_mailing import send_all
from tests.servers.smtp import SmtpServer
from tests.unit.email.attached import docx, mail_with, zipped_with_password
from tests.unit.email.test_locked_files import SECRET

BRINGS = f"先ほどお送りしたファイルのパスワードは次のとおりです。\n\nパスワード：{SECRET}\n"


def locked_mail(text: str = NOTE) -> bytes:
    packed = zipped_with_password({"意見書.docx": docx(ROWS)}, SECRET.encode())
    return mail_with(text, {"意見書.zip": packed})


def arrive(desk: Desk, raw: bytes, item: str) -> str:
    submission_id = receive(desk, an_envelope(raw, source_item=item), actor=ADMIN).submission_id
    read_all(desk)
    return submission_id


def read_all(desk: Desk) -> int:
    count = 0
    while (claimed := read.claim(desk, Lane.LIGHT, worker="test")) is not None:
        read.read(desk, claimed.id, worker="test")
        count += 1
        assert count < 10
    return count


def only(desk: Desk, submission_id: str) -> CommentRecord:
    (record,) = desk.queries.comments.of_submission(submission_id)
    return record


def codes(record: CommentRecord) -> set[str]:
    return {each.code for each in record.findings}


def confirm(desk: Desk, submission_id: str) -> None:
    decide.decide_submission(
        desk,
        submission_id,
        SubmissionDecision.CONFIRM_OPENED,
        reason="中身を確かめた",
        actor=ADMIN,
    )
    read_all(desk)


def test_the_sender_is_asked_for_an_open_file(
    mailing: Desk,  # noqa: F811 - the fixture
    smtp_server: SmtpServer,
) -> None:
    first = arrive(mailing, locked_mail(), "1:1")
    record = only(mailing, first)
    assert "attachment_encrypted" in codes(record)
    assert record.status is CommentStatus.NEEDS_REVIEW
    send_all(mailing)
    told = sent(smtp_server, MailKind.ACKNOWLEDGEMENT).message.get_content()
    assert "パスワードのかかっていない添付ファイル" in told


def test_the_password_of_a_later_mail_opens_it_and_a_person_takes_it_over(
    desk: Desk, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    procedures.create(desk, a_consultation(), actor=ADMIN)
    first = arrive(desk, locked_mail(), "1:1")
    before = only(desk, first)
    clock.pass_by(hours=1)
    second = arrive(desk, a_mail(BRINGS, subject="パスワード"), "1:2")

    proposed = only(desk, first)
    assert proposed.receipt_number == before.receipt_number
    assert "attachment_opened" in codes(proposed)
    assert "attachment_encrypted" not in codes(proposed)
    assert proposed.submitter.name is None
    assert proposed.status is CommentStatus.NEEDS_REVIEW
    files = [each.filename for each in desk.queries.submissions.documents(first)]
    assert files[1:] == ["意見書.zip", "意見書.docx"]

    bringing = only(desk, second)
    assert bringing.corrects == proposed.receipt_number
    assert "brings_password" in codes(bringing)
    assert bringing.status is not CommentStatus.ACCEPTED
    assert "correction_arrived" in codes(proposed)

    confirm(desk, first)
    taken = only(desk, first)
    assert taken.submitter.name == "北野 花子"
    assert taken.opinion == "説明会を開いてください。"
    assert "attachment_opened" not in codes(taken)
    assert "opened_confirmed" in codes(taken)
    assert SECRET not in caplog.text
    trail = desk.queries.audit.page(submission_id=first, limit=50).items
    assert SECRET not in repr(trail)
    assert SECRET not in repr(taken)


def test_the_password_of_an_earlier_mail_or_of_the_same_is_tried_too(
    desk: Desk, clock: Clock
) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    arrive(desk, a_mail(BRINGS, subject="パスワード"), "1:1")
    clock.pass_by(hours=1)
    late = arrive(desk, locked_mail(), "1:2")
    assert "attachment_opened" in codes(only(desk, late))
    clock.pass_by(hours=1)
    same = arrive(desk, locked_mail(f"{NOTE}\nパスワード：{SECRET}"), "1:3")
    assert "attachment_opened" in codes(only(desk, same))
    assert read_all(desk) == 0


@pytest.mark.parametrize("why", ["another sender", "too late", "a wrong one"])
def test_what_does_not_belong_to_it_leaves_it_locked(desk: Desk, clock: Clock, why: str) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    first = arrive(desk, locked_mail(), "1:1")
    clock.pass_by(days=15 if why == "too late" else 0, hours=1)
    text = BRINGS.replace(SECRET, "Minami-3") if why == "a wrong one" else BRINGS
    sender = "jiro@example.jp" if why == "another sender" else "hanako@example.jp"
    raw = a_mail(text, sender=sender)
    receive(
        desk,
        an_envelope(raw, source_item="1:2", received_at=desk.clock()),
        actor=ADMIN,
    )
    read_all(desk)
    assert "attachment_encrypted" in codes(only(desk, first))
    with pytest.raises(IllegalTransition):
        confirm(desk, first)


def test_what_a_person_typed_stays_and_the_record_says_that_it_opened(desk: Desk) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    first = arrive(desk, locked_mail(), "1:1")
    patch = CommentPatch(changes={"/submitter/name": "北野 花代"})
    number = only(desk, first).receipt_number
    correct.correct(desk, number, patch, revision=None, actor=ADMIN)
    arrive(desk, a_mail(BRINGS), "1:2")
    record = only(desk, first)
    assert record.submitter.name == "北野 花代"
    assert "attachment_opened" in codes(record)


def test_an_automatic_mail_with_the_password_is_ignored_and_still_opens_it(desk: Desk) -> None:
    procedures.create(desk, a_consultation(), actor=ADMIN)
    first = arrive(desk, locked_mail(), "1:1")
    raw = a_mail(BRINGS).replace(b"To: ", b"Auto-Submitted: auto-generated\r\nTo: ", 1)
    second = arrive(desk, raw, "1:2")
    ignored = desk.queries.submissions.get(second)
    assert ignored is not None
    assert ignored.state is SubmissionState.IGNORED
    assert "attachment_opened" in codes(only(desk, first))
