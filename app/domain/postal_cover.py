"""Envelopes (封筒) that were scanned with what was in them, told by what is written on them.

The office is the one who is written to: its address is never the writer's. The measure's name is
asked for on the envelope by several cities, and the postmark is nowhere else.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.field_labels import OTHER, label_at


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalCover:
    """What an envelope says.

    Attributes:
        lines: Its lines; one of them may name the measure.
        postmark: The date in its postmark as read; None where none was.
        enclosing: Whether it says what is in it, or who may open it; no letter does.
    """

    lines: tuple[str, ...]
    postmark: str | None = None
    enclosing: bool = False


_MOST_LETTERS = 220
_LONGEST_LINE = 45
_ADDRESSEE = re.compile(
    r"(?:役所|役場|市長|町長|村長|[部局課係室]|センター|事務局|委員会|募集|担当)"
    r"[^\n。]{0,25}(?:御中|行き?|宛て?|あて|様)[\s\u3000]*$"
)
_AN_OFFICE = re.compile(r"(?:御中|行き?|宛て?|あて)[\s\u3000]*$")
_ITS_HEAD = re.compile(r"[市町村]長")
"""A letter is to the mayor, 様 or あて; that alone makes no envelope."""

_ENCLOSED = re.compile(r"(?:意見書?|コメント|書類|申込書)[\s\u3000]*在中|親展")
_GREETING = re.compile(r"拝啓|前略|敬具|お世話になって|次のとおり|下記のとおり|提出します")
_OTHER_SHEET = re.compile(r"送付状|送信票|送信状|送付票|FAX|ＦＡＸ|ファ[ック]")
_POSTAL_CODE = re.compile(r"〒|(?<![0-9])[0-9]{3}[- ]?[0-9]{4}(?![0-9])")
_ADDRESS = re.compile(r"[都道府県市区町村郡].*[0-9一二三四五六七八九十]|丁目|番地?|[0-9]号")
_WRITTEN_DATE = re.compile(
    r"(?:[0-9元]|令和|平成)[ ]?[0-9元]*[ ]?年[ ]?[0-9]{1,2}[ ]?月|[0-9]月[ ]?[0-9]"
)
_LONGEST_NAME = 20
_SENTENCE = re.compile(
    r"[、。！？!?]|[いるすくぐうつむぶぬただかねよ][\s\u3000]*$"
    r"|(?:賛成|反対|希望|要望|べき)[\s\u3000]*$|を(?!.*会[\s\u3000]*$)"
)
"""How what is said ends; a name in kana that ends so costs no more than an envelope unseen."""

_POINTED = r"([0-9]{1,2}|20[0-9]{2})[.,・] ?([0-9]{1,2})[.,・] ?([0-9]{1,2})"
_POSTMARK = re.compile(f"(?<![0-9.a-z\\-])(?<!令和)(?<!平成){_POINTED}(?![0-9.\\-])")
_POSTMARK_ALONE = re.compile(
    f"{_POINTED}|([0-9]{{1,2}}|20[0-9]{{2}})-([0-9]{{1,2}})-([0-9]{{1,2}})"
)
"""Machines stamp points or dashes, never 年 or an era; dashes amid other words are an address."""

_REIWA = 2018
_LAST_YEAR_OF_AN_ERA = 40


def postal_cover(text: str) -> PostalCover | None:
    """Say what an envelope says; None where a text is not that of an envelope.

    Args:
        text: What was read of a page.
    """
    lines = tuple(line.strip() for line in text.split("\n") if line.strip())
    letters = len("".join(lines))
    if not lines or letters > _MOST_LETTERS or "。" in text or _GREETING.search(text):
        return None
    if any(len(line) > _LONGEST_LINE for line in lines) or _OTHER_SHEET.search(text):
        return None
    if _has_labels(lines):
        return None
    if not all(_may_stand_on_it(line) for line in lines):
        return None
    addressees = [line for line in lines if _ADDRESSEE.search(line)]
    enclosed = any(_ENCLOSED.search(line) for line in lines)
    posted = _POSTAL_CODE.search(unicodedata.normalize("NFKC", text)) is not None
    to_an_office = any(_AN_OFFICE.search(e) and not _ITS_HEAD.search(e) for e in addressees)
    if not (addressees and (enclosed or (posted and to_an_office))):
        return None
    return PostalCover(lines=lines, postmark=_postmark(lines), enclosing=enclosed)


def _may_stand_on_it(line: str) -> bool:
    """Say whether a line is one of an envelope: an office, an address, a name, a stamp."""
    plain = unicodedata.normalize("NFKC", line)
    if _SENTENCE.search(plain) or _WRITTEN_DATE.search(plain):
        return False
    if len(plain) <= _LONGEST_NAME or _ADDRESSEE.search(line) or _ENCLOSED.search(line):
        return True
    return _ADDRESS.search(plain) is not None or _POSTAL_CODE.search(plain) is not None


def _has_labels(lines: Sequence[str]) -> bool:
    labels = (label_at(line) for line in lines)
    return any(label is not None and label.field != OTHER for label in labels)


def _postmark(lines: Sequence[str]) -> str | None:
    """Find the date of a postmark: 8.11.20, by the years of the era or by the common ones."""
    for line in lines:
        plain = unicodedata.normalize("NFKC", line).casefold()
        # Spaces within it are the reader's: 8.1 1.20 is 8.11.20.
        found = _POSTMARK_ALONE.fullmatch("".join(plain.split())) or _POSTMARK.search(plain)
        if found is None:
            continue
        year, month, day = (int(each) for each in found.groups() if each is not None)
        if year < _LAST_YEAR_OF_AN_ERA:
            year += _REIWA
        try:
            date(year, month, day)
        except ValueError:
            continue
        return found.group().strip()
    return None
