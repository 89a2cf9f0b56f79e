"""Signs in what was read that something was misread, however sure the engine was of each character.

A speck is read as a full stop, half a character as a bracket that is never closed, and where a
character was passed over its neighbours stand too far apart, or a word lacks its number. Nothing
is put right here: what was written may be odd as well.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

_OPEN, _CLOSED = "（「『〈【<‘“", "）」』〉】>’”"
_MARKS = re.escape(".,'`*;|\\^_°′″•．，[]{}")
_STRAY = re.compile(rf"(?<![0-9A-Za-z])[{_MARKS}]|[{_MARKS}](?![0-9A-Za-z])")
_NUMBERED = re.compile(
    r"(?:^|(?<=[\s。．]))[0-9０-９A-Za-zア-ン一二三四五六七八九十]{1,3}[.．)）、，,]"
)
"""Points of a list, 1. or ア）, begin so."""

_NUMERALS = "0-9０-９一二三四五六七八九十百千〇数何元"
_UNNUMBERED = re.compile(
    rf"(?<![次落及])第(?![{_NUMERALS}])|午[前後](?=時)|(?:令和|平成|昭和)(?=年)"
)
"""Words that nobody writes without a number after them: a thin 1 is soon passed over."""

_TWIN = re.compile("(?<=[一-鿿々])[ケヶカヵ](?=[一-鿿々])")

_KEN = (
    "青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨|長野|岐阜|静岡|愛知|三重|滋賀"
    "|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄"
)
_PREFECTURE = re.compile(f"(?:{_KEN})県|北海道|東京都|(?:京都|大阪)府")
_NEARLY = re.compile(
    "[^市町村区郡]{2,3}県"
    f"|(?:(?:{_KEN})[^市町村区郡]|.海道|北.道|北海)(?=[^市町村区郡]{{2,4}}[市町村])"
)
"""岩平県, 富山東松沢市: what is hardly the beginning of an address, but nearly a prefecture."""

_DIGIT, _FEW_TO_TEN = "[0-9０-９]", "一二三四五六七八九十"
_SLIPS = re.compile(
    # A word that stands behind a number, without it.
    f"(?<![0-9０-９{_FEW_TO_TEN}百〇数何無])(?:丁目|番地|番(?={_DIGIT}))"
    "|(?<![0-9０-９A-Zａ-ｚa-zＡ-Ｚァ-ヺ一-龠])号(?=室|$)"
    # A character behind a number where only some words stand, and those words half misread.
    f"|(?<={_DIGIT})[^0-9０-９{_FEW_TO_TEN}百〇条丁番号棟階室線区組班町字館街割の東西南北"
    f"ァ-ヺーA-Zａ-ｚa-zＡ-Ｚ－‐−―—-](?=[0-9０-９地目号])"
    f"|{_DIGIT}(?:十|地(?!割)|番(?![地号町館外丁])[一-鿿]|丁(?![目の])[一-鿿])"
    f"|[0-9０-９{_FEW_TO_TEN}](?:丁[日月且口]|[^丁番]目(?={_DIGIT}))|十日(?={_DIGIT})"
    # What is neither letter, figure nor a mark of addresses.
    r"|[^\w\s〒（）()「」・、。，．,.:：/／'&＆#＃〜～~－―—‐−-]"
)

_STOPS = {"．": "。", "，": "、"}
"""Who ends sentences with one does not with the other."""

_FOREIGN = re.compile(
    r"[\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
    r"\u0391\u0392\u0395-\u039a\u039c-\u039f\u03a1\u03a4-\u03a7\u0410-\u044f]"
    "|[0-9]〇|〇[0-9]"
)
"""Letters that Japanese hands do not write, and a 〇 beside a figure, which is a zero."""

_UNPOINTED = re.compile("[0-9]{5,}(?=[万億千])|[0-9][.．][0-9]{3}(?=[万億千円])")
"""652500万 for 652,500万: figures that lost their comma, or hold a full stop in its place."""

_APART, _APART_BY_FIGURES = 0.6, 0.45
"""Steps of the line that a character and the next stand farther apart than their widths say, where
another has room between them; one that is as narrow as a figure needs less."""

_NARROW = 0.5
"""Width of a figure or a Latin letter in steps."""

_FEW = 3
"""Steps of a line that tell its usual one."""


def stray_marks(text: str) -> int:
    """Count marks that Japanese writing hardly holds outside of numbers and Latin words."""
    found = (each.group() for each in _STRAY.finditer(_NUMBERED.sub("", text)))
    foreign = sum(1 for _ in _FOREIGN.finditer(text))
    return sum(_STOPS.get(each, "") in text for each in found) + foreign


def lost_numbers(text: str) -> int:
    """Count places where a number must stand and none was read, and numbers without their comma."""
    text = "".join(text.split())
    return len(_UNNUMBERED.findall(text)) + len(_UNPOINTED.findall(text))


def address_slips(text: str) -> int:
    """Count what no address is written like: 岩平県, 3奇1号, 4十日38番, 若葉丁目."""
    text = "".join(text.split())
    nearly = _PREFECTURE.match(text) is None and _NEARLY.match(text) is not None
    return len(_SLIPS.findall(text)) + nearly


def twins(text: str) -> int:
    """Count characters that stand where their twin of another size does as well, as in 緑ヶ丘.

    A letter of its size stands nowhere else among kanji, so looks hardly tell which it is.
    """
    return sum(1 for _ in _TWIN.finditer(text))


def open_brackets(text: str) -> int:
    """Count brackets without their other half."""
    folded = _NUMBERED.sub("", text).translate({0x28: "（", 0x29: "）"})
    return sum(
        abs(folded.count(left) - folded.count(right))
        for left, right in zip(_OPEN, _CLOSED, strict=True)
    )


def gaps(text: str, places: Sequence[float]) -> int:
    """Count places within a line where a character has room and none was read, not even a space.

    Args:
        text: What was read.
        places: The middle of each character; empty where that is not known.
    """
    if len(places) != len(text):
        return 0
    spots = list(zip(text, places, strict=True))
    inked = [(_width(char), place) for char, place in spots if not char.isspace()]
    steps = [after - before for (one, before), (two, after) in pairwise(inked) if one == two == 1.0]
    if len(steps) < _FEW:
        return 0
    usual = median(steps)
    return sum(
        after - before > usual * ((_width(char) + _width(other)) / 2 + _room(char, other))
        for (char, before), (other, after) in pairwise(spots)
        if not char.isspace() and not other.isspace()
    )


def _width(char: str) -> float:
    return _NARROW if unicodedata.east_asian_width(char) in {"Na", "H", "N"} else 1.0


def _room(char: str, other: str) -> float:
    return _APART if _width(char) == _width(other) == 1.0 else _APART_BY_FIGURES
