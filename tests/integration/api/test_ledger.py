"""Boxes, rounds and the ledger: a loss shows."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.intake.desk import Desk
from app.routers import ledger
from app.routers.ledger import LedgerOut
from app.storage.queries import ledger as queries
from tests.builders import a_mail
from tests.integration.api.conftest import CODE, an_application, codes, read_everything

AT = "2015-05-01T09:00:00+09:00"
BALANCED = ("recorded", "ignored", "quarantined", "failed", "waiting", "missing")
BOX = {"code": "kamui-branch", "name": "神居支所"}


def summary(client: TestClient) -> dict[str, dict[str, Any]]:
    items = client.get("/api/v1/ledger/summary").json()["items"]
    for each in items:
        assert each["seen"] == sum(each[name] for name in BALANCED)
    return {each["source"]: each for each in items}


def scan(client: TestClient, name: str, **data: str) -> int:
    files = {"files": (name, name.encode(), "image/png")}
    fields = {"received_at": AT, "channel": "drop_box"} | data
    return client.post("/api/v1/intake/scans", files=files, data=fields).status_code


def test_a_mail_that_never_arrived_here_is_missing(client: TestClient, desk: Desk) -> None:
    report = {"mailbox": "iken", "folder": "INBOX", "uidvalidity": 7, "uids": [1, 2, 3]}
    assert client.post("/api/v1/intake/mailboxes", json=report).status_code == 204
    for uid in ("1", "2"):
        client.post(
            "/api/v1/intake/emails",
            params={
                "mailbox": "iken",
                "folder": "INBOX",
                "uidvalidity": "7",
                "uid": uid,
                "internal_date": AT,
            },
            content=a_mail(f"意見：{uid}"),
            headers={"Content-Type": "message/rfc822"},
        )

    waiting = summary(client)["iken/INBOX"]
    read_everything(desk)
    done = summary(client)["iken/INBOX"]

    assert (waiting["seen"], waiting["waiting"], waiting["missing"]) == (3, 2, 1)
    assert (done["seen"], done["recorded"], done["missing"]) == (3, 2, 1)
    assert done["unit"] == "mail"


@pytest.mark.usefixtures("consultation")
def test_every_post_of_a_key_is_seen(client: TestClient) -> None:
    for place in range(3):
        client.post(
            f"/api/v1/consultations/{CODE}/comments", json=an_application(opinion=f"意見{place}")
        )
    client.post(f"/api/v1/consultations/{CODE}/comments", json={})

    row = summary(client)["key bootstrap"]

    assert (row["seen"], row["recorded"], row["missing"]) == (3, 3, 0)


def test_a_round_shows_the_slips_that_have_no_record(client: TestClient, desk: Desk) -> None:
    assert client.post("/api/v1/drop-boxes", json=BOX).status_code == 201
    assert client.post("/api/v1/drop-boxes", json=BOX).status_code == 409
    assert client.get("/api/v1/drop-boxes").json() == {"items": [BOX]}
    made = client.post(
        "/api/v1/drop-box-collections",
        json={
            "drop_box": "kamui-branch",
            "collected_at": "2015-05-01T08:00:00+09:00",
            "collected_by": ["甲", "乙"],
            "seal_removed": "A-1",
            "seal_applied": "A-2",
            "slip_count": 3,
        },
    )
    assert made.status_code == 201
    assert made.json()["missing"] == 3
    number = made.json()["id"]

    assert scan(client, "one.png", collection_id=number) == 202
    read_everything(desk)

    shown = client.get(f"/api/v1/drop-box-collections/{number}").json()
    assert (shown["recorded"], shown["missing"]) == (1, 2)
    assert client.get("/api/v1/drop-box-collections").json()["items"] == [shown]
    row = summary(client)[f"collection {number}"]
    assert (row["seen"], row["recorded"], row["missing"], row["unit"]) == (3, 1, 2, "slip")


def test_a_round_that_is_sent_again_is_entered_once(client: TestClient) -> None:
    client.post("/api/v1/drop-boxes", json=BOX)
    body = {"drop_box": "kamui-branch", "collected_at": AT, "slip_count": 1}

    def sent(**other: int) -> str:
        answer = client.post("/api/v1/drop-box-collections", json=body | other)
        assert answer.status_code == 201
        return str(answer.json()["id"])

    first = sent()
    assert sent() == first
    assert sent(slip_count=2) != first
    assert scan(client, "one.png", collection_id=first) == 202
    assert sent() != first  # the answer arrived: this is another one, however alike


def test_more_slips_than_were_counted_are_a_surplus(client: TestClient, desk: Desk) -> None:
    client.post("/api/v1/drop-boxes", json=BOX)
    number = client.post(
        "/api/v1/drop-box-collections",
        json={"drop_box": "kamui-branch", "collected_at": AT, "slip_count": 1},
    ).json()["id"]
    for name in ("one.png", "two.png"):
        scan(client, name, collection_id=number)
    read_everything(desk)

    row = summary(client)[f"collection {number}"]

    assert (row["seen"], row["recorded"], row["missing"], row["surplus"]) == (1, 1, 0, 1)


def test_a_fax_with_fewer_pages_than_announced_misses_some(client: TestClient, desk: Desk) -> None:
    client.post(
        "/api/v1/intake/faxes",
        files={"file": ("a.tif", b"broken", "image/tiff")},
        data={"received_at": AT, "job_id": "1", "pages_announced": "3", "gateway": "庁舎2階"},
    )
    read_everything(desk)

    row = summary(client)["庁舎2階"]

    assert row["seen"] == 3
    assert row["unit"] == "page"
    assert row["missing"] + row["recorded"] + row["failed"] == 3


def test_an_unknown_box_or_round_is_told(client: TestClient) -> None:
    body = {"drop_box": "none", "collected_at": AT}

    assert codes(client.post("/api/v1/drop-box-collections", json=body)) == [
        ("/drop_box", "drop_box_unknown")
    ]
    assert client.get("/api/v1/drop-box-collections/none").status_code == 404


def test_a_ledger_longer_than_one_batch_is_given_whole(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_AT_ONCE", 2)
    monkeypatch.setattr(ledger, "_WRITTEN_AT_ONCE", 3)
    for number in range(7):
        scan(client, f"{number}.png")

    items = client.get("/api/v1/ledger").json()["items"]

    ids = [each["submission_id"] for each in items]
    assert len(set(ids)) == len(ids) == 7
    assert ids == sorted(ids)
    LedgerOut.model_validate({"items": items})


def test_the_ledger_lists_every_arrival_of_a_day_in_japan(client: TestClient) -> None:
    for at, name in (("2015-05-01T14:59:59Z", "late.png"), ("2015-05-01T15:00:00Z", "next.png")):
        scan(client, name, received_at=at)

    def days(**query: str) -> list[str]:
        items = client.get("/api/v1/ledger", params=query).json()["items"]
        return [each["received_at"] for each in items]

    first, second = "2015-05-01T23:59:59+09:00", "2015-05-02T00:00:00+09:00"
    assert days() == [first, second]
    assert days(date_to="2015-05-01") == [first]
    assert days(date_from="2015-05-02") == [second]
    assert days(date_from="2015-05-01", date_to="2015-05-02", channel="drop_box") == [first, second]
    assert days(channel="fax") == []
    assert codes(client.get("/api/v1/ledger", params={"date_from": "2015-02-30"})) == [
        ("/date_from", "invalid_value")
    ]
