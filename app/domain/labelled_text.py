"""Reads labelled fields out of running text, in any order.

Nothing is changed on the way: a value is what stands behind its label without the white space
around it, an opinion keeps every blank line. What cannot be told is left alone, so that a word of
the opinion is never taken for a field.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain.comment_form import (
    ADDRESS,
    CATEGORY_CODE,
    CATEGORY_DETAIL,
    EMAIL,
    FAX,
    MEASURE,
    NAME,
    OPINION,
    PHONE,
    REPRESENTATIVE,
    CommentForm,
    Reading,
)
from app.domain.field_labels import (
    BODY_NAME,
    CONTACT,
    CORE_FIELDS,
    INDIVIDUAL_NUMBER,
    OTHER,
    Label,
    Strength,
    field_of,
    is_rule,
    label_at,
    split_inline,
)
from app.domain.findings import Finding
from app.domain.submitter import CategoryChoice, Submitter, SubmitterKind
from app.domain.text import is_missing

_BLANKS = " \t\u3000\u00a0\r"
_QUOTE = re.compile(r"[ \t]*[>＞]")
_HEADER_LINE = re.compile(
    r"[>＞\s*]*(差出人|送信者|送信元|送信日時|送信日|日時|日付|宛先|件名|From|To|Cc|CC|Sent|Date|Subject)"
    r"\*?[ \t\u3000]*[:：]",
)
_ORIGIN_LINE = re.compile(r"[>＞\s*]*(差出人|送信者|送信元|From)\*?[ \t\u3000]*[:：]")
_INSTRUCTION = re.compile(
    r"記入してください|ご記入|記載してください|ご記載|お書きください|記入例|選択してください|記入欄"
    r"|^[（(※][^）)]*(?:場合|必須|任意|記入|記載|番号を)[^）)]*[）)]?$|^[（(]?例[）)]?[:：]"
)
_PLACEHOLDER = re.compile(r"[\s\u3000○〇◯●＿_…・.．\-‐―ー*＊()（）「」\[\]【】:：,、/／]*$")
_ADDRESS_LIKE = re.compile(
    r"[0-9０-９一二三四五六七八九十百]|[都道府県市区町村郡]|丁目|番地|〒|北海道"
)
_ADDRESS_TAIL = re.compile(r"[0-9０-９]|丁目|番地|号室?|条|ビル|マンション|アパート|荘|ハイツ|方$|階")
_POSTAL_ONLY = re.compile(r"〒?[ \u3000]*[0-9０-９]{3}[-－ー‐−]?[0-9０-９]{4}$")
_CATEGORY_LIKE = re.compile(
    r"[0-9０-９①-⑳]|市内|住所|居住|在住|勤務|在勤|在学|通学|事務所|事業所|納税|利害|その他|個人|団体"
)
_PHONE_LIKE = re.compile(r"[0-9０-９]{2}")
_TICKED = re.compile(r"[ \t\u3000]*(?:[☑✓✔☒■●◉レ✅]|[\[［(（][xX✓✔レ○●][\]］)）])[ \t\u3000]*")
_UNTICKED = re.compile(r"[ \t\u3000]*(?:[☐□○◯〇]|[\[［(（][ \u3000]*[\]］)）])[ \t\u3000]*")
_DETAIL_INSIDE = re.compile(
    r"^(?P<code>[^（(]{1,60})[（(](?:(?P<label>[^:：（）()]{1,24})[:：])?(?P<detail>[^（）()]+)[）)]$"
)
_SALUTATION = re.compile(
    r"[\s\u3000]*(?:以上(?:です|となります|、?よろしく.*)?|(?:どうぞ|何卒|以上、?)?"
    r"(?:よろしく|宜しく)お?願い?(?:いた|致|申し上げ)?[しま].*|敬具|拝啓|草々|前略|記"
    r"|(?:いつも)?お世話になって(?:おり|い)ます|(?:意見書|意見|ファイル)を?(?:添付|送付|提出)(?:いた)?します"
    r"|.{0,30}(?:御中|担当者?様|担当課様?|課長?様|市長様?|ご担当者様?)"
    r"|.{0,30}(?:次|以下|下記)のとおり.{0,12}(?:提出|述べ|申し)?.{0,8})[。．.！!]?[\s\u3000]*$"
)
_MAX_LINES_OF_ADDRESS = 4


@dataclass(slots=True)
class _Found:
    """What has been collected so far; the first value of a field stays."""

    values: dict[str, str] = field(default_factory=dict[str, str])
    findings: list[Finding] = field(default_factory=list[Finding])
    opinion: tuple[int, int, str] | None = None
    labelled: set[int] = field(default_factory=set[int])

    def put(self, name: str, value: str) -> None:
        if name not in self.values:
            self.values[name] = value


def read_labelled(text: str, *, source: str = "text") -> CommentForm:
    """Read the fields of a comment out of running text.

    Args:
        text: What somebody wrote; line ends of any kind.
        source: What the readings name as their source.

    Returns:
        The fields that were labelled. Text without any label is an opinion as a whole.
    """
    lines = text.split("\n")
    labels = _labels(lines)
    if not any(label is not None for label in labels):
        return _form(_Found(opinion=(0, len(lines), _trimmed(text))), source)
    found = _Found()
    at = 0
    while at < len(lines):
        label = labels[at]
        if label is None:
            at += 1
        elif label.field == OPINION:
            at = _read_opinion(lines, labels, at, found)
        else:
            at = _read_field(lines, labels, at, found)
    if found.opinion is None:
        _take_remainder(lines, found)
    return _form(found, source)


def has_labels(text: str) -> bool:
    """Say whether text carries a label with a value: what tells a comment from list mail."""
    form = read_labelled(text)
    return any(pointer != OPINION for pointer in form.readings) or any(
        label is not None and label.field == OPINION and label.strength >= Strength.PLAIN
        for label in _labels(text.split("\n"))
    )


# -- labels ---------------------------------------------------------------------------------------


def _labels(lines: Sequence[str]) -> list[Label | None]:
    """Give each line's label; quotations and forwarded headers have none."""
    headers = _forwarded_headers(lines)
    labels = [
        None
        if index in headers or _QUOTE.match(line) or len(line) > 20_000
        else label_at(line.rstrip("\r"))
        for index, line in enumerate(lines)
    ]
    plain_opinion = any(
        label is not None and label.field == OPINION and label.strength > Strength.LOOSE
        for label in labels
    )
    return [_kept(label, plain_opinion=plain_opinion) for label in labels]


