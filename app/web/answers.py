"""Answers to a correction request beside the comment they complete."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.audit import AuditAction
from app.domain.comment import CommentRecord, Related
from app.intake import take_over, watch
from app.web.correction import as_input, inputs
from app.web.staff import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A field that an answer gives otherwise.

    Attributes:
        pointer: JSON pointer of the field.
        label: Its name, for people.
        mine: What the comment holds, as text.
        theirs: What the answer says.
    """

    pointer: str
    label: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer.

    Attributes:
        receipt_number: Its own number.
        received_at: When it arrived, in UTC.
        rows: What it gives otherwise, in the order of the form.
    """

    receipt_number: str
    received_at: datetime
    rows: tuple[Row, ...]


def shown(staff: Staff, record: CommentRecord, related: Sequence[Related]) -> tuple[Answer, ...]:
    """Give the answers to a comment, oldest first; looking at each leaves its line."""
    numbers = [each.receipt_number for each in related if each.relation == "corrected_by"]
    found = (staff.desk.queries.comments.get(each) for each in reversed(numbers))
    answers = [each for each in found if each is not None]
    for each in answers:
        watch.viewed(
            staff.desk,
            staff.actor,
            AuditAction.COMMENT_VIEWED,
            receipt_number=each.receipt_number,
            submission_id=each.submission_id,
            consultation=each.consultation,
        )
    return tuple(_answer(record, each) for each in answers)


def _answer(record: CommentRecord, answer: CommentRecord) -> Answer:
    values = take_over.offered(record, answer)
    return Answer(
        receipt_number=answer.receipt_number,
        received_at=answer.received_at,
        rows=tuple(
            Row(
                pointer=each.pointer,
                label=each.label,
                mine=as_input(record, each),
                theirs=as_input(answer, each),
            )
            for each in inputs(record)
            if each.pointer in values
        ),
    )
