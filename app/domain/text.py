"""Text as written, and the copies that are only ever compared.

Unicode normalisation changes characters in names (NFC alone rewrites 460 compatibility
ideographs), so nothing here is ever stored or shown in place of what was written.
"""

import re
import unicodedata
from collections.abc import Callable

MAX_OPINION_CHARACTERS = 100_000

_INVISIBLE = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]+"
)
"""White space, zero-width and filler characters; U+3164 is the HANGUL FILLER."""

_NOTHING = re.compile(f"(?:{_INVISIBLE.pattern})?")

_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")


def is_missing(text: str | None) -> bool:
    """Say whether a field holds nothing a reader could see."""
    return text is None or _NOTHING.fullmatch(text) is not None


def until_stable(step: Callable[[str], str], text: str) -> str:
    """Repeat a folding until it changes nothing more, which makes it idempotent.

    Taking a character out may bring two others together that then compose, so one pass is
    not always the last.
    """
    folded = step(text)
    while folded != text:
        text, folded = folded, step(folded)
    return folded


def fold(text: str) -> str:
    """Fold a copy for comparison: width, case and compatibility forms; no white space.

    Variation selectors are dropped, so 葛󠄀 equals 葛. Idempotent.
    """
    if text.isascii():
        return _INVISIBLE.sub("", text).casefold()  # there is nothing else to fold in it
    once = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    if once.casefold() == once and _INVISIBLE.search(once) is None:
        return once  # whatever would be folded once more stays as it is
    return until_stable(_fold_once, text)


def _fold_once(text: str) -> str:
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", folded.casefold()))


def has_forbidden_characters(text: str) -> bool:
    """Say whether text holds a NUL or a lone surrogate, which no store can keep verbatim."""
    return _FORBIDDEN.search(text) is not None
