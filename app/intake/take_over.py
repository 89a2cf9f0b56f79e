"""Taking an answer to a correction request (補正) over into the comment it completes.

One field at a time, by a person; what the field held stays in its history, and the trail names the
answer it came from. The answer itself stays a record of its own.
"""

from app.domain import comment_form
from app.domain.access import Actor
from app.domain.comment import CommentRecord
from app.domain.errors import FieldProblem, InvalidInput, NotFound
from app.domain.submitter import SubmitterKind
from app.domain.text import is_missing
from app.intake.correct import CommentPatch, Value, correct, value_at
from app.intake.desk import Desk

_OFFERED = (
    comment_form.MEASURE,
    comment_form.KIND,
    comment_form.NAME,
    comment_form.ADDRESS,
    comment_form.REPRESENTATIVE,
    comment_form.CATEGORY_CODE,
    comment_form.CATEGORY_DETAIL,
    comment_form.OPINION,
    comment_form.EMAIL,
    comment_form.PHONE,
    comment_form.FAX,
)


def offered(record: CommentRecord, answer: CommentRecord) -> dict[str, Value]:
    """Give what an answer says otherwise than the comment it answers, by JSON pointer.

    Nobody writes that he is an individual, so that is offered by no answer.
    """
    return {
        pointer: value
        for pointer in _OFFERED
        if (value := value_at(answer, pointer)) is not SubmitterKind.INDIVIDUAL
        and not is_missing(value)
        and value != value_at(record, pointer)
    }


def take_over(
    desk: Desk,
    receipt_number: str,
    pointer: str,
    *,
    answer: str,
    revision: int | None,
    actor: Actor,
) -> CommentRecord:
    """Take one field over from an answer.

    Args:
        desk: Where to work.
        receipt_number: The comment that is completed.
        pointer: JSON pointer of the field.
        answer: Receipt number of the answer.
        revision: The revision of the comment that the person saw; None does not compare.
        actor: Who takes it over.

    Raises:
        NotFound: There is no such comment or answer, or the key is confined to others.
        StaleRevision: Somebody changed the comment in between.
        InvalidInput: The answer says nothing else of that field, or the value does not fit.
    """
    queries = desk.queries.comments
    record, found = queries.get(receipt_number), queries.get(answer)
    if (
        record is None
        or found is None
        or found.corrects != receipt_number
        or not actor.may_touch(found.consultation)
    ):
        raise NotFound("comment_not_found")
    values = offered(record, found)
    if pointer not in values:
        raise InvalidInput(problems=(FieldProblem(pointer, "field_unknown"),))
    patch = CommentPatch(changes={pointer: values[pointer]}, taken_from=answer)
    return correct(desk, receipt_number, patch, revision=revision, actor=actor)
