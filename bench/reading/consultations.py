"""The consultation whose form is filled in, in the words of the API and as a domain value."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any  # JSON

from app.domain.consultation import Category, Consultation, DeadlineRule, Office, RuleKey
from app.domain.envelope import japan_day

OPEN_ON = date(2026, 4, 20)
"""A day on which the domain values are open; fixed, so that forms are the same on every day."""

CODE = "bench"
MEASURE = "北星市デジタル推進計画（素案）"
CATEGORIES: Mapping[str, str] = {
    "1": "市内に住所を有する方",
    "2": "市内に事務所又は事業所を有する個人及び法人その他の団体",
    "3": "市内の事務所又は事業所に勤務する方",
    "4": "市内の学校に在学する方",
    "5": "本市に対して納税義務を有する方",
    "6": "対象施策の案に利害関係を有する方",
}


def a_consultation(
    code: str = CODE, measure_name: str = MEASURE, number: int = 12, around: date = OPEN_ON
) -> Consultation:
    """Give a consultation that is open around a day."""
    opens_on, closes_on = _period(around)
    return Consultation(
        code=code,
        number=number,
        measure_name=measure_name,
        opens_on=opens_on,
        closes_on=closes_on,
        office=Office(name="北星市総務課"),
        deadline_rules=dict.fromkeys(RuleKey, DeadlineRule()),
        categories=tuple(Category(code=key, label=label) for key, label in CATEGORIES.items()),
    )


def as_json(code: str = CODE, measure_name: str = MEASURE) -> dict[str, Any]:
    """Give the same for ``POST /api/v1/consultations``, open today."""
    opens_on, closes_on = _period(japan_day(datetime.now(UTC)))
    return {
        "code": code,
        "measure_name": measure_name,
        "opens_on": opens_on.isoformat(),
        "closes_on": closes_on.isoformat(),
        "office": {"name": "北星市総務課", "email": "somu@city.example.jp"},
        "deadline_rules": {"hand": {"basis": "received"}},
        "required_fields": ["name", "address", "category", "measure_name", "opinion"],
        "categories": [
            {"code": key, "label": label, "detail_label": None} for key, label in CATEGORIES.items()
        ],
    }


def _period(today: date) -> tuple[date, date]:
    return today - timedelta(days=10), today + timedelta(days=20)
