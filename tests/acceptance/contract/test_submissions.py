import json

import pytest

from tests.acceptance.contract.city import City, Json, codes, new_code, problem
from tests.acceptance.contract.mails import labelled, letter, plain
from tests.acceptance.contract.test_scans import blank_page


def decide(city: City, submission_id: str, decision: str, reason: Json = "点検のため") -> Json:
    return city.post(
        f"/submissions/{submission_id}/decisions", json={"decision": decision, "reason": reason}
    )


def test_a_submission_has_the_members_of_the_contract(city: City, consultation: Json) -> None:
    read = city.settled(city.mail(letter(consultation)))
    assert {"state", "reason", "channel", "received_at", "comments", "documents"} <= read.keys()
    for document in read["documents"]:
        assert {"id", "role", "filename", "media_type", "bytes", "sha256"} <= document.keys()


def test_originals_come_back_byte_for_byte_and_safely(city: City) -> None:
    raw = b"Subject: <script>\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>\xff\x00"
    raw += new_code().encode()
    read = city.settled(city.mail(raw))
    answer = city.get(f"/submissions/{read['submission_id']}/original")
    assert answer.content == raw
    assert answer.headers["Content-Type"].split(";")[0] != "text/html"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_document_of_another_submission_is_404(city: City, consultation: Json) -> None:
    one, two = city.apply(consultation), city.apply(consultation)
    document = one["documents"][0]["id"]
    problem(city.get(f"/submissions/{two['submission_id']}/documents/{document}"), 404)
    problem(city.get(f"/submissions/{one['submission_id']}/documents/none"), 404)


def test_an_ignored_mail_can_be_released(city: City, consultation: Json) -> None:
    raw = plain(labelled(consultation), Auto_Submitted="auto-replied")
    read = city.settled(city.mail(raw))
    if read["state"] == "ignored":
        answer = decide(city, read["submission_id"], "release")
        assert answer.status_code in {200, 202, 409}, answer.text
        answer = decide(city, read["submission_id"], "replay")
        assert answer.status_code in {200, 202}, answer.text
        city.wait(read["submission_id"])


def test_a_quarantined_upload_can_be_released_replayed_and_set_aside(city: City) -> None:
    content = b"%PDF-1.4 broken " + new_code().encode()
    read = city.settled(city.scan(("a.pdf", content, "application/pdf")))
    if read["state"] == "quarantined":
        answer = decide(city, read["submission_id"], "release")
        assert answer.status_code in {200, 202}, answer.text
        read = city.wait(read["submission_id"])
        assert read["comments"], read
        assert city.comment(read["comments"][0])["status"] == "needs_review"
    answer = decide(city, read["submission_id"], "not_a_comment")
    assert answer.status_code in {200, 202}, answer.text
    read = city.wait(read["submission_id"])
    assert read["state"] == "ignored"
    assert city.get(f"/submissions/{read['submission_id']}/original").content == content
    for number in read["comments"]:
        assert city.comment(number)["status"] == "withdrawn"


def test_replay_reads_again_and_makes_no_second_record(city: City, consultation: Json) -> None:
    read = city.settled(city.mail(letter(consultation)))
    answer = decide(city, read["submission_id"], "replay")
    assert answer.status_code in {200, 202}, answer.text
    again = city.wait(read["submission_id"])
    assert again["comments"] == read["comments"]
    assert again["state"] == "done"


def test_replay_keeps_what_a_person_has_decided_and_corrected(
    city: City, consultation: Json
) -> None:
    read = city.settled(city.mail(letter(consultation, name=None)))
    (number,) = read["comments"]
    assert city.change(number, {"submitter": {"name": "訂正 花子"}}).status_code == 200
    assert city.decide(number, "accept").status_code == 200
    assert decide(city, read["submission_id"], "replay").status_code in {200, 202}
    city.wait(read["submission_id"])
    comment = city.comment(number)
    assert comment["submitter"]["name"] == "訂正 花子"
    assert comment["status"] == "accepted"


def test_an_upload_set_aside_is_ignored_and_nothing_is_deleted(
    city: City, consultation: Json
) -> None:
    read = city.settled(city.mail(letter(consultation)))
    assert decide(city, read["submission_id"], "not_a_comment").status_code in {200, 202}
    after = city.submission(read["submission_id"])
    assert after["state"] == "ignored"
    assert city.get(f"/comments/{read['comments'][0]}").status_code == 200
    counts = city.get(f"/consultations/{consultation['code']}/tally").json()
    assert counts["by_status"]["accepted"] == 0


