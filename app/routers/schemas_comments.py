"""Comments as they are answered."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any  # examples are plain JSON

from pydantic import ConfigDict, Field
from pydantic_core import to_json

from app.domain.comment import CommentRecord, Correction, Related
from app.domain.comment_form import Reading
from app.domain.consultation import Basis
from app.domain.envelope import Channel, Delivery, DocumentRole, in_japan
from app.domain.findings import Finding
from app.domain.measure import Measure, MeasureVerdict
from app.domain.review import fields_to_review
from app.domain.status import CommentDecision, CommentStatus, Decision
from app.domain.submission import Document
from app.domain.submitter import Submitter, SubmitterKind
from app.domain.timeliness import Timeliness, TimelinessVerdict
from app.domain.wording import FINDINGS, say
from app.routers.comment_examples import EXAMPLE, EXAMPLE_WHOLE
from app.routers.fields import Day, JapanInstant, Outgoing


class CategoryOut(Outgoing):
    """The category chosen, and what belongs to it."""

    code: str | None
    detail: str | None


class SubmitterOut(Outgoing):
    """The writer, verbatim."""

    kind: SubmitterKind
    name: str | None
    address: str | None
    representative: str | None
    category: CategoryOut
    email: str | None
    phone: str | None
    fax: str | None


class TimelinessOut(Outgoing):
    """The verdict on the deadline; ``deadline`` is the last second in time."""

    verdict: TimelinessVerdict
    basis: Basis | None
    clock: str | None
    deadline: JapanInstant | None


class CandidateOut(Outgoing):
    """One draft the written name may mean."""

    consultation: str
    measure_name: str
    score: float
    evidence: dict[str, str]


class MeasureOut(Outgoing):
    """The measure name as written, and the verdict on it."""

    written: str | None
    verdict: MeasureVerdict
    score: float | None
    candidates: list[CandidateOut]


class FindingOut(Outgoing):
    """One observation, in words that say what to do."""

    code: str
    field: str | None
    message: str
    page: int | None
    box: tuple[float, float, float, float] | None


class CorrectionOut(Outgoing):
    """One correction of a field."""

    value: str | None
    new_value: str | None
    by: str
    at: JapanInstant


class ReadingOut(Outgoing):
    """The evidence of one field: what was read, and what people made of it since."""

    value: str | None
    confidence: float | None
    source: str
    page: int | None
    box: Annotated[list[float], Field(min_length=4, max_length=4)] | None
    engine: str | None
    template: str | None
    raw: str | None
    history: list[CorrectionOut]


class DocumentOut(Outgoing):
    """One file; its bytes are under ``/api/v1/submissions/{id}/documents/{document_id}``."""

    id: str
    role: DocumentRole
    page: int | None
    filename: str | None
    media_type: str
    bytes: int
    sha256: str


class RelatedOut(Outgoing):
    """Another comment that may belong to it."""

    receipt_number: str
    relation: str


class DecisionOut(Outgoing):
    """A person's decision."""

    decision: CommentDecision
    reason: str
    by: str
    at: JapanInstant


class CommentSummary(Outgoing):
    """One comment, without its evidence and files.

    ``review_fields`` are JSON pointers to what a person has to look at, empty once one has decided.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    receipt_number: str
    consultation: str | None
    submission_id: str
    channel: Channel
    delivery: Delivery | None
    received_at: JapanInstant
    postmarked_on: Day | None
    collected_at: JapanInstant | None
    timeliness: TimelinessOut
    submitter: SubmitterOut
    measure: MeasureOut
    opinion: str
    opinion_count: int
    status: CommentStatus
    decision: DecisionOut | None
    findings: list[FindingOut]
    review_fields: list[str]
    pages: list[int]
    revision: int


class CommentOut(CommentSummary):
    """One comment (意見書 1通)."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_WHOLE]})

    readings: dict[str, ReadingOut]
    documents: list[DocumentOut]
    related: list[RelatedOut]


class CommentsOut(Outgoing):
    """Some comments, newest first; give ``next_cursor`` back as ``cursor`` to go on."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [EXAMPLE], "next_cursor": "41"}]}
    )

    items: list[CommentSummary]
    next_cursor: str | None


def comment_out(
    record: CommentRecord,
    documents: Iterable[Document],
    related: Iterable[Related],
    *,
    language: str,
) -> CommentOut:
    """Write a comment with its evidence, its files and what may belong to it."""
    return CommentOut(**_whole(record, documents, related, language))


def comment_json(
    record: CommentRecord,
    documents: Iterable[Document],
    related: Iterable[Related],
    *,
    language: str,
) -> bytes:
    """Write the same at once as JSON: whoever waits for a commit need not wait for models."""
    return to_json(_whole(record, documents, related, language))


def summary_out(record: CommentRecord, *, language: str) -> CommentSummary:
    """Write a comment as a list shows it."""
    return CommentSummary(**_members(record, language))


def files_of(record: CommentRecord, documents: Iterable[Document]) -> Sequence[Document]:
    """Choose a comment's files: originals, attachments, and the pictures of its own pages."""
    return [
        each
        for each in documents
        if each.role is not DocumentRole.PAGE_IMAGE or not record.pages or each.page in record.pages
    ]


