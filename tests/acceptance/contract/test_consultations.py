import time
from typing import Any

import pypdfium2
import pytest

from tests.acceptance.contract.city import City, Json, dated, definition, new_code, problem


def test_a_consultation_is_created_and_read_back_as_given(city: City) -> None:
    given = definition()
    made = city.post("/consultations", json=given)
    assert made.status_code == 201
    for answer in (made.json(), city.get(f"/consultations/{given['code']}").json()):
        for name, value in given.items():
            if name != "deadline_rules":
                assert answer[name] == value, name
        for channel, rule in given["deadline_rules"].items():
            for name, value in rule.items():
                assert answer["deadline_rules"][channel][name] == value


def test_the_example_of_the_contract_is_taken_word_for_word(city: City) -> None:
    given = dated("2015-04-15", "2015-05-15", code="juki-pia-2015")
    given["measure_name"] = "住民基本台帳関係事務の特定個人情報保護評価書（案）"
    answer = city.post("/consultations", json=given)
    assert answer.status_code in {201, 409}
    problem(city.post("/consultations", json=given), 409)
    assert city.get("/consultations/juki-pia-2015").json()["measure_name"] == given["measure_name"]


def test_a_known_code_is_409_whatever_else_it_says(city: City, consultation: Json) -> None:
    problem(city.post("/consultations", json=definition(code=consultation["code"])), 409)


def test_required_fields_default_and_categories_may_be_left_to_the_default(city: City) -> None:
    given = definition()
    del given["required_fields"]
    del given["measure_aliases"]
    made = city.create(given)
    assert set(made["required_fields"]) == {
        "name",
        "address",
        "category",
        "measure_name",
        "opinion",
    }
    assert made["measure_aliases"] == []


def rules(**changes: Json) -> dict[str, Any]:
    given: dict[str, Any] = definition()["deadline_rules"]
    return given | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"opens_on": "2026-06-01", "closes_on": "2026-05-31"},
        {"closes_on": "2015-02-30"},
        {"closes_on": "tomorrow"},
        {"opens_on": None},
        {"opens_on": 20150415},
        {"code": ""},
        {"code": None},
        {"code": "a/b"},
        {"code": "日本"},
        {"code": "a b"},
        {"code": "x" * 500},
        {"measure_name": ""},
        {"measure_name": "　\u200b"},
        {"measure_name": "（案）"},
        {"measure_name": None},
        {"categories": []},
        {"categories": [{"code": "1", "label": "甲", "detail_label": None}] * 2},
        {"categories": [{"code": "", "label": "甲", "detail_label": None}]},
        {"categories": [{"code": "1", "label": "", "detail_label": None}]},
        {"required_fields": ["name", "shoe_size"]},
        {"deadline_rules": rules(email={"basis": "postmarked"})},
        {"deadline_rules": rules(fax={"basis": "collected"})},
        {"deadline_rules": rules(hand={"basis": "postmarked"})},
        {"deadline_rules": rules(post={"basis": "collected"})},
        {"deadline_rules": rules(drop_box={"basis": "postmarked"})},
        {"deadline_rules": rules(e_application={"basis": "postmarked"})},
        {"deadline_rules": rules(email={"basis": "whenever"})},
        {"deadline_rules": rules(email={"basis": "received", "closing_time": "25:00"})},
        {"deadline_rules": rules(email={"basis": "received", "closing_time": "noon"})},
        {"deadline_rules": rules(email={"basis": "received", "arrives_by": "2099-01-01"})},
        {"deadline_rules": rules(pigeon={"basis": "received"})},
        {
            "deadline_rules": rules(
                drop_box={"basis": "collected", "collected_until": "2099-05-18T12:00:00"}
            )
        },
        {"deadline_rules": rules(post={"basis": "postmarked", "arrives_by": "2000-01-01"})},
        {
            "deadline_rules": rules(
                drop_box={"basis": "collected", "collected_until": "2000-05-18T12:00:00+09:00"}
            )
        },
        {
            "deadline_rules": rules(
                email={"basis": "received", "collected_until": "2099-05-18T12:00:00+09:00"}
            )
        },
    ],
)  # fmt: skip
def test_definitions_that_contradict_are_422(city: City, changes: dict[str, Any]) -> None:
    problem(city.post("/consultations", json=definition(**changes)), 422)


def test_errors_of_a_definition_are_told_all_at_once_with_their_fields(city: City) -> None:
    given = definition(opens_on="2026-06-01", closes_on="2026-05-31")
    given["deadline_rules"]["email"] = {"basis": "postmarked"}
    given["categories"] = [{"code": "1", "label": "甲", "detail_label": None}] * 2
    body = problem(city.post("/consultations", json=given), 422)
    fields = {error["field"].split("/")[1] for error in body["errors"]}
    assert {"deadline_rules", "categories"} <= fields
    assert fields & {"opens_on", "closes_on"}


