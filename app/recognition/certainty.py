"""How likely a field is read right: evidence of the reading, weighed by fitted numbers.

``confidence`` is the probability that a field holds what was written, character for character but
for spaces. It is fitted on forms made for the purpose and checked on others; the numbers are data.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from app.domain.comment_form import ADDRESS, NAME, OPINION, REPRESENTATIVE

VERSION = 6
"""Version of the fitted numbers; ``bench.fitting.certainty`` makes them."""

LEAST, MOST = 0.01, 0.99
"""No reading is certain, and none is certainly wrong: the fit has seen too few forms to say so."""

_FLOOR = 0.02
_MOST_COUNTED = 4

_KINDS = {NAME: "name", REPRESENTATIVE: "name", ADDRESS: "address", OPINION: "opinion"}
_OTHER = "other"

Fitted = Mapping[str, list[float]]
"""What was fitted for one kind of field: ``bias``, and ``weights`` of what describes evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known about the reading of one field.

    Attributes:
        sureness: Of each character, 0..1, spaces left out.
        looks: The same by its looks alone, before words were weighed; empty if nothing weighed.
        contradicted: Characters a second engine read otherwise.
        misfits: Marks and letters that hardly belong there, brackets without their other half,
            words that want a number and have none, and what no address is written like.
        strangers: Words of an address or an opinion that no dictionary knows.
        gaps: Places where a character has room and none was read.
        twins: Characters that only their size tells from another that may stand there too.
        page_loss: Mean loss (-log of sureness by looks) of the characters of the whole page: a hand
            that is hard to read in one field is so in all.
        page_doubted: Part of the page's characters whose looks left open what they are.
        bilevel: Whether the picture is black and white only, as a fax is.
    """

    sureness: Sequence[float]
    looks: Sequence[float] = ()
    contradicted: int = 0
    misfits: int = 0
    strangers: int = 0
    gaps: int = 0
    twins: int = 0
    page_loss: float = 0.0
    page_doubted: float = 0.0
    bilevel: bool = False

    def features(self) -> tuple[float, ...]:
        """Describe it by numbers that grow with what may be amiss."""
        sure = self.sureness or (_FLOOR,)
        # No character is quite sure, so that a long text is less likely right than a short one.
        expected = math.log(sum(1.003 - each for each in sure) + 0.001)
        worst = sorted(losses(self.looks or sure), reverse=True)
        return (
            expected,
            worst[1] if len(worst) > 1 else 0.0,
            # Contradiction has lowered sureness already, and by more than it should: its weight is
            # the one that speaks for the reading.
            math.sqrt(min(_MOST_COUNTED, self.contradicted)),
            math.sqrt(min(_MOST_COUNTED, self.misfits)),
            float(self.gaps > 0),
            math.log(self.page_loss + 0.002),
            math.log(self.page_doubted + 0.003),
            float(self.bilevel),
            math.sqrt(min(_MOST_COUNTED, self.twins)),
            math.sqrt(min(_MOST_COUNTED, self.strangers)),
        )


def losses(sureness: Sequence[float]) -> list[float]:
    """Give what is lost of certainty at each character (-log)."""
    return [-math.log(max(_FLOOR, each)) for each in sureness]


class Certainty:
    """Weighs evidence by the fitted numbers."""

    def __init__(self, kinds: Mapping[str, Fitted] | None = None) -> None:
        """Keep the numbers.

        Args:
            kinds: Numbers that are being fitted, by kind of field; those of the data file if None.
        """
        self._kinds = _kept() if kinds is None else kinds

    def probability(self, pointer: str, evidence: Evidence) -> float:
        """Give the probability that a field is right; 0 where nothing was read.

        Args:
            pointer: Which field it is.
            evidence: What is known about its reading.
        """
        if not evidence.sureness:
            return 0.0
        fitted = self._kinds[_KINDS.get(pointer, _OTHER)]
        weighed = zip(fitted["weights"], evidence.features(), strict=True)
        score = fitted["bias"][0] + sum(weight * value for weight, value in weighed)
        chance = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))
        return round(min(MOST, max(LEAST, chance)), 4)


def _kept() -> Mapping[str, Fitted]:
    file = files("app.recognition") / "data" / f"certainty-{VERSION}.json"
    kinds: Mapping[str, Fitted] = json.loads(file.read_text(encoding="utf-8"))["kinds"]
    return kinds


@lru_cache(maxsize=1)
def fitted_certainty() -> Certainty:
    """Give the weights of this process; they are loaded once."""
    return Certainty()
