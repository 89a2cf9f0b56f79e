"""Applying the rules to a record: measure, deadline, required fields, status.

The same function judges a record when it is made, when a person corrects it and when the rules of
its consultation change, so there is one answer to one state of facts.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from app.domain import deadline, individual_number, measure_name, requirements
from app.domain.comment import CommentRecord, ConsultationSource
from app.domain.comment_form import (
    ADDRESS,
    CATEGORY_DETAIL,
    FAX,
    MEASURE,
    NAME,
    OPINION,
    PHONE,
    REPRESENTATIVE,
)
from app.domain.consultation import Consultation, RequiredField
from app.domain.envelope import Channel, japan_day
from app.domain.findings import Finding
from app.domain.measure import Measure, MeasureCandidate, MeasureVerdict
from app.domain.measure_name import Similarity
from app.domain.status import status_of
from app.domain.submitter import Submitter
from app.domain.text import is_missing
from app.domain.timeliness import Timeliness, TimelinessVerdict

_S = ConsultationSource


def judge(
    record: CommentRecord,
    consultations: Sequence[Consultation],
    *,
    similarity: Similarity,
    flawless: bool = False,
) -> CommentRecord:
    """Give the record with everything that follows from its facts and the rules.

    Args:
        record: The facts: what was written, when and how it came, what named its consultation.
        consultations: Every consultation, closed ones too.
        similarity: Likeness of two texts.
        flawless: Whether the door has seen that nothing required is missing and that nobody's
            individual number is in it, so that neither is looked for again.
    """
    measure = _measure(record, consultations, similarity)
    consultation, source = _consultation(record, measure, consultations)
    timeliness = deadline.judge(
        consultation,
        channel=record.channel,
        delivery=record.delivery,
        received_at=record.received_at,
        postmarked_on=record.postmarked_on,
        collected_at=record.collected_at,
    )
    submitter = _with_category_code(record, consultation)
    findings = (
        *record.form_findings,
        *_measure_findings(measure, consultation),
        *_deadline_findings(record, timeliness, consultation),
        *(() if flawless else _flaws(record, submitter, consultation)),
    )
    return record.but(
        consultation=consultation.code if consultation else None,
        consultation_source=source,
        measure=measure,
        timeliness=timeliness,
        submitter=submitter,
        findings=findings,
        status=status_of(
            timeliness=timeliness,
            findings=findings,
            consultation_known=consultation is not None,
            by_ocr=record.by_ocr,
            off_measure=source is _S.DOOR and measure.verdict is MeasureVerdict.MISMATCH,
            decision=record.decision,
        ),
    )


def _measure(
    record: CommentRecord, consultations: Sequence[Consultation], similarity: Similarity
) -> Measure:
    printed = record.readings.get(MEASURE)
    if record.consultation_source is _S.FORM and printed is not None and printed.source == "qr":
        named = next((c for c in consultations if c.code == record.consultation), None)
        if named is not None:
            return _printed(record, named)
    return measure_name.judge(
        record.measure.written,
        consultations,
        on=japan_day(record.received_at),
        similarity=similarity,
        by_ocr=record.by_ocr,
    )


def _printed(record: CommentRecord, named: Consultation) -> Measure:
    """Our own form prints its measure and carries its consultation's number as a code."""
    candidate = MeasureCandidate(
        consultation=named.code,
        measure_name=named.measure_name,
        score=1.0,
        evidence={"matched": "form"},
    )
    return Measure(
        written=record.measure.written,
        verdict=MeasureVerdict.MATCH,
        score=1.0,
        candidates=(candidate,),
        consultation=named.code,
        exact=True,
    )


def _consultation(
    record: CommentRecord, measure: Measure, consultations: Sequence[Consultation]
) -> tuple[Consultation | None, ConsultationSource | None]:
    """Name the consultation: whoever named it from outside outranks the words on the page."""
    by_code = {each.code: each for each in consultations}
    if record.consultation_source not in (None, _S.MEASURE):
        given = by_code.get(record.consultation or "")
        if given is not None:
            return given, record.consultation_source
    if measure.verdict is MeasureVerdict.MATCH and measure.consultation is not None:
        return by_code[measure.consultation], _S.MEASURE
    return None, None


def _with_category_code(record: CommentRecord, consultation: Consultation | None) -> Submitter:
    """Give the category its code where a mail gave its wording; the wording stays a reading."""
    submitter = record.submitter
    written = submitter.category.code
    if consultation is None or written is None or consultation.category(written) is not None:
        return submitter
    code = requirements.category_code(consultation, written)
    if code is None:
        return submitter
    return replace(submitter, category=replace(submitter.category, code=code))


