import dataclasses

import pytest

from app.domain.consultation import Category, RequiredField
from app.domain.errors import FieldProblem
from app.domain.requirements import category_code, missing
from app.domain.submitter import CategoryChoice, Submitter, SubmitterKind
from app.domain.text import MAX_OPINION_CHARACTERS
from tests.unit.domain.builders import CATEGORIES, a_consultation, a_submitter

NOTICE = a_consultation()


def codes(problems: tuple[FieldProblem, ...]) -> list[tuple[str, str]]:
    return [(each.field, each.code) for each in problems]


def with_category(code: str | None, detail: str | None = None) -> Submitter:
    return dataclasses.replace(a_submitter(), category=CategoryChoice(code=code, detail=detail))


def of(submitter: Submitter) -> list[tuple[str, str]]:
    return codes(missing(NOTICE, submitter, measure_written="案", opinion="意見"))


def test_a_complete_comment_lacks_nothing() -> None:
    assert of(a_submitter()) == []


@pytest.mark.parametrize("nothing", [None, "", " \u3000", "\u200b", "\u3164"])
def test_everything_missing_is_named_at_once(nothing: str | None) -> None:
    submitter = Submitter(
        name=nothing, address=nothing, category=CategoryChoice(code=nothing, detail=nothing)
    )
    assert codes(missing(NOTICE, submitter, measure_written=nothing, opinion=nothing)) == [
        ("/submitter/name", "name_missing"),
        ("/submitter/address", "address_missing"),
        ("/submitter/category", "category_missing"),
        ("/opinion", "opinion_missing"),
        ("/measure_name", "measure_name_missing"),
    ]


def test_the_measure_name_is_pointed_at_where_it_was_sent() -> None:
    problems = missing(
        NOTICE,
        a_submitter(),
        measure_written=None,
        opinion="意見",
        measure_pointer="/measure/written",
    )
    assert codes(problems) == [("/measure/written", "measure_name_missing")]


def test_only_what_the_notice_requires_is_asked_for() -> None:
    lenient = a_consultation(required=(), categories=())
    assert missing(lenient, Submitter(), measure_written=None, opinion=None) == ()


def test_a_body_owes_name_office_and_representative_whatever_the_notice_says() -> None:
    lenient = a_consultation(required=())
    body = Submitter(kind=SubmitterKind.ORGANIZATION)
    assert codes(missing(lenient, body, measure_written=None, opinion=None)) == [
        ("/submitter/name", "name_missing"),
        ("/submitter/address", "address_missing"),
        ("/submitter/representative", "representative_missing"),
    ]


def test_a_person_owes_no_representative() -> None:
    body = dataclasses.replace(a_submitter(), kind=SubmitterKind.ORGANIZATION)
    assert of(body) == [("/submitter/representative", "representative_missing")]
    assert of(dataclasses.replace(body, representative="旭川 太郎")) == []


def test_an_unknown_category_lists_the_known_ones() -> None:
    (problem,) = missing(NOTICE, with_category("9"), measure_written="案", opinion="意見")
    assert (problem.field, problem.code) == ("/submitter/category/code", "category_unknown")
    assert problem.data == {"codes": "1 / 2 / 3 / 4 / 5 / 6"}


def test_a_category_with_a_detail_needs_it_even_where_no_category_is_required() -> None:
    optional = a_consultation(required=())
    (problem,) = missing(optional, with_category("2", "\u3000"), measure_written=None, opinion=None)
    assert (problem.field, problem.code) == (
        "/submitter/category/detail",
        "category_detail_missing",
    )
    assert problem.data == {"detail_label": "勤務先の名称・所在地"}
    assert of(with_category("2", "旭川商店 旭川市1条通1丁目")) == []


def test_an_opinion_may_be_a_hundred_thousand_characters_long() -> None:
    longest = "𠮷" * MAX_OPINION_CHARACTERS
    assert missing(NOTICE, a_submitter(), measure_written="案", opinion=longest) == ()
    (problem,) = missing(NOTICE, a_submitter(), measure_written="案", opinion=longest + "a")
    assert (problem.code, problem.data) == ("opinion_too_long", {"limit": "100,000"})


def test_too_long_is_too_long_even_where_no_opinion_is_required() -> None:
    optional = a_consultation(required=(RequiredField.NAME,))
    problems = missing(optional, a_submitter(), measure_written=None, opinion="a" * 100_001)
    assert codes(problems) == [("/opinion", "opinion_too_long")]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1", "1"),
        ("２", "2"),
        ("②", "2"),
        ("(2)", "2"),
        ("（２）", "2"),
        ("⑵", "2"),
        ("2番", "2"),
        ("区分２", "2"),
        ("No.3", "3"),
        ("【3】", "3"),
        ("2.市内の事務所又は事業所に勤務する方", "2"),
        ("２　市内に勤務", "2"),
        ("2 旭川商店（旭川市3条通1丁目）", "2"),
        ("市内に住所を有する方", "1"),
        ("市内に 住所を\n有する方", "1"),
        ("市内に勤務", "2"),
        ("市内在住", "1"),
        ("旭川市民です", "1"),
        ("通勤しています", "2"),
        ("市内の大学に通学", "3"),
        ("在学", "3"),
        ("納税", "5"),
        ("利害関係者", "6"),
        ("1・2", None),
        ("1、2", None),
        ("1と2", None),
        ("１ ２", None),
        ("12", None),
        ("9", None),
        ("", None),
        ("特になし", None),
        ("市内に住んでいない", None),
        ("市外在住", None),
        ("市内", None),
        ("住所も勤務先も市内", None),
        ("1 市内に勤務", None),
        ("事務所", None),
        ("市内に住所を有する方・市内の学校に在学する方", None),
    ],
)
def test_a_category_in_the_writers_own_words(written: str, expected: str | None) -> None:
    assert category_code(NOTICE, written) == expected


def test_a_label_inside_a_longer_label_gives_way_to_it() -> None:
    notice = a_consultation(
        categories=(Category(code="A", label="市民"), Category(code="B", label="市民以外の方"))
    )
    assert category_code(notice, "市民以外の方") == "B"
    assert category_code(notice, "市民") == "A"
    assert category_code(notice, "ｂ") == "B"


def test_without_categories_nothing_can_be_chosen() -> None:
    assert category_code(a_consultation(categories=()), "1") is None
    assert category_code(a_consultation(categories=()), "在住") is None


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_code_and_every_label_names_its_category(category: Category) -> None:
    assert category_code(NOTICE, category.code) == category.code
    assert category_code(NOTICE, category.label) == category.code
    assert category_code(NOTICE, f"{category.code}　{category.label}") == category.code
