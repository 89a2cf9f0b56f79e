"""The answer to a correction request beside the comment it completes, and taking it over."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.domain.access import Scope
from app.domain.audit import AuditAction
from app.domain.comment import CommentRecord
from app.domain.comment_form import ADDRESS, OPINION, PHONE
from app.domain.errors import InvalidInput, NotFound, StaleRevision
from app.intake import take_over
from app.intake.desk import Desk
from tests.builders import ADMIN, a_mail, an_envelope
from tests.integration.intake.test_mail_with_files import NOTE, ROWS
from tests.integration.web.conftest import Visitor, on_both, read_everything, recorded
from tests.unit.email.attached import docx, mail_with, zipped_with_password
from tests.unit.email.test_locked_files import SECRET

ANSWER = "住所：北星市南5条6丁目7番地\n電話：0166-00-0000\n氏名：𠮷田 <b>花子</b>\n"


@pytest.fixture
def answer(desk: Desk, record: CommentRecord) -> CommentRecord:
    """An answer from the same writer that points to the record."""
    raw = a_mail(ANSWER, subject="Re: 補正")
    found = recorded(desk, an_envelope(raw, source_item="1:2"))
    changed = replace(found, corrects=record.receipt_number, revision=found.revision + 1)
    desk.writer.run(lambda repositories: repositories.comments.change(changed))
    return changed


@pytest.fixture
def address(record: CommentRecord) -> str:
    return f"/staff/comments/{record.receipt_number}"


def now(desk: Desk, record: CommentRecord) -> CommentRecord:
    found = desk.queries.comments.get(record.receipt_number)
    assert found is not None
    return found


def buttons(page: str) -> list[str]:
    return re.findall(r'name="field" value="([^"]+)"', page)


def test_an_answer_is_shown_beside_its_comment_where_it_differs(
    clerk: Visitor, desk: Desk, answer: CommentRecord, address: str
) -> None:
    page = clerk.get(address).text
    assert "補正の返信" in page
    assert "北星市南5条6丁目7番地" in page
    assert buttons(page) == [ADDRESS, PHONE]  # the name is the same
    seen = desk.queries.audit.page(receipt_number=answer.receipt_number, limit=50).items
    assert AuditAction.COMMENT_VIEWED in {each.action for each in seen}


@on_both
def test_one_button_takes_one_field_over_and_the_history_keeps_the_old(
    clerk: Visitor, desk: Desk, record: CommentRecord, answer: CommentRecord, address: str
) -> None:
    sent = {"revision": str(record.revision), "answer": answer.receipt_number, "field": ADDRESS}
    shown = clerk.post(f"{address}/taken-over", sent)
    assert shown.status_code == 200
    assert "補正の返信から取り込みました" in shown.text
    assert ADDRESS not in buttons(shown.text)
    changed = now(desk, record)
    assert changed.submitter.address == "北星市南5条6丁目7番地"
    assert changed.submitter.phone is None
    assert changed.opinion == record.opinion
    assert changed.corrections[ADDRESS][0].value == record.submitter.address
    assert now(desk, answer) == answer
    lines = desk.queries.audit.page(receipt_number=record.receipt_number, limit=50).items
    [line] = [each for each in lines if each.action is AuditAction.COMMENT_CORRECTED]
    assert line.detail["taken_from"] == answer.receipt_number


def test_what_an_answer_does_not_say_or_does_not_answer_is_not_taken(
    desk: Desk, record: CommentRecord, answer: CommentRecord
) -> None:
    def take(pointer: str, number: str, revision: int | None = None) -> None:
        take_over.take_over(
            desk, record.receipt_number, pointer, answer=number, revision=revision, actor=ADMIN
        )

    with pytest.raises(InvalidInput):
        take(OPINION, answer.receipt_number)
    with pytest.raises(InvalidInput):
        take("/received_at", answer.receipt_number)
    with pytest.raises(NotFound):
        take(ADDRESS, record.receipt_number)
    with pytest.raises(NotFound):
        take(ADDRESS, "000-000000-0")
    with pytest.raises(StaleRevision):
        take(ADDRESS, answer.receipt_number, revision=99)
    assert now(desk, record) == record


def test_a_stale_button_says_so_and_changes_nothing(
    clerk: Visitor, desk: Desk, record: CommentRecord, answer: CommentRecord, address: str
) -> None:
    sent = {"revision": "99", "answer": answer.receipt_number, "field": ADDRESS}
    shown = clerk.post(f"{address}/taken-over", sent)
    assert "ほかの人がこの意見書を変更しました" in shown.text
    assert now(desk, record) == record


def test_who_may_only_read_sees_the_answer_and_no_button(
    holder: Callable[..., Visitor], answer: CommentRecord, record: CommentRecord, address: str
) -> None:
    reader = holder(Scope.COMMENTS_READ)
    page = reader.get(address).text
    assert "北星市南5条6丁目7番地" in page
    assert buttons(page) == []
    sent = {
        "revision": str(record.revision),
        "answer": answer.receipt_number,
        "field": ADDRESS,
    }
    assert reader.post(f"{address}/taken-over", sent).status_code == 403


def test_what_a_password_opened_is_taken_over_by_a_person_on_the_page_of_the_arrival(
    clerk: Visitor, desk: Desk
) -> None:
    packed = zipped_with_password({"意見書.docx": docx(ROWS)}, SECRET.encode())
    raw = mail_with(f"{NOTE}\nパスワード：{SECRET}", {"意見書.zip": packed})
    found = recorded(desk, an_envelope(raw, source_item="1:3"))
    address = f"/staff/submissions/{found.submission_id}"
    page = clerk.get(address).text
    assert "開いた内容を取り込む" in page
    assert "意見書.docx" in page
    chosen = {"decision": "confirm_opened", "reason": "中身を確かめた"}
    assert clerk.post(f"{address}/decisions", chosen).status_code == 200
    read_everything(desk)
    assert now(desk, found).submitter.name == "北野 花子"
    page = clerk.get(address).text
    assert "開いた内容を取り込む" not in page
    assert clerk.post(f"{address}/decisions", chosen).status_code == 409
