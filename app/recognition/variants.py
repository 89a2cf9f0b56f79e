"""Telling variants of one character apart (高 and 髙, 崎 and 﨑) where the engine cannot.

The engine does not know some letters of Japanese registers at all and prefers the old form of
others. A small network looks at the strokes of the character itself; how often a form is written,
and what the engine makes of it, is weighed in (Bayes). What stays open is told, never guessed.
"""

import json
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy
from numpy.typing import NDArray

from app.recognition.glyphs import Features, described, glyph
from app.recognition.ocr import LinePicture
from app.recognition.reading import TextLine

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 2
"""Version of the fitted data; ``bench.fitting.variants`` makes them."""

_LEAST_SIDE = 6
"""Dots; a smaller spot shows no strokes."""

_OPEN = 0.1
"""A form that is at least so likely is told beside the one that was taken."""


ELSE = ""
"""Stands for every character that is none of the groups."""

_LOST = 0.5
"""A character that the engine takes for nothing more surely may be one that it does not know."""

_FAR = 0.003
"""A form rarer than this beside another is not looked for."""


_KE = "ヶケ"
_KANJI_FROM, _KANJI_TO = "一", "龠"
_SMALL = 0.83
"""Of the height of a kanji: ヶ has at most 0.81 of it in two dozen typefaces, ケ at least 0.85."""
_STEEP = 33.0
"""How fast size settles which of them it is: at the border half of them are right, at 0.05 of the
height off it six of seven, at 0.1 twenty-four of twenty-five (259 of typed and tame hands)."""


class Writing(StrEnum):
    """What kind of text a character stands in: old forms live on in names."""

    NAMES = "names"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Judged:
    """A line whose characters were looked at.

    Attributes:
        line: As it is read now.
        doubts: Character taken and the one it may be as well, in the order of the line.
    """

    line: TextLine
    doubts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Network:
    """Two layers; classes are the characters."""

    mean: Features
    scale: Features
    first: Features
    first_bias: Features
    second: Features
    second_bias: Features

    def scores(self, seen: Features) -> NDArray[numpy.float32]:
        hidden = numpy.maximum(0, ((seen - self.mean) / self.scale) @ self.first + self.first_bias)
        return numpy.asarray(hidden @ self.second + self.second_bias)


