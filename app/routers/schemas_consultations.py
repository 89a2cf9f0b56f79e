"""Consultations as they are sent and answered."""

from datetime import time
from typing import Annotated, Any  # examples are plain JSON

from pydantic import ConfigDict, Field

from app.domain.consultation import (
    Basis,
    Category,
    Consultation,
    DeadlineRule,
    Office,
    RequiredField,
    RuleKey,
)
from app.domain.text import is_missing
from app.routers.fields import (
    ClosingTime,
    Code,
    Day,
    Incoming,
    Instant,
    JapanInstant,
    Name,
    Outgoing,
    Text,
)
from app.routers.schemas_mail_texts import (
    MailTextsIn,
    MailTextsOut,
    MailTextsPatch,
    mail_texts_of,
    mail_texts_out,
)

EXAMPLE: dict[str, Any] = {
    "code": "juki-pia-2015",
    "measure_name": "住民基本台帳関係事務の特定個人情報保護評価書（案）",
    "measure_aliases": [],
    "opens_on": "2015-04-15",
    "closes_on": "2015-05-15",
    "office": {
        "name": "旭川市市民生活部市民課",
        "postal_code": "070-8525",
        "address": "旭川市6条通9丁目46番地",
        "email": "simin@example.jp",
        "fax": "0166-24-6967",
    },
    "deadline_rules": {
        "email": {"basis": "received"},
        "post": {"basis": "postmarked", "arrives_by": "2015-05-22"},
        "hand": {"basis": "received", "closing_time": "17:15"},
        "drop_box": {"basis": "collected", "collected_until": "2015-05-18T12:00:00+09:00"},
        "fax": {"basis": "received"},
        "e_application": {"basis": "received"},
    },
    "required_fields": ["name", "address", "category", "measure_name", "opinion"],
    "categories": [
        {"code": "1", "label": "市内に住所を有する方", "detail_label": None},
        {
            "code": "2",
            "label": "市内の事務所又は事業所に勤務する方",
            "detail_label": "勤務先の名称・所在地",
        },
    ],
    "automatic_correction_request": False,
    "mail_texts": {
        "acknowledgement": {
            "subject": None,
            "opening": "「{measure_name}」へのご意見をありがとうございます。",
            "closing": "{office_name}では、お寄せいただいたご意見への考え方を後日公表します。",
        },
        "correction_request": {"subject": None, "opening": None, "closing": None},
    },
    "gazetteers": None,
}
"""The consultation of the notice, as an example in the description."""


class OfficeIn(Incoming):
    """The department in charge."""

    name: Text | None = None
    postal_code: Text | None = None
    address: Text | None = None
    email: Text | None = None
    fax: Text | None = None


class RuleIn(Incoming):
    """The deadline of one way of arriving."""

    basis: Basis
    closing_time: ClosingTime | None = None
    arrives_by: Day | None = None
    collected_until: Instant | None = None


class RulesIn(Incoming):
    """Deadlines by way of arriving; a way without a rule goes by receipt."""

    email: RuleIn | None = None
    post: RuleIn | None = None
    hand: RuleIn | None = None
    drop_box: RuleIn | None = None
    fax: RuleIn | None = None
    e_application: RuleIn | None = None


CategoryCode = Annotated[Text, Field(min_length=1, max_length=20)]


class CategoryIn(Incoming):
    """One category of submitter."""

    code: CategoryCode
    label: Name
    detail_label: Text | None = None


CityName = Annotated[Text, Field(min_length=1, max_length=60)]
"""A city whose town names addresses are held against, as in 北海道旭川市."""


class ConsultationIn(Incoming):
    """A whole consultation; what is left out takes its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    code: Code
    measure_name: Annotated[Text, Field(min_length=1, max_length=1000)]
    measure_aliases: Annotated[
        tuple[Annotated[Text, Field(min_length=1, max_length=1000)], ...], Field(max_length=50)
    ] = ()
    opens_on: Day
    closes_on: Day
    office: OfficeIn = OfficeIn()
    deadline_rules: RulesIn = RulesIn()
    required_fields: Annotated[tuple[RequiredField, ...], Field(max_length=20)] = tuple(
        RequiredField
    )
    categories: Annotated[tuple[CategoryIn, ...], Field(max_length=100)] = ()
    automatic_correction_request: bool = False
    mail_texts: MailTextsIn = MailTextsIn()
    gazetteers: Annotated[tuple[CityName, ...], Field(max_length=20)] | None = None


class OfficePatch(OfficeIn):
    """Changes to the department; null removes."""


class RulePatch(Incoming):
    """Changes to one deadline; null removes."""

    basis: Basis | None = None
    closing_time: ClosingTime | None = None
    arrives_by: Day | None = None
    collected_until: Instant | None = None


class RulesPatch(Incoming):
    """Changes to the deadlines; null goes back to receipt."""

    email: RulePatch | None = None
    post: RulePatch | None = None
    hand: RulePatch | None = None
    drop_box: RulePatch | None = None
    fax: RulePatch | None = None
    e_application: RulePatch | None = None


class ConsultationPatch(Incoming):
    """A JSON merge patch (RFC 7396) of a consultation; lists are replaced whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"closes_on": "2015-05-22"}]})

    code: Code | None = None
    measure_name: Annotated[Text, Field(min_length=1, max_length=1000)] | None = None
    measure_aliases: (
        Annotated[list[Annotated[Text, Field(min_length=1, max_length=1000)]], Field(max_length=50)]
        | None
    ) = None
    opens_on: Day | None = None
    closes_on: Day | None = None
    office: OfficePatch | None = None
    deadline_rules: RulesPatch | None = None
    required_fields: Annotated[list[RequiredField], Field(max_length=20)] | None = None
    categories: Annotated[list[CategoryIn], Field(max_length=100)] | None = None
    automatic_correction_request: bool | None = None
    mail_texts: MailTextsPatch | None = None
    gazetteers: Annotated[list[CityName], Field(max_length=20)] | None = None


