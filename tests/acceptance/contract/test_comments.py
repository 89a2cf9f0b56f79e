import json
from typing import Any

import pytest

from tests.acceptance.contract.city import (
    City,
    Json,
    codes,
    dated,
    error_codes,
    individual,
    new_code,
    problem,
)
from tests.acceptance.contract.mails import letter, plain
from tests.acceptance.contract.test_timeliness import paper


def listed(city: City, **query: Json) -> list[dict[str, Any]]:
    answer = city.get("/comments", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def numbers(items: list[dict[str, Any]]) -> list[str]:
    return [item["receipt_number"] for item in items]


MEMBERS = {
    "receipt_number", "consultation", "submission_id", "channel", "delivery", "received_at",
    "postmarked_on", "collected_at", "timeliness", "submitter", "measure", "opinion",
    "opinion_count", "status", "findings", "readings", "documents", "related",
}  # fmt: skip


def test_a_comment_has_the_members_of_the_contract(city: City, consultation: Json) -> None:
    comment = city.comment(city.apply(consultation)["receipt_number"])
    assert comment.keys() >= MEMBERS
    assert comment["timeliness"].keys() >= {"verdict", "basis", "clock", "deadline"}
    assert comment["submitter"].keys() >= {
        "kind", "name", "address", "representative", "category", "email", "phone", "fax"}  # fmt: skip
    assert comment["measure"].keys() >= {"written", "verdict", "score", "candidates"}
    assert comment["documents"][0].keys() >= {
        "id", "role", "filename", "media_type", "bytes", "sha256"}  # fmt: skip


def test_lists_are_newest_first_and_page_by_cursor(city: City, consultation: Json) -> None:
    made = [city.apply(consultation)["receipt_number"] for _ in range(7)]
    code = consultation["code"]
    assert numbers(listed(city, consultation=code)) == made[::-1]
    seen, cursor, pages = [], None, 0
    while True:
        query = {"consultation": code, "limit": 3} | ({"cursor": cursor} if cursor else {})
        page = city.get("/comments", params=query).json()
        seen += numbers(page["items"])
        pages += 1
        if pages == 1:
            # What arrives meanwhile does not shift the pages.
            city.apply(consultation)
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == made[::-1]
    assert pages == 3
    assert {"items", "next_cursor"} <= page.keys()


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "100000000"])
def test_senseless_limits_are_422_or_capped(city: City, limit: str) -> None:
    answer = city.get("/comments", params={"limit": limit})
    if limit == "100000000":
        assert answer.status_code in {200, 422}
    else:
        problem(answer, 422)


def test_senseless_filters_are_422(city: City) -> None:
    for name in ("channel", "status", "timeliness", "cursor"):
        problem(city.get("/comments", params={name: "nonsense"}), 422)
    answer = city.get("/comments", params={"consultation": "nobody-knows"})
    assert answer.status_code in {200, 404, 422}
    if answer.status_code == 200:
        assert answer.json()["items"] == []


def test_filters_choose(city: City, consultation: Json) -> None:
    code = consultation["code"]
    web = city.apply(consultation)["receipt_number"]
    mail = city.one_comment_of(city.mail(letter(consultation, name=None)))["receipt_number"]
    late = city.one_comment_of(
        city.mail(letter(consultation, opinion="遅い"), internal_date="2099-01-01T00:00:00Z")
    )["receipt_number"]
    for query, wanted in (
        ({"channel": "e_application"}, {web}),
        ({"channel": "email"}, {mail, late}),
        ({"channel": "fax"}, set()),
        ({"status": "accepted"}, {web}),
        ({"status": "needs_correction"}, {mail}),
        ({"status": "late"}, {late}),
        ({"timeliness": "in_time"}, {web, mail}),
        ({"timeliness": "late"}, {late}),
        ({"timeliness": "early"}, set()),
        ({"channel": "email", "status": "late"}, {late}),
    ):
        assert set(numbers(listed(city, consultation=code, **query))) == wanted, query


