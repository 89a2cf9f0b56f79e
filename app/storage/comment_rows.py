"""A comment record and its row."""

import functools
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any  # columns of a row have no static type

import sqlalchemy as sa

from app.domain.comment import CommentRecord
from app.domain.submitter import CategoryChoice, Submitter
from app.domain.text import fold, is_missing
from app.storage import codec


def submitter_key(submitter: Submitter) -> str:
    """Name a submitter by normalised name and address; empty when nothing is known of either."""
    if is_missing(submitter.name) and is_missing(submitter.address):
        return ""
    return _digest(submitter.kind.value, fold(submitter.name or ""), fold(submitter.address or ""))


def opinion_key(opinion: str) -> str:
    """Name an opinion by its normalised text; empty when there is none."""
    return "" if is_missing(opinion) else _digest(fold(opinion))


_LONGEST_NAME = 400
_fold_name = functools.lru_cache(maxsize=256)(fold)
"""The same few measure names come with every comment."""


def _digest(*folded: str) -> str:
    return hashlib.sha256("\n".join(folded).encode()).hexdigest()


def keys_of(row: Mapping[str, Any]) -> frozenset[str]:
    """Give what another comment's row may have in common with a new one."""
    return frozenset(filter(None, (row["opinion_key"], row["submitter_key"])))


def _compared(comment: CommentRecord) -> dict[str, str]:
    """Give the columns that are only ever compared."""
    submitter = comment.submitter
    name, address, representative, detail, opinion = (
        fold(each) if each else ""
        for each in (
            submitter.name,
            submitter.address,
            submitter.representative,
            submitter.category.detail,
            comment.opinion,
        )
    )
    written = comment.measure.written or ""
    measure = _fold_name(written) if len(written) <= _LONGEST_NAME else fold(written)
    folded = (fold(comment.receipt_number), name, address, representative, detail, measure, opinion)
    return {
        "submitter_key": _digest(submitter.kind.value, name, address) if name or address else "",
        "opinion_key": _digest(opinion) if opinion else "",
        "search_text": "\n".join(filter(None, folded)),
    }


def new_row(comment: CommentRecord, number: int | None, at: datetime) -> dict[str, Any]:
    """Build the row of a new record, with the number of its consultation, if that is known."""
    return row_of(comment) | {
        "receipt_number": comment.receipt_number,
        "consultation_id": number,
        "submission_id": comment.submission_id,
        "position": comment.position,
        "channel": comment.channel,
        "recorded_at": at,
    }


def row_of(comment: CommentRecord) -> dict[str, Any]:
    """Build what may change in the row of a record."""
    submitter = comment.submitter
    return {
        "delivery": comment.delivery,
        "received_at": comment.received_at,
        "postmarked_on": comment.postmarked_on,
        "collected_at": comment.collected_at,
        "timeliness_verdict": comment.timeliness.verdict,
        "timeliness": codec.timeliness_out(comment.timeliness),
        "kind": submitter.kind,
        "name": submitter.name,
        "address": submitter.address,
        "representative": submitter.representative,
        "category_code": submitter.category.code,
        "category_detail": submitter.category.detail,
        "email": submitter.email,
        "phone": submitter.phone,
        "fax": submitter.fax,
        "measure": codec.measure_out(comment.measure),
        "opinion": comment.opinion,
        "opinion_count": comment.opinion_count,
        "status": comment.status,
        "decision": codec.decision_out(comment.decision),
        "findings": codec.findings_out(comment.findings),
        "form_findings": codec.findings_out(comment.form_findings),
        "readings": codec.readings_out(comment.readings),
        "corrections": codec.corrections_out(comment.corrections),
        "by_ocr": comment.by_ocr,
        "consultation_source": comment.consultation_source,
        "pages": list(comment.pages),
        "corrects": comment.corrects,
        "revision": comment.revision,
        **_compared(comment),
    }


def comment_of(row: sa.Row[Any]) -> CommentRecord:
    """Build a record from its row joined with its consultation's code."""
    return CommentRecord(
        receipt_number=row.receipt_number,
        consultation=row.consultation,
        submission_id=row.submission_id,
        position=row.position,
        channel=row.channel,
        delivery=row.delivery,
        received_at=row.received_at,
        postmarked_on=row.postmarked_on,
        collected_at=row.collected_at,
        timeliness=codec.timeliness_in(row.timeliness),
        submitter=Submitter(
            kind=row.kind,
            name=row.name,
            address=row.address,
            representative=row.representative,
            category=CategoryChoice(code=row.category_code, detail=row.category_detail),
            email=row.email,
            phone=row.phone,
            fax=row.fax,
        ),
        measure=codec.measure_in(row.measure),
        opinion=row.opinion,
        opinion_count=row.opinion_count,
        status=row.status,
        findings=codec.findings_in(row.findings),
        readings=codec.readings_in(row.readings),
        corrections=codec.corrections_in(row.corrections),
        by_ocr=row.by_ocr,
        consultation_source=row.consultation_source,
        decision=codec.decision_in(row.decision),
        pages=tuple(row.pages),
        corrects=row.corrects,
        form_findings=codec.findings_in(row.form_findings),
        revision=row.revision,
    )
