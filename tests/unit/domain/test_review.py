from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pytest

from app.domain.comment import CommentRecord, Correction
from app.domain.comment_form import (
    ADDRESS,
    CATEGORY_CODE,
    EMAIL,
    MEASURE,
    NAME,
    OPINION,
    Reading,
)
from app.domain.findings import Finding
from app.domain.review import fields_to_review
from app.domain.status import CommentDecision, Decision
from tests.unit.domain.builders import a_comment

NOW = datetime(2015, 5, 1, tzinfo=UTC)
SURE_FORM = {
    OPINION: Reading(value="意見", confidence=0.99, source="ocr"),
    ADDRESS: Reading(value="見本市中央1番地", confidence=0.99, source="ocr"),
    NAME: Reading(value="見本 花子", confidence=0.99, source="ocr"),
    CATEGORY_CODE: Reading(value="1", confidence=0.99, source="mark"),
    MEASURE: Reading(value="案", source="qr"),
}


def a_record(
    readings: Mapping[str, Reading],
    *,
    read: Iterable[Finding] = (),
    ruled: Iterable[Finding] = (),
    corrected: Iterable[str] = (),
    decision: Decision | None = None,
) -> CommentRecord:
    entry = Correction(value="前", new_value="後", by="確認者", at=NOW)
    return a_comment(
        findings=(*read, *ruled),
        form_findings=tuple(read),
        readings=readings,
        by_ocr=any(each.source == "ocr" for each in readings.values()),
        corrections=dict.fromkeys(corrected, (entry,)),
        decision=decision,
    )


def test_names_addresses_and_texts_are_asked_for_however_surely_they_were_read() -> None:
    assert fields_to_review(a_record(SURE_FORM)) == (NAME, ADDRESS, OPINION)


def test_a_doubtful_mark_and_a_missing_field_are_asked_for_in_the_order_of_the_form() -> None:
    record = a_record(
        {OPINION: SURE_FORM[OPINION]},
        read=[Finding(code="choice_ambiguous", field=CATEGORY_CODE)],
        ruled=[Finding(code="name_missing", field=NAME)],
    )
    assert fields_to_review(record) == (NAME, CATEGORY_CODE, OPINION)


def test_evidence_that_calls_for_nothing_asks_for_nothing() -> None:
    record = a_record({}, read=[Finding(code="words_weighed", field=OPINION)])
    assert fields_to_review(record) == ()


def test_a_finding_of_another_version_is_for_a_person() -> None:
    record = a_record({}, read=[Finding(code="unheard_of", field="/anew")])
    assert fields_to_review(record) == ("/anew",)


def test_what_a_person_corrected_is_asked_for_only_while_a_rule_objects() -> None:
    readings = {NAME: SURE_FORM[NAME], EMAIL: Reading(value="a@example.jp", source="ocr")}
    doubt = Finding(code="low_confidence", field=NAME)
    assert fields_to_review(a_record(readings, read=[doubt], corrected=[NAME])) == (EMAIL,)
    empty = Finding(code="name_missing", field=NAME)
    record = a_record(readings, read=[doubt], ruled=[empty], corrected=[NAME])
    assert fields_to_review(record) == (NAME, EMAIL)


@pytest.mark.parametrize("decision", list(CommentDecision))
def test_nothing_is_asked_once_a_person_has_decided(decision: CommentDecision) -> None:
    decided = Decision(decision=decision, reason="理由", by="確認者", at=NOW)
    assert fields_to_review(a_record(SURE_FORM, decision=decided)) == ()