def test_full_text_finds_japanese_of_any_length_and_width(city: City) -> None:
    # The name of the measure is searched too: none of the words below may stand in it.
    consultation = city.open(measure_name="旭川市屋外広告物ガイドライン（案）")
    code = consultation["code"]
    comment = city.apply(
        consultation,
        opinion="ｺﾝﾋﾞﾆの駐輪場にＡＢＣ123の掲示を。雪かきの音、髙﨑駅、𠮷野家。100%_賛成 'quoted\" (括弧)",
        submitter=individual(name="常磐 渡", address="旭川市忠別川沿い2丁目"),
    )
    number = comment["receipt_number"]
    city.apply(consultation, opinion="まったく別のことがら。")
    for words in ("駐輪場", "雪", "雪か", "コンビニ", "ｺﾝﾋﾞﾆ", "ABC", "ＡＢＣ", "abc", "１２３", "髙﨑",
                  "𠮷", "𠮷野", "100%", "%_", "(括弧)", "quoted", "'quoted\"", "駐輪場 雪かき", "常磐",
                  "忠別川"):  # fmt: skip
        assert numbers(listed(city, consultation=code, q=words)) == [number], words
    for words in ("存在しない語", "駐車場", "雪 存在しない語"):
        assert listed(city, consultation=code, q=words) == [], words
    for odd in ('"', "*", "AND", "NEAR(", "a OR b", "-x", "^", "\\", "%", "_", "'", "^*:", "a" * 5000,
                "{", "col:x", "NOT", "　", "「"):  # fmt: skip
        answer = city.get("/comments", params={"consultation": code, "q": odd})
        assert answer.status_code in {200, 422}, odd
    assert numbers(listed(city, consultation=code, q="%")) == [number]
    assert numbers(listed(city, consultation=code, q="_")) == [number]


def test_full_text_follows_corrections(city: City, consultation: Json) -> None:
    number = city.apply(consultation, opinion="訂正の前")["receipt_number"]
    assert city.change(number, {"opinion": "あたらしい文面"}).status_code == 200
    assert numbers(listed(city, consultation=consultation["code"], q="文面")) == [number]
    assert listed(city, consultation=consultation["code"], q="訂正の前") == []


def test_a_change_needs_the_newest_etag(city: City, consultation: Json) -> None:
    number = city.apply(consultation)["receipt_number"]
    path = f"/comments/{number}"
    problem(city.patch(path, json={"opinion": "x"}), 428)
    stale = city.etag(number)
    changed = city.patch(path, json={"opinion": "新しい"}, headers={"If-Match": stale})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != stale
    assert changed.headers["ETag"] == city.etag(number)
    assert changed.json() == city.comment(number)
    problem(city.patch(path, json={"opinion": "x"}, headers={"If-Match": stale}), 412)
    problem(city.patch(path, json={"opinion": "x"}, headers={"If-Match": '"none"'}), 412)
    problem(city.patch(path, json={"opinion": "x"}, headers={"If-Match": "garbage"}), 412)
    weak = f"W/{city.etag(number)}"
    answer = city.patch(path, json={"opinion": "y"}, headers={"If-Match": weak})
    assert answer.status_code in {200, 412}
    several = f'"zzz", {city.etag(number)}'
    assert city.patch(path, json={"opinion": "z"}, headers={"If-Match": several}).status_code == 200
    assert city.patch(path, json={"opinion": "w"}, headers={"If-Match": "*"}).status_code == 200
    assert city.comment(number)["opinion"] == "w"


def test_428_comes_for_a_missing_header_and_404_for_an_unknown_number(city: City) -> None:
    problem(city.patch("/comments/001-000001-9999", json={}, headers={"If-Match": '"1"'}), 404)


PATCHES = [
    ({"submitter": {"name": "髙﨑 花子"}}, "/submitter/name", "髙﨑 花子"),
    ({"submitter": {"address": "旭川市9条"}}, "/submitter/address", "旭川市9条"),
    ({"submitter": {"phone": "0166-00-0000"}}, "/submitter/phone", "0166-00-0000"),
    ({"submitter": {"fax": "0166-00-0001"}}, "/submitter/fax", "0166-00-0001"),
    ({"submitter": {"email": "b@example.jp"}}, "/submitter/email", "b@example.jp"),
    ({"submitter": {"email": None}}, "/submitter/email", None),
    ({"submitter": {"representative": "大雪"}}, "/submitter/representative", "大雪"),
    ({"submitter": {"kind": "organization"}}, "/submitter/kind", "organization"),
    (
        {"submitter": {"category": {"code": "2", "detail": "勤務先"}}},
        "/submitter/category/code",
        "2",
    ),
    ({"submitter": {"category": {"detail": "勤務先"}}}, "/submitter/category/detail", "勤務先"),
    ({"submitter": {"category": None}}, "/submitter/category", None),
    ({"opinion": "書き直し\r\n二行"}, "/opinion", "書き直し\r\n二行"),
    ({"opinion_count": 12}, "/opinion_count", 12),
    ({"measure": {"written": "読み直した名"}}, "/measure/written", "読み直した名"),
    ({"received_at": "2026-01-01T00:00:00Z"}, "/received_at", "2026-01-01T09:00:00+09:00"),
]


