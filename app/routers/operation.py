"""What each operation needs and may answer, said once: the door, the OpenAPI and the reader agree.

``operation`` gives the keyword arguments of a route; the door reads the ``x-`` members back.
"""

from collections.abc import Mapping
from typing import Any, Final  # OpenAPI fragments are plain JSON

from app.domain.access import Scope
from app.domain.wording import PROBLEMS, TITLES, say
from app.routers.problems import MEDIA_TYPE

SCOPE: Final = "x-scope"
OPTIONAL: Final = "x-key-optional"
WHOLE: Final = "x-unconfined"
TAKES: Final = "x-takes"
UPLOAD: Final = "x-upload"
REQUIRES: Final = "x-requires-header"

JSON: Final = ("application/json",)
MERGE_PATCH: Final = ("application/merge-patch+json", "application/json")
BEARER: Final = "apiKey"

_ALWAYS = (422, 429, 500)
_WITH_KEY = (401, 403)
_WITH_BODY = (400, 413, 415)

_EXAMPLES: Mapping[int, str] = {
    400: "malformed_json",
    401: "unauthenticated",
    403: "not_allowed",
    404: "not_found",
    409: "conflict",
    412: "stale_revision",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid_input",
    428: "precondition_required",
    429: "rate_limited",
    500: "internal_error",
    503: "unavailable",
    507: "storage_full",
}

ETAG: Mapping[int, Any] = {
    200: {"headers": {"ETag": {"schema": {"type": "string"}, "description": "Its revision."}}}
}
"""An answer whose revision a change must name."""

PROBLEM_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "RFC 9457.",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "description": "A page that explains the code."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do next."},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "Never changes with the language."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string", "description": "JSON pointer (RFC 6901)."},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}


def operation(
    scope: Scope | None,
    *statuses: int,
    optional: bool = False,
    whole: bool = False,
    takes: tuple[str, ...] = (),
    upload: bool = False,
    public: bool = False,
    requires: str = "",
    answers: Mapping[str, Any] | None = None,
    unchanged: bool = False,
    success: Mapping[int, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Describe an operation to the framework and to the door.

    Args:
        scope: What the key must open; None asks for any key.
        statuses: Refusals beyond the usual ones.
        optional: Whether it may be asked without a key.
        whole: Whether a key that is confined to consultations is refused.
        takes: Media types of its body; none where it has no body.
        upload: Whether the body may be as large as an upload.
        requires: A header without which it is refused by 428.
        public: Whether no key is looked at, ever.
        answers: Media types of a 200 that is no JSON document.
        unchanged: Whether ``If-None-Match`` may be answered by 304.
        success: Further successes, or members of the one there is, by status.
        extra: Further members of the OpenAPI operation.
    """
    described: dict[str, Any] = {}
    codes = {*statuses, *_ALWAYS}
    if not public:
        described[SCOPE] = scope.value if scope else ""
        described["security"] = [{BEARER: []}, {}] if optional else [{BEARER: []}]
        codes |= {401} if optional else set(_WITH_KEY)
    described |= {OPTIONAL: True} if optional or public else {}
    described |= {WHOLE: True} if whole else {}
    described |= {REQUIRES: requires} if requires else {}
    codes |= {428} if requires else set()
    if takes:
        described[TAKES] = list(takes)
        described |= {UPLOAD: True} if upload else {}
        codes |= set(_WITH_BODY)
    responses: dict[int, dict[str, Any]] = {code: _refused(code) for code in sorted(codes)}
    if answers:
        responses[200] = {"description": "The bytes.", "content": dict(answers)}
    responses |= success or {}
    if unchanged:
        responses[304] = {"description": "What you have is still right."}
    return {"openapi_extra": {**described, **(extra or {})}, "responses": responses}


def _refused(status: int) -> dict[str, Any]:
    code = _EXAMPLES[status]
    example: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": TITLES[status][0],
        "status": status,
        "detail": say(code, "ja", {}, section=PROBLEMS),
        "instance": "/api/v1/…",
        "code": code,
    }
    if status == 422:  # noqa: PLR2004 - the one status that lists fields
        example["errors"] = [
            {
                "field": "/submitter/address",
                "code": "address_missing",
                "message": say("address_missing", "ja", {}, section=PROBLEMS),
            }
        ]
    schema = {"$ref": "#/components/schemas/Problem"}
    answer: dict[str, Any] = {
        "description": TITLES[status][1],
        "content": {MEDIA_TYPE: {"schema": schema, "example": example}},
    }
    if status in {429, 503, 507}:
        answer["headers"] = {
            "Retry-After": {"schema": {"type": "string"}, "description": "Seconds."}
        }
    return answer
