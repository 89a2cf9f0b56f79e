"""The individual number (個人番号, マイナンバー), which a comment must not hold.

Nobody may keep another person's number outside the purposes the law lists (番号法 第20条), and a
comment is none of them. Its last digit is a check digit (番号法施行令 第8条, 平成26年総務省令
第85号 第5条). One random number of twelve digits in ten passes, so a hit is a reason to look,
never proof.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby

_LENGTH = 12
_ONE_FOR_ONE = re.compile("[\\s!-~、-〟ぁ-ゖァ-ヺ・ーヽヾ㐀-䶿一-鿿！-～]*")
"""Characters of which each stands for one at most that may be a digit, folded or not."""
_CORPORATE_LENGTH = 13
_KANJI = {kanji: str(digit) for digit, kanji in enumerate("〇一二三四五六七八九")} | {
    "零": "0",
    "○": "0",
    "◯": "0",
}
_DIGIT = re.compile(rf"[\d{''.join(_KANJI)}]")
_BETWEEN = r"[\s\u00ad\u200b-\u200d\u2060\ufeff\-‐‑‒–—―−─━ー_]{1,3}"
_RUN = re.compile(rf"[0-9]+(?:{_BETWEEN}[0-9]+)*")
_DOTTED = re.compile(r"(?<![0-9.・])[0-9]{4}([.・])[0-9]{4}\1[0-9]{4}(?![0-9.・])")
"""The card's grouping with dots; dots elsewhere are decimals, dates and addresses."""
_INTERNATIONAL = re.compile("81[0-9]{9,10}")
"""A Japanese telephone number behind its +; that of a mobile has twelve digits."""
_LOOK_BACK = 4
_NOT_A_NUMBER_BEFORE = ("+", "〒")
_LINE_BREAK = re.compile(r"[\r\n\v\f\u0085\u2028\u2029]")


def holds_individual_number(text: str) -> bool:
    """Say whether text holds twelve digits that pass as an individual number.

    The digits may be full-width or kanji and stand in groups with spaces or hyphens between,
    or in fours with dots.
    Left alone are: digits inside a longer number (法人番号, cards), corporate numbers however
    grouped, telephone numbers (``+81 …`` or a leading 0 with ten or eleven digits), ISO dates
    with what follows, and postal codes after 〒. Amounts with commas and times with colons are
    not joined. A bare number of twelve digits (an account, a time stamp) cannot be told apart.
    """
    if _ONE_FOR_ONE.fullmatch(text) and len(_DIGIT.findall(text)) < _LENGTH:
        return False  # nearly every text; folding it costs more than all else that is judged
    folded = unicodedata.normalize("NFKC", text)
    if len(folded) < _LENGTH or len(_DIGIT.findall(folded)) < _LENGTH:
        return False
    return any(
        _is_hit(run, plain[max(0, run.start() - _LOOK_BACK) : run.start()])
        for plain in _readings(folded)
        for run in _RUN.finditer(plain)
    ) or any(
        _passes(re.sub("[^0-9]", "", dotted.group()))
        for plain in _readings(folded)
        for dotted in _DOTTED.finditer(plain)
    )


def fields_with_number(fields: Mapping[str, str | None]) -> tuple[str, ...]:
    """Name the fields that hold an individual number.

    Args:
        fields: Free text by JSON pointer.

    Returns:
        Their pointers, in the order given.
    """
    return tuple(
        pointer
        for pointer, text in fields.items()
        if text is not None and holds_individual_number(text)
    )


def _readings(folded: str) -> Iterator[str]:
    """Give the text with its digits in ASCII: with kanji read as digits, and 一 read as a dash."""
    decimal = "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char for char in folded
    )
    yield "".join(_KANJI.get(char, char) for char in decimal)
    if "一" in decimal:
        yield decimal.replace("一", "-")


def _is_hit(run: re.Match[str], before: str) -> bool:
    written = run.group()
    groups = re.findall("[0-9]+", written)
    digits = "".join(groups)
    if len(digits) == _CORPORATE_LENGTH and _is_corporate_number(digits):
        return False
    if before.rstrip().endswith("+") and _INTERNATIONAL.fullmatch(digits):
        return False
    if any(_passes(group) for group in groups):
        return True
    broken = _LINE_BREAK.search(written) is not None
    if any(_passes(streak) for size, streak in _even_streaks(groups) if size > 1 or not broken):
        return True
    return (
        not broken
        and _passes(digits)
        and not before.rstrip().endswith(_NOT_A_NUMBER_BEFORE)
        and not _starts_with_date(groups)
        and not _starts_with_telephone(groups)
    )


def _even_streaks(groups: list[str]) -> Iterator[tuple[int, str]]:
    """Join neighbouring groups of one size: 4-4-4 is how the card prints it."""
    for size, streak in groupby(groups, key=len):
        yield size, "".join(streak)


def _starts_with_date(groups: list[str]) -> bool:
    if [len(group) for group in groups[:3]] != [4, 2, 2]:
        return False
    year, month, day = map(int, groups[:3])
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _starts_with_telephone(groups: list[str]) -> bool:
    return groups[0].startswith("0") and len("".join(groups[:3])) in (10, 11)


def _passes(digits: str) -> bool:
    if len(digits) != _LENGTH:
        return False
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11
    return int(digits[-1]) == (0 if rest <= 1 else 11 - rest)


def _is_corporate_number(digits: str) -> bool:
    """Check a 法人番号, which is public: its first digit guards the other twelve."""
    total = sum(
        int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits[1:]))
    )
    return int(digits[0]) == 9 - total % 9
