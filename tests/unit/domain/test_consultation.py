from datetime import date

import pytest

from app.domain.consultation import (
    Basis,
    Category,
    Consultation,
    DeadlineRule,
    RequiredField,
    RuleKey,
    contradictions,
    rule_key,
)
from app.domain.envelope import Channel, Delivery
from tests.unit.domain.builders import CATEGORIES, a_consultation, japan


def problems(consultation: Consultation) -> list[tuple[str, str]]:
    return [(each.field, each.code) for each in contradictions(consultation)]


def with_rule(key: RuleKey, rule: DeadlineRule) -> Consultation:
    return a_consultation(rules={key: rule})


def test_the_rules_of_the_notice_do_not_contradict() -> None:
    consultation = a_consultation(
        rules={
            RuleKey.POST: DeadlineRule(basis=Basis.POSTMARKED, arrives_by=date(2015, 5, 22)),
            RuleKey.DROP_BOX: DeadlineRule(
                basis=Basis.COLLECTED, collected_until=japan("2015-05-18T12:00:00")
            ),
        },
        aliases=("特定個人情報保護評価書",),
    )
    assert contradictions(consultation) == ()


@pytest.mark.parametrize(
    ("consultation", "field", "code"),
    [
        (a_consultation(measure_name="\u3000"), "/measure_name", "measure_name_missing"),
        (a_consultation(aliases=("別名", "")), "/measure_aliases/1", "measure_name_missing"),
        (a_consultation(closes_on=date(2015, 4, 14)), "/closes_on", "closes_before_opening"),
        (
            with_rule(RuleKey.FAX, DeadlineRule(basis=Basis.POSTMARKED)),
            "/deadline_rules/fax/basis",
            "postmark_only_for_post",
        ),
        (
            with_rule(RuleKey.POST, DeadlineRule(basis=Basis.COLLECTED)),
            "/deadline_rules/post/basis",
            "collection_only_for_drop_box",
        ),
        (
            with_rule(RuleKey.POST, DeadlineRule(arrives_by=date(2015, 5, 22))),
            "/deadline_rules/post/arrives_by",
            "arrives_by_needs_postmark",
        ),
        (
            with_rule(
                RuleKey.POST,
                DeadlineRule(basis=Basis.POSTMARKED, arrives_by=date(2015, 5, 14)),
            ),
            "/deadline_rules/post/arrives_by",
            "arrives_by_before_closing",
        ),
        (
            with_rule(RuleKey.DROP_BOX, DeadlineRule(collected_until=japan("2015-05-18T12:00:00"))),
            "/deadline_rules/drop_box/collected_until",
            "collected_until_needs_basis",
        ),
        (
            with_rule(
                RuleKey.DROP_BOX,
                DeadlineRule(basis=Basis.COLLECTED, collected_until=japan("2015-04-14T23:59:59")),
            ),
            "/deadline_rules/drop_box/collected_until",
            "collected_until_before_opening",
        ),
        (
            a_consultation(categories=(*CATEGORIES, Category(code="1", label="もう一つ"))),
            "/categories/6/code",
            "category_code_repeated",
        ),
        (a_consultation(categories=()), "/categories", "categories_needed"),
    ],
)
def test_a_contradiction_names_the_field_to_change(
    consultation: Consultation, field: str, code: str
) -> None:
    assert problems(consultation) == [(field, code)]


def test_all_contradictions_come_at_once() -> None:
    consultation = a_consultation(
        measure_name="", closes_on=date(2015, 4, 1), required=tuple(RequiredField), categories=()
    )
    assert len(contradictions(consultation)) == 3


@pytest.mark.parametrize(
    ("channel", "delivery", "key"),
    [
        (Channel.MAIL, Delivery.POST, RuleKey.POST),
        (Channel.MAIL, None, RuleKey.POST),
        (Channel.MAIL, Delivery.HAND, RuleKey.HAND),
        (Channel.DROP_BOX, None, RuleKey.DROP_BOX),
        (Channel.FAX, None, RuleKey.FAX),
        (Channel.EMAIL, None, RuleKey.EMAIL),
        (Channel.E_APPLICATION, None, RuleKey.E_APPLICATION),
    ],
)
def test_every_way_of_arriving_has_its_rule(
    channel: Channel, delivery: Delivery | None, key: RuleKey
) -> None:
    assert rule_key(channel, delivery) is key


def test_a_way_the_notice_is_silent_about_goes_by_receipt() -> None:
    rule = DeadlineRule(basis=Basis.POSTMARKED)
    consultation = with_rule(RuleKey.POST, rule)
    assert consultation.rule_for(Channel.MAIL, Delivery.POST) is rule
    assert consultation.rule_for(Channel.MAIL, Delivery.HAND) == DeadlineRule()


def test_categories_are_found_by_their_code() -> None:
    consultation = a_consultation()
    assert consultation.category("2") is CATEGORIES[1]
    assert consultation.category("9") is None
    assert consultation.category(None) is None


def test_its_names_begin_with_the_official_one() -> None:
    assert a_consultation(measure_name="甲", aliases=("乙",)).names == ("甲", "乙")
