"""What words there are, asked where the strokes leave open which character was written.

An engine names several characters for a blot and weighs them by their looks alone. A dictionary of
Japanese knows that 千円 is a word and 下円 none. Both are weighed together (Bayes), and only among
the characters that the engine itself saw; what the engine read is kept beside it.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from sudachipy import Dictionary, SplitMode

from app.recognition.personal_names import known_names, may_be_somebody
from app.recognition.reading import TextLine
from app.recognition.variants import Writing

SURE = 0.995
"""A character read more surely than this is not asked about."""

_COSTS = {Writing.RUNNING: 1800.0, Writing.NAMES: 2500.0}
"""What the dictionary's costs are divided by; at about 750 they would be logarithms of chances, and
words that the dictionary lacks would be read as words that it holds. Names are spelt freely."""

_NAMES_WEIGH = 0.8
"""How much it weighs how names are made; what an engine says of looks is a little too sure."""

_MOST_OPTIONS = 7
_BEAM = 6
"""Spellings of one part that are followed at once."""

_PART = 40
"""Characters after which a text is cut, wherever that is; words further away tell nothing."""

_MOST_DOUBTS = 8
"""Characters in doubt that are settled together; beyond that nothing is known of the neighbours."""

_ENDS = frozenset("。、，．！？!?「」『』（）()\n")
_DIGITS = frozenset("0123456789０１２３４５６７８９")
_NUMERALS = _DIGITS | frozenset("〇一二三四五六七八九十")
"""No dictionary knows which number was meant, and none makes a digit of what looks like none."""

_DASHES = frozenset("-－‐−")
"""Of which none makes a numeral (5-23, not 5一23)."""

_POINTS = frozenset("・．·•.,，")
"""No dictionary knows which of them was written either."""

_KE = frozenset("ヶケ")
"""Both are written (緑ヶ丘, 緑ケ丘); their size tells them apart."""

_SPECKS = frozenset("、，,。．.・")

_LEAST_CHANCE = 1e-6

_WORD = re.compile(
    "[ァ-ヺー]{2,}|[A-Za-zＡ-Ｚａ-ｚ]{2,}|(?![一二三四五六七八九十百千〇]+$)[一-鿿々]+"
)
_LONE = re.compile("(?<![0-9A-Za-z-])[A-Za-z](?=[ぁ-ゖ一ー])")
"""Many a Latin letter stands alone before kanji (A案, B棟), hardly one before a particle."""


@dataclass(slots=True)
class _Char:
    """One character of a text: what it is taken for, and what it may be (log chances)."""

    taken: str
    options: dict[str, float]


class Language:
    """Weighs what characters look like against the words they would make."""

    def __init__(self) -> None:
        """Load the dictionary; it is mapped into memory and shared by every fork."""
        self._tokens = Dictionary(dict="core").tokenizer(mode=SplitMode.C)
        self._names = known_names()

    def weighed(
        self,
        lines: Sequence[TextLine],
        ends: Sequence[bool],
        writing: Writing = Writing.RUNNING,
    ) -> tuple[TextLine, ...]:
        """Read the doubtful characters of a text by the words around them.

        Args:
            lines: Lines of one text; those without options stay as they are.
            ends: Of each line, whether the text ends with it or goes on in the next.
            writing: What kind of text it is.

        Returns:
            The same lines: where words preferred another character it stands in ``text``, ``raw``
            keeps what the engine read, ``preferred`` counts them, and ``sureness`` is what looks
            and words together make likely.
        """
        chars: list[_Char] = []
        for line, end in zip(lines, ends, strict=True):
            chars += _chars(line, writing)
            if end:
                chars.append(_Char("\n", {}))
        sure: dict[int, float] = {}
        for part in _parts(chars):
            self._settle(chars, part, sure, writing)
        weighed, at = [], 0
        for line, end in zip(lines, ends, strict=True):
            weighed.append(_line(line, chars, sure, at))
            at += len(line.text) + end
        return tuple(weighed)

    def strangers(self, text: str) -> int:
        """Count words that the dictionary lacks: パプリック, 妊姉, or an A that stands by itself.

        What is in katakana, Latin letters or kanji is more often known than misread. Names of
        people are not to be asked about, for there are more than any dictionary holds.
        """
        text = "".join(text.split())
        unknown = sum(
            1
            for word in self._tokens.tokenize(text)
            if word.is_oov() and _WORD.fullmatch(word.surface())
        )
        return unknown + len(_LONE.findall(text))

    def _judges(
        self, text: str, writing: Writing
    ) -> tuple[Callable[[str], float], Callable[[str], float]]:
        """Give what says how likely the words of a text are, and what says how sure that makes."""

        @cache
        def as_words(spelt: str) -> float:
            return -float(self._tokens.tokenize(spelt).get_internal_cost()) / _COSTS[writing]

        @cache
        def as_name(spelt: str) -> float:
            # How names are made, and a little whether this one is known.
            return _NAMES_WEIGH * (self._names.chance(spelt) + as_words(spelt))

        # There are many names, and a likely one may be the wrong one: it makes nothing surer.
        named = writing is Writing.NAMES and may_be_somebody(text)
        return (as_name if named else as_words), as_words

    def _settle(
        self, chars: Sequence[_Char], part: range, sure: dict[int, float], writing: Writing
    ) -> None:
        """Choose the characters of one part that are likeliest together."""
        start = [chars[each].taken for each in part]
        likely, assuring = self._judges("".join(start), writing)

        def score(taken: Sequence[str], words: Callable[[str], float] = likely) -> float:
            looks = sum(chars[each].options[taken[each - part.start]] for each in doubts)
            return looks + words("".join(taken))

        doubts = [each for each in part if chars[each].options]
        for some in range(0, len(doubts), _MOST_DOUBTS):
            beam = [start]
            for each in doubts[some : some + _MOST_DOUBTS]:
                place = each - part.start
                spelled = (
                    _with(taken, place, char) for taken in beam for char in chars[each].options
                )
                beam = sorted(spelled, key=score, reverse=True)[:_BEAM]
            start = beam[0]
        for each in doubts:
            place = each - part.start
            scores = {
                char: score(_with(start, place, char), assuring) for char in chars[each].options
            }
            top = max(scores.values())
            whole = sum(math.exp(value - top) for value in scores.values())
            chars[each].taken = start[place]
            sure[each] = math.exp(scores[start[place]] - top) / whole


def _chars(line: TextLine, writing: Writing) -> list[_Char]:
    if len(line.options) != len(line.text) or len(line.sureness) != len(line.text):
        return [_Char(each, {}) for each in line.text]
    # A speck beside a name is read as a mark; no name is to be made longer by it.
    specks = _SPECKS if writing is Writing.NAMES else frozenset[str]()
    return [
        _Char(char, {} if char in specks else _options(char, options))
        for char, options in zip(line.text, line.options, strict=True)
    ]


def _options(taken: str, seen: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Give what a character may be; nothing where that is not in doubt."""
    if len(seen) < 2 or seen[0][1] >= SURE:  # noqa: PLR2004 - nothing to choose from
        return {}
    options = {
        char: math.log(max(chance, _LEAST_CHANCE))
        for char, chance in seen[:_MOST_OPTIONS]
        if char == taken
        or not (
            char in _DIGITS
            or {char, taken} <= _NUMERALS
            or {char, taken} <= _POINTS
            or {char, taken} == _KE
            or (taken in _DASHES and char in _NUMERALS)
        )
    }
    # What a rule made of it stands for what was read.
    options.setdefault(taken, math.log(max(seen[0][1], _LEAST_CHANCE)))
    return options if len(options) > 1 else {}


