"""How likely a text is the name of somebody in Japan.

Counted in the dictionary: which characters begin surnames and given names, follow each other in
them and end them; and which surnames are the usual ones. Nobody's name is looked up, so that a
name no list holds is only less likely, in the measure in which it is made otherwise.
"""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any  # what numpy keeps under names

import numpy
from numpy.typing import NDArray

VERSION = 1
"""Version of the counts; ``bench.fitting.personal_names`` makes them."""

EDGE = "\n"
"""Stands before the first character of a name and behind its last one."""

SAME_HERE = str.maketrans(
    "髙﨑濵濱邉邊𠮷冨嶋國廣澤櫻瀧齋齊眞惠榮與德藏彌條逹",
    "高崎浜浜辺辺吉富島国広沢桜滝斎斉真恵栄与徳蔵弥条達",
)
"""Forms of one letter; which of them was written is not for the words to say."""

_CHARACTERS = 4000
"""About so many there are that were never counted, each as likely as the next."""

_STRANGE = math.log(0.02)
_STRANGE_CHARACTER = -8.0
"""How likely it is that no name stands there, and each character of what does."""

_SPACE_MISREAD = -3.0
"""How likely a space was read where none was written."""

_SURNAME_ALONE = -4.0
_LONGEST_PART, _LONGEST = 4, 8

_NOBODY = re.compile("[会団店校院課局株]|法人|[社園所組部班]$")
_WRITTEN = re.compile(r"[一-龠々〆𠮷﨑ぁ-ゖァ-ヺー\s！-～!-~、。「」]+")


def may_be_somebody(text: str) -> bool:
    """Say whether a text is as short as a name, and names no association, company or office."""
    length = len("".join(text.split()))
    return length <= _LONGEST and not _NOBODY.search(text) and bool(_WRITTEN.fullmatch(text))


class _Pairs:
    """How often one character follows another within names (Witten and Bell, 1991)."""

    def __init__(
        self, pairs: NDArray[numpy.uint32], counts: NDArray[numpy.uint16], fresh: float
    ) -> None:
        self._pairs, self._counts = pairs, counts
        firsts, starts = numpy.unique(pairs >> 16, return_index=True)
        kinds = numpy.diff([*starts, len(pairs)])
        totals = numpy.add.reduceat(counts.astype(numpy.int64), starts)
        self._after = {
            int(char): (int(kind), int(total))
            for char, kind, total in zip(firsts, kinds, totals, strict=True)
        }
        self._often = numpy.bincount(pairs & 0xFFFF, weights=counts, minlength=0x10000)
        self._all = float(self._often.sum())
        self._fresh = fresh

    def chance(self, word: str) -> float:
        """Give the logarithm of how likely a word is among those that were counted."""
        spots = [ord(EDGE), *(min(ord(char), 0xFFFF) for char in word), ord(EDGE)]
        return sum(math.log(self._of(one, other)) for one, other in pairwise(spots))

    def _of(self, one: int, other: int) -> float:
        alone = (float(self._often[other]) + 1) / (self._all + _CHARACTERS)
        kinds, total = self._after.get(one, (0, 0))
        pair = numpy.uint32(one << 16 | other)
        at = int(numpy.searchsorted(self._pairs, pair))
        found = at < len(self._pairs) and self._pairs[at] == pair
        # What has had many followers may have another one.
        fresh = self._fresh * kinds + 1
        return (float(self._counts[at] if found else 0) + fresh * alone) / (total + fresh)


class PersonalNames:
    """Knows how names are made."""

    def __init__(self, counted: Mapping[str, Any] | None = None) -> None:
        """Take the counts; those of the data file if None."""
        kept = _kept() if counted is None else counted
        self._surnames = _Pairs(kept["surname_pairs"], kept["surname_counts"], 3.0)
        self._given = _Pairs(kept["given_pairs"], kept["given_counts"], 1.0)
        self._usual = {
            str(name): float(share)
            for name, share in zip(kept["usual"], kept["usual_share"], strict=True)
        }
        self._unusual = math.log(1 - sum(self._usual.values()))

    def chance(self, text: str) -> float:
        """Give the logarithm of how likely a text is among names, as far as that is known."""
        words = text.translate(SAME_HERE).split()
        whole = "".join(words)
        if not whole:
            return _STRANGE
        # A title or an office may stand before a name (代表 …).
        before, name = words[:-2], words[-2:]
        ways = [_STRANGE + _STRANGE_CHARACTER * len(whole)]
        if len(name) > 1:
            others = _STRANGE_CHARACTER * len("".join(before))
            ways.append(others + self._surname(name[0]) + self._given.chance(name[1]))
        misread = _SPACE_MISREAD if len(words) > 1 else 0.0
        ways.extend(
            misread + self._surname(whole[:at]) + self._given.chance(whole[at:])
            for at in range(1, _LONGEST_PART + 1)
            if 0 < len(whole) - at <= _LONGEST_PART
        )
        ways.append(misread + _SURNAME_ALONE + self._surname(whole))
        top = max(ways)
        return top + math.log(sum(math.exp(each - top) for each in ways))

    def _surname(self, word: str) -> float:
        counted = self._unusual + self._surnames.chance(word)
        usual = self._usual.get(word)
        return counted if usual is None else math.log(usual + math.exp(counted))


def _kept() -> Mapping[str, Any]:
    path = files("app.recognition") / "data" / f"names-{VERSION}.npz"
    with path.open("rb") as stream, numpy.load(stream) as kept:
        return {name: kept[name] for name in kept.files}


@lru_cache(maxsize=1)
def known_names() -> PersonalNames:
    """Give the names of this process; their counts are loaded once."""
    return PersonalNames()