@pytest.mark.parametrize(
    "body",
    [{}, {"decision": "replay"}, {"decision": "burn", "reason": "x"}, {"reason": "x"},
     {"decision": None, "reason": "x"}, {"decision": "replay", "reason": "　"},
     {"decision": "replay", "reason": None}, {"decision": "replay", "reason": ""}],
)  # fmt: skip
def test_a_decision_needs_a_known_word_and_a_reason(
    city: City, consultation: Json, body: Json
) -> None:
    comment = city.apply(consultation)
    problem(city.post(f"/submissions/{comment['submission_id']}/decisions", json=body), 422)
    if body.get("decision") == "replay":
        body = body | {"decision": "accept"}
    problem(city.post(f"/comments/{comment['receipt_number']}/decisions", json=body), 422)


def test_decisions_are_audited(city: City, consultation: Json) -> None:
    read = city.settled(city.mail(letter(consultation)))
    decide(city, read["submission_id"], "not_a_comment", "誤って届いたもの")
    rows = city.get("/audit", params={"submission_id": read["submission_id"]}).json()["items"]
    assert "誤って届いたもの" in json.dumps(rows, ensure_ascii=False)


def test_who_saw_what_is_audited(city: City, consultation: Json) -> None:
    comment = city.apply(consultation)
    number, submission = comment["receipt_number"], comment["submission_id"]
    key_id, key = city.key("comments:read")
    with city.as_key(key) as clerk:
        clerk.get(f"/comments/{number}")
        clerk.get(f"/submissions/{submission}")
        clerk.get(f"/submissions/{submission}/original")
        clerk.get(f"/submissions/{submission}/documents/{comment['documents'][0]['id']}")
        clerk.get("/comments", params={"consultation": consultation["code"]})
        clerk.get(f"/consultations/{consultation['code']}/export?format=csv&view=full")
    by_number = [
        row for row in city.get("/audit", params={"receipt_number": number}).json()["items"]
        if key_id in json.dumps(row["actor"])
    ]  # fmt: skip
    assert by_number
    by_submission = [
        row for row in city.get("/audit", params={"submission_id": submission}).json()["items"]
        if key_id in json.dumps(row["actor"])
    ]  # fmt: skip
    assert len(by_submission) >= 3
    mine = [row for row in city.get("/audit").json()["items"] if key_id in json.dumps(row["actor"])]
    assert any("export" in row["action"] for row in mine), mine
    assert any("list" in row["action"] for row in mine), mine
    for row in mine:
        assert {"at", "actor", "action", "receipt_number", "submission_id"} <= row.keys()
        assert row["at"].endswith("+09:00")


def test_the_audit_pages_by_cursor(city: City, consultation: Json) -> None:
    number = city.apply(consultation)["receipt_number"]
    for _ in range(130):
        city.get(f"/comments/{number}")
    seen, cursor = [], None
    while True:
        answer = city.get(
            "/audit", params={"receipt_number": number} | ({"cursor": cursor} if cursor else {})
        )
        assert answer.status_code == 200, answer.text
        seen += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if not cursor:
            break
    assert len([row for row in seen if "view" in row["action"]]) == 130
    assert len({json.dumps(row, sort_keys=True) for row in seen}) == len(seen)


def test_no_personal_data_in_the_log(city: City, program: Json, consultation: Json) -> None:
    body = city.application(consultation)
    body["submitter"] |= {
        "name": "秘密野 記録子",
        "address": "旭川市機密町",
        "email": "himitsu@example.jp",
    }
    assert (
        city.post(f"/consultations/{consultation['code']}/comments", json=body).status_code == 201
    )
    city.get("/comments", params={"q": "秘密野"})
    city.settled(city.mail(letter(consultation, name="秘密野 記録子", address="旭川市機密町")))
    city.settled(city.scan(("秘密野.png", blank_page(), "image/png")))
    log = program.log()
    for word in ("秘密野", "機密町", "himitsu", "%E7%A7%98%E5%AF%86"):
        assert word not in log


def test_findings_of_a_repeat_do_not_pile_up_into_an_error(city: City, consultation: Json) -> None:
    raw = letter(consultation)
    first = city.settled(city.mail(raw))
    for hour in range(5):
        assert city.mail(raw, internal_date=f"2026-01-01T0{hour}:00:00Z").status_code == 200
    assert city.submission(first["submission_id"])["state"] == "done"
    assert codes(city.submission(first["submission_id"])) | codes(
        city.comment(first["comments"][0])
    )
