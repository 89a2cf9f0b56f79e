"""What a result page is made from: the tally, and the comments to take away."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal  # examples are plain JSON

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import ConfigDict

from app.domain.access import Scope
from app.domain.audit import AuditAction
from app.domain.consultation import Consultation
from app.domain.envelope import in_japan
from app.domain.errors import NotFound
from app.domain.status import CommentStatus
from app.intake import watch
from app.intake.desk import Desk
from app.routers import exports
from app.routers.desk import TheDesk, Who
from app.routers.fields import Outgoing
from app.routers.operation import operation
from app.storage.queries.comments import CommentFilter

router = APIRouter(prefix="/api/v1/consultations", tags=["results"])
Code = Annotated[str, Path(examples=["juki-pia-2015"])]
_COUNTS: dict[str, Any] = {"people": 17, "organisations": 1, "pieces": 19, "opinions": 43}
_NONE: dict[str, Any] = {"people": 0, "organisations": 0, "pieces": 0, "opinions": 0}


class CountsOut(Outgoing):
    """People, organisations, pieces (通) and opinions (件), which are never the same thing."""

    people: int
    organisations: int
    pieces: int
    opinions: int


class TallyOut(Outgoing):
    """The counts of accepted comments, and of all by status; every key is there."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "total": _COUNTS,
                    "by_channel": {
                        "email": _COUNTS,
                        "mail": _NONE,
                        "drop_box": _NONE,
                        "fax": _NONE,
                        "e_application": _NONE,
                    },
                    "by_category": {"1": _COUNTS, "2": _NONE},
                    "by_status": {
                        "withdrawn": 0,
                        "late": 1,
                        "off_measure": 0,
                        "needs_correction": 0,
                        "needs_review": 2,
                        "accepted": 19,
                    },
                }
            ]
        }
    )

    total: CountsOut
    by_channel: dict[str, CountsOut]
    by_category: dict[str, CountsOut]
    by_status: dict[CommentStatus, int]


_FILE = {"schema": {"type": "string", "format": "binary"}}
_EXPORTS: Mapping[str, Any] = {
    "text/csv": _FILE,
    exports.XLSX_TYPE: _FILE,
    "application/json": {
        "schema": {
            "type": "object",
            "required": ["consultation", "view", "items"],
            "properties": {
                "consultation": {"type": "string"},
                "view": {"type": "string"},
                "items": {"type": "array", "items": {"type": "object"}},
            },
        }
    },
}


@router.get("/{code}/tally", **operation(Scope.COMMENTS_READ, 404))
def get_tally(code: Code, desk: TheDesk) -> TallyOut:
    """Count accepted comments by channel and category, and all by status."""
    tally = desk.queries.tally.of(_known(desk, code))
    return TallyOut(
        total=CountsOut(**asdict(tally.total)),
        by_channel={key: CountsOut(**asdict(each)) for key, each in tally.by_channel.items()},
        by_category={key: CountsOut(**asdict(each)) for key, each in tally.by_category.items()},
        by_status={CommentStatus(key): count for key, count in tally.by_status.items()},
    )


@router.get(
    "/{code}/export",
    response_class=StreamingResponse,
    **operation(Scope.COMMENTS_READ, 404, 422, 503, 507, answers=_EXPORTS),
)
def export_comments(
    code: Code,
    desk: TheDesk,
    who: Who,
    file_format: Annotated[
        Literal["csv", "xlsx", "json"], Query(alias="format", description="CSV has a BOM.")
    ] = "csv",
    view: Annotated[
        Literal["full", "opinions"],
        Query(description="`opinions`: accepted comments only, and no personal field."),
    ] = "full",
) -> Response:
    """Give the comments to take away; no cell can run as a formula."""
    consultation = _known(desk, code)
    watch.viewed(
        desk,
        who,
        AuditAction.COMMENTS_EXPORTED,
        consultation=code,
        detail={"format": file_format, "view": view},
    )
    wanted = CommentFilter(
        consultation=code, status=CommentStatus.ACCEPTED if view == "opinions" else None
    )
    columns = exports.OPINIONS if view == "opinions" else exports.FULL

    def rows() -> Iterator[exports.Row]:
        for record in desk.queries.comments.each(wanted):
            yield {name: read(record) for name, read in columns.items()}

    name = f"{consultation.code}-{view}-{in_japan(desk.clock()):%Y%m%d}.{file_format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if file_format == "xlsx":
        from app.routers.workbook import workbook  # noqa: PLC0415 - ADR 0049

        book = workbook(tuple(columns), rows)
        return Response(book, media_type=exports.XLSX_TYPE, headers=headers)
    if file_format == "csv":
        lines = exports.csv_lines(tuple(columns), rows())
        return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)
    chunks = exports.json_chunks(consultation.code, view, rows())
    return StreamingResponse(chunks, media_type="application/json", headers=headers)


def _known(desk: Desk, code: str) -> Consultation:
    consultation = desk.queries.consultations.get(code)
    if consultation is None:
        raise NotFound("consultation_not_found")
    return consultation
