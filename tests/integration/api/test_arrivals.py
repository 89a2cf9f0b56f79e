"""What gateways and the mailroom bring, and what is told of it."""

import io

import numpy
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image

from app.intake import look
from app.intake.desk import Desk
from tests.builders import MEASURE, a_mail
from tests.integration.api.conftest import CODE, Keys, codes, read_everything

EMAILS = "/api/v1/intake/emails"
FAXES = "/api/v1/intake/faxes"
SCANS = "/api/v1/intake/scans"
AT = "2015-05-01T09:00:00+09:00"
BODY = (
    f"住所：北星市中央2条3丁目4番地\r\n氏名：北野 花子\r\n区分：1\r\n案の名称：{MEASURE}\r\n"
    "意見：説明会を開いてください。\r\n"
)
PICTURE = ("blatt.png", b"not really a picture", "image/png")


def mail(client: TestClient, data: bytes, **query: str) -> Response:
    return client.post(
        EMAILS,
        content=data,
        params={"internal_date": AT} | query,
        headers={"Content-Type": "message/rfc822"},
    )


def test_a_mail_is_kept_byte_for_byte_and_read(
    client: TestClient, consultation: str, desk: Desk
) -> None:
    data = a_mail(BODY)
    answer = mail(client, data, mailbox="iken", folder="INBOX", uidvalidity="7", uid="42")

    assert answer.status_code == 202
    assert answer.json() == {"submission_id": answer.json()["submission_id"], "state": "queued"}
    submission = f"/api/v1/submissions/{answer.json()['submission_id']}"
    assert client.get(f"{submission}/original").content == data
    read_everything(desk)
    shown = client.get(submission).json()
    assert shown["state"] == "done"
    assert shown["source"] == "iken/INBOX"
    comment = client.get(f"/api/v1/comments/{shown['comments'][0]}").json()
    assert comment["consultation"] == consultation
    assert comment["received_at"] == AT
    assert comment["submitter"]["name"] == "北野 花子"
    known = {"mailbox": "iken", "folder": "INBOX", "uidvalidity": "7", "uid": "42"}
    assert client.get(f"{EMAILS}/known", params=known).json() == {"known": True}
    assert client.get(f"{EMAILS}/known", params=known | {"uid": "43"}).json() == {"known": False}


def test_the_same_mail_again_is_the_same_arrival_and_other_facts_are_noted(
    client: TestClient,
) -> None:
    first = mail(client, a_mail(BODY), mailbox="iken", folder="INBOX", uidvalidity="7", uid="1")
    again = mail(client, a_mail(BODY), mailbox="iken", folder="INBOX", uidvalidity="7", uid="2")
    other = mail(client, a_mail("x"), mailbox="iken", folder="INBOX", uidvalidity="7", uid="1")

    assert (first.status_code, again.status_code, other.status_code) == (202, 200, 202)
    assert again.json()["submission_id"] == first.json()["submission_id"]
    assert other.json()["submission_id"] != first.json()["submission_id"]
    shown = client.get(f"/api/v1/submissions/{first.json()['submission_id']}").json()
    assert [each["code"] for each in shown["findings"]] == ["same_bytes_other_facts"]


_WRONG_MAIL_FACTS = [
    ("", ("/internal_date", "required")),
    ("?internal_date=2015-05-01T09:00:00", ("/internal_date", "offset_missing")),
    ("?internal_date=yesterday", ("/internal_date", "invalid_value")),
    (f"?internal_date={AT.replace('+', '%2B')}&uid=x", ("/uid", "invalid_value")),
    (f"?internal_date={AT.replace('+', '%2B')}&uid=4294967296", ("/uid", "out_of_range")),
]


def test_what_is_said_of_a_mail_is_checked(client: TestClient, subtests: pytest.Subtests) -> None:
    for query, expected in _WRONG_MAIL_FACTS:
        with subtests.test(query=str(query)[:80]):
            answer = client.post(
                EMAILS + query, content=b"x", headers={"Content-Type": "message/rfc822"}
            )

            assert codes(answer) == [expected]


