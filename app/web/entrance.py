"""Signing in and out."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from app.domain.errors import NotAllowed
from app.intake import keys
from app.web.page_route import PageRoute
from app.web.rendering import page
from app.web.staff import (
    Posted,
    SignedIn,
    TheDesk,
    comes_from_elsewhere,
    give_cookie,
    somebody,
    take_cookie,
)

HOME = "/staff"
_LONGEST_KEY = 512
_FORM_BYTES = 16 * 1024
"""The one form that strangers may send is kept small."""

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/login")
def sign_in_page(request: Request, next: Annotated[str, Query()] = HOME) -> Response:  # noqa: A002
    """Ask for a key."""
    if somebody(request) is not None:
        return RedirectResponse(_inside(next), HTTPStatus.SEE_OTHER)
    return page("login.html", next=_inside(next), wrong=None)


@router.post("/login", max_body_size=_FORM_BYTES)
def sign_in(
    request: Request,
    desk: TheDesk,
    key: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = HOME,  # noqa: A002
) -> Response:
    """Open a session; failures are slowed down at the door."""
    if comes_from_elsewhere(request):
        raise NotAllowed("form_expired")
    typed = key.strip()
    signed_in = keys.sign_in(desk, typed) if 0 < len(typed) <= _LONGEST_KEY else None
    if signed_in is None:
        wrong = "key_unknown" if typed else "required"
        status = HTTPStatus.UNAUTHORIZED if typed else HTTPStatus.UNPROCESSABLE_ENTITY
        return page("login.html", status=status, next=_inside(next), wrong=wrong)
    response = RedirectResponse(_inside(next), HTTPStatus.SEE_OTHER)
    give_cookie(response, desk, signed_in.token)
    return response


@router.post("/logout", max_body_size=_FORM_BYTES)
def sign_out(staff: SignedIn, _form: Posted) -> Response:
    """End the session."""
    keys.sign_out(staff.desk, staff.token, actor=staff.actor)
    response = RedirectResponse("/login?next=/staff", HTTPStatus.SEE_OTHER)
    take_cookie(response, staff.desk)
    return response


def _inside(path: str) -> str:
    """Give a path of the staff pages; anything else would send people to a foreign site."""
    within = path == HOME or path.startswith(f"{HOME}/")
    plain = path.isascii() and path.isprintable() and "\\" not in path and "//" not in path
    return path if within and plain else HOME
