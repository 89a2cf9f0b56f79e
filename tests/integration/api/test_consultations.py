"""Consultations and their blank forms."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.api.conftest import CODE, a_definition, an_application, codes
from tests.integration.conftest import Clock

PATH = "/api/v1/consultations"


def test_a_consultation_is_answered_as_it_was_sent(client: TestClient) -> None:
    made = client.post(PATH, json=a_definition())

    assert made.status_code == 201
    assert made.headers["Location"] == f"{PATH}/{CODE}"
    shown = client.get(f"{PATH}/{CODE}").json()
    assert shown == made.json()
    sent = a_definition()
    for key, rule in sent["deadline_rules"].items():
        assert {name: shown["deadline_rules"][key][name] for name in rule} == rule
    assert {name: shown[name] for name in sent if name != "deadline_rules"} == {
        name: value for name, value in sent.items() if name != "deadline_rules"
    }


def test_a_consultation_names_the_cities_whose_towns_go_for_it(client: TestClient) -> None:
    made = client.post(PATH, json=a_definition())
    assert made.json()["gazetteers"] is None
    for cities in (["北海道旭川市", "上川郡東神楽町"], [], None):
        answer = client.patch(f"{PATH}/{CODE}", json={"gazetteers": cities})
        assert answer.json()["gazetteers"] == cities
        assert client.get(f"{PATH}/{CODE}").json()["gazetteers"] == cities
    refused = client.patch(f"{PATH}/{CODE}", json={"gazetteers": [""]})
    assert refused.status_code == 422


@pytest.mark.parametrize("label", ["", "　", None])
def test_a_category_whose_detail_has_no_name_needs_none(
    client: TestClient, label: str | None
) -> None:
    category = {"code": "1", "label": "市内に住所を有する方", "detail_label": label}
    made = client.post(PATH, json=a_definition() | {"categories": [category]})

    assert made.json()["categories"] == [category | {"detail_label": None}]
    answer = client.post(f"{PATH}/{CODE}/comments", json=an_application())
    assert answer.status_code == 201, answer.text


def test_a_known_code_is_refused(client: TestClient) -> None:
    client.post(PATH, json=a_definition())

    answer = client.post(PATH, json=a_definition())

    assert answer.status_code == 409
    assert answer.json()["code"] == "code_taken"


_CONTRADICTIONS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"closes_on": "2015-04-14"}, [("/closes_on", "closes_before_opening")]),
    ({"code": "a/b"}, [("/code", "code_invalid")]),
    ({"code": ".."}, [("/code", "code_invalid")]),
    ({"measure_name": ""}, [("/measure_name", "required")]),
    ({"measure_name": None}, [("/measure_name", "invalid_value")]),
    ({"opens_on": "0001-01-01"}, [("/opens_on", "out_of_range")]),
    ({"opens_on": 20150415}, [("/opens_on", "invalid_value")]),
    ({"colour": "red"}, [("/colour", "field_unknown")]),
    ({"required_fields": ["age"]}, [("/required_fields/0", "invalid_choice")]),
    (
        {"deadline_rules": {"web": {"basis": "received"}}},
        [("/deadline_rules/web", "field_unknown")],
    ),
    (
        {"deadline_rules": {"fax": {"basis": "postmarked"}}},
        [("/deadline_rules/fax/basis", "postmark_only_for_post")],
    ),
    (
        {"deadline_rules": {"hand": {"basis": "received", "closing_time": "25:00"}}},
        [("/deadline_rules/hand/closing_time", "closing_time_invalid")],
    ),
    (
        {
            "deadline_rules": {
                "drop_box": {"basis": "collected", "collected_until": "2015-05-18T12:00:00"}
            }
        },
        [("/deadline_rules/drop_box/collected_until", "offset_missing")],
    ),
    (
        {"categories": [{"code": "1", "label": "甲"}, {"code": "1", "label": "乙"}]},
        [("/categories/1/code", "category_code_repeated")],
    ),
]


def test_rules_that_cannot_be_are_refused(client: TestClient, subtests: pytest.Subtests) -> None:
    for changes, expected in _CONTRADICTIONS:
        with subtests.test(changes=str(changes)[:80]):
            answer = client.post(PATH, json=a_definition(**changes))

            assert answer.status_code == 422
            assert codes(answer) == expected


def test_what_is_left_out_takes_its_default(client: TestClient) -> None:
    body = {
        "code": "small",
        "measure_name": "小さな計画（案）",
        "opens_on": "2015-04-15",
        "closes_on": "2015-05-15",
        "categories": [{"code": "1", "label": "市内"}],
    }

    made = client.post(PATH, json=body).json()

    assert made["required_fields"] == ["name", "address", "category", "measure_name", "opinion"]
    assert made["deadline_rules"] == {}
    assert made["office"]["fax"] is None


@pytest.mark.usefixtures("consultation")
def test_a_merge_patch_changes_what_it_names_only(client: TestClient) -> None:
    patch = {
        "closes_on": "2015-05-20",
        "office": {"fax": None, "email": "iken@example.jp"},
        "deadline_rules": {"hand": {"closing_time": None}, "fax": None},
    }
    before = client.get(f"{PATH}/{CODE}").json()

    answer = client.patch(
        f"{PATH}/{CODE}", json=patch, headers={"Content-Type": "application/merge-patch+json"}
    )

    assert answer.status_code == 200
    after = answer.json()
    assert after["closes_on"] == "2015-05-20"
    assert after["office"]["fax"] is None
    assert after["office"]["name"] == before["office"]["name"]
    assert after["deadline_rules"]["hand"]["closing_time"] is None
    assert "fax" not in after["deadline_rules"]
    assert after["categories"] == before["categories"]


_WRONG_PATCHES = [
    ({"code": "other"}, ("/code", "code_fixed")),
    ({"measure_name": None}, ("/measure_name", "required")),
    ({"closes_on": "2015-01-01"}, ("/closes_on", "closes_before_opening")),
    ({"number": 7}, ("/number", "field_unknown")),
    ({"deadline_rules": {"fax": {"basis": None}}}, ("/deadline_rules/fax/basis", "required")),
]


@pytest.mark.usefixtures("consultation")
def test_a_patch_that_cannot_be_changes_nothing(
    client: TestClient, subtests: pytest.Subtests
) -> None:
    for patch, expected in _WRONG_PATCHES:
        with subtests.test(patch=str(patch)[:80]):
            before = client.get(f"{PATH}/{CODE}").json()

            answer = client.patch(f"{PATH}/{CODE}", json=patch)

            assert expected in codes(answer)
            assert client.get(f"{PATH}/{CODE}").json() == before


@pytest.mark.usefixtures("consultation")
def test_a_changed_rule_judges_undecided_comments_again(client: TestClient) -> None:
    comment = client.post(f"{PATH}/{CODE}/comments", json=an_application()).json()
    client.patch(f"{PATH}/{CODE}", json={"closes_on": "2015-04-30"})

    again = client.get(f"/api/v1/comments/{comment['receipt_number']}").json()

    assert again["status"] == "late"
    assert again["timeliness"]["deadline"] == "2015-04-30T23:59:59+09:00"


@pytest.mark.usefixtures("consultation")
def test_without_a_key_only_open_consultations_show(
    client: TestClient, anonymous: TestClient, clock: Clock
) -> None:
    paths = [f"{PATH}/{CODE}", f"{PATH}/{CODE}/form.json", f"{PATH}/{CODE}/form.pdf"]
    assert [anonymous.get(path).status_code for path in paths] == [200, 200, 200]
    assert len(anonymous.get(PATH).json()["items"]) == 1

    clock.pass_by(days=30)

    assert [anonymous.get(path).status_code for path in paths] == [404, 404, 404]
    assert anonymous.get(PATH).json() == {"items": []}
    assert [client.get(path).status_code for path in paths] == [200, 200, 200]
    assert anonymous.get(PATH, headers={"Authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.usefixtures("consultation")
def test_the_blank_form_is_a_pdf_whose_fields_are_described(anonymous: TestClient) -> None:
    form = anonymous.get(f"{PATH}/{CODE}/form.pdf")
    described = anonymous.get(f"{PATH}/{CODE}/form.json").json()

    assert form.headers["Content-Type"] == "application/pdf"
    assert form.content.startswith(b"%PDF-")
    assert described["page"] == {"width_mm": 210, "height_mm": 297}
    assert {each["code"] for each in described["choices"]} == {"1", "2"}
    assert "/submitter/name" in {each["field"] for each in described["fields"]}
    for each in described["fields"] + described["choices"]:
        left, top, right, bottom = each["box"]
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1
    again = anonymous.get(
        f"{PATH}/{CODE}/form.pdf", headers={"If-None-Match": form.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def test_patches_made_at_once_undo_nothing_of_each_other(
    client: TestClient, consultation: str
) -> None:
    patches: list[dict[str, Any]] = [
        {"measure_aliases": ["評価書案"]},
        {"closes_on": "2015-05-16"},
        {"opens_on": "2015-04-14"},
        {"office": {"fax": "0166-00-0009"}},
        {"office": {"name": "北星市市民課"}},
    ]
    with ThreadPoolExecutor(len(patches)) as pool:
        answers = list(
            pool.map(lambda sent: client.patch(f"{PATH}/{consultation}", json=sent), patches)
        )

    assert [each.status_code for each in answers] == [200] * len(patches)
    shown = client.get(f"{PATH}/{consultation}").json()
    assert shown["measure_aliases"] == ["評価書案"]
    assert (shown["opens_on"], shown["closes_on"]) == ("2015-04-14", "2015-05-16")
    assert (shown["office"]["name"], shown["office"]["fax"]) == ("北星市市民課", "0166-00-0009")
