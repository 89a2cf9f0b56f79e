from typing import Any

import pytest

from tests.acceptance.contract.city import City, Json, error_codes, new_code, problem
from tests.acceptance.contract.mails import letter, plain
from tests.acceptance.contract.test_scans import blank_page

PARTS = ("recorded", "ignored", "quarantined", "failed", "waiting", "missing")


def box(city: City) -> str:
    code = new_code("box")
    answer = city.post("/drop-boxes", json={"code": code, "name": "神居支所"})
    assert answer.status_code == 201, answer.text
    return code


def collection(city: City, code: str, **changes: Json) -> Json:
    return city.post(
        "/drop-box-collections",
        json={"drop_box": code, "collected_at": "2026-05-18T12:00:00+09:00",
              "collected_by": ["甲野", "乙山"], "seal_removed": "A-1", "seal_applied": "A-2",
              "slip_count": 3} | changes,
    )  # fmt: skip


def shown(city: City, identity: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = city.get("/drop-box-collections").json()["items"]
    (row,) = [row for row in rows if row["id"] == identity]
    return row


def summary(city: City, source: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = city.get("/ledger/summary").json()["items"]
    (row,) = [row for row in rows if source in row["source"]]
    assert row["seen"] == sum(row[part] for part in PARTS), row
    return row


def test_boxes_are_made_listed_and_unique(city: City) -> None:
    code = box(city)
    rows = city.get("/drop-boxes").json()["items"]
    assert {"code": code, "name": "神居支所"} in [
        {"code": row["code"], "name": row["name"]} for row in rows
    ]
    problem(city.post("/drop-boxes", json={"code": code, "name": "別"}), 409)
    for body in ({}, {"code": new_code()}, {"name": "x"}, {"code": "", "name": "x"},
                 {"code": new_code(), "name": "　"}):  # fmt: skip
        problem(city.post("/drop-boxes", json=body), 422)


def test_a_collection_counts_slips_and_what_is_recorded(city: City, consultation: Json) -> None:
    made = collection(city, box(city))
    assert made.status_code == 201, made.text
    identity = made.json()["id"]
    assert (shown(city, identity)["slip_count"], shown(city, identity)["recorded"]) == (3, 0)
    assert shown(city, identity)["missing"] == 3
    for _ in range(2):
        city.settled(
            city.scan(("a.png", blank_page(), "image/png"), channel="drop_box", delivery=None,
                      collection_id=identity, consultation=consultation["code"])
        )  # fmt: skip
    row = shown(city, identity)
    assert (row["slip_count"], row["recorded"], row["missing"]) == (3, 2, 1)
    row = summary(city, identity)
    assert row["channel"] == "drop_box"
    assert (row["seen"], row["recorded"], row["missing"]) == (3, 2, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"drop_box": "nobody-knows"},
        {"drop_box": None},
        {"collected_at": "2026-05-18T12:00:00"},
        {"collected_at": None},
        {"collected_by": "甲野"},
        {"slip_count": -1},
        {"slip_count": "3"},
        {"slip_count": 1.5},
    ],
)
def test_a_senseless_collection_is_422(city: City, changes: Json) -> None:
    problem(collection(city, box(city), **changes), 422)


def test_a_scan_of_a_round_may_not_name_another_box(city: City) -> None:
    identity = collection(city, box(city)).json()["id"]
    answer = city.scan(("a.png", blank_page(), "image/png"), channel="drop_box", delivery=None,
                       collection_id=identity, drop_box=box(city))  # fmt: skip
    error_codes(answer)


def test_each_arrival_is_one_row_in_one_state(city: City, consultation: Json) -> None:
    read = city.settled(city.mail(letter(consultation)))
    rows = city.get("/ledger", params={"channel": "email"}).json()["items"]
    (row,) = [row for row in rows if row["submission_id"] == read["submission_id"]]
    assert {"submission_id", "channel", "state", "source", "received_at"} <= row.keys()
    assert row["state"] == "done"
    assert row["received_at"] == read["received_at"]
    assert {row["channel"] for row in rows} == {"email"}


