"""Fit the network that sees through what a fax makes of characters.

    python -m bench.fitting.faxed draw --seed 1 --forms 60 FILE.npz
    python -m bench.fitting.faxed fit FILE.npz …

``draw`` writes words of the dictionary on forms, faxes them and keeps what the network saw of each
step and what it ought to have named. ``fit`` writes the data file of ``app/recognition/data``.
"""

import argparse
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any  # what numpy keeps under names

import cv2
import numpy
from numpy.typing import NDArray

from app.recognition.faxed import VERSION, with_neighbours
from app.recognition.ppocr import PpOcr
from app.recognition.weights import recogniser_file
from bench.fitting.fax_lines import FaxLines
from bench.reading.direct import template_of

_FILE = Path("app", "recognition", "data", f"faxed-{VERSION}.npz")
_HIDDEN = 256
_ROUNDS = 6
_BATCH = 256
_RATE = 0.0015
_DROPPED = 0.3
_DECAY = 1e-4
_BLANKS = 0.2
"""Part of the steps without a character that is learned from in each round."""

_TRUSTED = 0.85
"""How far what was seen is moved, of what was learned: a little less than all of it serves best."""

_ASKED = 12_000
"""Steps of which the characters that the network names by mistake are taken."""

Floats = NDArray[numpy.float32]
Whole = NDArray[numpy.int64]


def draw(seed: int, forms: int, path: Path) -> None:
    """Write, fax and look at forms."""
    cv2.setNumThreads(1)
    lines = list(FaxLines(*template_of()).lines(seed, forms))
    numpy.savez(
        path,
        seen=numpy.concatenate([each.seen for each in lines]).astype(numpy.float16),
        wanted=numpy.concatenate([each.wanted for each in lines]),
        length=numpy.array([len(each.wanted) for each in lines]),
        hand=numpy.array([each.hand for each in lines]),
    )
    print(f"{path}: {len(lines)} lines")


def load(paths: Sequence[Path]) -> tuple[Floats, Whole]:
    """Take together what was drawn: what was seen of each step and its neighbours, and its name."""
    rows: list[Floats] = []
    names: list[NDArray[numpy.int32]] = []
    for path in paths:
        with numpy.load(path) as kept:
            ends = numpy.cumsum(kept["length"])[:-1]
            parts = numpy.split(kept["seen"].astype(numpy.float32), ends)
            rows += [with_neighbours(each) for each in parts]
            names.append(kept["wanted"])
    wanted = numpy.concatenate(names)
    known = wanted >= 0
    return numpy.concatenate(rows)[known], wanted[known].astype(numpy.int64)


def fit(paths: Sequence[Path]) -> None:
    """Fit by Adam (Kingma and Ba, 2015), with dropout, and write the data file."""
    rows, wanted = load(paths)
    weights, bias = PpOcr().naming()
    random = numpy.random.default_rng(1)
    size = weights.shape[0]
    own = slice(size, 2 * size)
    some = rows[random.choice(len(rows), min(_ASKED, len(rows)), replace=False), own]
    # Only characters that are written or taken for one another have to be told apart.
    classes = numpy.unique(numpy.concatenate([[0], wanted, (some @ weights + bias).argmax(axis=1)]))
    learned = _Learned(
        mean=rows[:, own].mean(axis=0),
        scale=rows[:, own].std(axis=0) + numpy.float32(0.01),
        weights=numpy.ascontiguousarray(weights[:, classes]),
        bias=bias[classes],
        random=random,
    )
    targets = numpy.searchsorted(classes, wanted)
    inked, blank = numpy.flatnonzero(wanted > 0), numpy.flatnonzero(wanted == 0)
    few = round(len(blank) * _BLANKS)
    batches = (len(inked) + few) // _BATCH
    for turn in range(_ROUNDS):
        order = numpy.concatenate([inked, random.choice(blank, few, replace=False)])
        random.shuffle(order)
        for batch in range(batches):
            chosen = order[batch * _BATCH : (batch + 1) * _BATCH]
            done = (turn * batches + batch) / (_ROUNDS * batches)
            learned.step(
                rows[chosen], targets[chosen], _RATE * (0.5 + 0.5 * numpy.cos(numpy.pi * done))
            )
    numbers: dict[str, Any] = {
        name: (each * (_TRUSTED if name.startswith("second") else 1)).astype(numpy.float16)
        for name, each in learned.numbers().items()
    }
    model = numpy.array(zlib.crc32(recogniser_file().read_bytes()))
    numpy.savez_compressed(_FILE, model=model, **numbers)