def findings_out(findings: Iterable[Finding], language: str) -> list[FindingOut]:
    """Write findings in a language."""
    return [FindingOut(**each) for each in _findings(findings, language)]


def document_out(document: Document) -> DocumentOut:
    """Write a file."""
    return DocumentOut(**_document(document))


_Members = dict[str, Any]
"""The members of an answer, in the order of its model, with instants as they are printed.

Members of enums are given as plain texts: writing one as JSON costs ten times as much.
"""


def _plain(member: StrEnum | None) -> str | None:
    return None if member is None else str(member)


def _whole(
    record: CommentRecord,
    documents: Iterable[Document],
    related: Iterable[Related],
    language: str,
) -> _Members:
    return {
        **_members(record, language),
        "readings": _readings(record),
        "documents": [_document(each) for each in documents],
        "related": [
            {"receipt_number": each.receipt_number, "relation": each.relation} for each in related
        ],
    }


def _members(record: CommentRecord, language: str) -> _Members:
    return {
        "receipt_number": record.receipt_number,
        "consultation": record.consultation,
        "submission_id": record.submission_id,
        "channel": str(record.channel),
        "delivery": _plain(record.delivery),
        "received_at": _instant(record.received_at),
        "postmarked_on": record.postmarked_on,
        "collected_at": _instant(record.collected_at),
        "timeliness": _timeliness(record.timeliness),
        "submitter": _submitter(record.submitter),
        "measure": _measure(record.measure),
        "opinion": record.opinion,
        "opinion_count": record.opinion_count,
        "status": str(record.status),
        "decision": _decision(record.decision),
        "findings": _findings(record.findings, language),
        "review_fields": list(fields_to_review(record)),
        "pages": list(record.pages),
        "revision": record.revision,
    }


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else in_japan(instant).isoformat()


def _timeliness(timeliness: Timeliness) -> _Members:
    return {
        "verdict": str(timeliness.verdict),
        "basis": _plain(timeliness.basis),
        "clock": _plain(timeliness.clock),
        "deadline": _instant(timeliness.deadline),
    }


def _submitter(submitter: Submitter) -> _Members:
    return {
        "kind": str(submitter.kind),
        "name": submitter.name,
        "address": submitter.address,
        "representative": submitter.representative,
        "category": {"code": submitter.category.code, "detail": submitter.category.detail},
        "email": submitter.email,
        "phone": submitter.phone,
        "fax": submitter.fax,
    }


def _measure(measure: Measure) -> _Members:
    return {
        "written": measure.written,
        "verdict": str(measure.verdict),
        "score": measure.score,
        "candidates": [
            {
                "consultation": each.consultation,
                "measure_name": each.measure_name,
                "score": each.score,
                "evidence": dict(each.evidence),
            }
            for each in measure.candidates
        ],
    }


def _decision(decision: Decision | None) -> _Members | None:
    if decision is None:
        return None
    return {
        "decision": str(decision.decision),
        "reason": decision.reason,
        "by": decision.by,
        "at": _instant(decision.at),
    }


def _findings(findings: Iterable[Finding], language: str) -> list[_Members]:
    return [
        {
            "code": each.code,
            "field": each.field,
            "message": say(each.code, language, each.data, section=FINDINGS),
            "page": each.place.page if each.place else None,
            "box": each.place.box if each.place else None,
        }
        for each in findings
    ]


def _document(document: Document) -> _Members:
    return {
        "id": document.id,
        "role": str(document.role),
        "page": document.page,
        "filename": document.filename,
        "media_type": document.media_type,
        "bytes": document.size,
        "sha256": document.sha256,
    }


def _readings(record: CommentRecord) -> dict[str, _Members]:
    """Join what was read with what people changed; a field nobody read may have been typed in."""
    pointers = dict.fromkeys((*record.readings, *record.corrections))
    return {
        pointer: _reading(record.readings.get(pointer), record.corrections.get(pointer, ()))
        for pointer in pointers
    }


_NOT_READ = Reading(value="", source="none")


def _reading(reading: Reading | None, history: Sequence[Correction]) -> _Members:
    before = history[0].value if history else None
    value = before if reading is None else reading.value
    reading = reading or _NOT_READ
    return {
        "value": value,
        "confidence": reading.confidence,
        "source": reading.source,
        "page": reading.page,
        "box": list(reading.box) if reading.box else None,
        "engine": reading.engine,
        "template": reading.template,
        "raw": reading.raw,
        "history": [
            {
                "value": each.value,
                "new_value": each.new_value,
                "by": each.by,
                "at": _instant(each.at),
            }
            for each in history
        ],
    }
