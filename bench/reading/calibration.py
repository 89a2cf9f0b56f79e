"""Whether confidence means what it says: how often that which is sure is right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

BINS = 10
LEAST_ERRORS = 20
"""With fewer errors a share of them says nothing."""

_DRAWS = 1000
_SELDOM = 0.95
_ROUNDING = 1e-9

Floats = NDArray[numpy.float64]


@dataclass(frozen=True, slots=True)
class Bin:
    """Readings of about the same confidence.

    Attributes:
        count: How many there are.
        confidence: Their mean confidence.
        right: The part of them that is right.
    """

    count: int
    confidence: float
    right: float


Pair = tuple[float, float]
"""A confidence, and whether (or to what part) the reading is right."""


@dataclass(frozen=True, slots=True)
class ByChance:
    """What calibration error is found where there is none, for readings are few.

    Attributes:
        mean: Usually.
        most: In all but one of twenty.
    """

    mean: float
    most: float


def bins(pairs: Sequence[Pair], number: int = BINS) -> tuple[Bin, ...]:
    """Sort readings into bins of equal width; empty ones are left out."""
    sorted_in: dict[int, list[Pair]] = {}
    for confidence, right in pairs:
        sorted_in.setdefault(_bin(confidence, number), []).append((confidence, right))
    return tuple(
        Bin(
            count=len(each),
            confidence=sum(confidence for confidence, _ in each) / len(each),
            right=sum(right for _, right in each) / len(each),
        )
        for _, each in sorted(sorted_in.items())
    )


def expected_calibration_error(pairs: Sequence[Pair], number: int = BINS) -> float:
    """Give the mean gap between confidence and share of right ones (Naeini et al., AAAI 2015).

    NaN where there is nothing.
    """
    if not pairs:
        return math.nan
    gaps = (each.count * abs(each.confidence - each.right) for each in bins(pairs, number))
    return sum(gaps) / len(pairs)


def swept_calibration_error(pairs: Sequence[Pair]) -> float:
    """Give the gap between confidence and share of right ones with less of what chance adds.

    Bins hold equally many readings, and there are as many of them as there can be while a surer
    bin is never less often right than the one before (ECE_sweep of Roelofs, Cain, Shlens and
    Mozer, "Mitigating bias in calibration error estimation", AISTATS 2022). Few readings thus make
    few bins, in which chance evens out; ten bins of equal width add up what chance does in each.

    NaN where there is nothing.
    """
    if not pairs:
        return math.nan
    sure, right = numpy.array(sorted(pairs, key=lambda each: each[0])).T
    return float(_swept(sure, right[None])[0])


def error_by_chance(pairs: Sequence[Pair], number: int = BINS) -> ByChance:
    """Say what calibration error the same confidences would show if they were perfect.

    Each reading is drawn right with the probability it claims, a thousand times over, always by
    the same draws. NaN where there is nothing.
    """
    if not pairs:
        return ByChance(math.nan, math.nan)
    sure = numpy.array([confidence for confidence, _ in pairs])
    belongs = numpy.zeros((len(pairs), number))
    belongs[numpy.arange(len(pairs)), [_bin(each, number) for each in sure]] = 1.0
    errors = numpy.abs((_drawn(sure) - sure) @ belongs).sum(axis=1) / len(pairs)
    return _by_chance(errors)


def swept_error_by_chance(pairs: Sequence[Pair]) -> ByChance:
    """Say the same of ``swept_calibration_error``."""
    if not pairs:
        return ByChance(math.nan, math.nan)
    sure = numpy.array(sorted(confidence for confidence, _ in pairs))
    return _by_chance(_swept(sure, _drawn(sure)))


def _drawn(sure: Floats) -> Floats:
    drawn = numpy.random.default_rng(0).random((_DRAWS, len(sure))) < sure
    return drawn.astype(numpy.float64)


def _by_chance(errors: Floats) -> ByChance:
    return ByChance(float(errors.mean()), float(numpy.quantile(errors, _SELDOM)))


def _swept(sure: Floats, right: Floats) -> Floats:
    """Give the error of each row of outcomes of the same readings, sorted by confidence."""
    # Nothing tells readings of one confidence apart, least of all the order they came in.
    _, starts, alike = numpy.unique(sure, return_index=True, return_counts=True)
    right = numpy.repeat(numpy.add.reduceat(right, starts, axis=1) / alike, alike, axis=1)
    errors: Floats = numpy.abs(right.mean(axis=1) - sure.mean())
    rising = numpy.arange(len(right))
    for number in range(2, len(sure) + 1):
        edges = numpy.arange(number) * len(sure) // number
        sizes = numpy.diff(edges, append=len(sure))
        shares = numpy.add.reduceat(right[rising], edges, axis=1) / sizes
        still = (numpy.diff(shares, axis=1) >= -_ROUNDING).all(axis=1)
        rising = rising[still]
        if not rising.size:
            break
        gaps = numpy.abs(shares[still] - numpy.add.reduceat(sure, edges) / sizes)
        errors[rising] = gaps @ sizes / len(sure)
    return errors


def _bin(confidence: float, number: int) -> int:
    return min(number - 1, int(confidence * number))


def detection_auroc(pairs: Sequence[Pair]) -> float:
    """Give the chance that a wrong reading is less sure than a right one; ties count half.

    NaN without a right and a wrong one. What is right in part counts as wrong.
    """
    sure = sorted(pairs)
    right_total = sum(right >= 1 for _, right in sure)
    wrong_total = len(sure) - right_total
    if not right_total or not wrong_total:
        return math.nan
    won = 0.0
    wrong_below = 0
    start = 0
    while start < len(sure):
        end = start
        while end < len(sure) and sure[end][0] == sure[start][0]:
            end += 1
        right = sum(each >= 1 for _, each in sure[start:end])
        wrong = end - start - right
        won += right * (wrong_below + wrong / 2)
        wrong_below += wrong
        start = end
    return won / (right_total * wrong_total)


def detection_spread(pairs: Sequence[Pair]) -> float:
    """Give the standard error of ``detection_auroc``: how far it strays with so few readings.

    After J. A. Hanley and B. J. McNeil, "The meaning and use of the area under a receiver operating
    characteristic (ROC) curve", Radiology 143 (1982). NaN without a right and a wrong one.
    """
    found = detection_auroc(pairs)
    right = sum(each >= 1 for _, each in pairs)
    wrong = len(pairs) - right
    if math.isnan(found):
        return math.nan
    two_right = found / (2 - found) - found**2
    two_wrong = 2 * found**2 / (1 + found) - found**2
    spread = found * (1 - found) + (right - 1) * two_right + (wrong - 1) * two_wrong
    return math.sqrt(spread / (right * wrong))