def _kept(label: Label | None, *, plain_opinion: bool) -> Label | None:
    """Drop what only looks like a label: a loose one whose value does not fit, a mere title."""
    if label is None or label.strength > Strength.LOOSE:
        return label
    if label.field == OPINION:
        return None if plain_opinion or label.value else label
    if not label.value or not _fits(label.field, label.value):
        return None
    return label


def _forwarded_headers(lines: Sequence[str]) -> frozenset[int]:
    """Find the lines of headers that a mail program copied into the text."""
    inside: set[int] = set()
    block: list[int] = []
    for index, line in enumerate([*lines, ""]):
        if _HEADER_LINE.match(line):
            block.append(index)
            continue
        if len(block) > 1 and any(_ORIGIN_LINE.match(lines[i]) for i in block):
            inside.update(block)
        block = []
    return frozenset(inside)


def _fits(name: str, value: str) -> bool:
    """Say whether a value looks like what its label announces; prose never does."""
    if "。" in value or len(value) > 200:
        return False
    if name in (NAME, BODY_NAME, REPRESENTATIVE):
        return len(value) <= 60 and not re.search(r"[はがをにで]、|です|ます|ない$|こと$", value)
    if name == ADDRESS:
        return bool(_ADDRESS_LIKE.search(value)) and not re.search(r"です|ます|ない$", value)
    if name == CATEGORY_CODE:
        return len(value) <= 80 and bool(_CATEGORY_LIKE.search(value))
    if name in (PHONE, FAX):
        return bool(_PHONE_LIKE.search(value))
    if name == EMAIL:
        return "@" in value or "＠" in value
    if name == MEASURE:
        return len(value) >= 4 and not re.search(r"です$|ます$|ない$|^(?:は|が|を|に|の)", value)
    return True


