"""Routes whose refusals are pages: the same codes as the API, in Japanese, with a way back."""

import logging
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.domain.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    Refusal,
    StaleRevision,
    StorageFull,
    TooLarge,
    Unavailable,
)
from app.domain.wording import PROBLEMS, TITLES, say
from app.web.rendering import page
from app.web.staff import SignInNeeded, somebody

_log = logging.getLogger(__name__)

_STATUSES: Mapping[type[Refusal], int] = {
    Refusal: 400,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    StaleRevision: 409,
    TooLarge: 413,
    InvalidInput: 422,
    Unavailable: 503,
    StorageFull: 507,
}
_FRAMEWORK_CODES: Mapping[int, str] = {404: "not_found", 413: "too_large"}


class PageRoute(APIRoute):
    """A route that answers every refusal with a page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the framework's handler."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except SignInNeeded:
                return to_sign_in(request)
            except Refusal as refusal:
                return await run_in_threadpool(_refused, request, refusal)
            except RequestValidationError:
                # Only numbers and closed sets stand in our addresses; none of them was made here.
                return await run_in_threadpool(_refused, request, NotFound())
            except HTTPException as error:
                code = _FRAMEWORK_CODES.get(error.status_code, "malformed_request")
                return await run_in_threadpool(_told, request, code, error.status_code)

        return answer


def to_sign_in(request: Request) -> Response:
    """Send a visitor to the sign-in page, and back here afterwards where that changes nothing."""
    back = f"?next={quote(request.url.path)}" if request.method == "GET" else ""
    return RedirectResponse(f"/login{back}", HTTPStatus.SEE_OTHER)


def status_of(refusal: Refusal) -> int:
    """Give the status of a refusal: its own class's or the nearest ancestor's."""
    return next(_STATUSES[each] for each in type(refusal).__mro__ if each in _STATUSES)


def _refused(request: Request, refusal: Refusal) -> HTMLResponse:
    status = status_of(refusal)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.warning("A page could not be served: %s.", refusal.code, extra={"action": "page"})
    return _told(request, refusal.code, status, refusal.data)


def _told(
    request: Request, code: str, status: int, data: Mapping[str, str] | None = None
) -> HTMLResponse:
    return page(
        "refused.html",
        staff=somebody(request),
        status=status,
        title=TITLES.get(status, TITLES[400])[0],
        detail=say(code, "ja", data or {}, section=PROBLEMS),
    )
