"""Arrivals: where they stand, their bytes exactly as they came, and a person's decision."""

import unicodedata
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Body, Path, Response

from app.domain.access import Actor, Scope
from app.domain.audit import AuditAction
from app.domain.errors import NotFound
from app.domain.submission import Document, Submission
from app.intake import decide, watch
from app.intake.desk import Desk
from app.intake.documents import bytes_of
from app.routers.desk import Language, TheDesk, Who
from app.routers.operation import JSON, operation
from app.routers.schemas_corrections import SubmissionDecisionIn
from app.routers.schemas_submissions import SubmissionOut, submission_out

router = APIRouter(prefix="/api/v1/submissions", tags=["submissions"])
Id = Annotated[str, Path(description="The arrival's id.")]

SHOWN_TYPES = (
    "application/json",
    "application/pdf",
    "image/heic",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "message/rfc822",
)
"""What an answer may call itself; a sender's own word for anything else is not repeated."""
_BYTES = "application/octet-stream"
_ANSWERS = {
    kind: {"schema": {} if kind == "application/json" else {"type": "string", "format": "binary"}}
    for kind in (*SHOWN_TYPES, _BYTES)
}


@router.get("/{submission_id}", **operation(Scope.COMMENTS_READ, 404, 503, 507))
def get_submission(submission_id: Id, desk: TheDesk, who: Who, language: Language) -> SubmissionOut:
    """Say where an arrival stands and what was made of it."""
    submission = _found(desk, submission_id, who)
    watch.viewed(desk, who, AuditAction.SUBMISSION_VIEWED, submission_id=submission.id)
    return _answer(desk, submission, who, language)


@router.get(
    "/{submission_id}/original",
    response_class=Response,
    **operation(Scope.COMMENTS_READ, 404, 503, 507, answers=_ANSWERS),
)
def get_original(submission_id: Id, desk: TheDesk, who: Who) -> Response:
    """Give the bytes exactly as they came; of several files the first."""
    submission = _found(desk, submission_id, who)
    return _file(desk, who, submission, desk.queries.submissions.original(submission.id))


@router.get(
    "/{submission_id}/documents/{document_id}",
    response_class=Response,
    **operation(Scope.COMMENTS_READ, 404, 503, 507, answers=_ANSWERS),
)
def get_document(
    submission_id: Id,
    document_id: Annotated[str, Path(description="One of the arrival's documents.")],
    desk: TheDesk,
    who: Who,
) -> Response:
    """Give the bytes of any file of an arrival."""
    submission = _found(desk, submission_id, who)
    document = desk.queries.submissions.document(submission.id, document_id)
    return _file(desk, who, submission, document)


@router.post(
    "/{submission_id}/decisions", **operation(Scope.COMMENTS_REVIEW, 404, 409, 503, 507, takes=JSON)
)
def decide_on_submission(
    submission_id: Id,
    sent: Annotated[SubmissionDecisionIn, Body()],
    desk: TheDesk,
    who: Who,
    language: Language,
) -> SubmissionOut:
    """Read it again, let it out of quarantine, or set it aside; nothing is deleted."""
    submission = _found(desk, submission_id, who)
    decided = decide.decide_submission(
        desk, submission.id, sent.decision, reason=sent.reason, actor=who
    )
    present = desk.queries.submissions.get(decided.id) or decided
    return _answer(desk, present, who, language)


def _found(desk: Desk, submission_id: str, who: Actor) -> Submission:
    """Find an arrival, as far as the key may know of it.

    Raises:
        NotFound: There is none, or it concerns none of the key's consultations.
    """
    submission = desk.queries.submissions.get(submission_id)
    if submission is None or (
        who.consultations and not desk.queries.submissions.touches(submission_id, who.consultations)
    ):
        raise NotFound("submission_not_found")
    return submission


def _answer(desk: Desk, submission: Submission, who: Actor, language: str) -> SubmissionOut:
    comments = desk.queries.comments.of_submission(submission.id)
    return submission_out(
        submission,
        tuple(each.receipt_number for each in comments if who.may_touch(each.consultation)),
        desk.queries.submissions.documents(submission.id),
        language=language,
    )


def _file(desk: Desk, who: Actor, submission: Submission, document: Document | None) -> Response:
    if document is None:
        raise NotFound("document_not_found")
    watch.viewed(
        desk,
        who,
        AuditAction.DOCUMENT_VIEWED,
        submission_id=submission.id,
        detail={"document": document.id, "role": document.role.value},
    )
    kind = document.media_type.partition(";")[0].strip().lower()
    return Response(
        bytes_of(desk, document),
        media_type=kind if kind in SHOWN_TYPES else _BYTES,
        headers={
            "Content-Disposition": disposition(document.filename or document.id),
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "ETag": f'"{document.sha256}"',
        },
    )


def disposition(filename: str) -> str:
    """Name a file to be saved (RFC 6266), whatever its sender called it."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    clean = "".join(
        "_" if unicodedata.category(each) in {"Cc", "Cf", "Cs", "Co", "Cn"} else each
        for each in last
    ).strip(" .")
    clean = clean[:200] or "file"
    plain = "".join(
        each if each.isascii() and (each.isalnum() or each in "._- ") else "_" for each in clean
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='')}"
