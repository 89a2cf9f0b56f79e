"""Printed paper that belongs to no consultation."""

from fastapi import APIRouter, Response

from app.intake import forms
from app.routers.operation import operation

router = APIRouter(prefix="/api/v1", tags=["intake"])
_CACHE = "public, max-age=86400"


@router.get(
    "/separator.pdf",
    response_class=Response,
    **operation(
        None,
        503,
        public=True,
        answers={"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    ),
)
def get_separator() -> Response:
    """Give the separator sheet (仕切り紙) to lay between two comments of a stack."""
    headers = {
        "Cache-Control": _CACHE,
        "Content-Disposition": 'inline; filename="separator.pdf"',
    }
    return Response(forms.separator(), media_type="application/pdf", headers=headers)
