"""Looking at comments, correcting them, deciding on them."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from tests.integration.api.conftest import CODE, SUBMITTER, Keys, an_application, codes

POST = f"/api/v1/consultations/{CODE}/comments"
COMMENTS = "/api/v1/comments"
MERGE = "application/merge-patch+json"
pytestmark = pytest.mark.usefixtures("consultation")


@pytest.fixture
def comment(client: TestClient) -> dict[str, Any]:
    answer = client.post(POST, json=an_application())
    whole: dict[str, Any] = answer.json()
    return whole


def correct(client: TestClient, number: str, patch: object, etag: str | None = '"1"') -> Response:
    headers = {"Content-Type": MERGE} | ({"If-Match": etag} if etag else {})
    return client.patch(f"{COMMENTS}/{number}", json=patch, headers=headers)


def test_a_correction_keeps_what_was_there_before(
    client: TestClient, comment: dict[str, Any]
) -> None:
    number = comment["receipt_number"]
    answer = correct(
        client,
        number,
        {"submitter": {"name": "南野 花子", "category": {"code": "2", "detail": "南野商店"}}},
    )

    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"2"'
    changed = answer.json()
    assert changed["submitter"]["name"] == "南野 花子"
    assert changed["submitter"]["category"] == {"code": "2", "detail": "南野商店"}
    assert changed["submitter"]["address"] == SUBMITTER["address"]
    history = changed["readings"]["/submitter/name"]["history"]
    assert [(each["value"], each["new_value"], each["by"]) for each in history] == [
        ("北野 花子", "南野 花子", "bootstrap")
    ]
    trail = client.get("/api/v1/audit", params={"receipt_number": number}).json()["items"]
    assert trail[0]["action"] == "comment_corrected"
    assert trail[0]["detail"]["fields"]["/submitter/name"]["value"] == "北野 花子"


def test_a_correction_without_the_revision_is_refused(
    client: TestClient, comment: dict[str, Any]
) -> None:
    answer = correct(client, comment["receipt_number"], {"opinion_count": 2}, etag=None)

    assert answer.status_code == 428
    assert answer.json()["code"] == "precondition_required"


@pytest.mark.parametrize("etag", ['"0"', 'W/"1"', "1", "nonsense"])
def test_a_correction_of_a_stale_revision_is_refused(
    client: TestClient, comment: dict[str, Any], etag: str
) -> None:
    answer = correct(client, comment["receipt_number"], {"opinion_count": 2}, etag=etag)

    assert answer.status_code == 412


@pytest.mark.parametrize("etag", ["*", '"7", "1"'])
def test_if_match_knows_lists_and_any(
    client: TestClient, comment: dict[str, Any], etag: str
) -> None:
    answer = correct(client, comment["receipt_number"], {"opinion_count": 2}, etag=etag)

    assert answer.status_code == 200


_WRONG_CORRECTIONS = [
    ({"status": "accepted"}, ("/status", "field_unknown")),
    ({"opinion_count": "2"}, ("/opinion_count", "invalid_value")),
    ({"opinion_count": -1}, ("/opinion_count", "out_of_range")),
    ({"opinion_count": 10**30}, ("/opinion_count", "out_of_range")),
    ({"received_at": "2015-05-01T12:00:00"}, ("/received_at", "offset_missing")),
    ({"received_at": None}, ("/received_at", "invalid_value")),
    ({"received_at": "0001-01-01T00:00:00+09:00"}, ("/received_at", "out_of_range")),
    ({"submitter": None}, ("/submitter", "invalid_value")),
    ({"submitter": {"name": "a\x00b"}}, ("/submitter/name", "forbidden_characters")),
    ({"submitter": {"kind": "robot"}}, ("/submitter/kind", "invalid_choice")),
    ({"consultation": "none"}, ("/consultation", "consultation_unknown")),
    ({"delivery": "post"}, ("/delivery", "only_for_paper_mail")),
    ({"postmarked_on": "2015-13-01"}, ("/postmarked_on", "invalid_value")),
]


def test_a_correction_is_checked_field_by_field(
    client: TestClient, comment: dict[str, Any], subtests: pytest.Subtests
) -> None:
    for patch, expected in _WRONG_CORRECTIONS:
        with subtests.test(patch=str(patch)[:80]):
            answer = correct(client, comment["receipt_number"], patch)

            assert answer.status_code == 422
            assert codes(answer) == [expected]


def test_null_takes_a_value_out(client: TestClient, comment: dict[str, Any]) -> None:
    answer = correct(
        client, comment["receipt_number"], {"submitter": {"category": None}, "opinion": None}
    )

    assert answer.json()["submitter"]["category"] == {"code": None, "detail": None}
    assert answer.json()["opinion"] == ""
    assert answer.json()["status"] == "needs_correction"


def test_a_decision_outranks_what_is_computed(client: TestClient, comment: dict[str, Any]) -> None:
    answer = client.post(
        f"{COMMENTS}/{comment['receipt_number']}/decisions",
        json={"decision": "withdraw", "reason": "本人から取下げの申出"},
    )

    assert answer.status_code == 200
    assert answer.json()["status"] == "withdrawn"
    assert answer.json()["decision"]["by"] == "bootstrap"
    assert answer.headers["ETag"] == '"2"'


def test_a_decision_may_name_its_revision(client: TestClient, comment: dict[str, Any]) -> None:
    answer = client.post(
        f"{COMMENTS}/{comment['receipt_number']}/decisions",
        json={"decision": "accept", "reason": "確認した"},
        headers={"If-Match": '"9"'},
    )

    assert answer.status_code == 412


def test_the_instance_of_a_problem_is_an_address_whatever_was_asked_for(
    client: TestClient,
) -> None:
    asked = f"{COMMENTS}/%E5%8F%97%E4%BB%98%20100%25"
    answer = client.get(asked)

    assert answer.status_code == 404
    assert answer.json()["instance"] == asked


def test_a_mistyped_number_is_not_found_and_other_dashes_are_understood(
    client: TestClient, comment: dict[str, Any]
) -> None:
    number = comment["receipt_number"]
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)

    assert client.get(f"{COMMENTS}/{wrong}").status_code == 404
    assert client.get(f"{COMMENTS}/{wrong}%00").status_code == 404
    assert client.get(f"{COMMENTS}/{number.replace('-', '－')}").json() == comment


def test_the_list_pages_newest_first(client: TestClient) -> None:
    numbers = [
        client.post(POST, json=an_application(opinion=f"意見その{place}")).json()["receipt_number"]
        for place in range(5)
    ]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get(COMMENTS, params={"limit": "2", **cursor}).json()
        seen.extend(each["receipt_number"] for each in page["items"])
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert seen == numbers[::-1]


_FILTERS = [
    ({"q": "説明会 ひらいて"}, 0),
    ({"q": "説明会　開いて"}, 1),
    ({"q": "北野花子"}, 1),
    ({"q": "１００％"}, 0),
    ({"q": "%"}, 0),
    ({"q": "_"}, 0),
    ({"status": "accepted", "channel": "e_application", "timeliness": "in_time"}, 1),
    ({"consultation": CODE}, 1),
    ({"consultation": "none"}, 0),
    ({"status": "late"}, 0),
]


def test_the_list_can_be_narrowed(client: TestClient, subtests: pytest.Subtests) -> None:
    client.post(POST, json=an_application())
    for query, found in _FILTERS:
        with subtests.test(query=str(query)[:80]):
            assert len(client.get(COMMENTS, params=query).json()["items"]) == found


_WRONG_FILTERS = [
    ("limit=0", ("/limit", "out_of_range")),
    ("limit=201", ("/limit", "out_of_range")),
    ("limit=x", ("/limit", "invalid_value")),
    ("cursor=-1", ("/cursor", "invalid_value")),
    ("cursor=" + "9" * 40, ("/cursor", "out_of_range")),
    ("status=new", ("/status", "invalid_choice")),
    ("stauts=late", ("/stauts", "field_unknown")),
    ("status=late&status=accepted", ("/status", "sent_twice")),
    ("q=%00", ("/q", "forbidden_characters")),
]


def test_a_wrong_filter_is_refused(client: TestClient, subtests: pytest.Subtests) -> None:
    for query, expected in _WRONG_FILTERS:
        with subtests.test(query=str(query)[:80]):
            answer = client.get(f"{COMMENTS}?{query}")

            assert answer.status_code == 422
            assert codes(answer) == [expected]


def test_the_same_text_is_pointed_out(client: TestClient, comment: dict[str, Any]) -> None:
    other = {**SUBMITTER, "name": "西野 次郎"}
    second = client.post(POST, json=an_application(submitter=other)).json()

    assert second["related"] == [
        {"receipt_number": comment["receipt_number"], "relation": "same_text"}
    ]


def test_looking_leaves_a_trace(client: TestClient, comment: dict[str, Any]) -> None:
    number = comment["receipt_number"]
    client.get(f"{COMMENTS}/{number}")
    client.get(COMMENTS, params={"q": "北野"})

    trail = client.get("/api/v1/audit").json()["items"]

    assert [each["action"] for each in trail[:2]] == ["comments_listed", "comment_viewed"]
    assert trail[0]["detail"]["receipt_numbers"] == [number]
    assert "北野" not in str(trail[0])


def test_a_confined_key_moves_no_comment_into_another_consultation_by_its_name(
    client: TestClient, comment: dict[str, Any], key: Keys
) -> None:
    definition = client.get(f"/api/v1/consultations/{CODE}").json()
    other = {**definition, "code": "other", "measure_name": "みどりの基本計画（素案）"}
    client.post("/api/v1/consultations", json=other)
    confined = key("comments:read", "comments:review", consultations=(CODE,))
    address = f"{COMMENTS}/{comment['receipt_number']}"
    patch = {"consultation": None, "measure": {"written": other["measure_name"]}}

    refused = client.patch(address, json=patch, headers={**confined, "If-Match": "*"})

    assert refused.status_code == 422
    assert codes(refused) == [("/measure/written", "consultation_unknown")]
    assert client.get(address).json()["consultation"] == CODE
    moved = client.patch(address, json=patch, headers={"If-Match": "*"})
    assert moved.json()["consultation"] == "other"


def test_a_confined_key_sees_its_own_comments_only(
    client: TestClient, comment: dict[str, Any], key: Keys
) -> None:
    definition = client.get(f"/api/v1/consultations/{CODE}").json()
    client.post("/api/v1/consultations", json={**definition, "code": "other"})
    confined = key("comments:read", "comments:review", consultations=("other",))
    number = comment["receipt_number"]

    assert client.get(COMMENTS, headers=confined).json()["items"] == []
    assert client.get(f"{COMMENTS}/{number}", headers=confined).status_code == 404
    submission = f"/api/v1/submissions/{comment['submission_id']}"
    assert client.get(submission, headers=confined).status_code == 404
    assert client.get(f"{submission}/original", headers=confined).status_code == 404
    assert (
        client.patch(
            f"{COMMENTS}/{number}", json={"opinion_count": 2}, headers={**confined, "If-Match": "*"}
        ).status_code
        == 404
    )
