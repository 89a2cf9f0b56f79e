"""The door: key, scope, pace and size are checked before any of the body is read."""

import re
from collections import Counter
from collections.abc import (
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
)
from dataclasses import dataclass
from typing import Any  # ASGI messages have no static shape

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain import access
from app.domain.access import Actor
from app.domain.errors import (
    FieldProblem,
    InvalidInput,
    NotAllowed,
    NotFound,
    Refusal,
    TooLarge,
)
from app.routers import operation
from app.routers.keyring import KeyRing
from app.routers.language import language_of
from app.routers.problems import answer_framework, pointer, problem_of
from app.routers.refusals import (
    MethodNotAllowed,
    RateLimited,
    Unauthenticated,
    UnsupportedMediaType,
)
from app.routers.visitors import Proxies, Turnstile

JSON_BYTES = 4 * 1024 * 1024
"""The longest opinion, every character escaped, fits several times."""
FORM_OVERHEAD = 1024 * 1024
"""What the fields and boundaries around the files of an upload may add."""
_LONGEST_KEY = 512
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(\S+) *")
_UTF8 = {"utf-8", "utf8"}

Shortcut = Callable[[Request, str], Awaitable[Response | None]]
"""Answers a plain request without the framework's reading of it; None sends it the long way.

It gets the request and the first variable part of its path.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entrance:
    """One operation, as far as the door is concerned."""

    path: re.Pattern[str]
    methods: frozenset[str]
    wants: Mapping[str, Any]
    parameters: frozenset[str]
    is_json: bool
    shortcut: Shortcut | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """A request that was let in.

    Attributes:
        limit: Bytes its body may have.
        entrance: The operation asked for; None outside the API.
        place: What the variable part of its path says.
    """

    limit: int
    entrance: _Entrance | None = None
    place: str = ""


class Door:
    """Lets requests in, or answers them itself; pages outside the API are only paced and sized."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        routers: Iterable[APIRouter],
        shortcuts: Mapping[Callable[..., Any], Shortcut],
        keyring: KeyRing,
        rate_limit: str | None,
        trusted_proxies: Iterable[str],
        max_upload_bytes: int,
    ) -> None:
        """Guard an application.

        Args:
            app: What lies behind the door.
            routers: Whose operations need a key.
            shortcuts: By the function of an operation, what answers most of its requests.
            keyring: Who holds which key.
            rate_limit: Such as ``600/minute``, for each key, or each address without one.
            trusted_proxies: Whose ``X-Forwarded-For`` is believed.
            max_upload_bytes: How large an upload may be.
        """
        self._app = app
        self._entrances = _sorted_by_shape(_entrances(routers, shortcuts))
        self._keyring = keyring
        self._turnstile = Turnstile(rate_limit)
        self._proxies = Proxies(trusted_proxies)
        self._max_upload = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request and hand it on, its body counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            visit = await self._admit(request)
        except Refusal as refusal:
            await _refused(request, refusal)(scope, receive, send)
            return
        entrance = visit.entrance
        if entrance is None:
            await self._app(scope, _counted(receive, visit.limit, is_json=False), send)
            return
        receive = _counted(receive, visit.limit, is_json=entrance.is_json)
        if entrance.shortcut is not None:
            request = Request(scope, receive)
            answer = await _shortly(entrance.shortcut, request, visit.place)
            if answer is not None:
                await answer(scope, receive, send)
                return
            receive = _again(await request.body())
        # Only answers of the API are kept out of caches; pages say for themselves.
        await self._app(scope, receive, _careful(send))

    async def _admit(self, request: Request) -> _Visit:
        """See that a request may come in."""
        if "\x00" in request.scope["path"]:
            raise NotFound
        entrance, place = self._entrance(request)
        wants = entrance.wants if entrance else None
        actor = await self._visitor(request, wants)
        self._pace(request, wants, actor)
        limit = self._max_upload + FORM_OVERHEAD
        if entrance is not None and wants is not None:
            _check_access(request, wants, actor)
            _check_parameters(request, entrance.parameters)
            _check_media_type(request, wants)
            limit = self._limit(wants)
        _check_length(request, limit)
        return _Visit(limit=limit, entrance=entrance, place=place)

    def _limit(self, wants: Mapping[str, Any]) -> int:
        """Say how many bytes a body may have; around the files of a form stands a little more."""
        if operation.UPLOAD not in wants:
            return JSON_BYTES
        is_form = any("form" in each for each in wants.get(operation.TAKES, ()))
        return self._max_upload + (FORM_OVERHEAD if is_form else 0)

    def _entrance(self, request: Request) -> tuple[_Entrance | None, str]:
        """Find the operation that is asked for, and what its path says; None outside the API.

        Raises:
            MethodNotAllowed: The path is known, the method is not.
        """
        path, method = request.scope["path"], request.method
        allowed: set[str] = set()
        for entrance in self._entrances.get(_shape(path), ()):
            if found := entrance.path.match(path):
                if method in entrance.methods:
                    return entrance, found[1] if found.re.groups else ""
                allowed |= entrance.methods
        if allowed:
            raise MethodNotAllowed(allow=", ".join(sorted(allowed)))
        return None, ""

    async def _visitor(self, request: Request, wants: Mapping[str, Any] | None) -> Actor | None:
        if wants is None or operation.SCOPE not in wants:
            return None
        header = request.headers.get("Authorization")
        if header is None and operation.OPTIONAL in wants:
            return None
        actor = None
        found = _BEARER.fullmatch(header or "")
        if found and len(found[1]) <= _LONGEST_KEY:
            known, actor = self._keyring.remembered(found[1])
            if not known:
                desk = request.app.state.desk
                actor = await run_in_threadpool(self._keyring.look_up, desk, found[1])
        if actor is None:
            self._pace(request, wants, None)
            raise Unauthenticated
        request.state.actor = actor
        return actor

    def _pace(self, request: Request, wants: Mapping[str, Any] | None, actor: Actor | None) -> None:
        reading_page = wants is None and request.method in {"GET", "HEAD", "OPTIONS"}
        never_asks_for_keys = wants is not None and operation.SCOPE not in wants
        if reading_page or never_asks_for_keys:
            return
        visitor = f"key {actor.id}" if actor else f"address {self._proxies.client(request)}"
        seconds = self._turnstile.wait(visitor)
        if seconds is not None:
            raise RateLimited(seconds=str(seconds))


