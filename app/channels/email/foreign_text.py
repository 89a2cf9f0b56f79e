"""Bytes that are no Japanese: the old charsets of neighbours, told by what people write in them.

Almost any bytes make some CP932 or EUC-JP, so a mail of a resident who writes Portuguese, Russian
or Chinese without naming a charset would come out as rare kanji. A reading counts here only when
its letters stand as the language puts them.
"""

import re
from collections.abc import Callable

from app.channels.email.plausibility import SAMPLE_CHARACTERS

_LATIN = re.compile("[A-Za-zÀ-ÖØ-öø-ÿŒœŠšŽžŸ]")
_ACCENTED_RUN = re.compile("[^\x00-\x7f]+")
_PUNCTUATION = frozenset("\u00a0¡¿«»·´…–—‘’“”•")
_LATIN_SIGNS = _PUNCTUATION | frozenset("ºª°§©®™€£×÷²³¹½¼")
"""Signs beside letters with accents; these bytes begin kanji as well, so next to one only
punctuation counts."""
_LONGEST_ACCENTED_RUN = 3
_ASCII_TO_ACCENTED = 2
"""Letters without an accent to letters with one; in a few words of Portuguese or Czech, two."""
_CYRILLIC = re.compile("[А-Яа-яЁё]")
_CYRILLIC_LOWER = re.compile("[а-яё]")
_CYRILLIC_COMMON = re.compile("[оеаинтсрвл]")
"""The ten commonest letters of Russian make two thirds of any text."""
_CYRILLIC_ASTRAY = re.compile("[а-яё][А-ЯЁ]")
_SHORTEST_CYRILLIC = 4
_CHINESE = re.compile("[\u4e00-\u9fff]")
_CHINESE_COMMON = re.compile(
    "[的一是不了在人有我他这这個个们們中来來上大为為和国國地到以说說时時要就出会會可也你您对對生能"
    "而子那得于於着著下自之年过過发發后後作里道用行所然家种種事成方多经經么麼去学學如都同现現当當"
    "没沒动動面起看定天分还還进進好小其些样樣前开開但因只从從想实實与與请請信费費关關]"
)
"""The commonest characters of running Chinese, in both ways of writing them."""
_SHORTEST_CHINESE = 4
_SHORT_CHINESE = 6
_ALL_BUT = 0.9
_MOST = 0.6
_COMMON_CYRILLIC = 0.4
_COMMON_CHINESE = 0.25
_COMMON_CHINESE_IN_FEW = 0.6


def foreign_reading(data: bytes) -> tuple[str, str] | None:
    """Read bytes of no known charset as Latin, Cyrillic or Chinese text.

    Returns:
        The charset and the text; None where no reading is what people write.
    """
    readings: list[tuple[float, str, str]] = []
    for codec, weigh in _READERS:
        try:
            text = data.decode(codec)
        except (UnicodeDecodeError, ValueError):
            continue
        weight = weigh(text[:SAMPLE_CHARACTERS])
        if weight > 0:
            readings.append((weight, codec, text))
    if not readings:
        return None
    _, codec, text = max(readings)
    return codec, text


def _latin_weight(text: str) -> float:
    """Weigh a text in letters with accents: each stands in a word of plain letters."""
    accented = [char for char in text if not char.isascii()]
    plain = sum(1 for char in text if char.isascii() and char.isalpha())
    letters = [char for char in accented if _LATIN.match(char)]
    if any(char not in _LATIN_SIGNS and not _LATIN.match(char) for char in accented):
        return 0.0
    if not letters or plain < _ASCII_TO_ACCENTED * len(letters):
        return 0.0
    fits = all(_stands_in_word(text, run) for run in _ACCENTED_RUN.finditer(text))
    return _ALL_BUT if fits else 0.0


def _stands_in_word(text: str, run: re.Match[str]) -> bool:
    """Say whether accented letters continue a word in its own case."""
    if not _LATIN.search(run.group()):
        return True
    letters = [char for char in run.group() if char not in _PUNCTUATION]
    if len(letters) > _LONGEST_ACCENTED_RUN or not all(map(_LATIN.match, letters)):
        return False
    before, after = text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1]
    if not (_LATIN.match(before) or _LATIN.match(after)):
        return len(letters) == 1  # à, é and ó are words
    return not (before.islower() and any(char.isupper() for char in run.group()))


def _cyrillic_weight(text: str) -> float:
    """Weigh a text in Cyrillic: small letters, the common ones, capitals only at the beginning."""
    beyond = sum(1 for char in text if not char.isascii())
    letters = len(_CYRILLIC.findall(text))
    if letters < _SHORTEST_CYRILLIC or letters < _ALL_BUT * beyond:
        return 0.0
    common = len(_CYRILLIC_COMMON.findall(text.lower())) / letters
    if common < _COMMON_CYRILLIC or len(_CYRILLIC_ASTRAY.findall(text)) > letters / 20:
        return 0.0
    lower = len(_CYRILLIC_LOWER.findall(text)) / letters
    return common if lower >= _MOST else 0.0


def _chinese_weight(text: str) -> float:
    """Weigh a text in Chinese by the characters no Chinese text is without."""
    characters = len(_CHINESE.findall(text))
    beyond = sum(1 for char in text if not char.isascii())
    if characters < _SHORTEST_CHINESE or characters < _MOST * beyond:
        return 0.0
    common = len(_CHINESE_COMMON.findall(text)) / characters
    enough = _COMMON_CHINESE if characters >= _SHORT_CHINESE else _COMMON_CHINESE_IN_FEW
    return common if common >= enough else 0.0


_READERS: tuple[tuple[str, Callable[[str], float]], ...] = (
    ("cp1252", _latin_weight),
    ("koi8-r", _cyrillic_weight),
    ("cp1251", _cyrillic_weight),
    ("gb18030", _chinese_weight),
    ("cp950", _chinese_weight),
)
