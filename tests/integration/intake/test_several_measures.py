"""One mail with comments on several measures, from its bytes to its records."""

from collections.abc import Iterator

import pytest

from app.domain.comment import CommentRecord
from app.domain.measure import MeasureVerdict
from app.domain.status import CommentStatus, SubmissionDecision
from app.domain.submission import Lane
from app.intake import decide, procedures, read
from app.intake.desk import Desk
from app.main import open_desk
from app.settings import Notices, Settings
from tests.builders import ADMIN, a_consultation, a_mail
from tests.integration.conftest import Clock
from tests.integration.test_mailing import arrive, send_all
from tests.servers.smtp import SmtpServer
from tests.unit.domain.test_several_forms import BOTH, FIRST, PLAN, RULES, SECOND, WHO
from tests.unit.email.attached import docx, mail_with, xlsx

ROWS = [("住所", "北星市中央2条3丁目4番地"), ("氏名", "北野 花子"), ("区分", "1")]


@pytest.fixture
def mailing(settings: Settings, clock: Clock, smtp_server: SmtpServer) -> Iterator[Desk]:
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
        drafts(desk)
        yield desk


def drafts(desk: Desk) -> None:
    for number, (code, name) in enumerate((("plan", PLAN), ("rules", RULES)), start=1):
        draft = a_consultation(code=code, number=number, measure_name=name)
        procedures.create(desk, draft, actor=ADMIN)


def recorded(desk: Desk, raw: bytes) -> list[CommentRecord]:
    return list(desk.queries.comments.of_submission(arrive(desk, raw)))


def codes(record: CommentRecord) -> set[str]:
    return {each.code for each in record.findings}


def said(records: list[CommentRecord]) -> list[tuple[str | None, str]]:
    return [(each.consultation, each.opinion) for each in records]


def test_two_measures_in_one_mail_are_two_linked_records_and_one_receipt(
    mailing: Desk, smtp_server: SmtpServer
) -> None:
    first, second = recorded(mailing, a_mail(WHO + FIRST + SECOND))
    assert said([first, second]) == [("plan", BOTH[0][1]), ("rules", BOTH[1][1])]
    assert first.receipt_number != second.receipt_number
    assert {each.status for each in (first, second)} == {CommentStatus.ACCEPTED}
    assert codes(first) == codes(second) == {"one_of_several"}
    assert {each.submitter.email for each in (first, second)} == {"hanako@example.jp"}
    for one, other in ((first, second), (second, first)):
        (related,) = mailing.queries.comments.related(one)
        assert (related.receipt_number, related.relation) == (
            other.receipt_number,
            "same_submission",
        )
    assert send_all(mailing) == 1
    (receipt,) = smtp_server.delivered
    for record in (first, second):
        assert record.receipt_number in receipt.message.get_content()
        assert record.receipt_number in receipt.message["Subject"]
    summary = mailing.queries.ledger.summary()
    assert all(each.missing == 0 for each in summary)


def test_reading_again_keeps_both_numbers(mailing: Desk) -> None:
    before = recorded(mailing, a_mail(WHO + FIRST + SECOND))
    decide.decide_submission(
        mailing,
        before[0].submission_id,
        SubmissionDecision.REPLAY,
        reason="もう一度",
        actor=ADMIN,
    )
    after = recorded_again(mailing, before[0].submission_id)
    assert [each.receipt_number for each in after] == [each.receipt_number for each in before]
    assert said(after) == said(before)


def recorded_again(desk: Desk, submission_id: str) -> list[CommentRecord]:
    claimed = read.claim(desk, Lane.LIGHT, worker="test")
    assert claimed is not None
    read.read(desk, claimed.id, worker="test")
    return list(desk.queries.comments.of_submission(submission_id))


def test_two_attached_forms_for_two_measures_are_two_records(desk: Desk) -> None:
    drafts(desk)
    files = {
        "計画.docx": docx([*ROWS, ("案の名称", PLAN), ("意見", "木を植えて。")]),
        "条例.xlsx": xlsx([("案の名称", RULES), ("意見", "犬も入れて。")]),
    }
    records = recorded(desk, mail_with("2件の意見書を添付します。", files))
    assert said(records) == [("plan", "木を植えて。"), ("rules", "犬も入れて。")]
    assert [each.submitter.name for each in records] == ["北野 花子", "北野 花子"]
    assert [each.status for each in records] == [CommentStatus.ACCEPTED] * 2


def test_one_attached_file_may_hold_two_forms(desk: Desk) -> None:
    drafts(desk)
    text = (WHO + FIRST + SECOND).encode()
    records = recorded(desk, mail_with("意見書を添付します。", {"意見.txt": text}))
    assert said(records) == [("plan", BOTH[0][1]), ("rules", BOTH[1][1])]


def test_a_comment_in_the_mail_and_another_attached_are_two(desk: Desk) -> None:
    drafts(desk)
    files = {"条例.docx": docx([("案の名称", RULES), ("意見", "犬も入れて。")])}
    records = recorded(desk, mail_with(WHO + FIRST, files))
    assert said(records) == [("plan", BOTH[0][1]), ("rules", "犬も入れて。")]


def test_headings_with_the_names_of_drafts_part_a_mail_too(desk: Desk) -> None:
    drafts(desk)
    text = f"１．{PLAN}について\n木を植えて。\n\n２．{RULES}について\n犬も入れて。\n"
    records = recorded(desk, a_mail(WHO + "ご意見：\n" + text))
    assert [each.consultation for each in records] == ["plan", "rules"]
    assert [each.submitter.name for each in records] == ["北野 花子"] * 2
    assert "木を植えて" not in records[1].opinion


@pytest.mark.parametrize(
    "text",
    [
        f"案の名称：{PLAN}\n案の名称：{RULES}\nご意見：両方に反対です。\n",
        f"案の名称：{PLAN}、{RULES}\nご意見：両方に反対です。\n",
        f"ご意見：\n{PLAN}と\n{RULES}の\n両方に反対です。\n",
    ],
    ids=["two labels", "one label", "no label"],
)
def test_two_names_above_one_opinion_are_shown_and_none_is_chosen(desk: Desk, text: str) -> None:
    drafts(desk)
    (record,) = recorded(desk, a_mail(WHO + text))
    assert record.status is CommentStatus.NEEDS_REVIEW
    assert record.consultation is None
    assert record.measure.verdict is not MeasureVerdict.MATCH
    shown = str([dict(each.data) for each in record.findings])
    assert PLAN in shown
    assert RULES in shown


def test_a_second_name_that_is_no_draft_of_ours_is_not_guessed_away(desk: Desk) -> None:
    drafts(desk)
    other = SECOND.replace(RULES, "隣町の総合計画（案）")
    (record,) = recorded(desk, a_mail(WHO + FIRST + other))
    assert record.consultation is None
    assert record.status is CommentStatus.NEEDS_REVIEW
    assert "several_measures" in codes(record)


def test_a_large_mail_is_parted_like_a_small_one(desk: Desk) -> None:
    drafts(desk)
    files = {"図.bin": b"\x00" * 400_000}
    records = recorded(desk, mail_with(WHO + FIRST + SECOND, files))
    assert said(records) == [("plan", BOTH[0][1]), ("rules", BOTH[1][1])]
