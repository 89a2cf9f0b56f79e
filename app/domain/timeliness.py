"""The verdict on a comment's deadline (期限内・期限後)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.consultation import Basis


class TimelinessVerdict(StrEnum):
    """Whether a comment is in time; ``undetermined`` is for a person to decide."""

    IN_TIME = "in_time"
    LATE = "late"
    EARLY = "early"
    UNDETERMINED = "undetermined"


class Clock(StrEnum):
    """Whose clock or mark the verdict rests on."""

    MAIL_SERVER = "mail server"
    FAX_GATEWAY = "fax gateway"
    SERVER = "server"
    ARRIVAL_STAMP = "arrival stamp"
    POSTMARK = "postmark"
    COLLECTION = "drop box collection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeliness:
    """A verdict with its evidence.

    Attributes:
        verdict: The verdict.
        basis: The rule's basis; None while the consultation is unknown.
        clock: Whose clock it rests on; None where there is none.
        deadline: The last second in time, in UTC; None where no rule gives one.
    """

    verdict: TimelinessVerdict
    basis: Basis | None = None
    clock: Clock | None = None
    deadline: datetime | None = None


UNKNOWN = Timeliness(verdict=TimelinessVerdict.UNDETERMINED)
"""The verdict while the consultation is unknown."""