def _says_nothing(value: str) -> bool:
    """Say whether a value is empty, a row of dots to write on, or the form's own instruction."""
    return is_missing(value) or bool(_PLACEHOLDER.match(value)) or bool(_INSTRUCTION.search(value))


# -- fields ---------------------------------------------------------------------------------------


def _read_field(
    lines: Sequence[str], labels: Sequence[Label | None], at: int, found: _Found
) -> int:
    """Read the field labelled at a line; give the line to go on with."""
    pieces = split_inline(lines[at].rstrip("\r"))
    found.labelled.add(at)
    for index, piece in enumerate(pieces):
        label = labels[at] if index == 0 and len(pieces) == 1 else label_at(piece)
        if label is None:
            continue
        if label.field == OPINION:
            return _read_opinion(lines, labels, at, found, label)
        if index < len(pieces) - 1:
            _put(found, label.field, label.value)
            continue
        value, end = _value(lines, labels, at, label)
        found.labelled.update(range(at, end))
        _put(found, label.field, value)
        return end
    return at + 1


def _value(
    lines: Sequence[str], labels: Sequence[Label | None], at: int, label: Label
) -> tuple[str, int]:
    """Give a label's value and the line after it."""
    if label.field == CATEGORY_CODE:
        ticked = _ticked(lines, labels, at, label.value)
        if ticked is not None:
            return ticked
    value, end = label.value, at + 1
    if _says_nothing(value):
        value, end = _value_below(lines, labels, at, label)
    if not value:
        return "", at + 1
    collected = [value]
    while (
        end < len(lines)
        and labels[end] is None
        and len(collected) < _MAX_LINES_OF_ADDRESS
        and _continues(label.field, collected, lines[end])
    ):
        collected.append(lines[end].strip(_BLANKS))
        end += 1
    return "\n".join(collected), end


def _value_below(
    lines: Sequence[str], labels: Sequence[Label | None], at: int, label: Label
) -> tuple[str, int]:
    """Look for a value on the lines below its label."""
    for index in range(at + 1, min(at + 4, len(lines))):
        if labels[index] is not None or _QUOTE.match(lines[index]):
            break
        value = lines[index].strip(_BLANKS)
        if is_rule(lines[index]) or _says_nothing(value):
            continue
        if label.field == OTHER:
            return ("", at + 1) if len(value) > 30 else (value, index + 1)
        if _fits(label.field, value):
            return value, index + 1
        break
    return "", at + 1


def _continues(name: str, collected: Sequence[str], line: str) -> bool:
    """Say whether a line goes on with the value of the line before."""
    value, before = line.strip(_BLANKS), collected[-1]
    if not value or "。" in value or _QUOTE.match(line) or is_rule(line) or len(value) > 80:
        return False
    if name == ADDRESS:
        if _POSTAL_ONLY.match(before):
            return bool(_ADDRESS_LIKE.search(value))
        indented = line[:1] in (" ", "\u3000", "\t")
        return len(value) <= 40 and _fits(ADDRESS, "1" + value) and (
            indented or bool(_ADDRESS_TAIL.search(value))
        ) and not value.startswith(("TEL", "Tel", "電話", "http"))
    if name == MEASURE:
        joined = "".join(collected)
        opened = sum(map(joined.count, "「『（(【")) > sum(map(joined.count, "」』）)】"))
        closes = re.search(r"(?:案|計画|条例|[」』）)])$", value) is not None
        ended = re.search(r"(?:案|[」』）)])$", before) is not None
        return opened or (closes and not ended and len(value) <= 60)
    if name == CATEGORY_DETAIL:
        return line[:1] in (" ", "\u3000", "\t") and len(value) <= 60
    return False


