"""Refusals as ``application/problem+json`` (RFC 9457), in the reader's language.

Nothing that was sent is ever repeated in an answer: it may be somebody's name and address.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any  # errors of the validation library have no static shape
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from app.domain.errors import (
    Conflict,
    FieldProblem,
    InvalidInput,
    KeyReused,
    NotAllowed,
    NotFound,
    Refusal,
    StaleRevision,
    StorageFull,
    TooLarge,
    Unavailable,
)
from app.domain.wording import PROBLEMS, TITLES, say
from app.routers.language import language_of
from app.routers.refusals import (
    Malformed,
    MethodNotAllowed,
    PreconditionRequired,
    RateLimited,
    Unauthenticated,
    UnsupportedMediaType,
)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
"""When a caller may come again after something of ours was not able to take it."""
_MOST_ERRORS = 100
_LONGEST_POINTER = 200
_IN_A_PATH = "/:@!$&'()*+,;="
"""What a path may hold as it is, besides letters and digits (RFC 3986 section 3.3)."""

STATUSES: Mapping[type[Refusal], int] = {
    Refusal: 400,
    Malformed: 400,
    Unauthenticated: 401,
    NotAllowed: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    Conflict: 409,
    StaleRevision: 412,
    TooLarge: 413,
    UnsupportedMediaType: 415,
    InvalidInput: 422,
    KeyReused: 422,
    PreconditionRequired: 428,
    RateLimited: 429,
    Unavailable: 503,
    StorageFull: 507,
}
"""The status of each refusal; one that is not listed takes its nearest ancestor's."""

_FRAMEWORK_CODES: Mapping[int, str] = {
    400: "malformed_request",
    401: "unauthenticated",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid_input",
}

_CODES: Mapping[str, str] = {
    "missing": "required",
    "extra_forbidden": "field_unknown",
    "string_too_long": "too_long",
    "string_too_short": "required",
    "too_long": "too_many",
    "too_short": "required",
    "string_unicode": "forbidden_characters",
    "enum": "invalid_choice",
    "literal_error": "invalid_choice",
    "greater_than": "out_of_range",
    "greater_than_equal": "out_of_range",
    "less_than": "out_of_range",
    "less_than_equal": "out_of_range",
    "int_parsing_size": "out_of_range",
}
"""The validation library's kinds of error as codes of ours; any other is ``invalid_value``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A refusal as it is told to somebody.

    Attributes:
        status: HTTP status.
        code: Never changes with the language.
        title: What kind of refusal it is, in a few words.
        detail: What to do next.
        errors: What is wrong field by field.
        extra: Further members.
        headers: Further headers.
    """

    status: int
    code: str
    title: str
    detail: str
    errors: tuple[Mapping[str, str], ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict[str, object])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def body(self, instance: str) -> dict[str, object]:
        """Give the members of the answer; ``instance`` is the path that was asked for."""
        members: dict[str, object] = {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": quote(instance, safe=_IN_A_PATH, errors="replace"),
            "code": self.code,
        }
        if self.errors:
            members["errors"] = list(self.errors)
        return {**self.extra, **members}

    def response(self, instance: str, *, language: str) -> JSONResponse:
        """Give the answer."""
        headers = {
            "Content-Language": language,
            "Vary": "Accept-Language",
            "Cache-Control": "no-store",
            **self.headers,
        }
        return JSONResponse(
            self.body(instance), self.status, headers=headers, media_type=MEDIA_TYPE
        )


def status_of(refusal: Refusal) -> int:
    """Give the status of a refusal: its own class's or the nearest ancestor's."""
    return next(STATUSES[each] for each in type(refusal).__mro__ if each in STATUSES)


