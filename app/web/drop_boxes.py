"""Drop boxes, and whether every slip of their rounds has become a record."""

import re
from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.domain.drop_box import DropBox
from app.domain.errors import CodeTaken, InvalidInput, NotAllowed, Refusal
from app.intake import drop_boxes
from app.web.form_values import FormValues
from app.web.page_route import PageRoute, status_of
from app.web.rendering import page
from app.web.staff import Posted, Scanner, Staff

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_CODE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
_LONGEST_NAME = 200


@router.get("/staff/drop-boxes")
def drop_boxes_page(staff: Scanner) -> Response:
    """Show the boxes and their rounds."""
    return _shown(staff)


@router.post("/staff/drop-boxes")
def create_box(staff: Scanner, form: Posted) -> Response:
    """Record a new box."""
    if staff.actor.consultations:
        raise NotAllowed("key_confined")
    values = FormValues(form)
    code = values.text("code", required=True)
    name = values.text("name", required=True, longest=_LONGEST_NAME)
    if code and not _CODE.fullmatch(code):
        values.wrong("code", "code_invalid")
    try:
        values.check()
        drop_boxes.create(staff.desk, DropBox(code=code, name=name), actor=staff.actor)
    except (InvalidInput, CodeTaken) as refusal:
        return _shown(staff, refusal=refusal, typed={"code": code, "name": name})
    return RedirectResponse("/staff/drop-boxes", HTTPStatus.SEE_OTHER)


def _shown(
    staff: Staff, *, refusal: Refusal | None = None, typed: dict[str, str] | None = None
) -> HTMLResponse:
    queries = staff.desk.queries.drop_boxes
    boxes = queries.boxes()
    return page(
        "drop_boxes.html",
        staff=staff,
        status=status_of(refusal) if refusal else HTTPStatus.OK,
        boxes=boxes,
        names={each.code: each.name for each in boxes},
        rounds=queries.collections(),
        refusal=refusal,
        typed=typed or {},
    )
