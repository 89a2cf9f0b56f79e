"""What stands behind a label: whether it fits, and how far it goes."""

import re
from collections.abc import Sequence

from app.domain.comment_form import (
    ADDRESS,
    CATEGORY_CODE,
    CATEGORY_DETAIL,
    EMAIL,
    FAX,
    MEASURE,
    NAME,
    PHONE,
    REPRESENTATIVE,
)
from app.domain.field_labels import BODY_NAME, OTHER, Label, is_rule
from app.domain.text import is_missing

BLANKS = " \t\u3000\u00a0\r"
_QUOTE = re.compile(r"[ \t]*[>＞]")
_INSTRUCTION = re.compile(
    r"記入してください|ご記入|記載してください|ご記載|お書きください|記入例|選択してください|記入欄"
    r"|^[（(※][^）)]*(?:場合|必須|任意|記入|記載|番号を)[^）)]*[）)]?$|^[（(]?例[）)]?[:：]"
)
_PLACEHOLDER = re.compile(r"[\s\u3000○〇◯●＿_…・.．\-‐―ー*＊()（）「」\[\]【】:：,、/／]*$")
_ADDRESS_LIKE = re.compile(
    r"[0-9０-９一二三四五六七八九十百]|[都道府県市区町村郡]|丁目|番地|〒|北海道"
)
_ADDRESS_TAIL = re.compile(
    r"[0-9０-９]|丁目|番地|号室?|条|ビル|マンション|アパート|荘|ハイツ|方$|階"
)
_POSTAL_ONLY = re.compile(r"〒?[ \u3000]*[0-9０-９]{3}[-－ー‐−]?[0-9０-９]{4}$")
_CATEGORY_LIKE = re.compile(
    r"[0-9０-９①-⑳]|市内|住所|居住|在住|勤務|在勤|在学|通学|事務所|事業所|納税|利害|その他|個人|団体"
)
_PHONE_LIKE = re.compile(r"[0-9０-９]{2}")
_TICKED = re.compile(r"[ \t\u3000]*(?:[☑✓✔☒■●◉レ✅]|[\[［(（][xX✓✔レ○●][\]］)）])[ \t\u3000]*")
_UNTICKED = re.compile(r"[ \t\u3000]*(?:[☐□○◯〇]|[\[［(（][ \u3000]*[\]］)）])[ \t\u3000]*")
_CONTACT = re.compile(r"TEL|Tel|電話|https?:")
_MEASURE_END = re.compile(r"(?:案|計画|条例|[」』）)])$")
_DRAFT_END = re.compile(r"(?:案|[」』）)])$")
_PROSE = re.compile(r"です|ます|ない$")
_NOT_A_NAME = re.compile(r"[はがをにで]、|です|ます|ない$|こと$")
_NEVER = re.compile(r"(?!)")
_LOOKS = {
    ADDRESS: _ADDRESS_LIKE,
    CATEGORY_CODE: _CATEGORY_LIKE,
    PHONE: _PHONE_LIKE,
    FAX: _PHONE_LIKE,
    EMAIL: re.compile(r"[@＠]"),
}
_AVOIDS = {
    NAME: _NOT_A_NAME,
    BODY_NAME: _NOT_A_NAME,
    REPRESENTATIVE: _NOT_A_NAME,
    ADDRESS: _PROSE,
    MEASURE: re.compile(r"です$|ます$|ない$|^(?:は|が|を|に|の)"),
    CATEGORY_CODE: _NEVER,
    PHONE: _NEVER,
    FAX: _NEVER,
    EMAIL: _NEVER,
}
_MAX_LINES = 4
_MAX_CHOICES = 13
_LONGEST = {NAME: 60, BODY_NAME: 60, REPRESENTATIVE: 60, CATEGORY_CODE: 80}
_LONGEST_OTHER = 200
_LONGEST_CONTINUED = {ADDRESS: 40, MEASURE: 80, CATEGORY_DETAIL: 60}
_LONGEST_SKIPPED = 30
_SHORTEST_MEASURE = 4
_FEWEST_BOXES = 2


def is_quoted(line: str) -> bool:
    """Say whether a line was written by somebody else and only quoted."""
    return _QUOTE.match(line) is not None


