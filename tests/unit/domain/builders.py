"""Builders: a valid thing each, of which a test changes what it speaks of."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any  # a record's members, each of its own type

from app.domain.comment import CommentRecord
from app.domain.consultation import (
    Category,
    Consultation,
    DeadlineRule,
    RequiredField,
    RuleKey,
)
from app.domain.envelope import JST, Channel
from app.domain.measure import Measure, MeasureVerdict
from app.domain.status import CommentStatus
from app.domain.submitter import CategoryChoice, Submitter
from app.domain.timeliness import UNKNOWN

CATEGORIES = (
    Category(code="1", label="市内に住所を有する方"),
    Category(
        code="2",
        label="市内の事務所又は事業所に勤務する方",
        detail_label="勤務先の名称・所在地",
    ),
    Category(code="3", label="市内の学校に在学する方", detail_label="学校の名称"),
    Category(
        code="4",
        label="市内に事務所又は事業所を有する方",
        detail_label="事務所又は事業所の名称・所在地",
    ),
    Category(code="5", label="市に対して納税義務を有する方", detail_label="納税義務の種類"),
    Category(code="6", label="本件に利害関係を有する方", detail_label="利害関係の内容"),
)


def a_consultation(
    code: str = "juki-pia",
    measure_name: str = "住民基本台帳関係事務の特定個人情報保護評価書（案）",
    *,
    aliases: tuple[str, ...] = (),
    opens_on: date = date(2015, 4, 15),
    closes_on: date = date(2015, 5, 15),
    rules: Mapping[RuleKey, DeadlineRule] | None = None,
    required: tuple[RequiredField, ...] = tuple(RequiredField),
    categories: tuple[Category, ...] = CATEGORIES,
) -> Consultation:
    """Build a consultation like the one of the notice."""
    return Consultation(
        code=code,
        number=1,
        measure_name=measure_name,
        measure_aliases=aliases,
        opens_on=opens_on,
        closes_on=closes_on,
        deadline_rules=rules or {},
        required_fields=required,
        categories=categories,
    )


def a_submitter() -> Submitter:
    """Build a person with everything a notice asks for."""
    return Submitter(
        name="旭川 花子",
        address="旭川市6条通9丁目46番地",
        category=CategoryChoice(code="1"),
    )


def japan(text: str) -> datetime:
    """Read a wall-clock time in Japan, such as ``2015-05-15T17:15:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def a_comment(**changes: object) -> CommentRecord:
    """Build a record of which hardly anything is known."""
    values: dict[str, Any] = {
        "receipt_number": "000-000001-3",
        "consultation": None,
        "submission_id": "s1",
        "position": 0,
        "channel": Channel.EMAIL,
        "delivery": None,
        "received_at": datetime(2015, 5, 1, tzinfo=UTC),
        "postmarked_on": None,
        "collected_at": None,
        "timeliness": UNKNOWN,
        "submitter": Submitter(),
        "measure": Measure(written=None, verdict=MeasureVerdict.MISSING),
        "opinion": "意見",
        "status": CommentStatus.NEEDS_REVIEW,
        "findings": (),
    }
    return CommentRecord(**values | changes)
