"""The whole JSON API: its routers, its door, its answers to what goes wrong, its description."""

from collections.abc import Iterable, Sequence
from typing import Any  # OpenAPI documents are plain JSON

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain.errors import Refusal
from app.intake.readiness import Readiness
from app.routers import (
    applications,
    arrivals,
    audit,
    comments,
    consultations,
    drop_boxes,
    explanations,
    health,
    keys,
    ledger,
    metrics,
    operation,
    papers,
    problems,
    results,
    submissions,
)
from app.routers.door import Door
from app.routers.head import HeadLikeGet
from app.routers.keyring import KeyRing
from app.routers.last_resort import LastResort

ROUTERS = tuple(
    module.router
    for module in (
        health,
        metrics,
        consultations,
        applications,
        results,
        comments,
        submissions,
        arrivals,
        papers,
        drop_boxes,
        ledger,
        audit,
        keys,
        explanations,
    )
)
TITLE = "意見箱 Ikenbako"
_DESCRIPTION = """意見提出手続（パブリックコメント）の意見書を、5つの提出方法で受け付けます。

- `Authorization: Bearer <API key>`。権限のないキーには 403、無効なキーには 401 を返します。
- 時刻には必ず時差（`+09:00` など）を付けてください。日付は日本の日付です。
- 誤りは RFC 9457 の `application/problem+json` で返します。`Accept-Language: en` で英語になります。
- 知らない項目や型の違う値は受け取りません（422）。
- 同じ鍵からの要求が多すぎると 429 と `Retry-After` を返します。
"""


class Application(FastAPI):
    """FastAPI behind a door: what the door answers by itself never enters the framework."""

    entrance: ASGIApp | None = None
    """What a request meets first; ``guard`` sets it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in by the entrance."""
        scope["app"] = self
        await (self.entrance or self.framework)(scope, receive, send)

    async def framework(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what has come through the door."""
        await super().__call__(scope, receive, send)


def install(app: FastAPI) -> None:
    """Put the operations, the answers to refusals and the description on an application."""
    app.state.readiness = Readiness()
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(Refusal, problems.answer_refusal)
    app.add_exception_handler(HTTPException, problems.answer_framework)
    app.add_exception_handler(RequestValidationError, problems.answer_validation)
    app.openapi = lambda: described(app)  # type: ignore[method-assign]  # the documented way


def guard(
    app: Application,
    *,
    rate_limit: str | None,
    trusted_proxies: Iterable[str],
    max_upload_bytes: int,
    cors_origins: Sequence[str] = (),
) -> None:
    """Put the door in front of an application.

    Args:
        app: An application with its desk in ``app.state.desk``.
        rate_limit: Such as ``600/minute``; None or empty counts nothing.
        trusted_proxies: Addresses and networks whose ``X-Forwarded-For`` is believed.
        max_upload_bytes: How large an upload may be.
        cors_origins: Sites whose pages may call the API from a browser.
    """
    app.state.keyring = KeyRing()
    app.state.max_upload_bytes = max_upload_bytes
    # Inside the framework, whose own answer to what breaks would be no problem document.
    app.add_middleware(LastResort)
    entrance: ASGIApp = Door(
        app.framework,
        routers=ROUTERS,
        shortcuts={applications.submit_comment: applications.submit_shortly},
        keyring=app.state.keyring,
        rate_limit=rate_limit,
        trusted_proxies=tuple(trusted_proxies),
        max_upload_bytes=max_upload_bytes,
    )
    # The door asks the database and may break.
    entrance = LastResort(entrance)
    if cors_origins:
        entrance = CORSMiddleware(
            entrance,
            allow_origins=cors_origins,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match"],
            expose_headers=["ETag", "Location", "Retry-After"],
        )
    app.entrance = HeadLikeGet(entrance)


def described(app: FastAPI) -> dict[str, Any]:
    """Describe every operation (OpenAPI 3.1); made once, then kept."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=TITLE, version=app.version, description=_DESCRIPTION, routes=app.routes
        )
        components = document.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = dict(operation.PROBLEM_SCHEMA)
        components["securitySchemes"] = {
            operation.BEARER: {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key; `POST /api/v1/keys` makes one.",
            }
        }
        _mark_required_headers(document)
        app.openapi_schema = document
    return app.openapi_schema


def _mark_required_headers(document: dict[str, Any]) -> None:
    """Say of headers which we ask for ourselves (428) that they must be there."""
    for methods in document["paths"].values():
        for described_operation in methods.values():
            for parameter in described_operation.get("parameters", ()):
                if parameter["name"].lower() == described_operation.get(operation.REQUIRES):
                    parameter["required"] = True
