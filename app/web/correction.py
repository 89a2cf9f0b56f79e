"""A record as a form: what may be corrected, and what a person changed in it.

A form sent back holds every field, also those nobody touched. Each bears the mark of the text it
was filled with, so that only what a person really changed is written, even where somebody else
changed another field in between.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from app.domain import comment_form
from app.domain.comment import CommentRecord, Correction
from app.domain.comment_form import Reading
from app.domain.consultation import Consultation, RequiredField
from app.domain.envelope import Channel, Delivery
from app.domain.findings import Finding, Place
from app.domain.review import fields_to_review
from app.domain.submitter import SubmitterKind
from app.domain.text import MAX_OPINION_CHARACTERS
from app.intake.correct import CONSULTATION, value_at
from app.web.form_values import FormValues, moment_input, with_plain_line_ends

OPINION_COUNT = "/opinion_count"
DELIVERY = "/delivery"
POSTMARKED_ON = "/postmarked_on"
RECEIVED_AT = "/received_at"
COLLECTED_AT = "/collected_at"

_DIGEST_LENGTH = 32
_STRIP = 0.12
"""Height of the largest part of a page that is shown above its field, as a fraction of the page."""
_DOUBTS = frozenset(
    {
        "address_by_gazetteer",
        "address_not_in_gazetteer",
        "choice_ambiguous",
        "low_confidence",
        "postal_code_differs",
        "seal_on_writing",
        "variant_doubtful",
        "writing_struck_out",
    }
)
"""Findings by which a field is marked as doubtful beside its picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """How a field is asked for.

    Attributes:
        pointer: JSON pointer of the field, and its name in the form.
        label: Its name, for people.
        kind: ``line``, ``text``, ``consultation``, ``category``, ``kind``, ``delivery``, ``day``,
            ``moment`` or ``count``.
        required_by: The requirement of the notice that it answers, if any.
    """

    pointer: str
    label: str
    kind: str
    required_by: RequiredField | None = None