def fits(name: str, value: str) -> bool:
    """Say whether a value looks like what its label announces; prose never does."""
    if "。" in value or len(value) > _LONGEST.get(name, _LONGEST_OTHER):
        return False
    if name in _LOOKS:
        return _LOOKS[name].search(value) is not None and not _AVOIDS[name].search(value)
    if name == MEASURE and len(value) < _SHORTEST_MEASURE:
        return False
    return name not in _AVOIDS or not _AVOIDS[name].search(value)


def says_nothing(value: str) -> bool:
    """Say whether a value is empty, a row of dots to write on, or the form's own instruction."""
    return is_missing(value) or bool(_PLACEHOLDER.match(value)) or bool(_INSTRUCTION.search(value))


def value_of(
    lines: Sequence[str], labels: Sequence[Label | None], at: int, label: Label
) -> tuple[str, int]:
    """Give a label's value and the line after it."""
    if label.field == CATEGORY_CODE:
        ticked = _ticked(lines, labels, at, label.value)
        if ticked is not None:
            return ticked
    value, end = label.value, at + 1
    if says_nothing(value):
        value, end = value_below(lines, labels, at, label)
    if not value:
        return "", at + 1
    collected = [value]
    while (
        end < len(lines)
        and labels[end] is None
        and len(collected) < _MAX_LINES
        and _continues(label.field, collected, lines[end])
    ):
        collected.append(lines[end].strip(BLANKS))
        end += 1
    return "\n".join(collected), end


def value_below(
    lines: Sequence[str], labels: Sequence[Label | None], at: int, label: Label
) -> tuple[str, int]:
    """Look for a value on the lines below its label."""
    for index in range(at + 1, min(at + 4, len(lines))):
        if labels[index] is not None or is_quoted(lines[index]):
            break
        value = lines[index].strip(BLANKS)
        if is_rule(lines[index]) or says_nothing(value):
            continue
        if label.field == OTHER:
            return ("", at + 1) if len(value) > _LONGEST_SKIPPED else (value, index + 1)
        if fits(label.field, value):
            return value, index + 1
        break
    return "", at + 1


def _continues(name: str, collected: Sequence[str], line: str) -> bool:
    """Say whether a line goes on with the value of the line before."""
    value, before = line.strip(BLANKS), collected[-1]
    if (
        not value
        or "。" in value
        or len(value) > _LONGEST_CONTINUED.get(name, 0)
        or is_quoted(line)
        or is_rule(line)
    ):
        return False
    indented = line[:1] in (" ", "\u3000", "\t")
    if name == ADDRESS:
        if _POSTAL_ONLY.match(before):
            return bool(_ADDRESS_LIKE.search(value))
        looks = indented or bool(_ADDRESS_TAIL.search(value))
        return looks and not _PROSE.search(value) and not _CONTACT.match(value)
    if name == MEASURE:
        joined = "".join(collected)
        opened = sum(map(joined.count, "「『（(【")) > sum(map(joined.count, "」』）)】"))
        closes = _MEASURE_END.search(value) is not None
        return opened or (closes and not _DRAFT_END.search(before))
    return indented


def _ticked(
    lines: Sequence[str], labels: Sequence[Label | None], at: int, first: str
) -> tuple[str, int] | None:
    """Read a list of choices with boxes; None where the category is not given that way."""
    choices: list[str] = []
    boxes, end = 0, at + 1
    for index in range(at, min(at + 1 + _MAX_CHOICES, len(lines))):
        line = first if index == at else lines[index]
        if _TICKED.match(line):
            choices.append(line[_end_of(_TICKED, line) :].strip(BLANKS))
        elif not _UNTICKED.match(line):
            if index == at or not line.strip(BLANKS):
                continue
            break
        boxes, end = boxes + 1, index + 1
    if boxes < _FEWEST_BOXES or any(
        labels[i] is not None and labels[i] != labels[at] and not _is_choice(lines[i])
        for i in range(at + 1, end)
    ):
        return None
    return "\n".join(choices), end


def _is_choice(line: str) -> bool:
    return bool(_TICKED.match(line) or _UNTICKED.match(line))


def _end_of(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return found.end() if found else 0
