"""What makes two measure names the same, nearly the same, or different drafts.

A normalised name is a copy that is only ever compared: width, case, white space, brackets and
dashes are folded and numerals are written in digits. Kanji variants are left alone, but for two
that every register treats as the same letter.
"""

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache

from app.domain.text import fold, until_stable

_BRACKETS = (
    "()[]{}<>「」『』【】〔〕〘〙〖〗《》〈〉⟨⟩«»"
    "\u2039\u203a\"'\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b〝〞〟`\u00b4"
)
"""Brackets and quotation marks; what they hold is kept."""
_SAME_LETTER = {"髙": "高", "﨑": "崎", "〜": "~", "〰": "~", ",": "、"}
_FOLDED = str.maketrans(dict.fromkeys(_BRACKETS, "") | _SAME_LETTER)

_DASHES = re.compile("[-\u2010-\u2015\u2043\u2212\u2500\u2501ー]+")
_KANA = re.compile("[ぁ-ゖァ-ヺ]")

_NUMERALS = "〇零一二三四五六七八九十百千"
_DIGIT_OF = {kanji: digit for digit, kanji in enumerate("〇一二三四五六七八九")} | {"零": 0}
_UNIT_OF = {"十": 10, "百": 100, "千": 1000}
_FIRST_YEAR = re.compile("(?:(?<=明治)|(?<=大正)|(?<=昭和)|(?<=平成)|(?<=令和))元(?=年)")
_COUNTED = re.compile(
    f"(?<=第)[{_NUMERALS}]+"
    f"|[{_NUMERALS}]+(?=期|次|年|号|版|回|章|部会|[かヵカヶケ箇]年|丁目|条|月|日)"
)

_LOOK_ALIKES = (
    "ーー一-~",
    "00oO〇○◯",
    "11il|!",
    "リり",
    "へヘ",
    "二ニ",
    "八ハ",
    "ロ口囗",
    "カ力ヵ",
    "エ工ェ",
    "タ夕",
    "ト卜",
    "オ才ォ",
    "チ千",
    "三ミ",
    "ノ\u4e3f",
    "末未",
    "土士",
    "日曰",
    "己已巳",
    "人入",
    "ケヶ",
    "ソン",
    "シツッ",
    "アァ",
    "イィ",
    "ウゥ",
    "ヤャ",
    "ユュ",
    "ヨョ",
    "つっ",
    "やゃ",
    "ゆゅ",
    "よょ",
    "齢齡",
    "険險",
    "営營",
    "国國",
    "画畫",
    "参參",
    "区區",
    "総總",
    "図圖",
    "強强",
    "広廣",
)
"""Letters a machine (and a tired reader) takes for one another; the first stands for its group."""
_LOOK_ALIKE = str.maketrans(
    {letter: group[0] for group in _LOOK_ALIKES for letter in group[1:] if letter != group[0]}
)

_VOICED = re.compile("[\u3099\u309a]")
"""The strokes that tell ビ and ピ from ヒ; a fax loses them."""

_PLAN = re.compile("計[面西函]")
"""What is left of 計画 where strokes are lost."""

_MEANINGFUL = frozenset(
    _NUMERALS + "0123456789案素原骨新旧元前後上下東西南北第次期年度版改定訂正市区町村県道"
)
"""A single letter that tells one draft from another; in a difference it forbids a match."""
_MEANINGFUL_WORDS = ("中間", "最終", "実施", "基本", "骨子", "概要", "暫定", "追加", "個別", "総合")

_TOKEN = re.compile("[0-9]+|.", re.DOTALL)

Difference = tuple[str, str]
"""What the one name has and the other has in its place."""


def normalise(name: str) -> str:
    """Give the copy of a measure name that is compared; idempotent.

    （案） equals 案, 第五期 equals 第５期, 令和元年 equals 令和１年.
    """
    return _remembered(name) if len(name) <= _LONGEST_REMEMBERED else _normalised(name)


