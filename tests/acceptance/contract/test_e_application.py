import hashlib
import itertools
import json
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.acceptance.contract.city import (
    JST,
    City,
    Json,
    dated,
    error_codes,
    error_fields,
    individual,
    new_code,
    new_measure,
    now,
    organization,
    problem,
)

INVISIBLE = ["", " ", "　", "\t\r\n", "\u200b", "\u200c\u200d", "\u2060", "\ufeff", "\u3164",
             "　\u200b\u3164 \n", "\u00a0", "\u00ad", "\u180e"]  # fmt: skip
PASSING_NUMBER = "983205673214"


def post(city: City, consultation: Json, body: Json, **more: Json) -> Json:
    return city.post(f"/consultations/{consultation['code']}/comments", json=body, **more)


def keyed(city: City, consultation: Json, body: Json, key: str) -> Json:
    return post(city, consultation, body, headers={"Idempotency-Key": key})


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


def test_the_same_key_and_body_give_the_same_answer_and_one_record(
    city: City, consultation: Json
) -> None:
    body = city.application(consultation)
    first = keyed(city, consultation, body, "a")
    again = keyed(city, consultation, body, "a")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["Location"] == again.headers["Location"]
    assert count(city, consultation) == 1


def test_the_same_answer_comes_even_after_the_comment_has_changed(
    city: City, consultation: Json
) -> None:
    body = city.application(consultation)
    first = keyed(city, consultation, body, "a")
    city.decide(first.json()["receipt_number"], "withdraw")
    assert keyed(city, consultation, body, "a").content == first.content


def test_the_same_answer_comes_even_after_the_period(city: City, consultation: Json) -> None:
    body = city.application(consultation)
    first = keyed(city, consultation, body, "a")
    closed = {"opens_on": "2015-01-01", "closes_on": "2015-05-15", "deadline_rules": {
        "post": {"arrives_by": None}, "drop_box": {"collected_until": None}}}  # fmt: skip
    assert city.patch(f"/consultations/{consultation['code']}", json=closed).status_code == 200
    again = keyed(city, consultation, body, "a")
    assert again.status_code == 201, again.text
    assert again.content == first.content


def test_another_body_under_a_used_key_is_refused(city: City, consultation: Json) -> None:
    body = city.application(consultation)
    assert keyed(city, consultation, body, "a").status_code == 201
    for other in (body | {"opinion": "別の意見"}, {}, body | {"opinion": body["opinion"] + " "}):
        answer = keyed(city, consultation, other, "a")
        problem(answer, 422)
        assert "idempotency_key_reused" in answer.text
    assert count(city, consultation) == 1


def test_key_reuse_is_told_by_its_code(city: City, consultation: Json) -> None:
    body = city.application(consultation)
    keyed(city, consultation, body, "a")
    answer = keyed(city, consultation, body | {"opinion": "別の意見"}, "a")
    document = problem(answer, 422)
    assert "idempotency_key_reused" in {
        document.get("code"), *(error["code"] for error in document.get("errors", []))}  # fmt: skip


def test_a_refused_body_does_not_use_up_its_key(city: City, consultation: Json) -> None:
    body = city.application(consultation)
    assert keyed(city, consultation, body | {"opinion": ""}, "a").status_code == 422
    assert keyed(city, consultation, {"x": 1}, "a").status_code == 422
    malformed = city.post(
        f"/consultations/{consultation['code']}/comments",
        content=b"{",
        headers={"Idempotency-Key": "a", "Content-Type": "application/json"},
    )
    assert malformed.status_code in {400, 422}
    assert keyed(city, consultation, body, "a").status_code == 201


