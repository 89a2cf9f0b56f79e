"""Comments: looked at, listed, corrected, decided on; each look leaves a trace."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Query, Response

from app.domain import receipt_number as numbers
from app.domain.access import Actor, Scope
from app.domain.audit import AuditAction
from app.domain.comment import CommentRecord
from app.domain.envelope import Channel
from app.domain.errors import NotFound, StaleRevision
from app.domain.status import CommentStatus
from app.domain.timeliness import TimelinessVerdict
from app.intake import correct, decide, watch
from app.intake.desk import Desk
from app.routers.desk import Language, TheDesk, Who
from app.routers.fields import Cursor, Limit, Words
from app.routers.operation import ETAG, JSON, MERGE_PATCH, operation
from app.routers.refusals import PreconditionRequired
from app.routers.schemas_comments import (
    CommentOut,
    CommentsOut,
    comment_out,
    files_of,
    summary_out,
)
from app.routers.schemas_corrections import CommentDecisionIn, CommentPatchIn, patch_of
from app.storage.queries.comments import CommentFilter

router = APIRouter(prefix="/api/v1/comments", tags=["comments"])
_LOOK_ALIKES = "Whether what scanners take for each other is the same (一 and ー)."
Number = Annotated[str, Path(description="受付番号.", examples=["001-000001-2"])]


@router.get("", **operation(Scope.COMMENTS_READ, 422, 503, 507))
def list_comments(
    desk: TheDesk,
    who: Who,
    language: Language,
    consultation: Annotated[Words | None, Query()] = None,
    channel: Annotated[Channel | None, Query()] = None,
    status: Annotated[CommentStatus | None, Query()] = None,
    timeliness: Annotated[TimelinessVerdict | None, Query()] = None,
    q: Annotated[Words | None, Query(description="Words that must all stand in it.")] = None,
    look_alikes: Annotated[bool | None, Query(description=_LOOK_ALIKES)] = None,
    cursor: Annotated[Cursor | None, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> CommentsOut:
    """Give comments, newest first; without their evidence and files."""
    wanted = CommentFilter(
        consultation=consultation,
        channel=channel,
        status=status,
        timeliness=timeliness,
        text=q,
        by_shape=bool(look_alikes),
        confined_to=who.consultations,
    )
    page = desk.queries.comments.page(wanted, cursor=cursor, limit=limit)
    seen = [each.receipt_number for each in page.items]
    asked = {
        name: value
        for name, value in asdict(wanted).items()
        if value and name not in {"text", "by_shape"}
    }
    watch.viewed(
        desk,
        who,
        AuditAction.COMMENTS_LISTED,
        consultation=consultation,
        # The words looked for may be somebody's name; that there were some is enough.
        detail={
            **{name: str(value) for name, value in asked.items() if name != "confined_to"},
            "words": q is not None,
            "receipt_numbers": seen,
        },
    )
    return CommentsOut(
        items=[summary_out(each, language=language) for each in page.items],
        next_cursor=str(page.next_cursor) if page.next_cursor is not None else None,
    )


@router.get("/{receipt_number}", **operation(Scope.COMMENTS_READ, 404, 503, 507, success=ETAG))
def get_comment(
    receipt_number: Number, desk: TheDesk, who: Who, language: Language, response: Response
) -> CommentOut:
    """Give one comment with its evidence, its files and what may belong to it."""
    record = _found(desk, receipt_number, who)
    watch.viewed(
        desk,
        who,
        AuditAction.COMMENT_VIEWED,
        receipt_number=record.receipt_number,
        submission_id=record.submission_id,
        consultation=record.consultation,
    )
    return _answer(desk, record, who, language, response)


@router.patch(
    "/{receipt_number}",
    **operation(
        Scope.COMMENTS_REVIEW,
        404,
        412,
        503,
        507,
        requires="if-match",
        takes=MERGE_PATCH,
        success=ETAG,
    ),
)
def correct_comment(
    receipt_number: Number,
    sent: Annotated[CommentPatchIn, Body(media_type=MERGE_PATCH[0])],
    desk: TheDesk,
    who: Who,
    language: Language,
    response: Response,
    if_match: Annotated[
        str | None, Header(description="The ETag it was read with.", examples=['"1"'])
    ] = None,
) -> CommentOut:
    """Correct fields by JSON merge patch (RFC 7396); what was there before stays in readings."""
    record = _found(desk, receipt_number, who)
    if if_match is None:
        raise PreconditionRequired
    changed = correct.correct(
        desk,
        record.receipt_number,
        patch_of(sent),
        revision=_revision(if_match, record),
        actor=who,
    )
    return _answer(desk, changed, who, language, response)


@router.post(
    "/{receipt_number}/decisions",
    **operation(Scope.COMMENTS_REVIEW, 404, 409, 412, 503, 507, takes=JSON, success=ETAG),
)
def decide_on_comment(
    receipt_number: Number,
    sent: Annotated[CommentDecisionIn, Body()],
    desk: TheDesk,
    who: Who,
    language: Language,
    response: Response,
    if_match: Annotated[
        str | None, Header(description="The ETag it was read with.", examples=['"1"'])
    ] = None,
) -> CommentOut:
    """Decide on a comment; a person's decision outranks what is computed."""
    record = _found(desk, receipt_number, who)
    changed = decide.decide_comment(
        desk,
        record.receipt_number,
        sent.decision,
        reason=sent.reason,
        revision=None if if_match is None else _revision(if_match, record),
        actor=who,
    )
    return _answer(desk, changed, who, language, response)


def _found(desk: Desk, written: str, who: Actor) -> CommentRecord:
    """Find the comment a reader means, as far as the key may know of it.

    Raises:
        NotFound: The number is mistyped, unknown, or of another consultation than the key's.
    """
    number = numbers.lenient(written)
    record = desk.queries.comments.get(number) if number is not None else None
    if record is None or not who.may_touch(record.consultation):
        raise NotFound("comment_not_found")
    return record


def _answer(
    desk: Desk, record: CommentRecord, who: Actor, language: str, response: Response
) -> CommentOut:
    response.headers["ETag"] = f'"{record.revision}"'
    documents = desk.queries.submissions.documents(record.submission_id)
    related = desk.queries.comments.related(record)
    return comment_out(
        record,
        files_of(record, documents),
        [each for each in related if who.may_touch(each.consultation)],
        language=language,
    )


def _revision(if_match: str, record: CommentRecord) -> int | None:
    """Read ``If-Match`` (RFC 9110 section 13.1.1); ``*`` fits any revision.

    Raises:
        StaleRevision: None of the revisions named is the present one.
    """
    if if_match.strip() == "*":
        return None
    if f'"{record.revision}"' not in {each.strip() for each in if_match.split(",")}:
        raise StaleRevision
    return record.revision
