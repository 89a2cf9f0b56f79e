"""The e-application channel."""

import json

import pytest
from fastapi.testclient import TestClient

from app.intake.desk import Desk
from tests.integration.api.conftest import CODE, SUBMITTER, Keys, an_application, codes
from tests.integration.conftest import Clock

PATH = f"/api/v1/consultations/{CODE}/comments"
pytestmark = pytest.mark.usefixtures("consultation")


def test_a_complete_application_is_recorded_and_accepted(client: TestClient) -> None:
    answer = client.post(PATH, json=an_application())

    assert answer.status_code == 201
    comment = answer.json()
    assert comment["status"] == "accepted"
    assert comment["channel"] == "e_application"
    assert comment["submitter"]["name"] == "北野 花子"
    assert comment["measure"]["verdict"] == "match"
    assert comment["timeliness"] == {
        "verdict": "in_time",
        "basis": "received",
        "clock": "server",
        "deadline": "2015-05-15T23:59:59+09:00",
    }
    assert comment["received_at"] == "2015-05-01T12:00:00+09:00"
    assert answer.headers["Location"] == f"/api/v1/comments/{comment['receipt_number']}"
    assert answer.headers["ETag"] == '"1"'
    assert client.get(answer.headers["Location"]).json() == comment


def test_the_original_is_the_posted_body_byte_for_byte(client: TestClient) -> None:
    body = json.dumps(an_application(), indent=3).encode()
    comment = client.post(PATH, content=body, headers={"Content-Type": "application/json"}).json()

    answer = client.get(f"/api/v1/submissions/{comment['submission_id']}/original")

    assert answer.content == body
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_an_empty_application_is_told_everything_that_is_missing(client: TestClient) -> None:
    answer = client.post(PATH, json={})

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert codes(answer) == [
        ("/measure_name", "measure_name_missing"),
        ("/opinion", "opinion_missing"),
        ("/submitter/address", "address_missing"),
        ("/submitter/category", "category_missing"),
        ("/submitter/name", "name_missing"),
    ]


def test_null_and_invisible_count_as_missing(client: TestClient) -> None:
    answer = client.post(
        PATH,
        json=an_application(
            submitter={**SUBMITTER, "name": "\u3164\u200b　", "address": None}, opinion=" \n"
        ),
    )

    assert codes(answer) == [
        ("/opinion", "opinion_missing"),
        ("/submitter/address", "address_missing"),
        ("/submitter/name", "name_missing"),
    ]


def test_errors_of_shape_and_of_rule_come_together(client: TestClient) -> None:
    answer = client.post(
        PATH,
        json=an_application(
            measure_name=7,
            subimtter={},
            submitter={"kind": "robot", "name": ["x"], "category": "1"},
            opinion="x" * 100_001,
        ),
    )

    assert answer.status_code == 422
    assert codes(answer) == [
        ("/measure_name", "invalid_value"),
        ("/opinion", "opinion_too_long"),
        ("/subimtter", "field_unknown"),
        ("/submitter/address", "address_missing"),
        ("/submitter/category", "invalid_value"),
        ("/submitter/kind", "invalid_choice"),
        ("/submitter/name", "invalid_value"),
    ]


def test_an_organisation_owes_its_representative(client: TestClient) -> None:
    answer = client.post(PATH, json=an_application(submitter={**SUBMITTER, "kind": "organization"}))

    assert codes(answer) == [("/submitter/representative", "representative_missing")]


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ({"code": "9"}, ("/submitter/category/code", "category_unknown")),
        ({"code": "2"}, ("/submitter/category/detail", "category_detail_missing")),
        ({"code": "2", "detail": "　"}, ("/submitter/category/detail", "category_detail_missing")),
    ],
)
def test_a_category_must_be_one_of_the_notice_with_its_detail(
    client: TestClient, category: dict[str, str], expected: tuple[str, str]
) -> None:
    answer = client.post(PATH, json=an_application(submitter={**SUBMITTER, "category": category}))

    assert codes(answer) == [expected]


def test_another_measure_name_is_refused_with_the_candidates(client: TestClient) -> None:
    answer = client.post(PATH, json=an_application(measure_name="別の計画（素案）"))

    assert codes(answer) == [("/measure_name", "measure_name_mismatch")]
    assert "住民基本台帳" in answer.json()["errors"][0]["message"]


def test_an_individual_number_is_refused_and_not_repeated(client: TestClient) -> None:
    answer = client.post(PATH, json=an_application(opinion="私の番号は983205673214です。"))

    assert ("/opinion", "individual_number_present") in codes(answer)
    assert "983205673214" not in answer.text


