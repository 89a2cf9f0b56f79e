"""An address as tokens that can be compared, each knowing where in the text it stands.

Width, white space, punctuation and old forms of kanji are folded, and numerals before a counter
are written in digits (六条 is 6条). Only copies are compared: the text stays as it was written.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.measure_likeness import in_digits
from app.domain.search_folding import folded_by_shape, folded_to_search
from app.domain.text import fold

_NUMERALS = "〇零一二三四五六七八九十百"
_COUNTERS = "条丁番号線区地"
_SAME = str.maketrans("がゖヵゕ乃之", "けけけけのの")
"""Two ways of writing one name: 緑が丘 and 緑ヶ丘, 日の出 and 日ノ出."""

_POSTAL_CODE = re.compile("[^0-9]{0,2}([0-9]{3})[ー.]?([0-9]{4})(?![0-9])")
_NUMBER = re.compile(f"[0-9]+|[{_NUMERALS}]+(?=[{_COUNTERS}])")


@dataclass(frozen=True, slots=True)
class Token:
    """A character or a number of an address.

    Attributes:
        text: Folded.
        start: Where it begins in the address.
        end: Where it ends.
        apart: Whether white space or punctuation stands before it.
        whole: Whether it is all of what is written there; of ㍿ or ¼ each token is a part.
    """

    text: str
    start: int
    end: int
    apart: bool = False
    whole: bool = True

    @property
    def is_number(self) -> bool:
        """Whether it is a number, which nothing is ever taken for."""
        return self.text.isdecimal()


def tokens_of(address: str) -> tuple[Token, ...]:
    """Cut an address into tokens."""
    characters = tuple(_characters(address))
    folded = "".join(each.text for each in characters)
    places = [at for at, each in enumerate(characters) for _ in each.text]
    tokens: list[Token] = []
    at = 0
    while at < len(folded):
        number = _NUMBER.match(folded, at)
        length = len(number.group()) if number else 1
        first, last = characters[places[at]], characters[places[at + length - 1]]
        text = in_digits(number.group()).lstrip("0") or "0" if number else folded[at]
        whole = len(first.text) == len(last.text) == 1
        tokens.append(Token(text, first.start, last.end, first.apart, whole))
        at += length
    return tuple(tokens)


def _characters(address: str) -> Iterator[Token]:
    """Fold character by character, so that each keeps its place."""
    apart = False
    for at, char in enumerate(address):
        text = folded_to_search(fold(char)).translate(_SAME)
        if not text or (unicodedata.category(char)[0] in "PZ" and not _is_dash(char)):
            apart = True
            continue
        yield Token(text, at, at + 1, apart)
        apart = False


def _is_dash(char: str) -> bool:
    return unicodedata.category(char) == "Pd"


def postal_code(address: str) -> tuple[str, int]:
    """Find the postal code an address begins with, read with an eye for what OCR takes for digits.

    Returns:
        Seven digits and where the code ends; nothing and 0 where there is none.
    """
    shapes: list[tuple[str, int]] = []
    for at, char in enumerate(address):
        shapes.extend((each, at + 1) for each in by_shape(fold(char)))
    found = _POSTAL_CODE.match("".join(text for text, _ in shapes))
    if found is None:
        return "", 0
    return found.group(1) + found.group(2), shapes[found.end() - 1][1]


def by_shape(folded: str) -> str:
    """Fold a folded text by the shape of its characters."""
    return folded_by_shape(folded_to_search(folded))
