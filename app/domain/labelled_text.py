"""Reads labelled fields out of running text, in any order.

Nothing is changed on the way: a value is what stands behind its label without the white space
around it, an opinion keeps every blank line. What cannot be told is left alone, so that a word of
the opinion is never taken for a field.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain.comment_form import (
    CATEGORY_CODE,
    CATEGORY_DETAIL,
    EMAIL,
    OPINION,
    PHONE,
    CommentForm,
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
from app.domain.found_fields import form_of_fields
from app.domain.label_values import (
    BLANKS,
    fits,
    is_quoted,
    says_nothing,
    value_below,
    value_of,
)
from app.domain.text import MAX_OPINION_CHARACTERS, is_missing

_HEADER_LINE = re.compile(
    r"[>＞\s*]*(差出人|送信者|送信元|送信日時|送信日|日時|日付|宛先|件名|From|To|Cc|CC|Sent|Date|Subject)"
    r"\*?[ \t\u3000]*[:：]",
)
_ORIGIN_LINE = re.compile(r"[>＞\s*]*(差出人|送信者|送信元|From)\*?[ \t\u3000]*[:：]")
_DETAIL_INSIDE = re.compile(
    r"^(?P<code>[^（(]{1,60})[（(](?:(?P<label>[^:：（）()]{1,24})[:：])?(?P<detail>[^（）()]+)[）)]$"
)
_SALUTATION = re.compile(
    r"[\s\u3000]*(?:以上(?:です|となります|、?よろしく.*)?|(?:どうぞ|何卒|以上、?)?"
    r"(?:よろしく|宜しく)お?願い?(?:いた|致|申し上げ)?[しま].*|敬具|拝啓|草々|前略|記"
    r"|(?:いつも)?お世話になって(?:おり|い)ます"
    r"|(?:意見書|意見|ファイル)を?(?:添付|送付|提出)(?:いた)?します"
    r"|.{0,30}(?:御中|担当者?様|担当課様?|課長?様|市長様?|ご担当者様?)"
    r"|意見書|.{0,30}(?:次|以下|下記)のとおり.{0,20})[。．.！!]?[\s\u3000]*$"
)
_LONGEST_LABELLED_LINE = 2 * MAX_OPINION_CHARACTERS  # many write an opinion in one line
_ITEMS = CORE_FIELDS - {BODY_NAME}
"""The items as the readings name them; a body's name is read as a name."""
_LABELLED_LINES = 50_000
"""Lines that are searched for labels; what is longer is no form but costs as much as one likes."""
_DIGITS_OF_AN_INDIVIDUAL_NUMBER = 12


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
    labels = labels_of(lines)
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
    """Say whether text carries an item of a comment form: what tells a comment from list mail.

    Telephone numbers and mail addresses stand below every newsletter and tell nothing.
    """
    if _ITEMS & set(read_labelled(text).readings):
        return True
    return any(
        label is not None and label.field == OPINION and label.strength >= Strength.PLAIN
        for label in labels_of(text.split("\n"))
    )


# -- labels ---------------------------------------------------------------------------------------


def labels_of(lines: Sequence[str]) -> list[Label | None]:
    """Give each line's label; quotations and forwarded headers have none."""
    headers = _forwarded_headers(lines)
    labels = [
        None
        if index >= _LABELLED_LINES
        or index in headers
        or is_quoted(line)
        or len(line) > _LONGEST_LABELLED_LINE
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
    if not label.value or not fits(label.field, label.value):
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
        value, end = value_of(lines, labels, at, label)
        found.labelled.update(range(at, end))
        _put(found, label.field, value)
        return end
    return at + 1


def _put(found: _Found, name: str, value: str) -> None:
    """Keep a value under its field, unless it says nothing."""
    if says_nothing(value) and name != INDIVIDUAL_NUMBER:
        return
    if name == CONTACT:
        name = EMAIL if "@" in value or "＠" in value else PHONE
    if name == INDIVIDUAL_NUMBER:
        if sum(char.isdigit() for char in value) >= _DIGITS_OF_AN_INDIVIDUAL_NUMBER:
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
            found.put(CATEGORY_CODE, inside["code"].strip(BLANKS))
            if CATEGORY_DETAIL not in found.values:
                found.put(CATEGORY_DETAIL, inside["detail"].strip(BLANKS))
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
    elif label is not None and not (label.value and says_nothing(label.value)):
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
    blank = written is None or not written.value or says_nothing(written.value)
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
    if not value or says_nothing(value):
        value, _ = value_below(lines, labels, at, label)
    if not value or not fits(label.field, value):
        return False
    if label.strength is Strength.PLAIN:
        return True
    # A bare word on its line ends the opinion only within a block of such items.
    return any(
        other is not None and other.field in CORE_FIELDS for other in labels[at + 1 : at + 5]
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
    said = text.rstrip(BLANKS + "\n")
    if not said:
        return ""
    tail = text[len(said) :].split("\n", 1)[0].rstrip("\r")
    start = len(said) - len(said.lstrip(BLANKS + "\n"))
    return said[said.rfind("\n", 0, start) + 1 :] + tail


# -- the form -------------------------------------------------------------------------------------


def _form(found: _Found, source: str) -> CommentForm:
    opinion = found.opinion[2] if found.opinion is not None else ""
    return form_of_fields({**found.values, OPINION: opinion}, found.findings, source=source)
