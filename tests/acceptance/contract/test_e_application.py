import hashlib
import itertools
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.acceptance.contract.applications import count, post
from tests.acceptance.contract.city import (
    JST,
    City,
    Json,
    dated,
    error_codes,
    error_fields,
    individual,
    new_code,
    now,
    organization,
    problem,
)

INVISIBLE = ["", " ", "　", "\t\r\n", "\u200b", "\u200c\u200d", "\u2060", "\ufeff", "\u3164",
             "　\u200b\u3164 \n", "\u00a0", "\u00ad", "\u180e"]  # fmt: skip
PASSING_NUMBER = "983205673214"


def test_201_with_location_and_the_comment(city: City, consultation: Json) -> None:
    body = city.application(consultation)
    before = now()
    answer = post(city, consultation, body)
    after = now()
    assert answer.status_code == 201
    comment = answer.json()
    location = answer.headers["Location"]
    assert location.endswith(f"/api/v1/comments/{comment['receipt_number']}")
    assert city.client.get(location).json() == comment
    assert comment["consultation"] == consultation["code"]
    assert comment["channel"] == "e_application"
    assert comment["delivery"] is None
    assert comment["postmarked_on"] is None
    assert comment["collected_at"] is None
    assert comment["status"] == "accepted"
    assert comment["opinion"] == body["opinion"]
    assert comment["opinion_count"] == 1
    assert comment["findings"] == []
    assert comment["timeliness"]["verdict"] == "in_time"
    assert comment["timeliness"]["basis"] == "received"
    assert comment["timeliness"]["clock"]
    assert comment["timeliness"]["deadline"] == f"{consultation['closes_on']}T23:59:59+09:00"
    assert comment["measure"]["written"] == consultation["measure_name"]
    assert comment["measure"]["verdict"] == "match"
    assert comment["measure"]["candidates"][0]["consultation"] == consultation["code"]
    assert comment["submitter"] == body["submitter"] | {
        "representative": None, "phone": None, "fax": None}  # fmt: skip
    received = datetime.fromisoformat(comment["received_at"])
    assert before <= received <= after
    assert received.utcoffset() == JST.utcoffset(None)
    (document,) = comment["documents"]
    assert document["role"] == "original"
    assert document["media_type"] == "application/json"


def test_the_original_is_the_body_byte_for_byte(city: City, consultation: Json) -> None:
    body = (
        json.dumps(city.application(consultation), ensure_ascii=False, indent=3).encode()
        + b"\r\n \n"
    )
    answer = city.post(
        f"/consultations/{consultation['code']}/comments",
        content=body,
        headers={"Content-Type": "application/json; charset=utf-8"},
    )
    assert answer.status_code == 201, answer.text
    comment = answer.json()
    (document,) = comment["documents"]
    assert document["bytes"] == len(body)
    assert document["sha256"] == hashlib.sha256(body).hexdigest()
    submission = f"/submissions/{comment['submission_id']}"
    assert city.get(f"{submission}/original").content == body
    assert city.get(f"{submission}/documents/{document['id']}").content == body
    read = city.submission(comment["submission_id"])
    assert read["state"] == "done"
    assert read["channel"] == "e_application"
    assert read["comments"] == [comment["receipt_number"]]
    assert read["received_at"] == comment["received_at"]


@pytest.mark.parametrize(
    "text",
    [
        "髙﨑①𠮷葛󠄀㈱",
        "一行目\r\n二行目\r\n",
        "一行目\n二行目\n\n",
        "前\r後",
        "ｶﾅ ㍻ Ⅳ ～〜−－‖∥—―",
        "は\u3099と\u304c",
        "塚\ufa10 神\ufa19",
        "<script>alert(1)</script>&amp;",
        "=1+1",
        "　字下げ　と　間　",
        "👨‍👩‍👧‍👦🇯🇵",
        "\u202eabc",
        "外字\ue000\U000f0000",
        "tab\tと\u000bと\u000c",
        "\u2028行区切り\u2029",
        "'; DROP TABLE comments; --",
    ],
)
def test_text_is_kept_verbatim(city: City, consultation: Json, text: str) -> None:
    body = city.application(consultation, opinion=f"意見{text}以上")
    body["submitter"] |= {"name": f"甲{text}乙", "address": f"旭川市{text}番地"}
    made = post(city, consultation, body)
    assert made.status_code == 201, made.text
    for comment in (made.json(), city.comment(made.json()["receipt_number"])):
        assert comment["opinion"] == body["opinion"]
        assert comment["submitter"]["name"] == body["submitter"]["name"]
        assert comment["submitter"]["address"] == body["submitter"]["address"]
    exported = city.get(
        f"/consultations/{consultation['code']}/export", params={"format": "json", "view": "full"}
    )
    assert json.dumps(body["opinion"], ensure_ascii=False) in exported.content.decode() or any(
        body["opinion"] in json.dumps(item, ensure_ascii=False)
        or item.get("opinion") == body["opinion"]
        for item in exported.json()["items"]
    )