def test_a_refusal_for_the_period_does_not_use_up_the_key_either(city: City) -> None:
    closed = city.create(dated("2015-04-15", "2015-05-15"))
    body = city.application(closed)
    assert keyed(city, closed, body, "a").status_code == 409
    open_again = {"closes_on": f"{now().date()}", "deadline_rules": {
        "post": {"arrives_by": None}, "drop_box": {"collected_until": None}}}  # fmt: skip
    assert city.patch(f"/consultations/{closed['code']}", json=open_again).status_code == 200
    assert keyed(city, closed, body, "a").status_code == 201


def test_keys_of_other_consultations_and_other_api_keys_are_other_keys(
    city: City, consultation: Json
) -> None:
    other = city.open()
    assert keyed(city, consultation, city.application(consultation), "a").status_code == 201
    assert keyed(city, other, city.application(other), "a").status_code == 201
    _, second = city.key("comments:submit")
    _, third = city.key("comments:submit")
    body = city.application(consultation)
    numbers = set()
    for key in (second, third):
        with city.as_key(key) as gateway:
            answer = keyed(gateway, consultation, body, "a")
            assert answer.status_code == 201, answer.text
            numbers.add(answer.json()["receipt_number"])
    assert len(numbers) == 2
    assert count(city, consultation) == 3


def test_without_a_key_the_same_body_twice_is_two_records(city: City, consultation: Json) -> None:
    body = city.application(consultation)
    one, two = post(city, consultation, body), post(city, consultation, body)
    assert one.json()["receipt_number"] != two.json()["receipt_number"]
    assert count(city, consultation) == 2


@pytest.mark.parametrize("key", ['"quoted"', "x" * 255, "550e8400-e29b-41d4-a716-446655440000"])
def test_usual_shapes_of_keys_are_honoured(city: City, consultation: Json, key: str) -> None:
    body = city.application(consultation)
    first, again = keyed(city, consultation, body, key), keyed(city, consultation, body, key)
    assert first.status_code == again.status_code == 201, first.text
    assert first.content == again.content


@pytest.mark.parametrize("key", ["", "a b", "x" * 100_0, "鍵".encode(), b"\xff"])
def test_odd_keys_are_no_5xx(city: City, consultation: Json, key: Json) -> None:
    answer = keyed(city, consultation, city.application(consultation), key)
    assert answer.status_code in {201, 400, 422}


def test_twenty_at_once_under_one_key_are_one_record(city: City, consultation: Json) -> None:
    body = city.application(consultation)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: keyed(city, consultation, body, "a"), range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert count(city, consultation) == 1


def test_twenty_different_bodies_at_once_under_one_key_are_one_record(
    city: City, consultation: Json
) -> None:
    bodies = [city.application(consultation, opinion=f"意見{n}") for n in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda body: keyed(city, consultation, body, "a"), bodies))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 19
    assert count(city, consultation) == 1


def test_many_at_once_get_numbers_without_gap_or_repeat(city: City, consultation: Json) -> None:
    bodies = [city.application(consultation, opinion=f"意見{n}") for n in range(100)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda body: post(city, consultation, body), bodies))
    assert {answer.status_code for answer in answers} == {201}
    numbers = sorted(answer.json()["receipt_number"] for answer in answers)
    assert len(set(numbers)) == 100
    # A serial per consultation: without the check digit the numbers are consecutive.
    serials = sorted(int("".join(c for c in number if c.isdigit())[:-1]) for number in numbers)
    assert serials == list(range(serials[0], serials[0] + 100))


def count(city: City, consultation: Json) -> int:
    counts = city.get(f"/consultations/{consultation['code']}/tally").json()["by_status"]
    return sum(counts.values())


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


