"""What broke in spite of everything: logged without a word of what was sent, answered as 500."""

import logging
import traceback
from collections.abc import MutableMapping
from typing import Any  # ASGI messages have no static shape

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.routers.language import language_of
from app.routers.problems import internal_error

_log = logging.getLogger(__name__)


class LastResort:
    """Catches what nobody else did; the server must never print it, since it may hold a comment."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand around an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on and answer for what breaks."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            _log.info("A client hung up before its request was complete.")
        except Exception as error:  # noqa: BLE001 - the last resort of a request
            _report(error)
            if not begun:
                request = Request(scope)
                language = language_of(request.headers.get("Accept-Language"))
                answer = internal_error(language).response(request.url.path, language=language)
                await answer(scope, receive, send)
                return
            raise ConnectionAbortedError from None


def _report(error: Exception) -> None:
    """Log what broke and where; the message itself may quote the record it broke on."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " ".join(f"{frame.name}:{frame.lineno}" for frame in frames)
    _log.error(
        "A request failed: %s at %s.", type(error).__name__, places, extra={"action": "request"}
    )
