"""Builders of domain values, each valid by default; people and places are invented."""

from datetime import UTC, date, datetime, time
from typing import Any

from app.domain.access import Actor, Scope
from app.domain.comment_form import CommentForm
from app.domain.consultation import (
    Basis,
    Category,
    Consultation,
    DeadlineRule,
    Office,
    RuleKey,
)
from app.domain.envelope import Channel, Envelope, Part
from app.domain.submitter import CategoryChoice, Submitter

MEASURE = "住民基本台帳関係事務の特定個人情報保護評価書（案）"
NOON = datetime(2015, 5, 1, 3, 0, tzinfo=UTC)
"""Noon in Japan on a day within the period of ``a_consultation``."""

ADMIN = Actor(id="test", name="test", scopes=frozenset({Scope.ADMIN}))


def a_consultation(**changes: object) -> Consultation:
    """The consultation of the notice, with an invented office."""
    values: dict[str, Any] = {
        "code": "juki-pia-2015",
        "number": 1,
        "measure_name": MEASURE,
        "opens_on": date(2015, 4, 15),
        "closes_on": date(2015, 5, 15),
        "office": Office(
            name="北星市市民生活部市民課",
            postal_code="070-0000",
            address="北星市中央1条1丁目1番地",
            email="simin@example.jp",
            fax="0166-00-0000",
        ),
        "deadline_rules": {
            RuleKey.EMAIL: DeadlineRule(),
            RuleKey.POST: DeadlineRule(basis=Basis.POSTMARKED, arrives_by=date(2015, 5, 22)),
            RuleKey.HAND: DeadlineRule(closing_time=time(17, 15)),
            RuleKey.DROP_BOX: DeadlineRule(
                basis=Basis.COLLECTED,
                collected_until=datetime(2015, 5, 18, 3, 0, tzinfo=UTC),
            ),
            RuleKey.FAX: DeadlineRule(),
            RuleKey.E_APPLICATION: DeadlineRule(),
        },
        "categories": (
            Category(code="1", label="市内に住所を有する方"),
            Category(
                code="2",
                label="市内の事務所又は事業所に勤務する方",
                detail_label="勤務先の名称・所在地",
            ),
        ),
    }
    return Consultation(**values | changes)


def a_submitter(**changes: object) -> Submitter:
    """An invented citizen."""
    values: dict[str, Any] = {
        "name": "北野 花子",
        "address": "北星市中央2条3丁目4番地",
        "category": CategoryChoice(code="1"),
    }
    return Submitter(**values | changes)


def a_comment_form(**changes: object) -> CommentForm:
    """A complete comment."""
    values: dict[str, Any] = {
        "submitter": a_submitter(),
        "measure_written": MEASURE,
        "opinion": "評価書の説明会を開いてください。",
    }
    return CommentForm(**values | changes)


def an_envelope(data: bytes = b"bytes", **changes: object) -> Envelope:
    """An arrival by e-mail."""
    values: dict[str, Any] = {
        "channel": Channel.EMAIL,
        "received_at": NOON,
        "source": "koho/INBOX",
        "source_item": "1:1",
        "parts": (Part(filename=None, media_type="message/rfc822", data=data),),
    }
    return Envelope(**values | changes)


def a_mail(body: str = "", *, subject: str = "意見", sender: str = "hanako@example.jp") -> bytes:
    """A plain UTF-8 mail."""
    return (
        f"From: {sender}\r\nTo: koho@example.jp\r\nSubject: {subject}\r\n"
        "Message-ID: <1@example.jp>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"{body}"
    ).encode()