def test_an_empty_mail_is_an_arrival_too(client: TestClient, desk: Desk) -> None:
    answer = mail(client, b"")

    assert answer.status_code == 202
    read_everything(desk)
    assert client.get("/api/v1/ledger").json()["items"][0]["state"] in {"done", "ignored"}


def test_a_fax_is_kept_with_what_its_gateway_says(client: TestClient) -> None:
    answer = client.post(
        FAXES,
        files={"file": ("../über fax.tif", b"II*\x00", "image/tiff")},
        data={"received_at": AT, "job_id": "FX-1", "station_id": "", "pages_announced": "2"},
    )

    assert answer.status_code == 202
    submission = f"/api/v1/submissions/{answer.json()['submission_id']}"
    shown = client.get(submission).json()
    assert shown["facts"] == {"job_id": "FX-1"}
    assert shown["announced"] == 2
    assert shown["documents"][0]["filename"] == "../über fax.tif"
    original = client.get(f"{submission}/original")
    assert original.content == b"II*\x00"
    assert original.headers["Content-Disposition"] == (
        "attachment; filename=\"_ber fax.tif\"; filename*=UTF-8''%C3%BCber%20fax.tif"
    )
    assert original.headers["Content-Security-Policy"].startswith("sandbox")
    document = shown["documents"][0]["id"]
    assert client.get(f"{submission}/documents/{document}").content == b"II*\x00"
    assert client.get(f"{submission}/documents/none").status_code == 404


def test_the_same_fax_under_another_job_is_another_arrival(client: TestClient) -> None:
    def send(job: str) -> Response:
        return client.post(FAXES, files={"file": PICTURE}, data={"received_at": AT, "job_id": job})

    first, again, other = send("1"), send("1"), send("2")

    assert (first.status_code, again.status_code, other.status_code) == (202, 200, 202)
    assert again.json()["submission_id"] == first.json()["submission_id"]
    assert other.json()["submission_id"] != first.json()["submission_id"]


def test_a_fax_is_checked_field_by_field(client: TestClient) -> None:
    answer = client.post(
        FAXES,
        files=[("files", PICTURE)],
        data={"received_at": "2015-05-01T09:00:00", "pages_announced": "two", "colour": "red"},
    )

    assert codes(answer) == [
        ("/colour", "field_unknown"),
        ("/file", "file_needed"),
        ("/files", "field_unknown"),
        ("/pages_announced", "invalid_value"),
        ("/received_at", "offset_missing"),
    ]


def test_fields_and_files_that_come_twice_are_refused(client: TestClient) -> None:
    answer = client.post(
        FAXES,
        files=[("file", PICTURE), ("file", PICTURE)],
        data={"received_at": [AT, AT]},
    )

    assert codes(answer) == [("/file", "sent_twice"), ("/received_at", "sent_twice")]


_WRONG_SCANS = [
    ({"channel": "mail"}, [("/delivery", "required")]),
    ({"channel": "fax"}, [("/channel", "invalid_choice")]),
    (
        {"channel": "mail", "delivery": "post", "drop_box": "x", "collection_id": "y"},
        [("/collection_id", "only_for_drop_box"), ("/drop_box", "only_for_drop_box")],
    ),
    (
        {"channel": "drop_box", "delivery": "post", "postmarked_on": "2015-05-01"},
        [("/delivery", "only_for_paper_mail"), ("/postmarked_on", "only_for_paper_mail")],
    ),
    ({"channel": "drop_box", "drop_box": "none"}, [("/drop_box", "drop_box_unknown")]),
    ({"channel": "drop_box", "collection_id": "x"}, [("/collection_id", "collection_unknown")]),
    (
        {"channel": "mail", "delivery": "hand", "consultation": "none"},
        [("/consultation", "consultation_unknown")],
    ),
]