def test_leading_and_trailing_space_of_the_opinion_is_kept(city: City, consultation: Json) -> None:
    comment = city.apply(consultation, opinion="\n　本文　\n\n")
    assert comment["opinion"] == "\n　本文　\n\n"


def test_all_errors_are_told_at_once(city: City, consultation: Json) -> None:
    assert error_codes(post(city, consultation, {})) == {
        "name_missing", "address_missing", "category_missing", "measure_name_missing",
        "opinion_missing"}  # fmt: skip
    body: dict[str, Any] = {
        "measure_name": "",
        "submitter": {"kind": "organization"},
        "opinion": "",
    }
    assert error_fields(post(city, consultation, body)) == {
        ("/submitter/name", "name_missing"),
        ("/submitter/address", "address_missing"),
        ("/submitter/representative", "representative_missing"),
        ("/submitter/category", "category_missing"),
        ("/measure_name", "measure_name_missing"),
        ("/opinion", "opinion_missing"),
    } or error_codes(post(city, consultation, body)) == {
        "name_missing", "address_missing", "representative_missing", "category_missing",
        "measure_name_missing", "opinion_missing"}  # fmt: skip
    body = city.application(consultation, measure_name="まったく別の計画", opinion="あ" * 100_001)
    body["submitter"] |= {"category": {"code": "9"}, "name": None, "address": f"{PASSING_NUMBER}"}
    assert error_codes(post(city, consultation, body)) == {
        "name_missing", "category_unknown", "measure_name_mismatch", "opinion_too_long",
        "individual_number_present"}  # fmt: skip


@pytest.mark.parametrize("blank", [*INVISIBLE, None])
@pytest.mark.parametrize(
    ("pointer", "code"),
    [
        ("/submitter/name", "name_missing"),
        ("/submitter/address", "address_missing"),
        ("/submitter/category/code", "category_missing"),
        ("/measure_name", "measure_name_missing"),
        ("/opinion", "opinion_missing"),
    ],
)
def test_only_white_space_counts_as_missing(
    city: City, consultation: Json, pointer: str, code: str, blank: str | None
) -> None:
    body = city.application(consultation)
    target = body
    *parents, last = pointer.strip("/").split("/")
    for parent in parents:
        target = target[parent]
    target[last] = blank
    assert error_codes(post(city, consultation, body)) == {code}
    del target[last]
    assert error_codes(post(city, consultation, body)) == {code}


@pytest.mark.parametrize("blank", [*INVISIBLE, None])
def test_an_organisation_needs_its_representative(
    city: City, consultation: Json, blank: str | None
) -> None:
    body = city.application(consultation, submitter=organization(representative=blank))
    assert error_codes(post(city, consultation, body)) == {"representative_missing"}
    del body["submitter"]["representative"]
    assert error_fields(post(city, consultation, body)) == {
        ("/submitter/representative", "representative_missing")}  # fmt: skip


def test_an_organisation_is_recorded_as_one(city: City, consultation: Json) -> None:
    comment = city.apply(consultation, submitter=organization())
    assert comment["submitter"]["kind"] == "organization"
    assert comment["submitter"]["representative"] == "大雪 太郎"
    assert comment["status"] == "accepted"


def test_an_organisation_needs_its_fields_even_where_they_are_not_required(city: City) -> None:
    relaxed = city.open(required_fields=["opinion"])
    nobody = {"opinion": "匿名の意見", "measure_name": relaxed["measure_name"],
              "submitter": {"kind": "individual"}}  # fmt: skip
    assert post(city, relaxed, nobody).status_code == 201
    body = city.application(relaxed, submitter={"kind": "organization"})
    assert error_codes(post(city, relaxed, body)) == {
        "name_missing", "address_missing", "representative_missing"}  # fmt: skip