@pytest.mark.parametrize(("patch", "pointer", "value"), PATCHES)
def test_every_field_of_the_list_can_be_changed(
    city: City, consultation: Json, patch: Json, pointer: str, value: Json
) -> None:
    before = city.apply(consultation)
    number = before["receipt_number"]
    answer = city.change(number, patch)
    assert answer.status_code == 200, answer.text
    after: Json = city.comment(number)
    for part in pointer.strip("/").split("/"):
        after = after[part] if after is not None else None
    if pointer == "/submitter/category":
        assert after in (None, {"code": None, "detail": None})
    else:
        assert after == value
    comment = city.comment(number)
    assert pointer in json.dumps(list(comment["readings"])) or any(
        name.startswith(pointer) for name in comment["readings"]
    )
    rows = city.get("/audit", params={"receipt_number": number}).json()["items"]
    assert any(
        "correct" in row["action"] or "change" in row["action"] or "patch" in row["action"]
        for row in rows
    ), rows


def test_a_change_keeps_the_machine_value_the_new_value_who_and_when(
    city: City, consultation: Json
) -> None:
    comment = city.one_comment_of(city.mail(letter(consultation)))
    number = comment["receipt_number"]
    assert city.change(number, {"submitter": {"name": "訂正 太郎"}}).status_code == 200
    rows = city.get("/audit", params={"receipt_number": number}).json()["items"]
    told = json.dumps(
        [city.comment(number)["readings"]["/submitter/name"], rows], ensure_ascii=False
    )
    assert "大雪 一郎" in told
    assert "訂正 太郎" in told
    assert "bootstrap" in told


def test_paper_fields_can_be_changed_and_judge_anew(city: City) -> None:
    made = city.create(dated("2015-04-15", "2015-05-15"))
    number = paper(city, made, delivery="hand", received_at="2015-05-18T10:00:00+09:00")[
        "receipt_number"
    ]
    assert city.comment(number)["status"] == "late"
    assert city.change(number, {"delivery": "post"}).status_code == 200
    assert city.comment(number)["timeliness"]["verdict"] == "undetermined"
    assert city.change(number, {"postmarked_on": "2015-05-15"}).status_code == 200
    assert city.comment(number)["timeliness"]["verdict"] == "in_time"
    assert city.comment(number)["postmarked_on"] == "2015-05-15"
    assert city.change(number, {"postmarked_on": None}).status_code == 200
    assert city.change(number, {"received_at": "2015-05-23T00:00:00+09:00"}).status_code == 200
    assert city.comment(number)["timeliness"]["verdict"] == "late"


def test_the_time_of_collection_can_be_changed(city: City) -> None:
    made = city.create(dated("2015-04-15", "2015-05-15"))
    number = paper(city, made, channel="drop_box", delivery=None)["receipt_number"]
    assert city.change(number, {"collected_at": "2015-05-18T03:00:00Z"}).status_code == 200
    comment = city.comment(number)
    assert comment["collected_at"] == "2015-05-18T12:00:00+09:00"
    assert comment["timeliness"]["verdict"] == "in_time"
    assert city.change(number, {"collected_at": "2015-05-18T12:00:01+09:00"}).status_code == 200
    assert city.comment(number)["timeliness"]["verdict"] == "late"


def test_a_person_finds_the_consultation(city: City, consultation: Json) -> None:
    comment = city.one_comment_of(city.mail(plain(f"図書館の意見です。{new_code()}")))
    assert comment["consultation"] is None
    number = comment["receipt_number"]
    assert city.change(number, {"consultation": consultation["code"]}).status_code == 200
    comment = city.comment(number)
    assert comment["consultation"] == consultation["code"]
    assert comment["timeliness"]["verdict"] == "in_time"
    assert comment["receipt_number"] == number
    answer = city.change(number, {"consultation": "nobody-knows"})
    error_codes(answer)


@pytest.mark.parametrize(
    "patch",
    [
        {"status": "accepted"},
        {"receipt_number": "1"},
        {"submission_id": "x"},
        {"channel": "fax"},
        {"findings": []},
        {"documents": []},
        {"unknown": 1},
        {"timeliness": {"verdict": "in_time"}},
        {"measure": {"verdict": "match"}},
        {"submitter": {"shoe_size": 1}},
        {"submitter": {"kind": "robot"}},
        {"submitter": None},
        {"opinion_count": -1},
        {"opinion_count": "2"},
        {"opinion_count": 1.5},
        {"opinion_count": True},
        {"opinion_count": None},
        {"opinion_count": 10**30},
        {"opinion": 5},
        {"opinion": "あ" * 100_001},
        {"delivery": "drone"},
        {"postmarked_on": "2015-02-30"},
        {"postmarked_on": "2015-05-15T00:00:00Z"},
        {"received_at": "2015-05-15T00:00:00"},
        {"received_at": None},
        {"received_at": "soon"},
        {"collected_at": "2015-05-18T12:00:00"},
        {"submitter": {"category": {"code": "99"}}},
        {"submitter": {"category": "1"}},
        {"submitter": "花子"},
    ],
)
def test_a_senseless_change_is_422_and_changes_nothing(
    city: City, consultation: Json, patch: Json
) -> None:
    before = city.apply(consultation)
    number = before["receipt_number"]
    answer = city.change(number, patch)
    if patch == {"submitter": {"category": {"code": "99"}}} and answer.status_code == 200:
        assert "category_unknown" in codes(city.comment(number))
        return
    if patch == {"submitter": None} and answer.status_code == 200:
        return
    problem(answer, 422)
    assert city.comment(number) == before