def test_the_ledger_is_asked_by_days(city: City, consultation: Json) -> None:
    at = {"first": "2013-03-01T00:00:00+09:00", "last": "2013-03-01T23:59:59+09:00",
          "before": "2013-02-28T23:59:59+09:00", "after": "2013-03-01T15:00:00Z"}  # fmt: skip
    found = {
        name: city.settled(city.mail(letter(consultation), internal_date=when))["submission_id"]
        for name, when in at.items()
    }
    rows = city.get("/ledger", params={"date_from": "2013-03-01", "date_to": "2013-03-01"}).json()
    got = {row["submission_id"] for row in rows["items"]}
    assert {found["first"], found["last"]} <= got
    assert not {found["before"], found["after"]} & got
    problem(city.get("/ledger", params={"date_from": "yesterday"}), 422)
    problem(city.get("/ledger", params={"channel": "pigeon"}), 422)
    answer = city.get("/ledger", params={"date_from": "2013-03-02", "date_to": "2013-03-01"})
    assert answer.status_code in {200, 422}


def test_a_mail_folder_is_summed_up(city: City, consultation: Json) -> None:
    mailbox = new_code("box")
    for uid in range(1, 4):
        city.settled(city.mail(letter(consultation), mailbox=mailbox, uid=uid))
    city.settled(city.mail(plain("不在です" + new_code(), Auto_Submitted="auto-replied"),
                           mailbox=mailbox, uid=4))  # fmt: skip
    row = summary(city, mailbox)
    assert row["channel"] == "email"
    assert row["source"] == f"{mailbox}/INBOX"
    assert (row["seen"], row["recorded"], row["ignored"], row["missing"]) == (4, 3, 1, 0)


def test_the_same_mail_seen_twice_in_a_folder_still_adds_up(city: City, consultation: Json) -> None:
    mailbox, raw = new_code("box"), letter(consultation)
    city.settled(city.mail(raw, mailbox=mailbox, uid=1))
    assert city.mail(raw, mailbox=mailbox, uid=2).status_code == 200
    row = summary(city, mailbox)
    assert row["seen"] in {1, 2}
    assert row["missing"] == 0


def test_other_bytes_under_a_used_uid_still_add_up(city: City, consultation: Json) -> None:
    mailbox = new_code("box")
    for _ in range(2):
        city.settled(city.mail(letter(consultation), mailbox=mailbox, uid=1))
    assert summary(city, mailbox)["missing"] == 0


def test_a_scan_batch_with_and_without_a_declared_count(city: City, consultation: Json) -> None:
    file = ("a.png", blank_page(), "image/png")
    read = city.settled(city.scan(file, declared_count=4, consultation=consultation["code"]))
    row = summary(city, read["submission_id"])
    assert row["channel"] == "mail"
    assert (row["seen"], row["recorded"], row["missing"]) == (4, 1, 3)
    file = ("a.png", blank_page(), "image/png")
    read = city.settled(city.scan(file, consultation=consultation["code"]))
    assert summary(city, read["submission_id"])["missing"] == 0


def test_quarantined_arrivals_are_counted(city: City) -> None:
    content = b"%PDF-1.4 broken " + new_code().encode()
    read = city.settled(city.scan(("a.pdf", content, "application/pdf"), declared_count=1))
    row = summary(city, read["submission_id"])
    assert row["seen"] == 1
    assert row["quarantined"] + row["recorded"] == 1


def test_e_applications_are_counted_by_their_api_key(city: City, consultation: Json) -> None:
    name = new_code("gateway")
    key = city.post("/keys", json={"name": name, "scopes": ["comments:submit"]}).json()["key"]
    with city.as_key(key) as gateway:
        for _ in range(3):
            gateway.apply(consultation)
        refused = gateway.post(f"/consultations/{consultation['code']}/comments", json={})
        assert refused.status_code == 422
        body = gateway.application(consultation)
        for _ in range(2):
            gateway.post(f"/consultations/{consultation['code']}/comments", json=body,
                         headers={"Idempotency-Key": "a"})  # fmt: skip
    row = summary(city, name)
    assert row["channel"] == "e_application"
    assert (row["seen"], row["recorded"], row["missing"]) == (4, 4, 0)


def test_two_gateways_of_one_name_stay_in_order(city: City, consultation: Json) -> None:
    name = new_code("gateway")
    for _ in range(2):
        key = city.post("/keys", json={"name": name, "scopes": ["comments:submit"]}).json()["key"]
        with city.as_key(key) as gateway:
            gateway.apply(consultation)
    rows = [r for r in city.get("/ledger/summary").json()["items"] if name in r["source"]]
    assert sum(row["seen"] for row in rows) == 2
    assert sum(row["recorded"] for row in rows) == 2


def test_every_row_of_the_summary_adds_up(city: City) -> None:
    rows = city.get("/ledger/summary").json()["items"]
    for row in rows:
        assert {"channel", "source", "seen", *PARTS} <= row.keys()
        assert row["seen"] == sum(row[part] for part in PARTS), row
        assert all(row[part] >= 0 for part in PARTS), row
