import string
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import errors
from app.domain.findings import FINDINGS as KNOWN_FINDINGS
from app.domain.findings import Finding
from app.domain.labels import LABELS, label
from app.domain.status import CommentStatus
from app.domain.wording import FINDINGS, LANGUAGES, PROBLEMS, Words, say

FIELD_PROBLEMS = {
    "address_missing",
    "arrives_by_before_closing",
    "arrives_by_needs_postmark",
    "categories_needed",
    "category_code_repeated",
    "category_detail_missing",
    "category_missing",
    "category_unknown",
    "closes_before_opening",
    "collected_until_before_opening",
    "collected_until_needs_basis",
    "collection_only_for_drop_box",
    "individual_number_present",
    "measure_name_mismatch",
    "measure_name_missing",
    "name_missing",
    "opinion_missing",
    "opinion_too_long",
    "postmark_only_for_post",
    "representative_missing",
}


def refusals(of: type[errors.Refusal]) -> set[type[errors.Refusal]]:
    return {of}.union(*(refusals(each) for each in of.__subclasses__()))


def test_every_finding_has_words() -> None:
    assert set(FINDINGS) == set(KNOWN_FINDINGS)


def test_every_refusal_and_every_wrong_field_has_words() -> None:
    codes = {each.code for each in refusals(errors.Refusal)}
    assert codes | FIELD_PROBLEMS <= set(PROBLEMS)


@pytest.mark.parametrize("section", [PROBLEMS, FINDINGS], ids=["problems", "findings"])
def test_words_are_whole_sentences_in_both_languages(section: dict[str, Words]) -> None:
    assert list(section) == sorted(section)
    for code, (japanese, english) in section.items():
        assert japanese.endswith(("。", "}")), code
        assert english[0].isupper() or english[0] == "{", code
        assert placeholders(japanese) == placeholders(english), code


def placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_words_are_filled_from_their_data() -> None:
    said = say("opinion_too_long", "ja", {"limit": "100,000"}, section=PROBLEMS)
    assert "100,000文字以内" in said
    assert "100,000 characters" in say(
        "opinion_too_long", "en", {"limit": "100,000"}, section=PROBLEMS
    )


def test_another_language_reads_japanese() -> None:
    assert say("name_missing", "fr", {}, section=PROBLEMS) == PROBLEMS["name_missing"][0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_want_of_data_or_of_words_never_fails(language: str) -> None:
    for section in (PROBLEMS, FINDINGS):
        for code in (*section, "no_such_code"):
            assert "{" not in say(code, language, {}, section=section)
    assert "no_such_code" in say("no_such_code", language, {}, section=PROBLEMS)


@given(st.text())
def test_data_is_never_read_as_a_template(value: str) -> None:
    said = say("measure_name_mismatch", "ja", {"candidates": value}, section=PROBLEMS)
    assert said.endswith(value)


@pytest.mark.parametrize("names", LABELS, ids=lambda kind: kind.__name__)
def test_every_member_of_a_closed_set_has_a_name(names: type[StrEnum]) -> None:
    assert set(LABELS[names]) == set(names)
    for member in names:
        assert label(member)
        assert label(member, "en")


def test_names_come_in_japanese_unless_english_is_asked_for() -> None:
    assert label(CommentStatus.NEEDS_REVIEW) == "要確認"
    assert label(CommentStatus.NEEDS_REVIEW, "en") == "Needs review"


def test_a_refusal_carries_its_code_its_data_and_its_fields() -> None:
    problem = errors.FieldProblem("/opinion", "opinion_missing")
    refusal = errors.InvalidInput(problems=(problem,), extra={"opens_on": "2015-04-15"}, limit="1")
    assert (refusal.code, refusal.problems) == ("invalid_input", (problem,))
    assert (refusal.data, refusal.extra) == ({"limit": "1"}, {"opens_on": "2015-04-15"})
    assert errors.NotFound("consultation_unknown").code == "consultation_unknown"
    assert str(errors.TooLarge()) == "too_large"
    assert Finding(code="file_empty").data == {}