def _normalised(name: str) -> str:
    return until_stable(_normalise_once, name)


_LONGEST_REMEMBERED = 400
_remembered = lru_cache(maxsize=1024)(_normalised)
"""The same few names come with every comment."""


@lru_cache(maxsize=1024)
def look_alike(normalised: str) -> str:
    """Fold letters that look alike, so that a misread one costs nothing."""
    unvoiced = _VOICED.sub("", unicodedata.normalize("NFD", normalised))
    return _PLAN.sub("計画", unicodedata.normalize("NFC", unvoiced).translate(_LOOK_ALIKE))


def differences(one: str, other: str) -> tuple[Difference, ...]:
    """List where two names differ."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return tuple(
        (one[a:b], other[c:d]) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"
    )


def is_slip(one: str, other: str) -> bool:
    """Say whether two names differ by no more than slips of the pen or of the reader.

    A slip is one letter too many, one too few, or up to two taken for others, and none of them
    tells one draft from another: a number, 案 or 素案, 新 or 旧, a 市 or 町. Two slips at most.
    """
    found = differences(look_alike(one), look_alike(other))
    return len(found) <= _MOST_SLIPS and all(_is_small(each) for each in found)


_DRAFT_OF = "素"
_MOST_SLIPS = 2
_LONGEST_SLIP = 2


def _is_small(difference: Difference) -> bool:
    one, other = difference
    longest = _LONGEST_SLIP if one and other else 1
    if max(len(one), len(other)) > longest:
        return False
    both = one + other
    if len(one) == len(other) == 1 and _DRAFT_OF in both:
        # No word but 素案 ends so; whoever reads 袁案 has read it. A draft whose name ends
        # otherwise is another one letter away, and is looked for elsewhere.
        return not _MEANINGFUL.intersection(both.replace(_DRAFT_OF, "", 1))
    return not _MEANINGFUL.intersection(both) and not any(
        word in (one, other) for word in _MEANINGFUL_WORDS
    )


def is_one_letter_apart(one: str, other: str) -> bool:
    """Say whether one misread letter turns one name into the other.

    A number counts as one letter: 第九期 and 第十期 are 9 and 10 after normalising.
    """
    return one == other or _is_one_edit(
        _TOKEN.findall(look_alike(one)), _TOKEN.findall(look_alike(other))
    )


def _is_one_edit(one: list[str], other: list[str]) -> bool:
    if abs(len(one) - len(other)) > 1:
        return False
    same = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    longer = len(one) - len(other)
    return one[same + (longer >= 0) :] == other[same + (longer <= 0) :]


def _normalise_once(name: str) -> str:
    folded = fold(name).translate(_FOLDED)
    dashed = _DASHES.sub(_one_dash, folded)
    return _COUNTED.sub(_in_digits, _FIRST_YEAR.sub("1", dashed))


def _one_dash(found: re.Match[str]) -> str:
    """Write a long-vowel mark after kana, a hyphen elsewhere, whichever dash was typed."""
    after_kana = _KANA.match(found.string, found.start() - 1) if found.start() else None
    return ("ー" if after_kana else "-") * len(found.group())


def _in_digits(found: re.Match[str]) -> str:
    return in_digits(found.group())


def in_digits(numeral: str) -> str:
    """Write a numeral of kanji (二十五, 二五) in digits; digits stay as they are."""
    if numeral.isdecimal():
        return numeral
    if not any(letter in _UNIT_OF for letter in numeral):
        return "".join(str(_DIGIT_OF[letter]) for letter in numeral)
    return str(sum(_tens(numeral)))


def _tens(numeral: str) -> Iterator[int]:
    """Read 二十五 as 20 and 5."""
    count = 0
    for letter in numeral:
        if letter in _UNIT_OF:
            yield (count or 1) * _UNIT_OF[letter]
            count = 0
        else:
            count = count * 10 + _DIGIT_OF[letter]
    yield count