def test_required_fields_are_data_of_the_consultation(city: City) -> None:
    anonymous = city.open(required_fields=["measure_name", "opinion"])
    body = {"measure_name": anonymous["measure_name"], "opinion": "意見",
            "submitter": {"kind": "individual", "name": None, "address": None, "category": None}}  # fmt: skip
    answer = post(city, anonymous, body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "accepted"
    # What is given all the same must be sensible.
    body["submitter"]["category"] = {"code": "77"}
    assert error_codes(post(city, anonymous, body)) == {"category_unknown"}


def test_categories_must_be_known_and_complete(city: City, consultation: Json) -> None:
    for category, code in (
        ({"code": "3", "detail": None}, "category_unknown"),
        ({"code": "市民", "detail": None}, "category_unknown"),
        ({"code": "2", "detail": None}, "category_detail_missing"),
        ({"code": "2"}, "category_detail_missing"),
        ({"code": "2", "detail": "　\u200b"}, "category_detail_missing"),
        ({"code": "2", "detail": "\u3164"}, "category_detail_missing"),
        (None, "category_missing"),
        ({}, "category_missing"),
        ({"code": None, "detail": "勤務先"}, "category_missing"),
    ):
        body = city.application(consultation, submitter=individual(category=category))
        assert error_codes(post(city, consultation, body)) == {code}, category
    comment = city.apply(
        consultation, submitter=individual(category={"code": "2", "detail": "架空産業㈱ 6条通"})
    )
    assert comment["submitter"]["category"] == {"code": "2", "detail": "架空産業㈱ 6条通"}
    assert comment["status"] == "accepted"


@pytest.mark.parametrize("letter", ["a", "あ", "𠮷", "😀", "\n"])
def test_an_opinion_has_up_to_100_000_characters(
    city: City, consultation: Json, letter: str
) -> None:
    longest = "意" + letter * 99_998 + "見"
    answer = post(city, consultation, city.application(consultation, opinion=longest))
    assert answer.status_code == 201, answer.text[:500]
    assert answer.json()["opinion"] == longest
    body = city.application(consultation, opinion=longest + letter)
    assert error_fields(post(city, consultation, body)) == {("/opinion", "opinion_too_long")}


def test_100_000_astral_characters_may_be_escaped(city: City, consultation: Json) -> None:
    body = city.application(consultation, opinion="𠮷" * 100_000)
    answer = city.post(
        f"/consultations/{consultation['code']}/comments",
        content=json.dumps(body, ensure_ascii=True).encode(),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 201, answer.text[:300]


@pytest.mark.parametrize("days", [("2015-04-15", "2015-05-15"), ("2099-04-15", "2099-05-15")])
def test_outside_the_period_it_is_409_with_the_days(city: City, days: tuple[str, str]) -> None:
    made = city.create(dated(*days))
    body = problem(post(city, made, city.application(made)), 409)
    assert body["opens_on"], body["closes_on"] == days
    assert "consultation_not_open" in json.dumps(body)
    assert body.get("code") == "consultation_not_open" or any(
        error["code"] == "consultation_not_open" for error in body["errors"]
    )
    assert count(city, made) == 0


def test_the_period_is_days_of_japan(city: City) -> None:
    today = now().date().isoformat()
    made = city.create(dated(today, today))
    assert city.apply(made)["timeliness"]["verdict"] == "in_time"


def test_a_closing_hour_of_the_last_day_closes_the_door(city: City) -> None:
    today = now().date()
    given = dated((today - timedelta(days=3)).isoformat(), today.isoformat())
    given["deadline_rules"]["e_application"]["closing_time"] = "00:00"
    made = city.create(given)
    assert problem(post(city, made, city.application(made)), 409)["closes_on"] == today.isoformat()
    given = dated((today - timedelta(days=3)).isoformat(), (today + timedelta(days=1)).isoformat())
    given["deadline_rules"]["e_application"]["closing_time"] = "00:00"
    comment = city.apply(city.create(given))
    assert comment["timeliness"]["deadline"] == f"{today + timedelta(days=1)}T00:00:00+09:00"


def test_an_unknown_consultation_is_404_whatever_the_body(city: City) -> None:
    problem(city.post(f"/consultations/{new_code()}/comments", json={}), 404)


@pytest.mark.parametrize(
    "written",
    [
        PASSING_NUMBER,
        "9832-0567-3214",
        "9832 0567 3214",
        "９８３２０５６７３２１４",
        "９８３２－０５６７－３２１４",
        "九八三二〇五六七三二一四",
        "98 32 05 67 32 14",
        "983205673214。",
        "9832　0567　3214",
        "個人番号は983205673214です",
        "9832‐0567‐3214",
        "9832ー0567ー3214",
        "9 8 3 2 0 5 6 7 3 2 1 4",
        "9832\n0567\n3214",
        "9832–0567—3214",
        "9832.0567.3214",
        "9832・0567・3214",
    ],
)
def test_an_individual_number_is_refused_wherever_it_stands(
    city: City, consultation: Json, written: str
) -> None:
    body = city.application(consultation, opinion=f"番号は{written}")
    assert error_fields(post(city, consultation, body)) == {
        ("/opinion", "individual_number_present")}  # fmt: skip
    body = city.application(consultation, submitter=individual(address=f"旭川市 {written}"))
    assert error_fields(post(city, consultation, body)) == {
        ("/submitter/address", "individual_number_present")}  # fmt: skip
    assert "983205673214" not in post(city, consultation, body).text


@pytest.mark.parametrize("pointer", ["name", "representative", "detail", "phone", "fax"])
def test_an_individual_number_is_refused_in_every_field(
    city: City, consultation: Json, pointer: str
) -> None:
    submitter = organization(category={"code": "2", "detail": "勤務先"})
    if pointer == "detail":
        submitter["category"]["detail"] = f"番号 {PASSING_NUMBER}"
    else:
        submitter[pointer] = PASSING_NUMBER
    body = city.application(consultation, submitter=submitter)
    assert "individual_number_present" in error_codes(post(city, consultation, body))


@pytest.mark.parametrize(
    "harmless",
    ["983205673215", "7000012050002", "98320567321", "0166-24-6967", "090-1234-5678", "12345678901234",
     "2015-05-15 10:20"],
)  # fmt: skip
def test_other_numbers_are_no_individual_number(
    city: City, consultation: Json, harmless: str
) -> None:
    assert city.apply(consultation, opinion=f"番号は{harmless}です")["status"] == "accepted"


def test_a_kind_must_be_known(city: City, consultation: Json) -> None:
    body = city.application(consultation, submitter=individual(kind="company"))
    assert any(
        field == "/submitter/kind" for field, _ in error_fields(post(city, consultation, body))
    )


def test_an_address_for_mail_may_be_absent_and_must_look_like_one(
    city: City, consultation: Json
) -> None:
    assert city.apply(consultation, submitter=individual(email=None))["submitter"]["email"] is None
    submitter = individual()
    del submitter["email"]
    assert city.apply(consultation, submitter=submitter)["submitter"]["email"] is None


def test_an_applicant_with_phone_and_fax_keeps_them(city: City, consultation: Json) -> None:
    comment = city.apply(
        consultation, submitter=individual(phone="0166-00-0000", fax="0166-00-0001")
    )
    assert comment["submitter"]["phone"] == "0166-00-0000"
    assert comment["submitter"]["fax"] == "0166-00-0001"


def test_the_same_text_by_others_is_related(city: City, consultation: Json) -> None:
    text = f"同じ文の意見です。{new_code()}"
    first, second = (city.apply(consultation, opinion=text) for _ in range(2))
    related = city.comment(second["receipt_number"])["related"]
    assert {"receipt_number": first["receipt_number"], "relation": "same_text"} in related
    related = city.comment(first["receipt_number"])["related"]
    assert {"receipt_number": second["receipt_number"], "relation": "same_text"} in related


def test_a_receipt_number_mistyped_is_404(city: City, consultation: Json) -> None:
    number = city.apply(consultation)["receipt_number"]
    others = [city.apply(consultation)["receipt_number"] for _ in range(12)]
    places = [place for place, letter in enumerate(number) if letter.isdigit()]
    mistyped = {
        number[:place] + digit + number[place + 1 :]
        for place in places
        for digit in "0123456789"
        if digit != number[place]
    }
    for left, right in itertools.pairwise(places):
        swapped = list(number)
        swapped[left], swapped[right] = swapped[right], swapped[left]
        if "".join(swapped) != number:
            mistyped.add("".join(swapped))
    assert not mistyped & {number, *others}
    for wrong in sorted(mistyped):
        problem(city.get(f"/comments/{wrong}"), 404)
    for wrong in (number[:-1], number + "0"):
        problem(city.get(f"/comments/{wrong}"), 404)
