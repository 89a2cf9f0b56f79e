"""Count how names are made.

    python -m bench.fitting.personal_names

Writes the data file of ``app/recognition/data`` from the surnames, given names and places of
SudachiDict, and from the order of the usual surnames. Surnames come from places: how many places
bear one tells which are the usual ones where the order does not.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import numpy
from numpy.typing import NDArray
from sudachipy import Dictionary

from app.recognition.personal_names import EDGE, SAME_HERE, VERSION
from bench.fitting.usual_surnames import USUAL_SURNAMES

_FILE = Path("app", "recognition", "data", f"names-{VERSION}.npz")
_NAME = re.compile("[一-龠々〆ヶケぁ-ゖァ-ヺー𠮷﨑]{1,5}")
_USUAL_PART = 0.6
"""Of all people, those with one of the usual surnames."""

_EVEN = 15
"""The first so many surnames differ less than those behind them (Zipf and Mandelbrot)."""

_LONGEST, _MOST = 4, 0xFFFF


def main() -> None:
    """Count and write."""
    surnames, given, places = set[str](), set[str](), list[str]()
    for each in Dictionary(dict="core").entries():
        kind, text = each.part_of_speech(), each.surface()
        if kind[2] == "人名" and _NAME.fullmatch(text):
            text = text.translate(SAME_HERE)
            (surnames if kind[3] == "姓" else given if kind[3] == "名" else set()).add(text)
        elif kind[2] == "地名":
            places.append(text)
    borne = Counter(
        place[:length]
        for place in places
        for length in range(1, _LONGEST + 1)
        if len(place) >= length and place[:length] in surnames
    )
    shares = [1 / (rank + _EVEN) for rank in range(len(USUAL_SURNAMES))]
    surname_pairs, surname_counts = _pairs(
        surnames, lambda name: 1 + round(2 * math.log1p(borne[name]))
    )
    given_pairs, given_counts = _pairs(given, lambda _: 1)
    numpy.savez_compressed(
        _FILE,
        surname_pairs=surname_pairs,
        surname_counts=surname_counts,
        given_pairs=given_pairs,
        given_counts=given_counts,
        usual=numpy.array([each.translate(SAME_HERE) for each in USUAL_SURNAMES]),
        usual_share=numpy.array(shares, numpy.float32) / sum(shares) * _USUAL_PART,
    )
    print(f"{_FILE}: {len(surnames)} surnames, {len(given)} given names")


def _pairs(
    names: Iterable[str], weight: Callable[[str], int]
) -> tuple[NDArray[numpy.uint32], NDArray[numpy.uint16]]:
    """Count which character follows which; both are put into one number, the first one higher."""
    sums = Counter[int]()
    for name in names:
        whole = EDGE + name + EDGE
        for one, other in pairwise(whole):
            sums[ord(one) << 16 | ord(other)] += weight(name)
    pairs = sorted(sums)
    return (
        numpy.array(pairs, numpy.uint32),
        numpy.array([min(_MOST, sums[each]) for each in pairs], numpy.uint16),
    )


if __name__ == "__main__":
    main()