def _ticked(
    lines: Sequence[str], labels: Sequence[Label | None], at: int, first: str
) -> tuple[str, int] | None:
    """Read a list of choices with boxes; None where the category is not given that way."""
    choices: list[str] = []
    boxes, end = 0, at + 1
    for index in range(at, min(at + 14, len(lines))):
        line = first if index == at else lines[index]
        if _TICKED.match(line):
            choices.append(line[_end_of(_TICKED, line) :].strip(_BLANKS))
        elif not _UNTICKED.match(line):
            if index == at or not line.strip(_BLANKS):
                continue
            break
        boxes, end = boxes + 1, index + 1
    if boxes < 2 or any(
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


def _put(found: _Found, name: str, value: str) -> None:
    """Keep a value under its field, unless it says nothing."""
    if _says_nothing(value) and name != INDIVIDUAL_NUMBER:
        return
    if name == CONTACT:
        name = EMAIL if "@" in value or "＠" in value else PHONE
    if name == INDIVIDUAL_NUMBER:
        if sum(char.isdigit() for char in value) >= 12:
            found.findings.append(Finding(code="individual_number_present"))
    elif name == CATEGORY_CODE:
        _put_category(found, value)
    elif name == CATEGORY_DETAIL and CATEGORY_DETAIL in found.values:
        found.values[CATEGORY_DETAIL] += "\n" + value
    elif name != OTHER:
        found.put(name, value)


def _put_category(found: _Found, value: str) -> None:
    if "\n" in value:  # several boxes are ticked: a person has to choose
        found.findings.append(Finding(code="choice_ambiguous", field=CATEGORY_CODE))
        return
    inside = _DETAIL_INSIDE.match(value)
    if inside is not None:
        named = field_of(inside["label"]) if inside["label"] else None
        if (named is not None and named[0] == CATEGORY_DETAIL) or (
            not inside["label"] and re.fullmatch(r"[0-9０-９①-⑳]{1,2}[ \u3000]*", inside["code"])
        ):
            found.put(CATEGORY_CODE, inside["code"].strip(_BLANKS))
            if CATEGORY_DETAIL not in found.values:
                found.put(CATEGORY_DETAIL, inside["detail"].strip(_BLANKS))
            return
    found.put(CATEGORY_CODE, value)


# -- the opinion ----------------------------------------------------------------------------------


def _read_opinion(
    lines: Sequence[str],
    labels: Sequence[Label | None],
    at: int,
    found: _Found,
    label: Label | None = None,
) -> int:
    """Read the opinion labelled at a line; give the line to go on with."""
    label = label or labels[at]
    end = _opinion_end(lines, labels, at, found)
    found.labelled.update(range(at, end))
    first: list[str] = []
    if label is not None and label.numbered:
        first = [lines[at]]  # 意見1 and 意見2: without its number the first would lose its place
    elif label is not None and not (label.value and _says_nothing(label.value)):
        first = [label.value] if label.value else []
    below = lines[at + 1 : end]
    opinion = _trimmed("\n".join([*first, *below]))
    if found.opinion is not None and not is_missing(found.opinion[2]):
        if not is_missing(opinion):
            opinion = f"{found.opinion[2]}\n\n{opinion}"
        else:
            opinion = found.opinion[2]
    found.opinion = (at, end, opinion)
    return end


def _opinion_end(
    lines: Sequence[str], labels: Sequence[Label | None], at: int, found: _Found
) -> int:
    """Find where an opinion ends: at a plain label of an item that has not been given yet."""
    written = labels[at]
    blank = written is None or not written.value or _says_nothing(written.value)
    for index in range(at + 1, len(lines)):
        label = labels[index]
        if label is None:
            blank = blank and is_missing(lines[index])
        elif label.field == OPINION:
            if blank and label.strength >= Strength.ALONE:
                return index  # 意見 as a heading above 意見の内容：
            blank = False
        elif _ends_opinion(lines, labels, index, found, blank=blank):
            return index
        else:
            blank = False
    return len(lines)


def _ends_opinion(
    lines: Sequence[str],
    labels: Sequence[Label | None],
    at: int,
    found: _Found,
    *,
    blank: bool,
) -> bool:
    label = labels[at]
    if label is None or label.field not in CORE_FIELDS or label.field in found.values:
        return False
    if blank:  # nothing of the opinion was written yet, so it stands elsewhere
        return label.strength >= Strength.ALONE
    if label.strength < Strength.ALONE:
        return False
    inline = split_inline(lines[at].rstrip("\r"))
    first = label_at(inline[0]) if len(inline) > 1 else label
    value = first.value if first is not None else ""
    if not value or _says_nothing(value):
        value, _ = _value_below(lines, labels, at, label)
    if not value or not _fits(label.field, value):
        return False
    if label.strength is Strength.PLAIN:
        return True
    # A bare word on its line ends the opinion only within a block of such items.
    return any(
        other is not None and other.field in CORE_FIELDS
        for other in labels[at + 1 : at + 5]
    )


def _take_remainder(lines: Sequence[str], found: _Found) -> None:
    """Take what carries no label as the opinion, and let a person confirm it."""
    last = max(found.labelled, default=-1)
    first = min(found.labelled, default=len(lines))
    for part in (lines[last + 1 :], lines[:first]):
        said = [line for line in part if not _SALUTATION.match(line) and not is_rule(line)]
        if any(not is_missing(line) for line in said):
            found.opinion = (0, len(lines), _trimmed("\n".join(part)))
            found.findings.append(Finding(code="low_confidence", field=OPINION))
            return


def _trimmed(text: str) -> str:
    """Take away blank lines around a text; its own lines stay as they are."""
    text = re.sub(r"\A(?:[ \t\u3000\r]*\n)+", "", text)
    text = re.sub(r"(?:\n[ \t\u3000\r]*)+\Z", "", text)
    return "" if text.strip(_BLANKS + "\n") == "" else text


# -- the form -------------------------------------------------------------------------------------


def _form(found: _Found, source: str) -> CommentForm:
    values = found.values
    name, representative = values.get(NAME), values.get(REPRESENTATIVE)
    kind = SubmitterKind.INDIVIDUAL
    if BODY_NAME in values or representative is not None:
        kind = SubmitterKind.ORGANIZATION
    if BODY_NAME in values:
        if representative is None:
            representative = name  # a body's paper names its representative as 氏名
        name = values[BODY_NAME]
    opinion = found.opinion[2] if found.opinion is not None else ""
    said = {
        NAME: name,
        ADDRESS: values.get(ADDRESS),
        REPRESENTATIVE: representative,
        CATEGORY_CODE: values.get(CATEGORY_CODE),
        CATEGORY_DETAIL: values.get(CATEGORY_DETAIL),
        EMAIL: values.get(EMAIL),
        PHONE: values.get(PHONE),
        FAX: values.get(FAX),
        MEASURE: values.get(MEASURE),
        OPINION: opinion or None,
    }
    return CommentForm(
        submitter=Submitter(
            kind=kind,
            name=name,
            address=said[ADDRESS],
            representative=representative,
            category=CategoryChoice(code=said[CATEGORY_CODE], detail=said[CATEGORY_DETAIL]),
            email=said[EMAIL],
            phone=said[PHONE],
            fax=said[FAX],
        ),
        measure_written=said[MEASURE],
        opinion=opinion,
        readings={
            pointer: Reading(value=value, source=source)
            for pointer, value in said.items()
            if value is not None
        },
        findings=tuple(found.findings),
    )
