"""What an engine read, put right by what can stand in Japanese text."""

import re

from app.domain.text import until_stable

_KATAKANA = "ァ-ヺー"
_HIRAGANA = "ぁ-ゖ"
_CONTEXT = (
    # Between two katakana stands no kanji stroke, dash or Latin sign.
    (re.compile(rf"(?<=[{_KATAKANA}])[一\-－—―‐−](?=[{_KATAKANA}])"), "ー"),
    (re.compile(rf"(?<=[{_KATAKANA}])力(?=[{_KATAKANA}])"), "カ"),
    (re.compile(rf"(?<=[{_KATAKANA}])二(?=[{_KATAKANA}])"), "ニ"),
    (re.compile(rf"(?<=[{_KATAKANA}])口(?=[{_KATAKANA}])"), "ロ"),
    (re.compile(rf"(?<=[{_KATAKANA}])工(?=[{_KATAKANA}])"), "エ"),
    (re.compile(rf"(?<=[{_KATAKANA}])夕(?=[{_KATAKANA}])"), "タ"),
    (re.compile(rf"(?<=[{_KATAKANA}])八(?=[{_KATAKANA}])"), "ハ"),
    (re.compile(rf"(?<=[{_KATAKANA}])卜(?=[{_KATAKANA}])"), "ト"),
    (re.compile(rf"(?<![{_HIRAGANA}])り(?=[ァ-ヺ]{{2}})"), "リ"),
    (re.compile(rf"(?<=[{_KATAKANA}])り(?=[{_KATAKANA}])"), "リ"),
    (re.compile(rf"(?<=[{_HIRAGANA}])リ(?=[{_HIRAGANA}、。])"), "り"),
    (re.compile(r"[×✕](?=[ァ-ヺ]{2})"), "メ"),
    (re.compile(rf"(?<=[{_HIRAGANA}])ヘ(?=[{_HIRAGANA}一-龠])"), "へ"),
    # These look alike in both alphabets; the neighbour tells.
    (re.compile(rf"(?<![{_KATAKANA}])ベ(?=[{_HIRAGANA}])"), "べ"),
    (re.compile(rf"(?<![{_KATAKANA}])ペ(?=[{_HIRAGANA}])"), "ぺ"),
    (re.compile(rf"(?<=[{_KATAKANA}])べ|べ(?=[ァ-ヺ]ー)"), "ベ"),
    (re.compile(rf"(?<=[{_KATAKANA}])ぺ|ぺ(?=[{_KATAKANA}])"), "ペ"),
    (re.compile(rf"(?<=[{_HIRAGANA}])[<＜](?=[{_HIRAGANA}])"), "く"),
    (re.compile(rf"(?<=[{_HIRAGANA}])[0oO〇○]$"), "。"),
    (re.compile(r"(?<=でし)よ(?=う)|(?<=まし)よ(?=う)"), "ょ"),
    (re.compile(r"[•·]"), "・"),
    # Between two Latin letters stands no kanji stroke (Wi一Fi).
    (re.compile(r"(?<=[A-Za-z])[一ー—―](?=[A-Za-z])"), "-"),
)
"""What cannot stand where it was read, one character each, and what it was taken for."""

_AS_KATAKANA = str.maketrans("力二口工夕八卜一へり", "カニロエタハトーヘリ")
_LIKE_KATAKANA = re.compile(rf"[{_KATAKANA}力二口工夕八卜一へり]{{2,}}")
_BUILDING = re.compile(r"(?<=[0-9０-９号地番目\s])[力口工夕卜](?=[ァ-ヺ]{2})")
"""A kanji between a number and katakana begins the name of a building (25番8号工スポワール)."""