_CONTENT = (
    Input(pointer=CONSULTATION, label="意見提出手続", kind="consultation"),
    Input(
        pointer=comment_form.MEASURE,
        label="施策の案の名称（書かれたとおり）",
        kind="line",
        required_by=RequiredField.MEASURE_NAME,
    ),
    Input(pointer=comment_form.KIND, label="個人・団体の別", kind="kind"),
    Input(
        pointer=comment_form.NAME,
        label="氏名（団体は名称）",
        kind="line",
        required_by=RequiredField.NAME,
    ),
    Input(
        pointer=comment_form.ADDRESS,
        label="住所（団体は事務所の所在地）",
        kind="line",
        required_by=RequiredField.ADDRESS,
    ),
    Input(pointer=comment_form.REPRESENTATIVE, label="代表者の氏名（団体のみ）", kind="line"),
    Input(
        pointer=comment_form.CATEGORY_CODE,
        label="意見提出者の区分",
        kind="category",
        required_by=RequiredField.CATEGORY,
    ),
    Input(pointer=comment_form.CATEGORY_DETAIL, label="区分に該当する事項", kind="line"),
    Input(
        pointer=comment_form.OPINION,
        label="意見の内容（書かれたとおり）",
        kind="text",
        required_by=RequiredField.OPINION,
    ),
    Input(pointer=OPINION_COUNT, label="意見の件数", kind="count"),
    Input(pointer=comment_form.EMAIL, label="電子メールアドレス", kind="line"),
    Input(pointer=comment_form.PHONE, label="電話番号", kind="line"),
    Input(pointer=comment_form.FAX, label="ファクシミリ番号", kind="line"),
)
_ARRIVAL = (
    Input(pointer=DELIVERY, label="郵送・持参の別", kind="delivery"),
    Input(pointer=RECEIVED_AT, label="届いた日時", kind="moment"),
    Input(pointer=POSTMARKED_ON, label="消印の日", kind="day"),
    Input(pointer=COLLECTED_AT, label="提出箱の回収日時", kind="moment"),
)
_ONLY_FOR = {
    DELIVERY: Channel.MAIL,
    POSTMARKED_ON: Channel.MAIL,
    COLLECTED_AT: Channel.DROP_BOX,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field as the page shows it.

    Attributes:
        input: How it is asked for.
        value: What stands in it now, as text.
        was: The mark of the text it was filled with.
        now: What the record holds, where that is not what was typed; else None.
        required: Whether the notice requires it.
        reading: What was read, and where.
        low: Whether the machine doubts it.
        asked: Whether a person has to look at it.
        findings: What was noticed about it.
        history: What people changed, oldest first.
    """

    input: Input
    value: str
    was: str
    now: str | None
    required: bool
    reading: Reading | None
    low: bool
    asked: bool
    findings: tuple[Finding, ...]
    history: tuple[Correction, ...]

    @property
    def id(self) -> str:
        """Its name within the page."""
        return self.input.pointer.strip("/").replace("/", "-")

    @property
    def crop(self) -> Place | None:
        """Where it was read, if that is a strip of a page; a large box is seen on the page."""
        place = self.place
        if place is None or place.box[3] - place.box[1] > _STRIP:
            return None
        return place

    @property
    def place(self) -> Place | None:
        """Where on the pages it stands: as it was read, else where its doubt shows."""
        read = self.reading
        if read is not None and read.page is not None and read.box is not None:
            return Place(page=read.page, box=read.box)
        return next((each.place for each in self.findings if each.place), None)


def inputs(record: CommentRecord) -> tuple[Input, ...]:
    """List what may be corrected in a record; dates depend on how it came."""
    arrival = (each for each in _ARRIVAL if _ONLY_FOR.get(each.pointer) in (None, record.channel))
    return (*_CONTENT, *arrival)


def fields(
    record: CommentRecord,
    consultation: Consultation | None,
    typed: Mapping[str, str] | None = None,
) -> tuple[Field, ...]:
    """Give the fields of a record, with what a person typed where that was not taken.

    Args:
        record: The record as it is now.
        consultation: Its consultation.
        typed: Changed fields only, by JSON pointer.
    """
    asked_for = fields_to_review(record)
    return tuple(
        _field(record, consultation, each, typed or {}, asked_for) for each in inputs(record)
    )


def changes(record: CommentRecord, values: FormValues) -> dict[str, object]:
    """Read what a person changed; what is wrong is noted in ``values``."""
    touched = changed(record, values)
    return {
        each.pointer: _value(each, values) for each in inputs(record) if each.pointer in touched
    }


def changed(record: CommentRecord, values: FormValues) -> dict[str, str]:
    """Give what was typed into the fields that a person changed, by JSON pointer."""
    return dict(_changed(record, values))


def _changed(record: CommentRecord, values: FormValues) -> Iterator[tuple[str, str]]:
    for each in inputs(record):
        if each.pointer not in values.form:
            continue
        typed = values.typed(each.pointer)
        if _mark(typed) != values.typed(f"was:{each.pointer}"):
            yield each.pointer, typed


def _field(
    record: CommentRecord,
    consultation: Consultation | None,
    asked: Input,
    typed: Mapping[str, str],
    asked_for: Collection[str],
) -> Field:
    pointer = asked.pointer
    current = as_input(record, asked)
    value = typed.get(pointer, current)
    required = consultation is not None and asked.required_by in consultation.required_fields
    findings = tuple(each for each in record.findings if each.field == pointer)
    return Field(
        input=asked,
        value=value,
        was=_mark(current),
        now=None if value == current else current,
        required=required or _owed_by_body(record, pointer),
        reading=record.readings.get(pointer),
        low=any(each.code in _DOUBTS for each in findings),
        asked=pointer in asked_for,
        findings=findings,
        history=record.corrections.get(pointer, ()),
    )


def _owed_by_body(record: CommentRecord, pointer: str) -> bool:
    body = record.submitter.kind is SubmitterKind.ORGANIZATION
    return body and pointer == comment_form.REPRESENTATIVE


def as_input(record: CommentRecord, asked: Input) -> str:
    """Write a field's value the way its input holds it."""
    value = value_at(record, asked.pointer)
    if asked.kind == "moment":
        return moment_input(value)
    return "" if value is None else with_plain_line_ends(str(value))


def _value(asked: Input, values: FormValues) -> object:
    name = asked.pointer
    readers: Mapping[str, Callable[[], object]] = {
        "moment": lambda: values.moment(name, required=name == RECEIVED_AT),
        "day": lambda: values.day(name),
        "count": lambda: values.whole(name, required=True),
        "kind": lambda: values.member(name, SubmitterKind, required=True),
        "delivery": lambda: values.member(name, Delivery),
        # How long an opinion may be is for the rules to say; here only what a form can bear.
        "text": lambda: values.text(name, longest=10 * MAX_OPINION_CHARACTERS),
    }
    return readers.get(asked.kind, lambda: values.text(name) or None)()


def _mark(text: str) -> str:
    """Stand for a text in the page without repeating it: it may be long, and personal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LENGTH]