_NOT_MATCHED = {
    MeasureVerdict.MISSING: "measure_name_missing",
    MeasureVerdict.MISMATCH: "measure_name_mismatch",
    MeasureVerdict.AMBIGUOUS: "measure_name_ambiguous",
}


def _measure_findings(measure: Measure, consultation: Consultation | None) -> list[Finding]:
    found = []
    if measure.verdict in _NOT_MATCHED:
        names = "".join(f"「{each.measure_name}」" for each in measure.candidates)
        data = {"candidates": names} if names else {}
        found.append(Finding(code=_NOT_MATCHED[measure.verdict], field=MEASURE, data=data))
    elif consultation is not None and measure.consultation != consultation.code:
        found.append(Finding(code="measure_other_than_named", field=MEASURE))
    elif consultation is not None and not measure.exact:
        data = {"measure_name": consultation.measure_name}
        found.append(Finding(code="measure_name_not_exact", field=MEASURE, data=data))
    if consultation is None:
        found.append(Finding(code="consultation_unknown", field="/consultation"))
    return found


def _deadline_findings(
    record: CommentRecord, timeliness: Timeliness, consultation: Consultation | None
) -> list[Finding]:
    found = []
    verdict = timeliness.verdict
    if verdict is TimelinessVerdict.LATE:
        found.append(Finding(code="deadline_passed", field="/timeliness"))
    elif verdict is TimelinessVerdict.EARLY:
        found.append(Finding(code="early_arrival", field="/timeliness"))
    elif consultation is not None and verdict is TimelinessVerdict.UNDETERMINED:
        found.append(Finding(code="date_undetermined", field="/timeliness"))
    if record.postmarked_on is not None and record.postmarked_on > japan_day(record.received_at):
        found.append(Finding(code="postmark_after_arrival", field="/postmarked_on"))
    if record.channel is Channel.DROP_BOX:
        if record.collected_at is None:
            found.append(Finding(code="box_collection_unknown", field="/collected_at"))
        elif record.collected_at > record.received_at:
            found.append(Finding(code="received_before_collected", field="/collected_at"))
    return found


def _flaws(
    record: CommentRecord, submitter: Submitter, consultation: Consultation | None
) -> list[Finding]:
    """Say what an application would have been refused for at the door."""
    return [
        *_missing_fields(record, submitter, consultation),
        *_number_findings(submitter, record.opinion),
    ]


def _missing_fields(
    record: CommentRecord, submitter: Submitter, consultation: Consultation | None
) -> list[Finding]:
    if consultation is None:
        empty = is_missing(record.opinion)
        return [Finding(code="opinion_missing", field=OPINION)] if empty else []
    problems = requirements.missing(
        consultation,
        submitter,
        measure_written=record.measure.written,
        opinion=record.opinion,
        measure_pointer=MEASURE,
    )
    return [
        Finding(code=code, field=each.field, data=each.data)
        for each in problems
        if (code := _as_finding(each.code, consultation)) is not None
    ]


def _as_finding(problem: str, consultation: Consultation) -> str | None:
    """Give the finding for what an application would be refused for."""
    if problem == "measure_name_missing":
        return None  # the verdict on the measure name has said so already
    if problem == "category_unknown" and RequiredField.CATEGORY not in consultation.required_fields:
        # Nobody owes one, so the writer need not be asked; where none exist it says nothing.
        return "category_not_listed" if consultation.categories else None
    return problem


def _number_findings(submitter: Submitter, opinion: str) -> list[Finding]:
    fields = individual_number.fields_with_number(free_text(submitter, opinion))
    return [Finding(code="individual_number_present", field=each) for each in fields]


def free_text(submitter: Submitter, opinion: str | None) -> dict[str, str | None]:
    """Give the fields in which a person may write anything, by JSON pointer."""
    return {
        NAME: submitter.name,
        ADDRESS: submitter.address,
        REPRESENTATIVE: submitter.representative,
        CATEGORY_DETAIL: submitter.category.detail,
        PHONE: _unless_telephone(submitter.phone),
        FAX: _unless_telephone(submitter.fax),
        OPINION: opinion,
    }


def _unless_telephone(written: str | None) -> str | None:
    """Leave out what is plainly a telephone number: one with Japan's prefix has twelve digits."""
    if written is None:
        return None
    digits = re.sub("[^0-9]", "", unicodedata.normalize("NFKC", written))
    return None if digits.startswith(("0", "81")) else written