def test_a_merge_patch_media_type_is_taken(city: City, consultation: Json) -> None:
    number = city.apply(consultation)["receipt_number"]
    answer = city.patch(
        f"/comments/{number}",
        content=b'{"opinion_count": 2}',
        headers={"If-Match": city.etag(number), "Content-Type": "application/merge-patch+json"},
    )
    assert answer.status_code == 200
    assert answer.json()["opinion_count"] == 2


def test_filling_what_was_missing_accepts_or_reviews(city: City, consultation: Json) -> None:
    comment = city.one_comment_of(city.mail(letter(consultation, name=None)))
    number = comment["receipt_number"]
    assert comment["status"] == "needs_correction"
    assert city.change(number, {"submitter": {"name": "後日 判明"}}).status_code == 200
    after = city.comment(number)
    assert "name_missing" not in codes(after)
    assert after["status"] == "accepted"


DECISIONS = [
    ("accept", "accepted"),
    ("mark_late", "late"),
    ("mark_off_measure", "off_measure"),
    ("request_correction", "needs_correction"),
    ("withdraw", "withdrawn"),
]


@pytest.mark.parametrize(("decision", "status"), DECISIONS)
def test_decisions_set_the_status_and_are_audited(
    city: City, consultation: Json, decision: str, status: str
) -> None:
    comment = city.one_comment_of(city.mail(letter(consultation, name=None)))
    number = comment["receipt_number"]
    etag = city.etag(number)
    answer = city.decide(number, decision, reason="係長と相談")
    assert answer.status_code in {200, 201}, answer.text
    assert answer.json()["status"] == status
    assert city.comment(number)["status"] == status
    assert city.etag(number) != etag
    rows = city.get("/audit", params={"receipt_number": number}).json()["items"]
    told = json.dumps(rows, ensure_ascii=False)
    assert decision in told
    assert "係長と相談" in told


def test_a_decision_honours_if_match_when_given(city: City, consultation: Json) -> None:
    number = city.apply(consultation)["receipt_number"]
    stale = city.etag(number)
    city.change(number, {"opinion_count": 3})
    path = f"/comments/{number}/decisions"
    body = {"decision": "withdraw", "reason": "本人の申出"}
    problem(city.post(path, json=body, headers={"If-Match": stale}), 412)
    fresh = city.etag(number)
    assert city.post(path, json=body, headers={"If-Match": fresh}).status_code in {200, 201}


def test_a_persons_decision_outranks_the_computer(city: City) -> None:
    made = city.create(dated("2015-04-15", "2015-05-15"))
    late = city.one_comment_of(city.mail(letter(made), internal_date="2015-05-16T00:00:00+09:00"))
    number = late["receipt_number"]
    assert late["status"] == "late"
    assert city.decide(number, "accept").status_code in {200, 201}
    comment = city.comment(number)
    assert comment["status"] == "accepted"
    assert comment["timeliness"]["verdict"] == "late"
    # A later correction does not undo it.
    assert city.change(number, {"opinion_count": 2}).status_code == 200
    assert city.comment(number)["status"] == "accepted"
    # A later decision does.
    assert city.decide(number, "mark_late").status_code in {200, 201}
    assert city.comment(number)["status"] == "late"


def test_the_order_of_statuses(city: City) -> None:
    made = city.create(dated("2015-04-15", "2015-05-15"))
    both = city.one_comment_of(
        city.mail(letter(made, name=None), internal_date="2015-05-16T00:00:00+09:00")
    )
    assert both["status"] == "late"
    early = city.one_comment_of(
        city.mail(letter(made, name=None), internal_date="2015-04-01T00:00:00+09:00")
    )
    assert early["timeliness"]["verdict"] == "early"
    assert early["status"] == "needs_correction"


def test_no_decision_on_a_withdrawn_comment_breaks_anything(city: City, consultation: Json) -> None:
    number = city.apply(consultation)["receipt_number"]
    city.decide(number, "withdraw")
    again = city.decide(number, "accept")
    assert again.status_code in {200, 201, 409}
    assert city.comment(number)["status"] in {"withdrawn", "accepted"}
