"""Refusals that only exist at the edge, beside the tree of ``domain.errors``."""

from app.domain.errors import Refusal


class Malformed(Refusal):
    """The request cannot be understood at all."""

    code = "malformed_request"


class Unauthenticated(Refusal):
    """No valid API key came with it."""

    code = "unauthenticated"


class MethodNotAllowed(Refusal):
    """The address is right, the method is not."""

    code = "method_not_allowed"


class UnsupportedMediaType(Refusal):
    """The body is of a kind that is not taken here."""

    code = "unsupported_media_type"


class PreconditionRequired(Refusal):
    """A change must say which revision it was made from."""

    code = "precondition_required"


class RateLimited(Refusal):
    """Too many requests in too little time."""

    code = "rate_limited"
