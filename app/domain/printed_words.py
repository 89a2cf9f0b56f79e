"""Telling what a writer put into the cell of a form from what the form printed there."""

import re
from collections.abc import Sequence

from app.domain.comment_form import ADDRESS, NAME, OPINION, REPRESENTATIVE
from app.domain.field_labels import BODY_NAME, squeeze
from app.domain.label_values import says_nothing
from app.domain.text import is_missing

KANA_WORDS = "ふりがな|フリガナ|よみがな|ヨミガナ"
"""Words that ask for a name in kana as well."""

_KANA_ONLY = re.compile(r"[\u3040-\u30ff\s\u3000・ー]+$")
_NOTE = re.compile(
    r"[\s\u3000]*(?:[※*＊]|[（(](?![\s\u3000]*[0-9０-９一二三四五六七八九十]{1,3}[\s\u3000]*[）)]))"
)
"""A number in brackets begins what somebody lists."""

_ORDER = re.compile(
    r"ください|下さい|記入|記載|場合|お書き|必須|任意|箇条書き|簡潔|具体的|枠内|番号|○を|レ点"
)
_SET_OFF = re.compile(r"[\s\u3000]*(?:※|[（(][^（(）)]*[）)][。．.]?[\s\u3000]*$)")
_ORDER_TO_WRITE = re.compile(r"ご記[入人]|(?:お書き|記[入人]して)(?:ください|下さい)")
"""Among sentences a note must ask to fill in; writers ask for 記載 and refer to 別紙. A fax makes
人 of 入."""

_PLEASE = re.compile(
    r"(?:ご記入|お書き|お選び|○を?(?:お?つけて|付けて))(?:ください|下さい)[。．.]?[）)]?$"
)
"""So only a form speaks; a writer may well end with 記載してください."""

_PRINTED = re.compile(
    r"[\s\u3000〒\-－‐―ー一()（）.．・:：,、_＿/／@＠□○〇]*"
    r"(?:TEL|Tel|電話|FAX|Fax|E-?mail|印|㊞|様|年|月|日|市|区|町|歳)?"
    r"[\s\u3000〒\-－‐―ー一()（）.．・:：,、_＿/／@＠□○〇年月日印]*$"
)
_SEAL = re.compile(r"(?:[\s\u3000]+印|[\s\u3000]*㊞|[\s\u3000]*[（(]印[）)])$")
_POST_SIGN = re.compile(r"[〒TＴテデ干千丁〶デ〜\s\u3000\-－‐―ー一_]{1,6}$")
"""〒 with the dash of a postal code, and as what that is misread."""

_NAMES = frozenset({NAME, BODY_NAME, REPRESENTATIVE})


def written_in(name: str, label: str, lines: Sequence[str]) -> tuple[str, bool]:
    """Give what was written of the lines of a cell, and whether printed notes were left out."""
    kept = [each for each in lines if not is_missing(each)]
    dropped = False
    for end in (0, -1):
        while kept and (_is_note_in(name, kept[end], end) or is_printed(kept[end])):
            dropped = is_note(kept.pop(end)) or dropped
    if name == OPINION:
        return "\n".join(kept), dropped
    kept = [each for each in kept if not is_printed(each) and not says_nothing(each)]
    if name in _NAMES:
        kept = [_SEAL.sub("", each) for each in kept]
        asks_for_kana = re.search(KANA_WORDS, squeeze(label)) is not None
        if asks_for_kana and len(kept) > 1 and _KANA_ONLY.match(kept[0]):
            kept = kept[1:]
    if name == ADDRESS:
        kept = [each for each in kept if not _POST_SIGN.match(each)]
    return "\n".join(kept), dropped


def _is_note_in(name: str, line: str, end: int) -> bool:
    if name != OPINION:
        return is_note(line)
    # Forms print above where an opinion is written; what follows a word of it may be the writer's.
    asks = _SET_OFF.match(line) is not None and _ORDER_TO_WRITE.search(line) is not None
    return end == 0 and asks


def is_note(line: str) -> bool:
    """Say whether a line is the form's own instruction."""
    if _NOTE.match(line) is not None and _ORDER.search(line) is not None:
        return True
    return _PLEASE.search(line) is not None


def is_printed(line: str) -> bool:
    """Say whether a line is no more than the signs that forms print to write at: 〒, 印, ( )."""
    return _PRINTED.match(line) is not None
