"""What a comment says it is about, and which consultation that names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class MeasureVerdict(StrEnum):
    """How the measure name as written relates to the drafts there are."""

    MATCH = "match"
    MISMATCH = "mismatch"
    MISSING = "missing"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureCandidate:
    """One draft the written name may mean.

    Attributes:
        consultation: Its code.
        measure_name: Its official name.
        score: Likeness of the normalised names, 0..1.
        evidence: What speaks for or against it (``exact``, ``alias``, ``differs`` …), for people.
    """

    consultation: str
    measure_name: str
    score: float
    evidence: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """The measure name as written, and the verdict on it.

    Attributes:
        written: Verbatim; None where none was written.
        verdict: The verdict.
        score: The best candidate's score, None without candidates.
        candidates: Ranked, best first.
        consultation: Code of the draft it names; only with the verdict ``match``.
        exact: Whether the normalised names are equal.
    """

    written: str | None
    verdict: MeasureVerdict
    score: float | None = None
    candidates: tuple[MeasureCandidate, ...] = ()
    consultation: str | None = None
    exact: bool = False
