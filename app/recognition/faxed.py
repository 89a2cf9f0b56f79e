"""What a fax leaves of characters: a small network put behind the eyes of the large one.

A fax of 98 lines to the inch drops level strokes and joins others. What the network sees of a
character, before it names one, still tells most of them apart; it only never learned how they
look then. A second network, fitted on forms that were faxed for the purpose, moves what was seen
to where it would have been seen on a good copy; the characters are named as ever.
"""

import zlib
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

VERSION = 2
"""Version of the fitted numbers; ``bench.fitting.faxed`` makes them."""

SEEN = "p2o.pd_op.transpose.8.0"
"""What the network sees of each step, the last it works out before it names characters."""

_NAMING = ("linear_8.w_0", "linear_8.b_0")
"""Its weights that name characters by what is seen."""

_GRAPH, _OUTPUT, _NAME = b"\x3a", b"\x62", b"\x0a"
"""Tags of ONNX (protocol buffers): the graph of a model, an output of a graph, its name."""

Floats = NDArray[numpy.float32]


def outspoken(model: bytes) -> bytes:
    """Let a network tell what it sees as well: messages put behind one another are one message."""
    outputs = b"".join(
        _OUTPUT + bytes([len(name) + 2]) + _NAME + bytes([len(name)]) + name
        for name in (each.encode() for each in (SEEN, *_NAMING))
    )
    return model + _GRAPH + bytes([len(outputs)]) + outputs


def naming_of(session: "InferenceSession") -> tuple[Floats, Floats]:
    """Take the weights that name characters out of a network that tells them."""
    given = session.get_inputs()[0].name
    nothing = numpy.zeros((1, 3, 48, 48), numpy.float32)
    weights, bias = session.run(list(_NAMING), {given: nothing})
    return weights, bias


class FaxedSight:
    """Names characters by what the network saw of a fax."""

    def __init__(self, naming: Sequence[Floats], fitted: dict[str, Floats] | None = None) -> None:
        """Take the numbers fitted.

        Args:
            naming: The network's weights and bias that name characters.
            fitted: Numbers that are being fitted; those of the data file if None.
        """
        self.weights, self.bias = naming
        numbers = fitted if fitted is not None else _kept()
        self._mean, self._scale = (numpy.tile(numbers[each], 3) for each in ("mean", "scale"))
        self._spread = numbers["scale"]
        self._first, self._first_bias = numbers["first"], numbers["first_bias"]
        self._second, self._second_bias = numbers["second"], numbers["second_bias"]

    def chances(self, seen: Floats) -> Floats:
        """Give how likely each character is at each step."""
        hidden = (with_neighbours(seen) - self._mean) / self._scale @ self._first
        hidden = numpy.maximum(0, hidden + self._first_bias)
        moved = seen + (hidden @ self._second + self._second_bias) * self._spread
        return named(moved.astype(numpy.float32, copy=False), self.weights, self.bias)


def named(seen: Floats, weights: Floats, bias: Floats) -> Floats:
    """Give how likely each character is at each step, as the network itself says."""
    scores = seen @ weights + bias
    scores -= scores.max(axis=1, keepdims=True)
    numpy.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return numpy.asarray(scores)


def with_neighbours(seen: Floats) -> Floats:
    """Put what is seen of each step between that of the steps before and after it."""
    nothing = numpy.zeros((1, seen.shape[1]), numpy.float32)
    before = numpy.concatenate([nothing, seen[:-1]])
    after = numpy.concatenate([seen[1:], nothing])
    return numpy.concatenate([before, seen, after], axis=1)


def is_fitted_to(model: bytes) -> bool:
    """Say whether the numbers were fitted to these weights; others see otherwise."""
    return int(_kept()["model"]) == zlib.crc32(model)


def _kept() -> dict[str, Floats]:
    path = files("app.recognition") / "data" / f"faxed-{VERSION}.npz"
    with path.open("rb") as stream, numpy.load(stream) as kept:
        return {
            name: kept[name] if name == "model" else kept[name].astype(numpy.float32)
            for name in kept.files
        }