class VariantJudge:
    """Looks at every character that has a twin."""

    def __init__(self) -> None:
        """Load the fitted data."""
        folder = files("app.recognition") / "data"
        told = json.loads((folder / f"variants-{VERSION}.json").read_text(encoding="utf-8"))
        self._likely: Mapping[str, Mapping[str, float]] = told["likely"]
        self._written: Mapping[str, Mapping[str, float]] = told["written"]
        self._warmth = float(told["temperature"])
        with (folder / f"variants-{VERSION}.npz").open("rb") as stream, numpy.load(stream) as kept:
            self._index = {char: place for place, char in enumerate(kept["characters"])}
            self._network = _Network(
                *(
                    kept[name].astype(numpy.float32)
                    for name in ("mean", "scale", "first", "first_bias", "second", "second_bias")
                )
            )

    def judged(self, picture: LinePicture, line: TextLine, writing: Writing) -> Judged:
        """Look again at the characters of a line that have twins.

        A line without places, as an engine of another kind reads it, stays as it is.
        """
        text, sureness = list(line.text), list(line.sureness)
        doubts: list[tuple[str, str]] = []
        inked = [index for index, char in enumerate(text) if not char.isspace()]
        if len(line.places) != len(text) or len(sureness) != len(text):
            return Judged(line)
        places = [line.places[index] for index in inked]
        for order, index in enumerate(inked):
            if text[index] in _KE:
                ke, share = _ke(picture, places, order, [text[each] for each in inked])
                text[index], sureness[index] = ke, round(min(sureness[index], share), 4)
                continue
            options = line.options[index] if len(line.options) == len(text) else ()
            lost = options if options and options[0][1] < _LOST else ()
            shares = self._shares(picture, places, order, text[index], writing, lost)
            if not shares:
                continue
            (best, share), *others = sorted(shares.items(), key=lambda each: -each[1])
            text[index] = best
            sureness[index] = round(min(sureness[index], share), 4)
            doubts.extend((best, other) for other, part in others[:1] if part >= _OPEN)
        value = "".join(text)
        return Judged(
            replace(
                line,
                text=value,
                confidence=round(sum(sureness) / max(1, len(sureness)), 4),
                sureness=tuple(sureness),
                raw=line.raw if value == line.text else line.raw or line.text,
            ),
            tuple(doubts),
        )

    def _shares(
        self,
        picture: LinePicture,
        places: list[float],
        order: int,
        read: str,
        writing: Writing,
        lost: Sequence[tuple[str, float]],
    ) -> dict[str, float]:
        """Give the probability of each character that may have been read as this one.

        What else the engine saw counts where it is at a loss, and so do letters it does not know.
        """
        written = self._written[writing]
        odds = {
            char: likely * written.get(char, 1.0)
            for char, likely in self._likely.get(read, {}).items()
        }
        if lost:
            odds.setdefault(read, 1.0)
            for seen, chance in lost:
                if seen in self._index:
                    odds.setdefault(seen, chance / lost[0][1] * written.get(seen, 1.0))
            for char, likely in self._likely.get(ELSE, {}).items():
                odds.setdefault(char, likely * written.get(char, 1.0))
        likeliest = max(odds, key=lambda char: odds[char], default=read)
        if all(odds[char] < _FAR * odds[likeliest] for char in odds if char != likeliest):
            # Strokes could not outweigh this; it settles what the engine misreads by habit.
            return {} if likeliest == read else {likeliest: 1.0}
        looks = self._looks(picture, places, order, odds)
        weights = {char: math.log(odd) + looks.get(char, 0.0) for char, odd in odds.items()}
        top = max(weights.values())
        parts = {char: math.exp(weight - top) for char, weight in weights.items()}
        whole = sum(parts.values())
        return {char: part / whole for char, part in parts.items()}

    def _looks(
        self, picture: LinePicture, places: list[float], order: int, wanted: Collection[str]
    ) -> dict[str, float]:
        """Score the likeness of a character to those wanted; nothing where it cannot tell."""
        if sum(char not in self._index for char in wanted) > 1:
            return {}
        seen = glyph(picture, places, order)
        if seen is None or min(seen.shape) < _LEAST_SIDE:
            return {}
        scores = self._network.scores(described(seen)) / self._warmth
        other = self._index[ELSE]
        return {char: float(scores[self._index.get(char, other)]) for char in wanted}


def _ke(
    picture: LinePicture, places: Sequence[float], order: int, text: Sequence[str]
) -> tuple[str, float]:
    """Tell ヶ from ケ by its size between two kanji, where both are written (緑ヶ丘, 緑ケ丘).

    Returns:
        The character, and how sure its size makes that.
    """
    beside = [each for each in (order - 1, order + 1) if 0 <= each < len(text)]
    if len(beside) != 2 or not all(_KANJI_FROM <= text[each] <= _KANJI_TO for each in beside):  # noqa: PLR2004 - both sides
        return text[order], 1.0
    here, *others = (glyph(picture, places, each) for each in (order, *beside))
    tall = [each.shape[0] for each in others if each is not None]
    if here is None or not tall:
        return text[order], 1.0
    beyond = here.shape[0] / max(tall) - _SMALL
    return "ヶ" if beyond < 0 else "ケ", 1 / (1 + math.exp(-_STEEP * abs(beyond)))


@lru_cache(maxsize=1)
def variant_judge() -> VariantJudge:
    """Give the judge of this process; its data is loaded once."""
    return VariantJudge()
