"""Who is signed in: the session behind the cookie, and what every form must bring back."""

import hmac
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from starlette.datastructures import FormData

from app.domain.access import Actor, Scope
from app.domain.errors import NotAllowed, Refusal
from app.intake import keys
from app.intake.desk import Desk

_COOKIE = "ikenbako_session"
_MOST_FILES = 500
_LONGEST_FIELD = 4 * 1024 * 1024


class SignInNeeded(Refusal):
    """Nobody is signed in, or not any more."""

    code = "unauthenticated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A signed-in member of staff.

    Attributes:
        desk: Where to work.
        actor: Who, and what they may do.
        token: The session's secret.
        csrf: What every form must bring back.
    """

    desk: Desk
    actor: Actor
    token: str
    csrf: str

    def may(self, scope: Scope) -> bool:
        """Say whether this scope was given."""
        return self.actor.may(scope)


def desk_of(request: Request) -> Desk:
    """Give the desk that ``main`` built."""
    desk: Desk = request.app.state.desk
    return desk


def cookie_name(desk: Desk) -> str:
    """Give the cookie's name; with TLS its prefix makes browsers refuse one set by others."""
    return f"__Host-{_COOKIE}" if _by_tls(desk) else _COOKIE


def _by_tls(desk: Desk) -> bool:
    return urlsplit(desk.policy.public_url).scheme == "https"


def give_cookie(response: Response, desk: Desk, token: str) -> None:
    """Sign a browser in.

    SameSite is ``lax``: the notices to the section link to records, and with ``strict`` whoever
    opens one from webmail would be asked for the key again. Every change needs a POST with
    the session's token, which a foreign site has not got.
    """
    response.set_cookie(
        cookie_name(desk),
        token,
        max_age=desk.policy.session_hours * 3600,
        path="/",
        secure=_by_tls(desk),
        httponly=True,
        samesite="lax",
    )


def take_cookie(response: Response, desk: Desk) -> None:
    """Sign a browser out."""
    response.delete_cookie(
        cookie_name(desk), path="/", secure=_by_tls(desk), httponly=True, samesite="lax"
    )


def somebody(request: Request) -> Staff | None:
    """Give who is signed in, if anybody."""
    desk = desk_of(request)
    token = request.cookies.get(cookie_name(desk))
    session = keys.session(desk, token) if token else None
    if token is None or session is None:
        return None
    return Staff(desk=desk, actor=session.actor, token=token, csrf=session.csrf)


def anybody_signed_in(request: Request) -> Staff:
    """Give who is signed in.

    Raises:
        SignInNeeded: Nobody is.
    """
    staff = somebody(request)
    if staff is None:
        raise SignInNeeded
    return staff


def staff_with(*scopes: Scope) -> Callable[[Request], Staff]:
    """Make the dependency of a page that needs one of these scopes."""

    def allowed(request: Request) -> Staff:
        staff = anybody_signed_in(request)
        if not any(staff.may(each) for each in scopes):
            raise NotAllowed
        return staff

    return allowed


async def posted(
    request: Request, staff: Annotated[Staff, Depends(anybody_signed_in)]
) -> AsyncIterator[FormData]:
    """Read a form that one of our own pages sent; nothing is read before somebody is signed in.

    Raises:
        NotAllowed: It does not bring back the session's token.
    """
    async with request.form(max_files=_MOST_FILES, max_part_size=_LONGEST_FIELD) as form:
        token = form.get("csrf")
        sent = token.encode() if isinstance(token, str) else b""
        if not hmac.compare_digest(sent, staff.csrf.encode()):
            raise NotAllowed("form_expired")
        yield form


def comes_from_elsewhere(request: Request) -> bool:
    """Say whether another site sent this form; for the one form without a session's token.

    Behind a proxy the ``Host`` we see may be our own, so the public address counts as well.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return True
    origin = request.headers.get("Origin")
    ours = {request.headers.get("Host"), urlsplit(desk_of(request).policy.public_url).netloc}
    # Cut by hand: what no address could be must not break the page.
    return origin is not None and origin.partition("://")[2] not in ours


SignedIn = Annotated[Staff, Depends(anybody_signed_in)]
Reader = Annotated[Staff, Depends(staff_with(Scope.COMMENTS_READ))]
Reviewer = Annotated[Staff, Depends(staff_with(Scope.COMMENTS_REVIEW))]
Scanner = Annotated[Staff, Depends(staff_with(Scope.INTAKE_SCAN))]
Auditor = Annotated[Staff, Depends(staff_with(Scope.AUDIT_READ))]
Posted = Annotated[FormData, Depends(posted)]
TheDesk = Annotated[Desk, Depends(desk_of)]
