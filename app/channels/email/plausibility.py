"""How much a text looks like Japanese somebody wrote: the scale of the decoding ladder."""

import re
from functools import lru_cache

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HIRAGANA = re.compile("[\u3041-\u3096]")
_KANJI = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
SAMPLE_CHARACTERS = 65_536
"""Enough to tell charsets apart; weighing every character of a long text is slow."""
_BEYOND_ASCII = 0x80
_SPACE = 0x20
_LEVEL_2 = 0xD0
"""From this lead byte on EUC-JP holds the kanji of level 2."""
_JIS_X_0208_BYTES = 2
_JAPANESE = re.compile("[\u3000-\u30ff\u4e00-\u9fff\uff01-\uff5e]")


def has_kana(text: str) -> bool:
    """Say whether there is real kana in it: at least one hiragana in twelve other letters."""
    text = text[:SAMPLE_CHARACTERS]
    kana = len(_HIRAGANA.findall(text)) * 2 + len(_KANA.findall(text))
    others = sum(1 for char in text if ord(char) >= _BEYOND_ASCII)
    return kana > 0 and kana * 8 >= others


def japanese_share(text: str) -> float:
    """Give the share of Japanese characters among those beyond ASCII."""
    text = text[:SAMPLE_CHARACTERS]
    beyond = sum(1 for char in text if ord(char) >= _BEYOND_ASCII)
    return len(_JAPANESE.findall(text)) / beyond if beyond else 0.0


def plausibility(text: str) -> float:
    """Weigh a text: about 1 for ordinary Japanese, below 0 for mojibake, 0 for plain ASCII."""
    total, count = 0.0, 0
    for char in text[:SAMPLE_CHARACTERS]:
        code = ord(char)
        if code >= _BEYOND_ASCII:
            total += _weight(char)
            count += 1
        elif code < _SPACE and char not in "\t\r\n\x0c":
            total -= 1.0
            count += 1
    return total / count if count else 0.0


_RANGES = (
    (0x80, 0x9F, -2.0),  # C1 controls
    (0xA0, 0x24F, -0.6),
    (0x250, 0x7FF, -0.5),  # Greek, Cyrillic, Hebrew, Arabic: mojibake more often than not
    (0x800, 0x1FFF, -0.8),
    (0x2000, 0x27BF, 0.4),  # punctuation, arrows, circled numbers, squares
    (0x3000, 0x303F, 0.9),
    (0x3041, 0x3096, 1.0),
    (0x3099, 0x309F, 0.3),
    (0x30A0, 0x30FF, 0.9),
    (0x3200, 0x33FF, 0.3),
    (0xAC00, 0xD7AF, -0.5),
    (0xD800, 0xDFFF, -3.0),
    (0xE000, 0xF8FF, -1.0),
    (0xF900, 0xFAFF, 0.2),
    (0xFE00, 0xFE0F, 0.3),
    (0xFF01, 0xFF5E, 0.7),
    (0xFF61, 0xFF9F, -0.3),  # half-width kana
    (0xFFFD, 0xFFFD, -3.0),
    (0x1F000, 0x1FAFF, 0.4),  # emoji
    (0x20000, 0x3FFFF, 0.3),
    (0xE0100, 0xE01EF, 0.3),
)


@lru_cache(maxsize=4096)
def _weight(char: str) -> float:
    code = ord(char)
    if _KANJI.match(char):
        return _kanji_weight(char)
    for low, high, weight in _RANGES:
        if low <= code <= high:
            return weight
    return -0.5


def _kanji_weight(char: str) -> float:
    """Weigh a kanji by its JIS level: level 1 holds what people write."""
    try:
        row = char.encode("euc_jp")
    except UnicodeEncodeError:
        return -0.1
    if len(row) != _JIS_X_0208_BYTES:
        return -0.1
    return 0.7 if row[0] < _LEVEL_2 else 0.0