class _Learned:
    """The numbers while they are fitted."""

    def __init__(
        self,
        *,
        mean: Floats,
        scale: Floats,
        weights: Floats,
        bias: Floats,
        random: numpy.random.Generator,
    ) -> None:
        size = len(mean)
        self._mean, self._scale = mean, scale
        self._weights, self._bias = weights, bias
        self._random = random
        self._numbers = [
            random.normal(0, numpy.sqrt(1 / (3 * size)), (3 * size, _HIDDEN)).astype(numpy.float32),
            numpy.zeros(_HIDDEN, numpy.float32),
            # At first nothing is moved.
            numpy.zeros((_HIDDEN, size), numpy.float32),
            numpy.zeros(size, numpy.float32),
        ]
        self._slow = [numpy.zeros_like(each) for each in self._numbers]
        self._spread = [numpy.zeros_like(each) for each in self._numbers]
        self._steps = 0

    def numbers(self) -> dict[str, Floats]:
        names = ("first", "first_bias", "second", "second_bias")
        return {
            "mean": self._mean,
            "scale": self._scale,
            **dict(zip(names, self._numbers, strict=True)),
        }

    def step(self, rows: Floats, wanted: Whole, rate: float) -> None:
        self._steps += 1
        rate *= min(1.0, self._steps / 200)
        for place, slope in enumerate(self._slopes(rows, wanted)):
            self._slow[place] = 0.9 * self._slow[place] + 0.1 * slope
            self._spread[place] = 0.999 * self._spread[place] + 0.001 * slope * slope
            root = numpy.sqrt(self._spread[place] / (1 - 0.999**self._steps)) + 1e-8
            moved = rate * self._slow[place] / (1 - 0.9**self._steps) / root
            self._numbers[place] = (self._numbers[place] - moved).astype(numpy.float32)

    def _slopes(self, rows: Floats, wanted: Whole) -> list[Floats]:
        """Give the slope of the loss (cross entropy) by every number."""
        first, first_bias, second, second_bias = self._numbers
        size = len(self._mean)
        even = (rows - numpy.tile(self._mean, 3)) / numpy.tile(self._scale, 3)
        before = even @ first + first_bias
        kept = (self._random.random(before.shape) > _DROPPED) / numpy.float32(1 - _DROPPED)
        kept = kept.astype(numpy.float32) * (before > 0)
        hidden = before * kept
        moved = rows[:, size : 2 * size] + (hidden @ second + second_bias) * self._scale
        answer = moved @ self._weights + self._bias
        answer = numpy.exp(answer - answer.max(axis=1, keepdims=True))
        answer /= answer.sum(axis=1, keepdims=True)
        answer[numpy.arange(len(rows)), wanted] -= 1
        answer /= len(rows)
        back = (answer @ self._weights.T) * self._scale
        deep = (back @ second.T) * kept
        return [
            even.T @ deep + _DECAY * first,
            deep.sum(axis=0),
            hidden.T @ back + _DECAY * second,
            back.sum(axis=0),
        ]


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bench.fitting.faxed", description=__doc__)
    orders = parser.add_subparsers(dest="order", required=True)
    drawing = orders.add_parser("draw")
    drawing.add_argument("--seed", type=int, default=1)
    drawing.add_argument("--forms", type=int, default=60)
    drawing.add_argument("path", type=Path)
    orders.add_parser("fit").add_argument("paths", type=Path, nargs="+")
    wanted = parser.parse_args()
    if wanted.order == "draw":
        draw(wanted.seed, wanted.forms, wanted.path)
    else:
        fit(wanted.paths)


if __name__ == "__main__":
    main()
