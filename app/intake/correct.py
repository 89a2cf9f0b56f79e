"""A person corrects a field; the machine's value stays in the record's history."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeAlias

from app.domain import comment_form
from app.domain.access import Actor
from app.domain.audit import AuditAction, AuditEntry
from app.domain.comment import CommentRecord, ConsultationSource, Correction
from app.domain.envelope import Channel
from app.domain.errors import FieldProblem, InvalidInput, NotFound, StaleRevision
from app.domain.text import MAX_OPINION_CHARACTERS
from app.intake.desk import Desk
from app.intake.judge import judge
from app.storage.repositories.unit import Repositories

Value: TypeAlias = Any
"""A correctable field's value: its type depends on the field, and the edge has checked it."""

CONSULTATION = "/consultation"

_SUBMITTER = {
    comment_form.KIND: "kind",
    comment_form.NAME: "name",
    comment_form.ADDRESS: "address",
    comment_form.REPRESENTATIVE: "representative",
    comment_form.EMAIL: "email",
    comment_form.PHONE: "phone",
    comment_form.FAX: "fax",
}
_CATEGORY = {comment_form.CATEGORY_CODE: "code", comment_form.CATEGORY_DETAIL: "detail"}
_RECORD = {
    comment_form.OPINION: "opinion",
    "/opinion_count": "opinion_count",
    "/delivery": "delivery",
    "/postmarked_on": "postmarked_on",
    "/received_at": "received_at",
    "/collected_at": "collected_at",
}
CORRECTABLE = frozenset({CONSULTATION, comment_form.MEASURE, *_SUBMITTER, *_CATEGORY, *_RECORD})
"""What a person may correct, by JSON pointer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPatch:
    """New values by JSON pointer, checked for type already.

    Attributes:
        changes: Values as the domain keeps them (str, int, date, datetime, enum members, None).
        taken_from: Receipt number of the comment they were taken over from, if they were.
    """

    changes: Mapping[str, Value]
    taken_from: str | None = None


def correct(
    desk: Desk,
    receipt_number: str,
    patch: CommentPatch,
    *,
    revision: int | None,
    actor: Actor,
) -> CommentRecord:
    """Change fields of a record and judge it again.

    Args:
        desk: Where to work.
        receipt_number: Which record.
        patch: The new values; equal ones change nothing.
        revision: The revision the person saw; None does not compare.
        actor: Who corrects.

    Raises:
        NotFound: There is no such record, or the key is confined to others.
        StaleRevision: Somebody changed it in between.
        InvalidInput: A value does not fit the record.
    """

    def work(repositories: Repositories) -> CommentRecord:
        record = locked(repositories, receipt_number, revision=revision, actor=actor)
        _check(repositories, record, patch, actor)
        at = desk.clock()
        changed = record
        for pointer, value in patch.changes.items():
            changed = _with(changed, pointer, value, by=actor.name, at=at)
        if changed == record:
            return record
        changed = judge(changed, repositories.consultations.all(), similarity=desk.similarity)
        if changed.consultation is not None and not actor.may_touch(changed.consultation):
            # A name of a measure moves a record as well as a code does.
            field = comment_form.MEASURE if comment_form.MEASURE in patch.changes else CONSULTATION
            raise InvalidInput(problems=(FieldProblem(field, "consultation_unknown"),))
        changed = replace(changed, revision=record.revision + 1)
        repositories.comments.change(changed)
        repositories.audit.add(
            AuditEntry(
                at=at,
                actor=actor,
                action=AuditAction.COMMENT_CORRECTED,
                receipt_number=receipt_number,
                submission_id=record.submission_id,
                consultation=changed.consultation,
                detail=_differences(record, changed, patch),
            )
        )
        return changed

    return desk.writer.run(work)


def locked(
    repositories: Repositories, receipt_number: str, *, revision: int | None, actor: Actor
) -> CommentRecord:
    """Give the record a person is about to change.

    Raises:
        NotFound: There is no such record, or the key is confined to others.
        StaleRevision: It is not the revision the person saw.
    """
    record = repositories.comments.get(receipt_number, lock=True)
    if record is None or not actor.may_touch(record.consultation):
        raise NotFound("comment_not_found")
    if revision is not None and record.revision != revision:
        raise StaleRevision
    return record


def _check(
    repositories: Repositories, record: CommentRecord, patch: CommentPatch, actor: Actor
) -> None:
    changes = patch.changes
    problems = [
        FieldProblem(pointer, "field_unknown") for pointer in changes if pointer not in CORRECTABLE
    ]
    paper = record.channel is Channel.MAIL
    problems.extend(
        FieldProblem(pointer, "only_for_paper_mail")
        for pointer in ("/delivery", "/postmarked_on")
        if changes.get(pointer) is not None and not paper
    )
    opinion = changes.get(comment_form.OPINION)
    if opinion is not None and len(opinion) > MAX_OPINION_CHARACTERS:
        limit = f"{MAX_OPINION_CHARACTERS:,}"
        problems.append(FieldProblem(comment_form.OPINION, "opinion_too_long", {"limit": limit}))
    if changes.get("/collected_at") is not None and record.channel is not Channel.DROP_BOX:
        problems.append(FieldProblem("/collected_at", "only_for_drop_box"))
    code = changes.get(CONSULTATION)
    if code is not None and (
        repositories.consultations.get(code) is None or not actor.may_touch(code)
    ):
        problems.append(FieldProblem(CONSULTATION, "consultation_unknown"))
    if problems:
        raise InvalidInput(problems=tuple(problems))


def _with(
    record: CommentRecord, pointer: str, value: Value, *, by: str, at: datetime
) -> CommentRecord:
    """Give the record with one field changed, and what it was before in its history."""
    before = value_at(record, pointer)
    if before == value:
        return record
    history = (
        *record.corrections.get(pointer, ()),
        Correction(value=as_text(before), new_value=as_text(value), by=by, at=at),
    )
    return replace(
        _set(record, pointer, value),
        corrections={**record.corrections, pointer: history},
        # A person has looked at this field; what the machine doubted about it is settled.
        form_findings=tuple(each for each in record.form_findings if each.field != pointer),
    )


def _set(record: CommentRecord, pointer: str, value: Value) -> CommentRecord:
    submitter = record.submitter
    if pointer == CONSULTATION:
        source = ConsultationSource.PERSON if value is not None else None
        return replace(record, consultation=value, consultation_source=source)
    if pointer == comment_form.MEASURE:
        return replace(record, measure=replace(record.measure, written=value))
    if pointer in _CATEGORY:
        category = replace(submitter.category, **{_CATEGORY[pointer]: value})
        return replace(record, submitter=replace(submitter, category=category))
    if pointer in _SUBMITTER:
        return replace(record, submitter=replace(submitter, **{_SUBMITTER[pointer]: value}))
    changed: CommentRecord = replace(record, **{_RECORD[pointer]: value})
    return changed


def value_at(record: CommentRecord, pointer: str) -> Value:
    """Give a correctable field's value by JSON pointer."""
    if pointer == CONSULTATION:
        return record.consultation
    if pointer == comment_form.MEASURE:
        return record.measure.written
    if pointer in _CATEGORY:
        return getattr(record.submitter.category, _CATEGORY[pointer])
    if pointer in _SUBMITTER:
        return getattr(record.submitter, _SUBMITTER[pointer])
    return getattr(record, _RECORD[pointer])


def as_text(value: Value) -> str | None:
    """Write a value for the history: days and instants in ISO 8601."""
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def _differences(
    before: CommentRecord, after: CommentRecord, patch: CommentPatch
) -> dict[str, object]:
    fields = {
        pointer: {
            "value": as_text(value_at(before, pointer)),
            "new_value": as_text(value_at(after, pointer)),
        }
        for pointer in patch.changes
        if value_at(before, pointer) != value_at(after, pointer)
    }
    source = {} if patch.taken_from is None else {"taken_from": patch.taken_from}
    return {"fields": fields, "status": [before.status.value, after.status.value], **source}