def test_messages_are_english_on_request_and_codes_stay(client: TestClient) -> None:
    japanese = client.post(PATH, json={})
    english = client.post(PATH, json={}, headers={"Accept-Language": "en-GB, ja;q=0.5"})

    assert codes(japanese) == codes(english)
    assert japanese.json()["errors"][0]["message"] != english.json()["errors"][0]["message"]
    assert english.headers["Content-Language"] == "en"
    assert english.json()["errors"][0]["message"].isascii()


def test_the_same_key_and_body_give_the_same_bytes_and_one_record(client: TestClient) -> None:
    headers = {"Idempotency-Key": "a-1"}
    first = client.post(PATH, json=an_application(), headers=headers)
    second = client.post(PATH, json=an_application(), headers=headers)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert len(client.get("/api/v1/comments").json()["items"]) == 1


def test_the_same_key_with_another_body_is_refused(client: TestClient) -> None:
    headers = {"Idempotency-Key": "a-1"}
    client.post(PATH, json=an_application(), headers=headers)

    answer = client.post(PATH, json=an_application(opinion="別の意見です。"), headers=headers)

    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"


def test_a_refused_body_does_not_use_up_its_key(client: TestClient) -> None:
    headers = {"Idempotency-Key": "a-1"}

    assert client.post(PATH, json={}, headers=headers).status_code == 422
    assert client.post(PATH, json=an_application(), headers=headers).status_code == 201


@pytest.mark.parametrize("value", ["", "x" * 256, "a b", "é"])
def test_an_idempotency_key_is_visible_ascii(client: TestClient, value: str) -> None:
    answer = client.post(
        PATH, json=an_application(), headers=[(b"Idempotency-Key", value.encode("latin-1"))]
    )

    assert codes(answer) == [("/Idempotency-Key", "idempotency_key_invalid")]


def test_outside_the_period_the_days_are_told(client: TestClient, clock: Clock) -> None:
    clock.pass_by(days=30)

    answer = client.post(PATH, json=an_application())

    assert answer.status_code == 409
    assert answer.json()["code"] == "consultation_not_open"
    assert answer.json()["opens_on"] == "2015-04-15"
    assert answer.json()["closes_on"] == "2015-05-15"


def test_an_unknown_code_is_not_found(client: TestClient) -> None:
    answer = client.post("/api/v1/consultations/none/comments", json=an_application())

    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/consultation_not_found"


_UNREADABLE = [
    b"{",
    b"",
    b"\xff\xfe\xfa",
    b'{"opinion": "\\ud800"}',
    b'{"opinion": "a\\u0000b"}',
    b'{"opinion": NaN}',
    b'{"opinion": ' + b"1" * 5000 + b"}",
    b"[" * 100_000,
    b'{"submitter":' * 3000 + b"1" + b"}" * 3000,
    b'{"submitter":' * 400 + b"1" + b"}" * 400,
    b'{"x":' * 900 + b"1" + b"}" * 900,
    b"null",
    b"[]",
    b'"text"',
    b'{"\\ud800": 1, "a/b~c": 2}',
]


def test_what_cannot_be_read_is_the_senders_fault(
    client: TestClient, subtests: pytest.Subtests
) -> None:
    for body in _UNREADABLE:
        with subtests.test(body=str(body)[:80]):
            answer = client.post(PATH, content=body, headers={"Content-Type": "application/json"})

            assert answer.status_code in {400, 422}
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["code"] in {"malformed_json", "malformed_request", "invalid_input"}


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=sjis"]
)
def test_another_kind_of_body_is_refused(client: TestClient, kind: str) -> None:
    answer = client.post(PATH, content=json.dumps(an_application()), headers={"Content-Type": kind})

    assert answer.status_code == 415


def test_names_are_kept_verbatim(client: TestClient) -> None:
    name = "髙﨑　𠮷男葛\U000e0100"
    comment = client.post(
        PATH, json=an_application(submitter={**SUBMITTER, "name": name}, opinion=" 前後の空白 \n")
    ).json()

    shown = client.get(f"/api/v1/comments/{comment['receipt_number']}").json()

    assert shown["submitter"]["name"] == name
    assert shown["opinion"] == " 前後の空白 \n"


def test_a_confined_key_submits_to_its_own_consultation_only(
    client: TestClient, key: Keys, desk: Desk
) -> None:
    definition = client.get(f"/api/v1/consultations/{CODE}").json()
    client.post("/api/v1/consultations", json={**definition, "code": "other"})
    confined = key("comments:submit", consultations=("other",))

    assert client.post(PATH, json=an_application(), headers=confined).status_code == 403
    answer = client.post(
        "/api/v1/consultations/other/comments", json=an_application(), headers=confined
    )
    assert answer.status_code == 201
    assert answer.json()["related"] == []
    assert desk.queries.comments.get(answer.json()["receipt_number"]) is not None
