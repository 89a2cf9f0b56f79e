"""Handing in scans."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from app.domain.access import Scope
from app.domain.drop_box import DropBox
from app.domain.envelope import Channel, Delivery
from app.domain.wording import PROBLEMS
from app.intake import drop_boxes
from app.intake.desk import Desk
from tests.builders import ADMIN
from tests.integration.web.conftest import Visitor, on_both

FILES = [
    ("files", ("one.pdf", b"%PDF-1.4 one", "application/pdf")),
    ("files", ("two.png", b"not a picture", "image/png")),
]
BY_HAND = {"channel": "mail", "delivery": "hand", "received_at": "2015-05-01T11:30"}


def submission_of(address: str) -> str:
    return address.partition("?")[0].rpartition("/")[2]


def test_a_time_typed_as_the_message_says_is_understood(clerk: Visitor, desk: Desk) -> None:
    example = PROBLEMS["moment_invalid"][0].removeprefix("日時を、").partition(" のように")[0]
    typed = example.replace("2026", "2015")
    answer = clerk.post("/staff/upload", BY_HAND | {"received_at": typed}, files=FILES)

    assert answer.status_code == 200
    found = desk.queries.submissions.get(submission_of(str(answer.url)))
    assert found is not None
    assert found.received_at == datetime(2015, 11, 23, 8, 15, tzinfo=UTC)


def test_an_upload_is_one_arrival_with_all_its_files(clerk: Visitor, desk: Desk) -> None:
    answer = clerk.post(
        "/staff/upload",
        {
            "channel": "mail",
            "delivery": "post",
            "received_at": "2015-05-01T11:30:05",
            "postmarked_on": "2015-04-30",
            "declared_count": "2",
            "consultation": "juki-pia-2015",
        },
        files=FILES,
    )
    assert answer.status_code == 200
    assert "預かりました" in answer.text
    found = desk.queries.submissions.get(submission_of(str(answer.url)))
    assert found is not None
    assert (found.channel, found.delivery) == (Channel.MAIL, Delivery.POST)
    assert found.received_at == datetime(2015, 5, 1, 2, 30, 5, tzinfo=UTC)
    assert found.postmarked_on == date(2015, 4, 30)
    assert found.announced == 2
    assert found.source == f"scan {found.id}"
    documents = desk.queries.submissions.documents(found.id)
    assert [each.filename for each in documents] == ["one.pdf", "two.png"]


@pytest.mark.parametrize(
    ("checked", "words"),
    [("12", "はじめの12ページだけ"), ("0", "画質は、読取りのときに確かめます")],
)
def test_an_upload_that_was_looked_at_in_part_says_so(
    clerk: Visitor, checked: str, words: str
) -> None:
    answer = clerk.post("/staff/upload", BY_HAND, files=FILES)
    address = str(answer.url).partition("?")[0]
    assert words in clerk.get(f"{address}?checked={checked}").text
    assert words in clerk.get(f"/staff/upload/{submission_of(address)}?checked={checked}").text


def test_the_same_files_again_lead_to_the_first_arrival(clerk: Visitor) -> None:
    first = clerk.post("/staff/upload", BY_HAND, files=FILES)
    again = clerk.post("/staff/upload", BY_HAND, files=FILES)
    assert submission_of(str(first.url)) == submission_of(str(again.url))
    assert "既に届いています" in again.text


def test_what_is_wrong_is_said_all_at_once_and_what_was_typed_stays(
    clerk: Visitor, desk: Desk
) -> None:
    answer = clerk.post(
        "/staff/upload",
        {
            "channel": "mail",
            "received_at": "yesterday",
            "declared_count": "three",
            "consultation": "juki-pia-2015",
        },
    )
    assert answer.status_code == 422
    for name in ("files", "delivery", "received_at", "declared_count"):
        assert f'href="#{name}"' in answer.text
    assert 'value="three"' in answer.text
    assert '<option value="juki-pia-2015" selected>' in answer.text
    assert desk.queries.submissions.page(limit=1).items == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": "fax"},
        {"channel": "carrier pigeon"},
        {"received_at": ""},
        {"received_at": "0001-01-01T00:00"},
        {"received_at": "2015-02-30T00:00"},
        {"delivery": "post", "postmarked_on": "30/04/2015"},
        {"delivery": "post", "postmarked_on": "2015-04-31"},
        {"delivery": "post", "postmarked_on": "9999-12-31"},
        {"declared_count": "9" * 12},
        {"declared_count": "-1"},
        {"consultation": "no-such"},
        {"consultation": "x" * 20_000},
    ],
)
def test_nonsense_is_refused_on_the_page(clerk: Visitor, changes: dict[str, str]) -> None:
    answer = clerk.post("/staff/upload", BY_HAND | changes, files=FILES)
    assert answer.status_code == 422
    assert "入力内容を確認してください" in answer.text


@on_both
def test_a_new_round_is_recorded_together_with_its_scans(clerk: Visitor, desk: Desk) -> None:
    clerk.post("/staff/drop-boxes", {"code": "kamui-branch", "name": "神居支所"})
    answer = clerk.post(
        "/staff/upload",
        {
            "channel": "drop_box",
            "received_at": "2015-05-01T11:30",
            "collection_id": "new",
            "drop_box": "kamui-branch",
            "collected_at": "2015-05-01T09:00",
            "collected_by": "受付 一郎\r\n受付 二子\r\n",
            "seal_removed": "A-1",
            "seal_applied": "A-2",
            "slip_count": "3",
        },
        files=FILES,
    )
    assert answer.status_code == 200
    assert "神居支所" in answer.text
    [counted] = desk.queries.drop_boxes.collections()
    assert counted.collection.collected_by == ("受付 一郎", "受付 二子")
    assert counted.collection.collected_at == datetime(2015, 5, 1, 0, 0, tzinfo=UTC)
    found = desk.queries.submissions.get(submission_of(str(answer.url)))
    assert found is not None
    assert found.collection_id == counted.collection.id
    assert found.drop_box == "kamui-branch"
    page = clerk.get("/staff/drop-boxes").text
    assert "不足 3" in page
    assert "神居支所" in clerk.get("/staff/upload").text


def test_a_round_that_is_not_whole_is_not_recorded(clerk: Visitor, desk: Desk) -> None:
    drop_boxes.create(desk, DropBox(code="b", name="神居支所"), actor=ADMIN)
    answer = clerk.post(
        "/staff/upload",
        {
            "channel": "drop_box",
            "received_at": "2015-05-01T11:30",
            "collection_id": "new",
            "collected_by": "\n".join("人" * 20),
            "slip_count": "x",
        },
        files=FILES,
    )
    assert answer.status_code == 422
    for name in ("drop_box", "collected_at", "collected_by", "slip_count"):
        assert f'href="#{name}"' in answer.text
    assert desk.queries.drop_boxes.collections() == ()


def test_a_refused_upload_does_not_record_its_round_twice(clerk: Visitor, desk: Desk) -> None:
    drop_boxes.create(desk, DropBox(code="b", name="神居支所"), actor=ADMIN)
    answer = clerk.post(
        "/staff/upload",
        {
            "channel": "drop_box",
            "received_at": "2015-05-01T11:30",
            "consultation": "no-such",
            "collection_id": "new",
            "drop_box": "b",
            "collected_at": "2015-05-01T09:00",
        },
        files=FILES,
    )
    assert answer.status_code == 422
    [counted] = desk.queries.drop_boxes.collections()
    assert f'<option value="{counted.collection.id}" selected>' in answer.text


def test_a_box_scan_may_come_without_its_round(clerk: Visitor, desk: Desk) -> None:
    answer = clerk.post(
        "/staff/upload", {"channel": "drop_box", "received_at": "2015-05-01T11:30"}, files=FILES
    )
    found = desk.queries.submissions.get(submission_of(str(answer.url)))
    assert found is not None
    assert found.collection_id is None


@pytest.mark.parametrize("code", ["", "with space", "x" * 70, "../up"])
def test_a_box_needs_a_proper_code(clerk: Visitor, code: str) -> None:
    answer = clerk.post("/staff/drop-boxes", {"code": code, "name": "神居支所"})
    assert answer.status_code == 422
    assert "神居支所" in answer.text


def test_a_known_box_is_not_made_again(clerk: Visitor) -> None:
    box = {"code": "b", "name": "神居支所"}
    assert clerk.post("/staff/drop-boxes", box).status_code == 200
    assert clerk.post("/staff/drop-boxes", box).status_code == 409


def test_who_only_scans_sees_that_it_arrived_and_nothing_else(
    holder: Callable[..., Visitor],
) -> None:
    scanner = holder(Scope.INTAKE_SCAN)
    answer = scanner.post("/staff/upload", BY_HAND, files=FILES)
    assert answer.status_code == 200
    assert answer.url.path.startswith("/staff/upload/")
    submission_id = submission_of(str(answer.url))
    assert submission_id in answer.text
    assert "one.pdf" not in answer.text
    assert scanner.get(f"/staff/submissions/{submission_id}").status_code == 403
    assert scanner.get("/staff/comments").status_code == 403
    assert scanner.get("/staff/ledger").status_code == 403
    home = scanner.get("/staff").text
    assert "/staff/comments" not in home
    assert "/staff/upload" in home


def test_a_confined_key_names_its_consultation(holder: Callable[..., Visitor], desk: Desk) -> None:
    confined = holder(Scope.INTAKE_SCAN, consultations=frozenset({"juki-pia-2015"}))
    assert confined.post("/staff/upload", BY_HAND, files=FILES).status_code == 422
    answer = confined.post(
        "/staff/upload", BY_HAND | {"consultation": "juki-pia-2015"}, files=FILES
    )
    assert answer.status_code == 200
    assert confined.post("/staff/drop-boxes", {"code": "b", "name": "x"}).status_code == 403
    assert confined.get("/staff/upload/no-such").status_code == 404
    assert desk.queries.drop_boxes.boxes() == ()


def test_who_only_reads_cannot_upload(holder: Callable[..., Visitor]) -> None:
    reader = holder(Scope.COMMENTS_READ)
    assert reader.get("/staff/upload").status_code == 403
    assert reader.post("/staff/upload", BY_HAND, files=FILES).status_code == 403