def test_a_patch_changes_what_it_names_and_nothing_else(city: City, consultation: Json) -> None:
    path = f"/consultations/{consultation['code']}"
    changed = city.patch(path, json={"measure_aliases": ["住基評価書"]})
    assert changed.status_code == 200, changed.text
    assert changed.json() == consultation | {"measure_aliases": ["住基評価書"]}
    changed = city.patch(
        path,
        content=b'{"office": {"fax": "0166-00-0000"}}',
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["office"] == consultation["office"] | {"fax": "0166-00-0000"}
    assert city.get(path).json() == changed.json()
    assert city.patch(path, json={}).status_code == 200


def test_a_patch_may_not_make_the_rules_contradict(city: City, consultation: Json) -> None:
    path = f"/consultations/{consultation['code']}"
    problem(city.patch(path, json={"closes_on": "2000-01-01"}), 422)
    problem(city.patch(path, json={"deadline_rules": {"fax": {"basis": "postmarked"}}}), 422)
    problem(city.patch(path, json={"measure_name": None}), 422)
    assert city.get(path).json() == consultation


def test_a_code_never_changes(city: City, consultation: Json) -> None:
    path = f"/consultations/{consultation['code']}"
    answer = city.patch(path, json={"code": new_code()})
    assert answer.status_code in {409, 422}
    assert city.patch(path, json={"code": consultation["code"]}).status_code == 200


def test_a_definition_read_from_the_service_can_be_sent_back(
    city: City, consultation: Json
) -> None:
    answer = city.patch(f"/consultations/{consultation['code']}", json=consultation)
    assert answer.status_code == 200, answer.text
    copy = city.post("/consultations", json=consultation | {"code": new_code()})
    assert copy.status_code == 201, copy.text


def test_the_blank_form_is_a_pdf_with_real_text(city: City, consultation: Json) -> None:
    answer = city.get(f"/consultations/{consultation['code']}/form.pdf")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    document = pypdfium2.PdfDocument(answer.content)
    page = document[0]
    assert [round(size) for size in page.get_size()] == [595, 842]
    text = page.get_textpage().get_text_range()
    for words in ("意見書", "氏名", "住所", "代表者", "区分", "意見", "市内に住所を有する方",
                  "勤務先の名称・所在地"):  # fmt: skip
        assert words in text.replace("　", "").replace(" ", ""), words
    assert consultation["measure_name"] in text.replace("\r\n", "")
    document.close()


def test_the_places_of_the_form_are_named_as_in_the_contract(
    city: City, consultation: Json
) -> None:
    form = city.get(f"/consultations/{consultation['code']}/form.json").json()
    assert isinstance(form["template"], str)
    assert form["page"] == {"width_mm": 210, "height_mm": 297}
    fields = {field["field"] for field in form["fields"]}
    assert {"/submitter/name", "/submitter/address", "/submitter/representative",
            "/submitter/category/detail", "/opinion"} <= fields  # fmt: skip
    assert {choice["code"] for choice in form["choices"]} == {"1", "2"}
    assert {choice["field"] for choice in form["choices"]} == {"/submitter/category/code"}
    for place in form["fields"] + form["choices"]:
        left, top, right, bottom = place["box"]
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1
        assert place["page"] == 1
    # Writing cells are at least 12 mm high.
    for field in form["fields"]:
        assert (field["box"][3] - field["box"][1]) * 297 >= 12


def test_a_form_with_many_categories_still_shows_them_all(city: City) -> None:
    labels = [
        ("1", "市内に住所を有する方", None),
        ("2", "市内の事務所又は事業所に勤務する方", "勤務先の名称・所在地"),
        ("3", "市内の学校に在学する方", "学校の名称"),
        ("4", "市内に事務所又は事業所を有する個人及び法人その他の団体", "事務所の名称・所在地"),
        ("5", "本市に対して納税義務を有する方", "納税義務の内容"),
        ("6", "本手続に係る事案に利害関係を有する方", "利害関係の内容"),
    ]
    made = city.open(
        categories=[{"code": c, "label": label, "detail_label": d} for c, label, d in labels]
    )
    form = city.get(f"/consultations/{made['code']}/form.json").json()
    assert [choice["code"] for choice in form["choices"]] == ["1", "2", "3", "4", "5", "6"]
    assert city.get(f"/consultations/{made['code']}/form.pdf").content.startswith(b"%PDF")


def test_a_changed_rule_judges_undecided_comments_anew_and_is_audited(city: City) -> None:
    made = city.create(definition())
    kept, decided = city.apply(made), city.apply(made)
    number = decided["receipt_number"]
    assert city.decide(number, "accept").status_code == 200
    yesterday = {"opens_on": "2015-01-01", "closes_on": "2015-05-15"}
    changed = city.patch(
        f"/consultations/{made['code']}",
        json=yesterday
        | {"deadline_rules": {"post": {"arrives_by": None}, "drop_box": {"collected_until": None}}},
    )
    assert changed.status_code == 200, changed.text
    for _ in range(100):
        late = city.comment(kept["receipt_number"])
        if late["status"] == "late":
            break
        time.sleep(0.1)
    assert late["timeliness"]["verdict"] == "late"
    assert late["timeliness"]["deadline"] == "2015-05-15T23:59:59+09:00"
    assert late["status"] == "late"
    assert city.comment(number)["status"] == "accepted"
    rows = city.get("/audit", params={"receipt_number": kept["receipt_number"]}).json()["items"]
    assert any("judged" in row["action"] or "changed" in row["action"] for row in rows), rows