def test_a_scan_is_checked_by_its_channel(client: TestClient, subtests: pytest.Subtests) -> None:
    for data, expected in _WRONG_SCANS:
        with subtests.test(data=str(data)[:80]):
            answer = client.post(SCANS, files={"files": PICTURE}, data={"received_at": AT} | data)

            assert answer.status_code == 422
            assert codes(answer) == expected


def test_a_scan_without_files_is_refused_and_an_empty_file_is_an_arrival(
    client: TestClient,
) -> None:
    data = {"received_at": AT, "channel": "mail", "delivery": "post"}
    without = client.post(SCANS, data=data, files={"none": b""})
    empty = client.post(SCANS, data=data, files={"files": ("leer.pdf", b"", "application/pdf")})

    assert ("/files", "file_needed") in codes(without)
    assert empty.status_code == 202


def test_a_form_that_is_no_form_is_refused(client: TestClient) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        answer = client.post(SCANS, content=b"nonsense", headers={"Content-Type": kind})
        assert answer.status_code in {400, 422}
    assert client.post(SCANS, json={}).status_code == 415


@pytest.mark.usefixtures("consultation")
def test_a_confined_key_brings_scans_of_its_own_consultation_only(
    client: TestClient, key: Keys
) -> None:
    confined = key("intake:scan", consultations=(CODE,))
    data = {"received_at": AT, "channel": "mail", "delivery": "post"}

    def send(**more: str) -> int:
        return client.post(
            SCANS, files={"files": PICTURE}, data=data | more, headers=confined
        ).status_code

    assert send() == 403
    assert send(consultation=CODE) == 202


def test_a_submission_set_aside_stays_readable(client: TestClient, desk: Desk) -> None:
    submission = mail(client, a_mail(BODY)).json()["submission_id"]
    read_everything(desk)

    answer = client.post(
        f"/api/v1/submissions/{submission}/decisions",
        json={"decision": "not_a_comment", "reason": "誤って登録した"},
    )

    assert answer.status_code == 200
    assert answer.json()["state"] == "ignored"
    assert client.get(f"/api/v1/submissions/{submission}/original").status_code == 200
    release = client.post(
        f"/api/v1/submissions/{submission}/decisions",
        json={"decision": "release", "reason": "x"},
    )
    assert release.status_code == 409
    assert release.json()["code"] == "illegal_transition"


def test_an_unknown_submission_is_not_found(client: TestClient) -> None:
    for path in ("none", "none/original", "none/documents/none"):
        assert client.get(f"/api/v1/submissions/{path}").status_code == 404


def test_a_weak_page_is_named_while_the_paper_is_in_hand(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "SECONDS", 60.0)  # however busy the machine is
    sheet = numpy.full((1600, 1200), 60, numpy.uint8)
    sheet[200:1400:40, 100:1100] = 10
    out = io.BytesIO()
    Image.fromarray(sheet).save(out, "PNG")
    files = {"files": ("dunkel.png", out.getvalue(), "image/png")}
    data = {"received_at": AT, "channel": "mail", "delivery": "hand"}
    first = client.post(SCANS, files=files, data=data)
    again = client.post(SCANS, files=files, data=data)
    (warning,) = first.json()["warnings"]
    assert first.status_code == 202
    assert (warning["file"], warning["page"], warning["code"]) == (1, 1, "picture_dark")
    assert warning["message"].startswith("画像が暗すぎます")
    assert first.json()["pages_checked"] is None
    # Not looked at again.
    assert (again.status_code, again.json()["warnings"]) == (200, [])
    assert again.json()["pages_checked"] == 0


def test_an_upload_too_long_to_be_looked_at_whole_says_how_far_that_came(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "SECONDS", 0.0)
    files = {"files": ("eins.png", b"\x89PNG\r\n\x1a\n", "image/png")}
    data = {"received_at": AT, "channel": "mail", "delivery": "hand"}
    answer = client.post(SCANS, files=files, data=data).json()
    assert (answer["warnings"], answer["pages_checked"]) == ([], 0)
