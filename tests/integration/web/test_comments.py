"""Reading, correcting and deciding comments."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.domain.access import Scope
from app.domain.audit import AuditAction
from app.domain.comment import CommentRecord
from app.domain.comment_form import ADDRESS, NAME, OPINION, Reading
from app.domain.envelope import Channel, Delivery, Part
from app.domain.findings import Finding
from app.domain.status import CommentStatus
from app.intake import correct, procedures
from app.intake.correct import CommentPatch
from app.intake.desk import Desk
from app.web import comments
from tests.builders import ADMIN, NOON, a_consultation, a_mail, an_envelope
from tests.integration.web.conftest import BODY, Visitor, on_both, recorded


@pytest.fixture
def address(record: CommentRecord) -> str:
    return f"/staff/comments/{record.receipt_number}"


def now(desk: Desk, record: CommentRecord) -> CommentRecord:
    found = desk.queries.comments.get(record.receipt_number)
    assert found is not None
    return found


def trail(desk: Desk, action: AuditAction) -> int:
    lines = desk.queries.audit.page(limit=100).items
    return sum(1 for each in lines if each.action is action)


def test_a_comment_is_shown_as_written_and_the_look_is_recorded(
    clerk: Visitor, desk: Desk, address: str
) -> None:
    answer = clerk.get(address)
    assert answer.status_code == 200
    assert "𠮷田 &lt;b&gt;花子&lt;/b&gt;" in answer.text
    assert "説明会を開いてください。\n\n  字下げした行です。" in answer.text
    assert "期限内" in answer.text
    assert "メールサーバーの受信時刻" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert trail(desk, AuditAction.COMMENT_VIEWED) == 1


def test_a_form_sent_back_untouched_changes_nothing(
    clerk: Visitor, desk: Desk, record: CommentRecord, address: str
) -> None:
    # A browser turns every line end into CR LF.
    typed = {OPINION: record.opinion.replace("\n", "\r\n"), NAME: str(record.submitter.name)}
    answer = clerk.post(f"{address}/corrections", clerk.marks(address) | typed)
    assert "変更はありませんでした" in answer.text
    assert now(desk, record) == record


@on_both
def test_a_correction_keeps_what_was_there_before(
    clerk: Visitor, desk: Desk, record: CommentRecord, address: str
) -> None:
    answer = clerk.post(
        f"{address}/corrections",
        clerk.marks(address)
        | {
            NAME: "𠮷田 花子",
            "/opinion_count": "2",
            "/submitter/phone": "",
            "/received_at": "2015-05-16T00:00:00",
        },
    )
    assert answer.status_code == 200
    assert answer.url.query == b"notice=corrected"
    changed = now(desk, record)
    assert changed.submitter.name == "𠮷田 花子"
    assert changed.opinion_count == 2
    assert changed.status is CommentStatus.LATE
    assert changed.corrections[NAME][0].value == "𠮷田 <b>花子</b>"
    assert "訂正の履歴（1）" in answer.text


def test_a_stale_correction_says_so_and_keeps_what_was_typed(
    clerk: Visitor, desk: Desk, record: CommentRecord, address: str
) -> None:
    opened = clerk.marks(address)
    patch = CommentPatch(changes={NAME: "別の職員の訂正", "/submitter/phone": "0166-00-0001"})
    correct.correct(desk, record.receipt_number, patch, revision=None, actor=ADMIN)
    typed = {
        NAME: "私の訂正",
        "/submitter/phone": str(record.submitter.phone or ""),
    }
    answer = clerk.post(f"{address}/corrections", opened | typed)
    assert answer.status_code == 409
    assert "ほかの人がこの意見書を変更しました" in answer.text
    assert "私の訂正" in answer.text
    assert "いま記録されている値" in answer.text
    assert "別の職員の訂正" in answer.text
    assert "0166-00-0001" in answer.text
    assert now(desk, record).submitter.name == "別の職員の訂正"


def test_after_comparing_only_what_this_person_changed_is_written(
    clerk: Visitor, desk: Desk, record: CommentRecord, address: str
) -> None:
    patch = CommentPatch(changes={"/submitter/phone": "0166-00-0001"})
    correct.correct(desk, record.receipt_number, patch, revision=None, actor=ADMIN)
    opened = clerk.marks(address)
    typed = {NAME: "私の訂正", "/submitter/phone": "0166-00-0001"}
    clerk.post(f"{address}/corrections", opened | typed)
    changed = now(desk, record)
    assert changed.submitter.name == "私の訂正"
    assert changed.submitter.phone == "0166-00-0001"


@pytest.mark.parametrize(
    ("pointer", "typed"),
    [
        ("/opinion_count", "many"),
        ("/opinion_count", ""),
        ("/received_at", ""),
        ("/received_at", "2015-13-01T00:00"),
        ("/submitter/name", "x" * 10_001),
        ("/submitter/name", "\x00"),
        ("/submitter/kind", "ghost"),
        ("/consultation", "no-such"),
    ],
)
def test_a_value_that_does_not_fit_is_pointed_out_and_nothing_is_written(
    clerk: Visitor, desk: Desk, record: CommentRecord, address: str, pointer: str, typed: str
) -> None:
    answer = clerk.post(f"{address}/corrections", clerk.marks(address) | {pointer: typed})
    assert answer.status_code == 422
    assert f'href="#{pointer.strip("/").replace("/", "-")}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert now(desk, record) == record


def test_a_decision_needs_a_reason(
    clerk: Visitor, desk: Desk, record: CommentRecord, address: str
) -> None:
    revision = {"revision": str(record.revision)}
    answer = clerk.post(f"{address}/decisions", revision | {"decision": "withdraw", "reason": " "})
    assert answer.status_code == 422
    assert 'value="withdraw" required checked' in answer.text
    answer = clerk.post(
        f"{address}/decisions", revision | {"decision": "withdraw", "reason": "本人の申出"}
    )
    assert answer.status_code == 200
    assert "本人の申出" in answer.text
    assert now(desk, record).status is CommentStatus.WITHDRAWN


def test_a_stale_decision_is_not_taken_and_its_reason_stays(
    clerk: Visitor, desk: Desk, record: CommentRecord, address: str
) -> None:
    patch = CommentPatch(changes={NAME: "別の職員の訂正"})
    correct.correct(desk, record.receipt_number, patch, revision=None, actor=ADMIN)
    answer = clerk.post(
        f"{address}/decisions",
        {"revision": str(record.revision), "decision": "withdraw", "reason": "本人の申出"},
    )
    assert answer.status_code == 409
    assert "本人の申出" in answer.text
    assert now(desk, record).decision is None


def test_nothing_is_accepted_before_its_consultation_is_known(clerk: Visitor, desk: Desk) -> None:
    unknown = recorded(desk, an_envelope(a_mail("氏名：北野 花子\r\n意見：何かの件です。")))
    assert unknown.consultation is None
    address = f"/staff/comments/{unknown.receipt_number}"
    assert 'value="accept" required disabled' in clerk.get(address).text
    answer = clerk.post(
        f"{address}/decisions",
        {"revision": str(unknown.revision), "decision": "accept", "reason": "よい"},
    )
    assert answer.status_code == 409


@on_both
def test_a_search_never_stands_in_an_address(
    clerk: Visitor, desk: Desk, record: CommentRecord
) -> None:
    answer = clerk.post("/staff/comments", {"q": "字下げ"})
    assert answer.url.query == b""
    assert record.receipt_number in answer.text
    assert 'value="字下げ"' in answer.text
    assert record.receipt_number not in clerk.post("/staff/comments", {"q": "見当たらない語"}).text
    listed = [
        each.detail
        for each in desk.queries.audit.page(limit=10).items
        if each.action is AuditAction.COMMENTS_LISTED
    ]
    assert listed == [
        {"words": True, "receipt_numbers": []},
        {"words": True, "receipt_numbers": [record.receipt_number]},
    ]


def test_a_receipt_number_leads_to_its_record(clerk: Visitor, record: CommentRecord) -> None:
    spoken = record.receipt_number.replace("-", " ")
    answer = clerk.post("/staff/comments", {"q": spoken})
    assert answer.url.path == f"/staff/comments/{record.receipt_number}"


def test_filters_have_an_address_of_their_own(clerk: Visitor, record: CommentRecord) -> None:
    chosen = {"q": "", "status": "accepted", "channel": "email", "consultation": "juki-pia-2015"}
    answer = clerk.post("/staff/comments", chosen)
    assert answer.url.query == b"consultation=juki-pia-2015&channel=email&status=accepted"
    assert record.receipt_number in answer.text
    assert record.receipt_number not in clerk.get("/staff/comments?status=late").text
    assert record.receipt_number not in clerk.get("/staff/comments?timeliness=early").text
    assert clerk.get("/staff/comments?status=nonsense").status_code == 404
    assert clerk.post("/staff/comments", {"q": "x" * 300}).status_code == 422


@on_both
def test_a_long_list_goes_on_page_by_page(
    clerk: Visitor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comments, "PAGE_SIZE", 1)
    numbers = [
        recorded(
            desk, an_envelope(a_mail(f"{BODY}{count}"), source_item=f"1:{count}")
        ).receipt_number
        for count in range(3)
    ]
    page = clerk.get("/staff/comments")
    seen = []
    while True:
        seen += [each for each in numbers if f">{each}<" in page.text]
        _, link, rest = page.text.partition('href="/staff/comments?cursor=')
        if not link:
            break
        page = clerk.get("/staff/comments?cursor=" + rest.partition('"')[0])
    assert seen == numbers[::-1]
    found = clerk.post("/staff/comments", {"q": "説明会"})
    assert 'name="cursor"' in found.text
    assert found.text.count('class="nowrap"') == 1


def test_who_may_not_review_sees_and_changes_nothing(
    holder: Callable[..., Visitor], address: str
) -> None:
    reader = holder(Scope.COMMENTS_READ)
    text = reader.get(address).text
    assert "訂正を保存する" not in text
    assert "判断を記録する" not in text
    assert reader.post(f"{address}/corrections", {"revision": "1"}).status_code == 403
    assert reader.post(f"{address}/decisions", {"revision": "1"}).status_code == 403


@on_both
def test_a_confined_key_sees_its_own_consultation_only(
    holder: Callable[..., Visitor], desk: Desk, record: CommentRecord, address: str
) -> None:
    other = a_consultation(code="other", measure_name="北星市高齢者福祉計画（素案）")
    procedures.create(desk, other, actor=ADMIN)
    scopes = (Scope.COMMENTS_READ, Scope.COMMENTS_REVIEW)
    own = holder(*scopes, consultations=frozenset({"juki-pia-2015"}))
    foreign = holder(*scopes, consultations=frozenset({"other"}))
    assert own.get(address).status_code == 200
    for path in (
        address,
        f"/staff/submissions/{record.submission_id}",
        "/staff/consultations/juki-pia-2015",
        "/staff/consultations/juki-pia-2015/form.pdf",
    ):
        assert foreign.get(path).status_code == 404, path
    assert record.receipt_number not in foreign.get("/staff/comments").text
    assert record.submission_id not in foreign.get("/staff/submissions").text
    assert "juki-pia-2015" not in foreign.get("/staff/consultations").text
    assert foreign.post(f"{address}/decisions", {"revision": "1"}).status_code == 404
    home = own.get("/staff").text
    assert "送信できなかったメール" not in home


def test_related_comments_are_pointed_out(clerk: Visitor, desk: Desk, address: str) -> None:
    twin = recorded(desk, an_envelope(a_mail(BODY, sender="taro@example.jp"), source_item="1:2"))
    text = clerk.get(address).text
    assert f"/staff/comments/{twin.receipt_number}" in text
    assert "同じ内容" in text


def test_what_a_rule_made_of_a_reading_stands_beside_it(
    clerk: Visitor, desk: Desk, record: CommentRecord, address: str
) -> None:
    read = replace(
        record,
        submitter=replace(record.submitter, name="髙橋花子", address="北星市東光6条"),
        readings={
            NAME: Reading(value="髙橋花子", source="ocr", confidence=0.6, page=1),
            ADDRESS: Reading(
                value="北星市東光6条", raw="北星市束光6条", source="ocr", confidence=0.9, page=1
            ),
        },
        findings=(
            Finding(code="variant_doubtful", field=NAME, data={"read": "髙", "other": "高"}),
            Finding(
                code="address_by_gazetteer",
                field=ADDRESS,
                data={"read": "束", "taken": "東", "town": "東光６条"},
            ),
        ),
    )
    desk.writer.run(lambda repositories: repositories.comments.change(read))
    text = clerk.get(address).text
    assert 'はじめの読取り：「<span class="written">北星市束光6条</span>」' in text
    assert "町名「東光６条」に照らして、「束」を「東」と直しました。" in text
    assert "「髙」と読みましたが、「高」かもしれません。" in text
    assert text.count('class="field field-low"') == 2


def test_paper_nobody_could_read_shows_its_findings_and_its_own_dates(
    clerk: Visitor, desk: Desk
) -> None:
    paper = recorded(
        desk,
        an_envelope(
            channel=Channel.MAIL,
            delivery=Delivery.HAND,
            received_at=NOON,
            source="",
            source_item=None,
            parts=(Part(filename="scan.pdf", media_type="application/pdf", data=b"junk"),),
        ),
    )
    address = f"/staff/comments/{paper.receipt_number}"
    text = clerk.get(address).text
    assert "要確認" in text
    assert "壊れていて読み取れません" in text or "形式のファイル" in text
    assert 'name="/postmarked_on"' in text
    assert 'name="/collected_at"' not in text
    answer = clerk.post(
        f"{address}/corrections",
        clerk.marks(address)
        | {
            "/consultation": "juki-pia-2015",
            "/submitter/kind": "organization",
            "/submitter/name": "北星市商店会",
            "/submitter/address": "北星市本町1丁目",
            "/submitter/category/code": "1",
            "/delivery": "post",
            "/postmarked_on": "2015-04-30",
            "/opinion": "\n先頭が空行の意見",
        },
    )
    assert answer.status_code == 200
    changed = now(desk, paper)
    assert changed.delivery is Delivery.POST
    assert changed.opinion == "\n先頭が空行の意見"
    assert changed.consultation == "juki-pia-2015"
    # The browser swallows the first line break behind the tag, so there are two.
    assert "\n\n先頭が空行の意見</textarea>" in answer.text
    assert (
        clerk.post(
            f"{address}/corrections", clerk.marks(address) | {"/opinion": "\n先頭が空行の意見"}
        ).url.query
        == b"notice=unchanged"
    )