def _parts(chars: Sequence[_Char]) -> list[range]:
    """Cut a text where words end for certain; gives the parts in which something is in doubt."""
    parts, start = [], 0
    for at, char in enumerate(chars):
        if (char.taken in _ENDS and not char.options) or at + 1 - start >= _PART:
            parts.append(range(start, at + 1))
            start = at + 1
    parts.append(range(start, len(chars)))
    return [part for part in parts if any(chars[each].options for each in part)]


def _with(taken: Sequence[str], place: int, char: str) -> list[str]:
    return [*taken[:place], char, *taken[place + 1 :]]


def _line(line: TextLine, chars: Sequence[_Char], sure: dict[int, float], at: int) -> TextLine:
    """Write down what became of a line."""
    places = range(at, at + len(line.text))
    if not any(each in sure for each in places):
        return line
    text = "".join(chars[each].taken for each in places)
    sureness = [round(sure.get(each, line.sureness[each - at]), 4) for each in places]
    changed = [old != new for old, new in zip(line.text, text, strict=True)]
    return replace(
        line,
        text=text,
        confidence=round(sum(sureness) / len(sureness), 4),
        sureness=tuple(sureness),
        raw=line.raw if text == line.text else line.raw or line.text,
        preferred=sum(changed),
    )


@lru_cache(maxsize=1)
def known_language() -> Language:
    """Give the language of this process; its dictionary is loaded once."""
    return Language()