def _shape(path: str) -> tuple[int, str]:
    """Give what all paths of an operation have in common: their length, and what they are about.

    Asking every operation about every path would cost more than the rest of the door.
    """
    parts = path.split("/")
    return len(parts), parts[_SUBJECT] if len(parts) > _SUBJECT else ""


_SUBJECT = 3
"""Place in ``/api/v1/comments/…``."""


def _sorted_by_shape(
    entrances: Iterable[tuple[str, _Entrance]],
) -> Mapping[tuple[int, str], Sequence[_Entrance]]:
    found: dict[tuple[int, str], list[_Entrance]] = {}
    for path, entrance in entrances:
        found.setdefault(_shape(path), []).append(entrance)
    return found


def _entrances(
    routers: Iterable[APIRouter], shortcuts: Mapping[Callable[..., Any], Shortcut]
) -> Iterable[tuple[str, _Entrance]]:
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield (
                    route.path,
                    _Entrance(
                        path=route.path_regex,
                        methods=frozenset(route.methods or ()),
                        wants=route.openapi_extra or {},
                        parameters=frozenset(_parameters(route.dependant)),
                        is_json=any(
                            each.endswith("json")
                            for each in (route.openapi_extra or {}).get(operation.TAKES, ())
                        ),
                        shortcut=shortcuts.get(route.endpoint),
                    ),
                )


def _parameters(dependant: Dependant) -> Iterator[str]:
    """Name the query parameters a route takes, those of what it depends on among them."""
    yield from (each.alias for each in dependant.query_params)
    for each in dependant.dependencies:
        yield from _parameters(each)


def _check_access(request: Request, wants: Mapping[str, Any], actor: Actor | None) -> None:
    if actor is None:
        return
    needed = wants[operation.SCOPE]
    if needed and not actor.may(access.Scope(needed)):
        raise NotAllowed("scope_needed", scope=needed)
    if not actor.consultations:
        return
    if operation.WHOLE in wants:
        raise NotAllowed("key_confined")
    code = re.fullmatch(r"/api/v1/consultations/([^/]+)(?:/.*)?", request.scope["path"])
    if code and operation.OPTIONAL not in wants and not actor.may_touch(code[1]):
        raise NotAllowed("key_confined")


def _check_parameters(request: Request, known: frozenset[str]) -> None:
    """Refuse parameters that are unknown or come twice: a slip in a filter shows too much."""
    if not request.scope["query_string"]:
        return
    sent = Counter(name for name, _value in request.query_params.multi_items())
    problems = [
        FieldProblem(pointer((name,)), "sent_twice" if name in known else "field_unknown")
        for name, count in sent.items()
        if name not in known or count > 1
    ]
    if problems:
        raise InvalidInput(problems=tuple(problems))


def _check_media_type(request: Request, wants: Mapping[str, Any]) -> None:
    taken = wants.get(operation.TAKES)
    if taken is None:
        return
    kind, *parameters = request.headers.get("Content-Type", "").split(";")
    if kind.strip().lower() not in taken:
        raise UnsupportedMediaType
    if not kind.strip().lower().endswith("json"):
        return
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(' "').lower() not in _UTF8:
            raise UnsupportedMediaType


def _check_length(request: Request, limit: int) -> None:
    announced = request.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced[:20]) > limit:
        raise TooLarge


def _counted(receive: Receive, limit: int, *, is_json: bool) -> Receive:
    """Count the body as it is read; a length that was not announced is limited too.

    JSON is UTF-8 (RFC 8259 section 8.1), in which no NUL byte can stand; one of the decoders
    behind would take UTF-16 as well.
    """
    read = 0

    async def counting() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            body = message.get("body", b"")
            read += len(body)
            if is_json and b"\x00" in body:
                raise HTTPException(400)
            if read > limit:
                # The one exception that the framework's body readers let through.
                raise HTTPException(413)
        return message

    return counting


async def _shortly(shortcut: Shortcut, request: Request, place: str) -> Response | None:
    """Have a request answered; what is refused is put into words as everywhere."""
    try:
        answer = await shortcut(request, place)
    except Refusal as refusal:
        answer = _refused(request, refusal)
    except HTTPException as error:
        answer = await answer_framework(request, error)
    if answer is not None:
        for name, value in _CAREFUL.items():
            answer.headers.setdefault(name, value)
    return answer


def _refused(request: Request, refusal: Refusal) -> Response:
    language = language_of(request.headers.get("Accept-Language"))
    problem = problem_of(refusal, language, headers=_headers_of(refusal))
    return problem.response(request.url.path, language=language)


def _again(body: bytes) -> Receive:
    """Give a body that was read already, to whoever reads it next."""

    async def receiving() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


_CAREFUL = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _careful(send: Send) -> Send:
    """Keep answers out of caches and browsers from guessing their type."""

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _CAREFUL.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


def _headers_of(refusal: Refusal) -> dict[str, str]:
    if isinstance(refusal, RateLimited):
        return {"Retry-After": refusal.data["seconds"]}
    if isinstance(refusal, MethodNotAllowed):
        return {"Allow": refusal.data["allow"]}
    return {}
