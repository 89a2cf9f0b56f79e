"""HEAD: whatever can be fetched can be asked after (RFC 9110 section 9.3.2)."""

from starlette.types import ASGIApp, Receive, Scope, Send


class HeadLikeGet:
    """Answers HEAD as GET is answered; the server sends the headers and leaves the body out."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand around an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on; only the copy of its scope says GET, the server still knows HEAD."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)
