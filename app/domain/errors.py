"""Everything that can be refused, in one tree; nothing here knows of HTTP.

::

    Refusal                       a request that cannot be carried out; says what to do next
    ├── InvalidInput              the shape or the content is wrong (fields listed)
    ├── NotFound                  no such thing
    ├── Conflict                  the world disagrees
    │   ├── ConsultationNotOpen   outside the period
    │   ├── CodeTaken             the code is known already
    │   └── IllegalTransition     the state does not allow it
    ├── KeyReused                 an Idempotency-Key came back with another body
    ├── StaleRevision             somebody changed the record in between
    ├── NotAllowed                the key does not open this
    ├── TooLarge                  more bytes than are taken
    └── Unavailable               ours: not able to take it now, try again
        ├── StorageFull           no room to keep it
        ├── BlobsUnreachable      the store of large files does not answer
        ├── Overloaded            too many wait already
        └── RecognitionUnavailable  the OCR program or its language data is missing
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field.

    Attributes:
        field: JSON pointer into what was sent; ``""`` is the whole.
        code: One of the codes in ``wording``.
        data: Values its words need.
    """

    field: str
    code: str
    data: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])


class Refusal(Exception):
    """A request that cannot be carried out.

    Attributes:
        code: Key of its words; never changes with the language.
        data: Values the words need; never personal data.
        problems: What is wrong field by field.
        extra: Further members of the answer (``opens_on`` …).
    """

    code = "refused"

    def __init__(
        self,
        code: str | None = None,
        *,
        problems: tuple[FieldProblem, ...] = (),
        extra: Mapping[str, object] | None = None,
        **data: str,
    ) -> None:
        """Build a refusal, with its class's code unless a nearer one is given."""
        self.code = code or type(self).code
        self.data = data
        self.problems = problems
        self.extra = dict(extra or {})
        super().__init__(self.code)


class InvalidInput(Refusal):
    """The shape or the content is wrong."""

    code = "invalid_input"


class NotFound(Refusal):
    """There is no such thing."""

    code = "not_found"


class Conflict(Refusal):
    """The world disagrees."""

    code = "conflict"


class ConsultationNotOpen(Conflict):
    """The comment procedure is not open now."""

    code = "consultation_not_open"


class CodeTaken(Conflict):
    """The code is known already."""

    code = "code_taken"


class IllegalTransition(Conflict):
    """The state does not allow it."""

    code = "illegal_transition"


class KeyReused(Refusal):
    """An Idempotency-Key came back with another body."""

    code = "idempotency_key_reused"


class StaleRevision(Refusal):
    """Somebody changed the record in between."""

    code = "stale_revision"


class NotAllowed(Refusal):
    """The API key does not open this."""

    code = "not_allowed"


class TooLarge(Refusal):
    """More bytes than are taken."""

    code = "too_large"


class Unavailable(Refusal):
    """Ours: not able to take it now."""

    code = "unavailable"


class StorageFull(Unavailable):
    """No room to keep it durably."""

    code = "storage_full"


class BlobsUnreachable(Unavailable):
    """The store of large files does not answer, or does not let us in."""

    code = "blobs_unreachable"


class Overloaded(Unavailable):
    """Too many wait already."""

    code = "overloaded"


class RecognitionUnavailable(Unavailable):
    """The OCR program, its Japanese data or the form's font is missing; ``doctor`` says which."""

    code = "recognition_unavailable"