_KANJI = "一-龠々"
_AS_KANJI = str.maketrans("ロニカエタハトチー", "口二力工夕八卜千一")
_LONE = (
    # No surname begins with one katakana before kanji (エ藤, ニ宮), as given names do (エ美, カ子).
    re.compile(rf"^[ロニカエタハトチ](?=[{_KANJI}])"),
    # No word begins with a long vowel, nor with ニ, nor is one katakana a word by itself.
    re.compile(rf"(?<!\S)[ニー](?=[{_KANJI}])"),
    re.compile(rf"(?<=[{_KANJI}] )[ロニカエタハトチー]$"),
    # Kanji are followed by エ and ミ (文エ) or ノ, but not by these.
    re.compile(rf"(?<=[{_KANJI}])[ロニハ](?![{_KATAKANA}])"),
    re.compile(rf"(?<=[{_KANJI}])ー(?=\s|郎|$)"),
)
"""Katakana of a name of kanji that are kanji themselves."""

_EDGES = re.compile(rf"(?<=[{_KANJI}])(?:[IlＩ|｜\[\]]+(?=[{_KANJI}\s]|$)|1(?=\s|$))")
"""Upright strokes by themselves: what is left of the edge of a character, or stands beside it."""

_ORGANISATION = re.compile("[会部班組団社店校院園所課局第]|法人|株")
"""What may be numbered, or written with brackets and points."""

_BETWEEN = re.compile(rf"(?<=[{_KANJI}])[.．,，。](?=[{_KANJI}])")
"""A speck between two kanji of a name; ・ may be written there."""

_SPECKS = " .．・,，、。'‘’`"
_COMMAS = " ,，、"
_WORD = re.compile(r"\S+")

_POINTS = r"[ .．・･,，'‘’`]"
_NUMBERS = "0-9０-９一二三四五六七八九十"
_CODE = "(?=[0-9０-９]{3}[-－ー―−][0-9０-９]{4})"
_MENDED = (
    # What stands before a postal code is its mark.
    (re.compile(f"^[デテ亍示元平早干于TＴFＦエ=＝] ?{_CODE}"), "〒"),
    (re.compile("(?<=^〒[0-9]{2})[.．](?=[0-9]-[0-9]{4})"), ""),
    # 番 comes after 丁目, whose strokes fall apart on a coarse fax.
    (re.compile(r"(?<=[0-9０-９])[IＩ](?=[HＨ目][0-9０-９]+番)"), "丁"),
    (re.compile(r"(?<=[0-9０-９]丁)[HＨ](?=[0-9０-９]+番)"), "目"),
    # A street or a block has a number in front of it, not a dash.
    (re.compile(r"[ー\-－—―‐−](?=条|丁目)"), "一"),
    (re.compile(r"ニ(?=[一二三四五六七八九十]?(?:条|丁目|番))"), "二"),
    (re.compile(r"ハ(?=条|丁目|番)"), "八"),
    (re.compile(rf"(?<=[{_NUMBERS}])[」』\]｣](?=[目日自])"), "丁"),
    (re.compile(rf"(?<=[{_NUMBERS}]丁) ?[日曰自白口月Ⅱ] ?(?=[{_NUMBERS}]|$)"), "目"),
    (re.compile(rf"(?<=[{_NUMBERS}])[.．・][日曰目](?=[{_NUMBERS}])"), "丁目"),
    (re.compile(rf"(?<=[{_NUMBERS}]丁目)[目日曰](?=[{_NUMBERS}])"), ""),
    # No address ends in a point, and no number of a street or block has decimals; a fax has specks.
    # Between two numbers it stands for something, and they are never joined.
    (re.compile(rf"(?<![{_NUMBERS}])[：:;；](?=[{_NUMBERS}]+(?:丁目|条|番|号))"), ""),
    (re.compile(rf"(?<=[地号室目条番]){_POINTS}+$|^{_POINTS}+"), ""),
    (re.compile(r"(?<=[0-9０-９])[.．](?=[0-9０-９]+(?:丁目|条)|丁目|条|番|号)"), ""),
    (re.compile(r"(?<=[0-9０-９])春(?=[0-9０-９]+号)"), "番"),
    (re.compile(r"(?<=番地)0(?=[0-9])|(?<=番地)０(?=[０-９])"), "の"),
    (re.compile(r"(?<=[一-龠])个(?=[一-龠])"), "ケ"),
    (re.compile(r"[口ロコ][一ー\-－—―](?=ポ)"), "コー"),
    (re.compile(rf"(?<=[{_KATAKANA}]{{2}})一(?=[一-龠])(?!一?[条丁番号線])"), "ー"),
    (re.compile(r"(?<=[0-9０-９])[」』\]｣］Jj](?=[目日])"), "丁"),
    (re.compile(r"(?<=[0-9０-９]丁)日"), "目"),
    (re.compile(r"(?<=[0-9０-９])打(?=[0-9０-９])"), "条"),
    (re.compile(r"(?<=[0-9０-９])-[.．](?=[0-9０-９])"), "-"),
    # No dash leads from a number over a gap to the name of a building.
    (re.compile(rf"(?<=[0-9０-９]) [-－一ー—―](?=[ァ-ヺ][{_KATAKANA}])"), " "),
    (re.compile(rf"(?<=[0-9０-９]番地) ?[一ー—―](?=[ァ-ヺ][{_KATAKANA}])"), " "),
    (re.compile(r"(?<=[0-9０-９])[一ー—―](?=[0-9０-９])"), "-"),
    (re.compile(r"(?<=[0-9０-９]丁)[日口](?=[0-9０-９])"), "目"),
)
"""Sequences that cannot stand in an address, and the one they are misread from."""