def problem_of(
    refusal: Refusal, language: str, *, headers: Mapping[str, str] | None = None
) -> Problem:
    """Put a refusal into words.

    Args:
        refusal: What was refused and why.
        language: ``ja`` or ``en``.
        headers: Headers the answer must bear.
    """
    status = status_of(refusal)
    more = dict(headers or {})
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INSUFFICIENT_STORAGE}:
        more.setdefault("Retry-After", str(RETRY_SECONDS))
    if status == HTTPStatus.UNAUTHORIZED:
        more.setdefault("WWW-Authenticate", 'Bearer realm="ikenbako"')
    return Problem(
        status=status,
        code=refusal.code,
        title=_title(status, language),
        detail=say(refusal.code, language, refusal.data, section=PROBLEMS),
        errors=tuple(_error(each, language) for each in refusal.problems[:_MOST_ERRORS]),
        extra=refusal.extra,
        headers=more,
    )


def internal_error(language: str) -> Problem:
    """Put into words that something broke here, and nothing else."""
    return Problem(
        status=500,
        code="internal_error",
        title=_title(500, language),
        detail=say("internal_error", language, {}, section=PROBLEMS),
    )


def invalid(
    errors: Iterable[Mapping[str, Any]], *, within: bool = True
) -> tuple[FieldProblem, ...]:
    """Translate errors of the validation library.

    Args:
        errors: As the library lists them.
        within: Whether each place begins with where the value stood (``body``, ``query``).
    """
    found: list[FieldProblem] = []
    for each in errors:
        place = tuple(each["loc"])[1:] if within else tuple(each["loc"])
        code, data = _code(each)
        problem = FieldProblem(pointer(place), code, data)
        if problem not in found:
            found.append(problem)
        if len(found) == _MOST_ERRORS:
            break
    return tuple(found)


def pointer(place: Iterable[str | int]) -> str:
    """Write a JSON pointer (RFC 6901), short and without characters that cannot be sent."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in place)
    joined = "".join(f"/{step}" for step in steps)
    return joined[:_LONGEST_POINTER].encode("utf-8", "replace").decode()


async def answer_refusal(request: Request, error: Exception) -> JSONResponse:
    """Answer a refusal; registered for ``Refusal``."""
    if not isinstance(error, Refusal):
        raise error
    language = language_of(request.headers.get("Accept-Language"))
    return problem_of(error, language).response(request.url.path, language=language)


async def answer_framework(request: Request, error: Exception) -> JSONResponse:
    """Answer what the framework refuses by itself, in our words and with its headers."""
    if not isinstance(error, HTTPException):
        raise error
    language = language_of(request.headers.get("Accept-Language"))
    code = _FRAMEWORK_CODES.get(error.status_code, "refused")
    problem = Problem(
        status=error.status_code,
        code=code,
        title=_title(error.status_code, language),
        detail=say(code, language, {}, section=PROBLEMS),
        headers=dict(error.headers or {}),
    )
    return problem.response(request.url.path, language=language)


async def answer_validation(request: Request, error: Exception) -> JSONResponse:
    """Answer a request whose shape is wrong, with every field that is."""
    if not isinstance(error, RequestValidationError):
        raise error
    language = language_of(request.headers.get("Accept-Language"))
    errors = error.errors()
    refusal: Refusal = InvalidInput(problems=invalid(errors))
    if any(each["type"] == "json_invalid" for each in errors):
        refusal = Malformed("malformed_json")
    return problem_of(refusal, language).response(request.url.path, language=language)


def _title(status: int, language: str) -> str:
    japanese, english = TITLES.get(status, TITLES[400])
    return english if language == "en" else japanese


def _error(problem: FieldProblem, language: str) -> Mapping[str, str]:
    return {
        "field": problem.field,
        "code": problem.code,
        "message": say(problem.code, language, problem.data, section=PROBLEMS),
    }


_QUOTED = re.compile("'([^']*)'")


def _code(error: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    kind = str(error["type"])
    context: Mapping[str, Any] = error.get("ctx") or {}
    code = kind if kind in PROBLEMS else _CODES.get(kind, "invalid_value")
    data: dict[str, str] = {}
    if code == "too_long":
        data["limit"] = f"{context.get('max_length', 0):,}"
    elif code == "invalid_choice":
        data["choices"] = "、".join(_QUOTED.findall(str(context.get("expected", ""))))
    elif code == "out_of_range":
        data["limit"] = str(next((context[key] for key in ("ge", "le") if key in context), ""))
    return code, data
