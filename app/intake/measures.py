"""Which drafts the comments of a mail speak of: one, several apart from each other, or a doubt."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain import measure_name
from app.domain.comment_form import MEASURE, CommentForm, Contents, Reading
from app.domain.consultation import Consultation
from app.domain.envelope import japan_day
from app.domain.findings import Finding
from app.domain.measure import Measure, MeasureVerdict
from app.domain.measure_heading import headed_forms
from app.domain.measure_mention import mentioned, named_beside, touched
from app.domain.submission import Submission
from app.domain.text import is_missing
from app.intake.desk import Desk

LOOKED_THROUGH = 20_000
"""Characters of a text in which a measure's name is looked for; bounds what a strange one costs."""
_LONGEST_NAMES = 500


def apart(desk: Desk, contents: Contents, submission: Submission) -> tuple[CommentForm, ...]:
    """Give the comments of a mail without pages: one for each measure where that is certain.

    Certain is: each part names its own draft by a label of its own or under a heading that is
    the draft's name, and says something. Otherwise it is one comment with a doubt.
    """
    if contents.form is None:
        return ()
    by_label = _certain(desk, contents.several, submission)
    if by_label:
        return _numbered(by_label)
    single = with_doubt(desk, contents, submission).form or contents.form
    if is_missing(single.measure_written) and not contents.several:
        by_heading = _certain(
            desk, headed_forms(single, desk.queries.consultations.all()), submission
        )
        if by_heading:
            return _numbered(by_heading)
    return found(desk, contents, submission, (single,))


def _certain(
    desk: Desk, forms: Sequence[CommentForm], submission: Submission
) -> tuple[CommentForm, ...]:
    """Give forms back if each of them names a draft for certain, and each another one."""
    verdicts = [_judged(desk, each.measure_written, submission) for each in forms]
    drafts = {each.consultation for each in verdicts}
    if len(forms) < 2 or None in drafts or len(drafts) < len(forms):  # noqa: PLR2004
        return ()
    return tuple(forms)


def _numbered(forms: Sequence[CommentForm]) -> tuple[CommentForm, ...]:
    count = str(len(forms))
    return tuple(
        replace(
            form,
            findings=(
                *form.findings,
                Finding(code="one_of_several", data={"place": str(place), "count": count}),
            ),
        )
        for place, form in enumerate(forms, start=1)
    )


def with_doubt(desk: Desk, contents: Contents, submission: Submission) -> Contents:
    """Name every measure that a mail names under a label, where that is more than one draft.

    None of them is chosen: the record names them all, and a person decides.
    """
    form = contents.form
    meant = {
        draft: name
        for name in reversed(contents.measures)
        if (draft := _draft_of(desk, name, submission, unknown=bool(contents.several))) is not None
    }
    if form is None or len(meant) < 2:  # noqa: PLR2004 - several begin at two
        return contents
    names = tuple(meant.values())[::-1]
    return replace(contents, form=_doubted(desk, form, names, submission))


def _draft_of(desk: Desk, name: str, submission: Submission, *, unknown: bool) -> str | None:
    """Give the draft a name means; a name of no draft stands for itself where a part bears it."""
    draft = _judged(desk, name, submission).consultation
    return f" {name}" if draft is None and unknown else draft


def _doubted(
    desk: Desk, form: CommentForm, names: Sequence[str], submission: Submission
) -> CommentForm:
    written = "\n".join(names)
    listed = "".join(f"「{each}」" for each in names)[:_LONGEST_NAMES]
    said = Finding(code="several_measures", field=MEASURE, data={"names": listed})
    form = replace(form, findings=(*form.findings, said))
    if _judged(desk, written, submission).verdict is MeasureVerdict.MATCH:
        # Only one of them is a name of ours as it stands; taking it would be a guess.
        readings = {key: each for key, each in form.readings.items() if key != MEASURE}
        return replace(form, measure_written=None, readings=readings)
    reading = Reading(value=written, source="text")
    return replace(form, measure_written=written, readings={**form.readings, MEASURE: reading})


def _judged(desk: Desk, written: str | None, submission: Submission) -> Measure:
    return measure_name.judge(
        written,
        desk.queries.consultations.all(),
        on=japan_day(submission.received_at),
        similarity=desk.similarity,
        by_ocr=False,
    )


def found(
    desk: Desk, contents: Contents, submission: Submission, forms: Sequence[CommentForm]
) -> tuple[CommentForm, ...]:
    """Look for the measure in the subject and the text of comments where no label names it."""
    consultations = desk.queries.consultations.all()
    forms = tuple(_by_what_is_beside(each, consultations) for each in forms)
    if contents.subject is None:
        return forms
    return tuple(_with_measure(desk, each, contents, submission, consultations) for each in forms)


def _with_measure(
    desk: Desk,
    form: CommentForm,
    contents: Contents,
    submission: Submission,
    consultations: Sequence[Consultation],
) -> CommentForm:
    """Look for the measure of one comment.

    Cities ask for the name in the subject; a line of the text that names exactly one draft is
    taken too. Either way the record says where the name was found. Where lines name several,
    all of them are shown.
    """
    if not is_missing(form.measure_written) or _is_doubted(form):
        return form
    if contents.subject and (
        _judged(desk, contents.subject, submission).verdict is MeasureVerdict.MATCH
        or len(mentioned(contents.subject, consultations)) == 1
    ):
        return _named(form, contents.subject, "measure_name_from_subject")
    lines = [line.strip() for line in form.opinion[:LOOKED_THROUGH].splitlines() if line.strip()]
    naming = {line: mentioned(line, consultations) for line in lines}
    whole = {each.code: each.measure_name for named in naming.values() for each in named}
    if not whole:
        return form
    drafts = {each.code: each.measure_name for each in touched(form.opinion, consultations)} | whole
    if len(drafts) == 1:
        line = next(line for line, named in naming.items() if named)
        return _named(form, line, "measure_name_from_text")
    listed = "".join(f"「{each}」" for each in drafts.values())[:_LONGEST_NAMES]
    said = Finding(code="several_measures", field=MEASURE, data={"names": listed})
    return replace(form, findings=(*form.findings, said))


def _by_what_is_beside(form: CommentForm, consultations: Sequence[Consultation]) -> CommentForm:
    """Look for the measure on the envelope and in the title where the form itself names none."""
    if form.consultation_number or not is_missing(form.measure_written):
        return form
    beside = named_beside(form.beside, consultations)
    return form if beside is None else _named(form, *beside)


def _is_doubted(form: CommentForm) -> bool:
    return any(each.code == "several_measures" for each in form.findings)


def _named(form: CommentForm, written: str, code: str) -> CommentForm:
    finding = Finding(code=code, field="/measure/written")
    return replace(form, measure_written=written, findings=(*form.findings, finding))
