"""A network of two layers, fitted by plain numpy: small enough to need nothing else."""

from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

Floats = NDArray[numpy.float32]
Fitted = dict[str, Floats]
"""``mean`` and ``scale`` of the features, ``first``, ``first_bias``, ``second``, ``second_bias``."""

_HIDDEN = 192
_ROUNDS = 24
_BATCH = 256
_RATE = 0.002
_DROPPED = 0.3
_NOISE = 0.25
_DECAY = 3e-5


def fitted(features: Floats, truth: NDArray[numpy.str_], classes: Sequence[str]) -> Fitted:
    """Fit a classifier by Adam (Kingma and Ba, 2015), with noise and dropout against learning by heart.

    Args:
        features: One row for each example (n, d).
        truth: Its class.
        classes: All classes, in the order of the answer.
    """
    random = numpy.random.default_rng(1)
    index = {char: place for place, char in enumerate(classes)}
    wanted = numpy.array([index[str(each)] for each in truth])
    mean, scale = features.mean(axis=0), features.std(axis=0) + 0.01
    rows = ((features - mean) / scale).astype(numpy.float32)
    size = rows.shape[1]
    weights: list[Floats] = [
        random.normal(0, numpy.sqrt(2 / size), (size, _HIDDEN)).astype(numpy.float32),
        numpy.zeros(_HIDDEN, numpy.float32),
        random.normal(0, numpy.sqrt(2 / _HIDDEN), (_HIDDEN, len(classes))).astype(numpy.float32),
        numpy.zeros(len(classes), numpy.float32),
    ]
    slow = [numpy.zeros_like(each) for each in weights]
    spread = [numpy.zeros_like(each) for each in weights]
    step = 0
    for turn in range(_ROUNDS):
        order = random.permutation(len(rows))
        for start in range(0, len(rows), _BATCH):
            chosen = order[start : start + _BATCH]
            slopes = _slopes(weights, rows[chosen], wanted[chosen], random)
            step += 1
            rate = _RATE * min(1.0, step / 300) * (0.5 + 0.5 * numpy.cos(numpy.pi * turn / _ROUNDS))
            for place, slope in enumerate(slopes):
                slow[place] = 0.9 * slow[place] + 0.1 * slope
                spread[place] = 0.999 * spread[place] + 0.001 * slope * slope
                root = numpy.sqrt(spread[place] / (1 - 0.999**step)) + 1e-8
                weights[place] = (
                    weights[place] - rate * slow[place] / (1 - 0.9**step) / root
                ).astype(numpy.float32)
    names = ("first", "first_bias", "second", "second_bias")
    return {"mean": mean, "scale": scale, **dict(zip(names, weights, strict=True))}


def scores(network: Fitted, features: Floats) -> Floats:
    """Give the score of every class for every row."""
    rows = (features - network["mean"]) / network["scale"]
    hidden = numpy.maximum(0, rows @ network["first"] + network["first_bias"])
    return numpy.asarray(hidden @ network["second"] + network["second_bias"])


def _slopes(
    weights: Sequence[Floats],
    rows: Floats,
    wanted: NDArray[numpy.int64],
    random: numpy.random.Generator,
) -> list[Floats]:
    """Give the slope of the loss (cross entropy) by every weight."""
    first, first_bias, second, second_bias = weights
    noisy = rows + random.normal(0, _NOISE, rows.shape).astype(numpy.float32)
    hidden = numpy.maximum(0, noisy @ first + first_bias)
    kept = ((random.random(hidden.shape) > _DROPPED) / (1 - _DROPPED)).astype(numpy.float32)
    hidden *= kept
    answer = hidden @ second + second_bias
    answer = numpy.exp(answer - answer.max(axis=1, keepdims=True))
    answer /= answer.sum(axis=1, keepdims=True)
    answer[numpy.arange(len(rows)), wanted] -= 1
    answer /= len(rows)
    back = (answer @ second.T) * (hidden > 0) * kept
    return [
        noisy.T @ back + _DECAY * first,
        back.sum(axis=0),
        hidden.T @ answer + _DECAY * second,
        answer.sum(axis=0),
    ]