def variants(name: str) -> dict[str, str]:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)
    bare = name.removesuffix("（案）")
    return {
        "as it is": name,
        "full width": wide,
        "NFKC": unicodedata.normalize("NFKC", name),
        "NFKD": unicodedata.normalize("NFKD", name),
        "half-width brackets": f"{bare}(案)",
        "square brackets": f"{bare}［案］",
        "tortoise shells": f"{bare}〔案〕",
        "lenticular": f"{bare}【案】",
        "without brackets": f"{bare}案",
        "quoted": f"「{name}」",
        "double quoted": f"『{name}』",
        "ascii quoted": f'"{name}"',
        "spaces around": f"　{name} ",
        "spaces inside": f"{name[:4]} {name[4:8]}　{name[8:]}",
        "line break": f"{name[:4]}\n{name[4:]}",
        "CRLF": f"{name[:4]}\r\n{name[4:]}",
        "tab": f"{name[:4]}\t{name[4:]}",
        "zero width": f"{name[:4]}\u200b{name[4:]}",
    }


def test_measure_names_are_compared_after_normalisation(city: City) -> None:
    made = city.open(measure_name=f"第５期 {new_measure().removesuffix('（案）')}ABC（案）")
    for what, written in variants(made["measure_name"]).items():
        body = city.application(made, measure_name=written)
        answer = post(city, made, body)
        assert answer.status_code == 201, (what, answer.text)
        assert answer.json()["measure"]["written"] == written
        assert answer.json()["measure"]["verdict"] == "match"
    plain = made["measure_name"].replace("５", "5").replace(" ", "")
    for number in ("第5期", "第５期", "第五期", "第 5 期", "第　五　期", "第\u3000五\n期"):
        body = city.application(made, measure_name=plain.replace("第5期", number))
        assert post(city, made, body).status_code == 201, number
    for other in ("第6期", "第六期", "第15期", "第五十期"):
        body = city.application(made, measure_name=plain.replace("第5期", other))
        assert error_codes(post(city, made, body)) == {"measure_name_mismatch"}, other


@pytest.mark.parametrize(
    ("official", "same"),
    [
        ("第12次{}計画（案）", "第十二次{}計画(案)"),
        ("第10期{}計画（素案）", "第十期{}計画素案"),
        ("令和8年度{}計画（案）", "令和八年度{}計画（案）"),
        ("{}（第2次）計画（案）", "{}(第二次)計画(案)"),
        ("{}に関する条例（案）", "「{}に関する条例（案）」"),
        ("{}サービス計画（案）", "{}ｻｰﾋﾞｽ計画（案）"),
        ("{}・ＩＣＴ計画（案）", "{}･ICT計画（案）"),
    ],
)
def test_numbers_and_widths_of_names_are_the_same_name(
    city: City, official: str, same: str
) -> None:
    middle = new_measure().removesuffix("（案）")
    made = city.open(measure_name=official.format(middle))
    body = city.application(made, measure_name=same.format(middle))
    answer = post(city, made, body)
    assert answer.status_code == 201, answer.text


def test_meaningful_differences_are_a_mismatch_that_names_the_candidates(
    city: City, consultation: Json
) -> None:
    bare = consultation["measure_name"].removesuffix("（案）")
    for written in (f"{bare}（素案）", f"{bare}（原案）", bare[:-1], f"新{bare}（案）", f"{bare}（案）改訂版",
                    "計画", "？"):  # fmt: skip
        answer = post(city, consultation, city.application(consultation, measure_name=written))
        body = problem(answer, 422)
        assert [error["code"] for error in body["errors"]] == ["measure_name_mismatch"], written
    assert consultation["measure_name"] in answer.text


def test_an_alias_matches_too(city: City) -> None:
    alias = f"{new_measure().removesuffix('（案）')}の見直し"
    made = city.open(measure_aliases=[alias])
    for written in (alias, f"「{alias}」"):
        comment = city.apply(made, measure_name=written)
        assert comment["measure"]["verdict"] == "match"
        assert comment["measure"]["written"] == written


def test_the_name_of_another_open_measure_is_a_mismatch(city: City, consultation: Json) -> None:
    other = city.open()
    body = city.application(consultation, measure_name=other["measure_name"])
    answer = post(city, consultation, body)
    assert error_codes(answer) == {"measure_name_mismatch"}
    assert other["measure_name"] in answer.text


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