def is_japanese(text: str) -> bool:
    """Say whether a character is written in Japan: it is in JIS X 0213 or in CP932."""
    for codec in ("euc_jis_2004", "cp932"):
        try:
            text.encode(codec)
        except UnicodeEncodeError:
            continue
        return True
    return False


def mended(text: str) -> tuple[str, tuple[int, ...]]:
    """Put right what cannot stand where it was read, whoever wrote it.

    Returns:
        A text of the same length, and the places where it differs.
    """
    whole = text
    for wrong, right in _CONTEXT:
        whole = wrong.sub(right, whole)
    places = (at for at, (old, new) in enumerate(zip(text, whole, strict=True)) if old != new)
    return whole, tuple(places)


def mended_name(text: str) -> str:
    """Put right a word of a name that mixes characters of the same shape (工リ for エリ).

    Only words of their own: within 田口ミカ nobody but the writer knows where the surname ends.
    No name begins with a point, or ends in a comma; specks do.
    """
    text = text.lstrip(_SPECKS).rstrip(_COMMAS)
    text = _WORD.sub(lambda word: _all_katakana(_all_hiragana(word.group())), text)
    if _ORGANISATION.search(text) is None:
        text = _BETWEEN.sub(" ", _EDGES.sub("", text))
    for lone in _LONE:
        text = lone.sub(lambda found: found.group().translate(_AS_KANJI), text)
    return text


def _all_hiragana(word: str) -> str:
    return re.sub(rf"(?<=[{_HIRAGANA}])リ$", "り", word)


def _all_katakana(word: str) -> str:
    # Lone strokes such as 一 and ト decide nothing; one unmistakable katakana does.
    if not re.search(r"[ァ-ヺ]", word) or not _LIKE_KATAKANA.fullmatch(word):
        return word
    return word.translate(_AS_KATAKANA)


def mended_address(text: str) -> str:
    """Put right what cannot stand in an address whatever was written (9」目 for 9丁目).

    Repeated until nothing changes, since what was put right is the neighbour of the next; no rule
    undoes another.
    """
    return until_stable(_mended_once, text)


def _mended_once(text: str) -> str:
    text = _BUILDING.sub(lambda found: found.group().translate(_AS_KATAKANA), text)
    for wrong, right in _MENDED:
        text = wrong.sub(right, text)
    return text
