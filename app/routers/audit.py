"""The audit trail: who did or saw what, when."""

from typing import Annotated, Any  # a line's detail depends on what was done

from fastapi import APIRouter, Query
from pydantic import ConfigDict

from app.domain.access import Scope
from app.domain.audit import AuditAction
from app.routers.desk import TheDesk, Who
from app.routers.fields import Cursor, JapanInstant, Limit, Outgoing, Words
from app.routers.operation import operation

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])


class AuditActorOut(Outgoing):
    """Who: an API key, or a part of the program."""

    id: str
    name: str


class AuditLineOut(Outgoing):
    """One line of the trail."""

    at: JapanInstant
    actor: AuditActorOut
    action: AuditAction
    receipt_number: str | None
    submission_id: str | None
    consultation: str | None
    detail: dict[str, Any]


class AuditOut(Outgoing):
    """Some lines, newest first; give ``next_cursor`` back as ``cursor`` to go on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "at": "2015-05-18T10:02:03+09:00",
                            "actor": {"id": "014d5a3e9c1b7f20c64fe1a87d3b9027", "name": "市民課"},
                            "action": "comment_viewed",
                            "receipt_number": "001-000001-2",
                            "submission_id": "014d5a3e9c1b7f20c64fe1a87d3b9025",
                            "consultation": "juki-pia-2015",
                            "detail": {},
                        }
                    ],
                    "next_cursor": None,
                }
            ]
        }
    )

    items: list[AuditLineOut]
    next_cursor: str | None


@router.get("", **operation(Scope.AUDIT_READ, 422))
def list_audit(
    desk: TheDesk,
    who: Who,
    receipt_number: Annotated[Words | None, Query()] = None,
    submission_id: Annotated[Words | None, Query()] = None,
    cursor: Annotated[Cursor | None, Query()] = None,
    limit: Annotated[Limit, Query()] = 50,
) -> AuditOut:
    """Say who did or saw what, when; newest first."""
    page = desk.queries.audit.page(
        receipt_number=receipt_number,
        submission_id=submission_id,
        consultations=who.consultations,
        cursor=cursor,
        limit=limit,
    )
    return AuditOut(
        items=[
            AuditLineOut(
                at=each.at,
                actor=AuditActorOut(id=each.actor_id, name=each.actor_name),
                action=each.action,
                receipt_number=each.receipt_number,
                submission_id=each.submission_id,
                consultation=each.consultation,
                detail=dict(each.detail),
            )
            for each in page.items
        ],
        next_cursor=str(page.next_cursor) if page.next_cursor is not None else None,
    )
