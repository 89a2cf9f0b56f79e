"""Finding the measure a mail speaks of where none of its labels names it."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain import measure_name
from app.domain.comment_form import CommentForm, Contents
from app.domain.consultation import Consultation
from app.domain.envelope import japan_day
from app.domain.findings import Finding
from app.domain.measure import MeasureVerdict
from app.domain.measure_mention import mentioned
from app.domain.submission import Submission
from app.domain.text import is_missing
from app.intake.desk import Desk

LOOKED_THROUGH = 20_000
"""Characters of a text in which a measure's name is looked for; bounds what a strange one costs."""


def measured(
    desk: Desk, contents: Contents, submission: Submission, forms: tuple[CommentForm, ...]
) -> tuple[CommentForm, ...]:
    """Name the measure of the comments of a mail where subject or text do; paper stays as it is."""
    if contents.subject is None:
        return forms
    consultations = desk.queries.consultations.all()
    return tuple(_with_measure(desk, each, contents, submission, consultations) for each in forms)


def _with_measure(
    desk: Desk,
    form: CommentForm,
    contents: Contents,
    submission: Submission,
    consultations: Sequence[Consultation],
) -> CommentForm:
    """Look for the measure in the subject and the text where no label names it.

    Cities ask for the name in the subject; a line of the text that names exactly one draft is
    taken too. Either way the record says where the name was found.
    """
    if not is_missing(form.measure_written):
        return form

    on = japan_day(submission.received_at)
    if contents.subject and (
        measure_name.judge(
            contents.subject, consultations, on=on, similarity=desk.similarity, by_ocr=False
        ).verdict
        is MeasureVerdict.MATCH
        or len(mentioned(contents.subject, consultations)) == 1
    ):
        return _named(form, contents.subject, "measure_name_from_subject")
    lines = [line.strip() for line in form.opinion[:LOOKED_THROUGH].splitlines() if line.strip()]
    naming = {line: mentioned(line, consultations) for line in lines}
    drafts = {each.code for found in naming.values() for each in found}
    if len(drafts) == 1:
        line = next(line for line, found in naming.items() if found)
        return _named(form, line, "measure_name_from_text")
    return form


def _named(form: CommentForm, written: str, code: str) -> CommentForm:
    finding = Finding(code=code, field="/measure/written")
    return replace(form, measure_written=written, findings=(*form.findings, finding))