class OfficeOut(Outgoing):
    """The department in charge."""

    name: str | None
    postal_code: str | None
    address: str | None
    email: str | None
    fax: str | None


class RuleOut(Outgoing):
    """The deadline of one way of arriving."""

    basis: Basis
    closing_time: str | None
    arrives_by: Day | None
    collected_until: JapanInstant | None


class CategoryOut(Outgoing):
    """One category of submitter."""

    code: str
    label: str
    detail_label: str | None


class ConsultationOut(Outgoing):
    """One comment procedure and its rules."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    code: str
    measure_name: str
    measure_aliases: list[str]
    opens_on: Day
    closes_on: Day
    office: OfficeOut
    deadline_rules: dict[RuleKey, RuleOut]
    required_fields: list[RequiredField]
    categories: list[CategoryOut]
    automatic_correction_request: bool
    mail_texts: MailTextsOut
    gazetteers: list[str] | None


class ConsultationsOut(Outgoing):
    """Every consultation the reader may see, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [EXAMPLE]}]})

    items: list[ConsultationOut]


def consultation_of(sent: ConsultationIn) -> Consultation:
    """Build a consultation from what was sent; its number is given when it is stored."""
    rules = {key: getattr(sent.deadline_rules, key.value) for key in RuleKey}
    return Consultation(
        code=sent.code,
        number=0,
        measure_name=sent.measure_name,
        measure_aliases=tuple(sent.measure_aliases),
        opens_on=sent.opens_on,
        closes_on=sent.closes_on,
        office=Office(**sent.office.model_dump()),
        deadline_rules={
            key: DeadlineRule(
                basis=rule.basis,
                closing_time=rule.closing_time,
                arrives_by=rule.arrives_by,
                collected_until=rule.collected_until,
            )
            for key, rule in rules.items()
            if rule is not None
        },
        required_fields=tuple(dict.fromkeys(sent.required_fields)),
        categories=tuple(_category_of(each) for each in sent.categories),
        automatic_correction_request=sent.automatic_correction_request,
        mail_texts=mail_texts_of(sent.mail_texts),
        gazetteers=sent.gazetteers,
    )


def _category_of(sent: CategoryIn) -> Category:
    # A front end writes "" for none; a detail that has no name could not be asked for.
    label = None if is_missing(sent.detail_label) else sent.detail_label
    return Category(code=sent.code, label=sent.label, detail_label=label)


def consultation_out(consultation: Consultation) -> ConsultationOut:
    """Write a consultation as it is answered."""
    office = consultation.office
    return ConsultationOut(
        code=consultation.code,
        measure_name=consultation.measure_name,
        measure_aliases=list(consultation.measure_aliases),
        opens_on=consultation.opens_on,
        closes_on=consultation.closes_on,
        office=OfficeOut(
            name=office.name,
            postal_code=office.postal_code,
            address=office.address,
            email=office.email,
            fax=office.fax,
        ),
        deadline_rules={
            key: RuleOut(
                basis=rule.basis,
                closing_time=_hours(rule.closing_time),
                arrives_by=rule.arrives_by,
                collected_until=rule.collected_until,
            )
            for key, rule in consultation.deadline_rules.items()
        },
        required_fields=list(consultation.required_fields),
        categories=[
            CategoryOut(code=each.code, label=each.label, detail_label=each.detail_label)
            for each in consultation.categories
        ],
        automatic_correction_request=consultation.automatic_correction_request,
        mail_texts=mail_texts_out(consultation.mail_texts),
        gazetteers=None if consultation.gazetteers is None else list(consultation.gazetteers),
    )


def _hours(closing_time: time | None) -> str | None:
    if closing_time is None:
        return None
    return closing_time.isoformat("seconds" if closing_time.second else "minutes")
