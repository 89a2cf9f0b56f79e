"""The e-application channel (電子申請): refused with every reason at once, or recorded at once."""

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Request, Response

from app.domain.access import Actor, Scope
from app.domain.comment import CommentRecord, Related
from app.domain.errors import FieldProblem
from app.domain.submission import Document
from app.intake.admission import Posting
from app.intake.desk import Desk
from app.intake.postings import read_json
from app.intake.submit import submit
from app.routers.desk import Language, TheDesk, Who
from app.routers.language import language_of
from app.routers.operation import JSON, operation
from app.routers.schemas_applications import (
    EXAMPLES,
    ApplicationIn,
    WellFormedIn,
    application_of,
    read_application,
)
from app.routers.schemas_comments import CommentOut, comment_json

router = APIRouter(prefix="/api/v1/consultations", tags=["e-application"])
_KEY_HEADER = "Idempotency-Key"
_KEY = re.compile("[!-~]{1,255}")

_CREATED = {
    201: {
        "headers": {
            "Location": {"schema": {"type": "string"}, "description": "The comment."},
            "ETag": {"schema": {"type": "string"}, "description": "Its revision."},
        }
    }
}


@router.post(
    "/{code}/comments",
    status_code=201,
    response_model=CommentOut,
    **operation(Scope.COMMENTS_SUBMIT, 404, 409, 503, 507, takes=JSON, success=_CREATED),
)
async def submit_comment(
    code: Annotated[str, Path(examples=["juki-pia-2015"])],
    sent: Annotated[ApplicationIn, Body(openapi_examples=EXAMPLES)],
    request: Request,
    desk: TheDesk,
    who: Who,
    language: Language,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Send again with the same key and body: the same answer, one record.",
            json_schema_extra={"minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        ),
    ] = None,
) -> Response:
    """Submit a comment; once this answers 201 it is recorded and synced to disk."""
    raw = await request.body()
    return await _submitted(desk, who, language, code, sent, raw, idempotency_key)


async def submit_shortly(request: Request, code: str) -> Response | None:
    """Do the same without the framework's reading of the request, which costs as much again.

    Returns:
        The answer; None where a header comes twice or the body is not of the right shape, which
        the long way puts into words.
    """
    keys = request.headers.getlist(_KEY_HEADER)
    raw = await request.body()
    try:
        sent = read_application(read_json(raw))
    except (ValueError, RecursionError):
        return None
    if len(keys) > 1:
        return None
    language = language_of(request.headers.get("Accept-Language"))
    return await _submitted(
        request.app.state.desk,
        request.state.actor,
        language,
        code,
        sent,
        raw,
        keys[0] if keys else None,
    )


async def _submitted(
    desk: Desk,
    who: Actor,
    language: str,
    code: str,
    sent: WellFormedIn,
    raw: bytes,
    idempotency_key: str | None,
) -> Response:
    def render(
        record: CommentRecord, documents: Sequence[Document], related: Sequence[Related]
    ) -> bytes:
        if who.consultations:  # else it may touch all of them, a hundred in a campaign
            related = [each for each in related if who.may_touch(each.consultation)]
        return comment_json(record, documents, related, language=language)

    submitted = await submit(
        desk,
        Posting(
            code=code,
            application=application_of(sent),
            raw=raw,
            actor=who,
            idempotency_key=idempotency_key,
            shape_problems=(*_key_problems(idempotency_key), *sent.problems),
            language=language,
        ),
        render=render,
    )
    return Response(
        submitted.body,
        status_code=201,
        media_type="application/json",
        headers={
            "Location": f"/api/v1/comments/{submitted.receipt_number}",
            "ETag": f'"{submitted.revision}"',
        },
    )


def _key_problems(key: str | None) -> tuple[FieldProblem, ...]:
    if key is None or _KEY.fullmatch(key):
        return ()
    return (FieldProblem("/Idempotency-Key", "idempotency_key_invalid"),)
