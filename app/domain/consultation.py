"""One comment procedure (意見提出手続): its measure, its period and every rule, as data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from app.domain import mail_texts
from app.domain.envelope import Channel, Delivery, japan_day
from app.domain.errors import FieldProblem
from app.domain.mail_texts import STANDARD_TEXTS, MailTexts
from app.domain.measure_likeness import normalise


class Basis(StrEnum):
    """What decides whether a comment is in time (必着・消印有効・回収)."""

    RECEIVED = "received"
    POSTMARKED = "postmarked"
    COLLECTED = "collected"


class RuleKey(StrEnum):
    """The ways of arriving a notice may set a deadline for; paper has two."""

    EMAIL = "email"
    POST = "post"
    HAND = "hand"
    DROP_BOX = "drop_box"
    FAX = "fax"
    E_APPLICATION = "e_application"


class RequiredField(StrEnum):
    """Fields a notice may require."""

    NAME = "name"
    ADDRESS = "address"
    CATEGORY = "category"
    MEASURE_NAME = "measure_name"
    OPINION = "opinion"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRule:
    """The deadline of one way of arriving.

    Attributes:
        basis: What decides.
        closing_time: Last time of day on the last day, seconds included; None means 24:00.
        arrives_by: Last day a postmarked letter may arrive.
        collected_until: Last instant at which a box may be emptied.
    """

    basis: Basis = Basis.RECEIVED
    closing_time: time | None = None
    arrives_by: date | None = None
    collected_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One category of submitter (意見提出者の区分).

    Attributes:
        code: As the form prints it.
        label: Its wording.
        detail_label: What must be written beside it; None asks for nothing.
    """

    code: str
    label: str
    detail_label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The department in charge (担当課)."""

    name: str | None = None
    postal_code: str | None = None
    address: str | None = None
    email: str | None = None
    fax: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """One comment procedure for one draft measure.

    Attributes:
        code: The city's short name for it, unique.
        number: Serial number given when it was created, printed in receipt numbers and on forms.
        measure_name: Official name of the draft, as printed on the notice.
        measure_aliases: Other names that mean the same draft.
        opens_on: First day, in Japan, included.
        closes_on: Last day, in Japan, included.
        office: The department in charge.
        deadline_rules: By way of arriving; a way without a rule goes by receipt.
        required_fields: What a comment must hold.
        categories: The categories to choose from.
        automatic_correction_request: Whether a mail that lacks something is answered by a
            correction request at once; else a person sends it.
        mail_texts: Its own words in the mails to writers.
        gazetteers: Cities whose town names addresses are held against, as in 北海道旭川市; None is
            the city its office lies in, and an empty list is none at all.
        template_revision: Revision of its blank form; grows when a change moves the form's boxes.
    """

    code: str
    number: int
    measure_name: str
    measure_aliases: tuple[str, ...] = ()
    opens_on: date
    closes_on: date
    office: Office = Office()
    deadline_rules: Mapping[RuleKey, DeadlineRule] = field(
        default_factory=dict[RuleKey, DeadlineRule]
    )
    required_fields: tuple[RequiredField, ...] = tuple(RequiredField)
    categories: tuple[Category, ...] = ()
    automatic_correction_request: bool = False
    mail_texts: MailTexts = STANDARD_TEXTS
    gazetteers: tuple[str, ...] | None = None
    template_revision: int = 1

    def rule_for(self, channel: Channel, delivery: Delivery | None) -> DeadlineRule:
        """Give the deadline rule of a way of arriving; by receipt where the notice is silent."""
        return self.deadline_rules.get(rule_key(channel, delivery), _BY_RECEIPT)

    def category(self, code: str | None) -> Category | None:
        """Find a category by its code."""
        return next((each for each in self.categories if each.code == code), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The official name and its aliases."""
        return (self.measure_name, *self.measure_aliases)


def rule_key(channel: Channel, delivery: Delivery | None) -> RuleKey:
    """Name the deadline rule that governs a way of arriving."""
    if channel is Channel.MAIL:
        return RuleKey.HAND if delivery is Delivery.HAND else RuleKey.POST
    return _RULE_KEYS[channel]


_BY_RECEIPT = DeadlineRule()
_RULE_KEYS = {each: RuleKey(each.value) for each in Channel if each is not Channel.MAIL}
_NAMELESS = frozenset({"", "案", "素案", "原案"})
"""Normalised names that name nothing: only brackets, or only that it is a draft."""


def contradictions(consultation: Consultation) -> tuple[FieldProblem, ...]:
    """List what in the rules cannot all be true, each with the field to change."""
    return (
        *_period_problems(consultation),
        *_rule_problems(consultation),
        *_category_problems(consultation),
        *mail_texts.problems(consultation.mail_texts),
    )


def _period_problems(consultation: Consultation) -> list[FieldProblem]:
    found = []
    if normalise(consultation.measure_name) in _NAMELESS:
        found.append(FieldProblem("/measure_name", "measure_name_missing"))
    found.extend(
        FieldProblem(f"/measure_aliases/{index}", "measure_name_missing")
        for index, alias in enumerate(consultation.measure_aliases)
        if normalise(alias) in _NAMELESS
    )
    if consultation.closes_on < consultation.opens_on:
        found.append(FieldProblem("/closes_on", "closes_before_opening"))
    return found


def _rule_problems(consultation: Consultation) -> list[FieldProblem]:
    return [
        FieldProblem(f"/deadline_rules/{key.value}/{member}", code)
        for key, rule in consultation.deadline_rules.items()
        for member, code in _contradictions_of(key, rule, consultation)
    ]


def _contradictions_of(
    key: RuleKey, rule: DeadlineRule, consultation: Consultation
) -> Iterator[tuple[str, str]]:
    """Name the member of one rule that cannot stand, and why."""
    if rule.basis is Basis.POSTMARKED and key is not RuleKey.POST:
        yield "basis", "postmark_only_for_post"
    if rule.basis is Basis.COLLECTED and key is not RuleKey.DROP_BOX:
        yield "basis", "collection_only_for_drop_box"
    if rule.arrives_by is not None:
        if rule.basis is not Basis.POSTMARKED:
            yield "arrives_by", "arrives_by_needs_postmark"
        elif rule.arrives_by < consultation.closes_on:
            yield "arrives_by", "arrives_by_before_closing"
    if rule.collected_until is not None:
        if rule.basis is not Basis.COLLECTED:
            yield "collected_until", "collected_until_needs_basis"
        elif japan_day(rule.collected_until) < consultation.opens_on:
            yield "collected_until", "collected_until_before_opening"


def _category_problems(consultation: Consultation) -> list[FieldProblem]:
    found = []
    seen: set[str] = set()
    for index, category in enumerate(consultation.categories):
        if category.code in seen:
            found.append(FieldProblem(f"/categories/{index}/code", "category_code_repeated"))
        seen.add(category.code)
    if RequiredField.CATEGORY in consultation.required_fields and not consultation.categories:
        found.append(FieldProblem("/categories", "categories_needed"))
    return found
