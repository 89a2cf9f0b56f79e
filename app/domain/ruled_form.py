"""What the cells of a ruled form mean: which one labels which other, and what is written there.

A value is what stands in its own cell. What the form printed there (a note, 〒, 印, the choices of
a question) is no part of it, and an empty cell gives nothing. Nothing here knows of pictures.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.domain.comment_form import (
    ADDRESS,
    CATEGORY_CODE,
    CATEGORY_DETAIL,
    EMAIL,
    FAX,
    NAME,
    OPINION,
    PHONE,
    Box,
    CommentForm,
)
from app.domain.field_labels import (
    BODY_NAME,
    CONTACT,
    INDIVIDUAL_NUMBER,
    OTHER,
    Strength,
    field_of,
    label_at,
)
from app.domain.findings import Finding
from app.domain.found_fields import form_of_fields
from app.domain.labelled_text import labels_of, read_labelled
from app.domain.printed_words import KANA_WORDS, is_note, is_printed, written_in
from app.domain.text import is_missing


class Mark(StrEnum):
    """Whether one of several printed choices is marked."""

    MARKED = "marked"
    BLANK = "blank"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A printed choice.

    Attributes:
        text: Its words.
        mark: Whether its box is ticked or its number ringed.
    """

    text: str
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCell:
    """A cell of a ruled form.

    Attributes:
        box: Where it is, as fractions of the page made straight.
        shown: Where it is, as fractions of the page as people see it.
        lines: What was read in it.
        choices: What is printed in it to choose from, where boxes or rings tell that.
    """

    box: Box
    shown: Box
    lines: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()

    @property
    def text(self) -> str:
        """Its lines one below the other."""
        return "\n".join(self.lines)


_LONGEST_LABEL = 45
_LONGEST_HEADING = 12
_NEAR = 0.012
"""Part of the page by which neighbouring cells are apart at most: the width of a rule."""

_OVERLAP = 0.6
_KANA = "ふりがなフリガナよみがな"
_PRINTED_CHOICE = re.compile(
    r"(?:^|[\s\u3000・･/／、])(?:[(（]?[1-9１-９①-⑨]|[□○〇☐☑■口ロ][^口])|[①-⑨]|[・･/／]"
)
"""What stands before or between printed choices."""
_FEWEST_CHOICES = 2
_OF_THE_OFFICE = (ADDRESS, PHONE, FAX, EMAIL)
"""Outside of the cells these are hardly ever the writer's."""
_DIGITS_OF_AN_INDIVIDUAL_NUMBER = 12


def is_ruled_form(cells: Sequence[FormCell]) -> bool:
    """Say whether cells are those of a form: at least two of them are labels."""
    labels = [each for each in map(_label_of, cells) if each is not None]
    inside = [each for each in cells if _label_of(each) is None and _begins_with_label(each)]
    return len(labels) + len(inside) >= 2  # noqa: PLR2004 - one may be chance


def read_ruled(
    cells: Sequence[FormCell], around: str, *, source: str = "ocr", page: int | None = None
) -> CommentForm:
    """Take from a ruled form what is written in it.

    Args:
        cells: Its cells, from above.
        around: What stands outside of them.
        source: What the readings name as their source.
        page: The page it is on.

    Returns:
        The fields; what no label claims is no field.
    """
    found = _Found()
    claimed = _paired(cells, found)
    rest: list[str] = []
    for index, cell in enumerate(cells):
        if index not in claimed and not _is_heading(cell):
            _read_inside(cell, found, rest)
    _read_around(around, found, rest)
    return form_of_fields(found.values, found.findings, source=source, boxes=found.boxes, page=page)


def joined_pages(form: CommentForm, more: CommentForm) -> CommentForm:
    """Join a form with its further page: what is missing is taken from there, opinions go on."""
    values = {pointer: each.value for pointer, each in more.readings.items()}
    values |= {pointer: each.value for pointer, each in form.readings.items()}
    opinion = "\n".join(filter(None, [form.opinion, more.opinion]))
    whole = form_of_fields(
        {**values, OPINION: opinion}, (*form.findings, *more.findings), source="ocr"
    )
    readings = {
        pointer: replace(
            form.readings.get(pointer) or more.readings.get(pointer) or each, value=each.value
        )
        for pointer, each in whole.readings.items()
    }
    return replace(whole, readings=readings)


@dataclass(slots=True)
class _Found:
    """What was found; the first value of a field stays.

    ``asked`` are the fields that have a cell, which may be empty.
    """

    values: dict[str, str] = field(default_factory=dict[str, str])
    boxes: dict[str, Box] = field(default_factory=dict[str, Box])
    findings: list[Finding] = field(default_factory=list[Finding])
    asked: set[str] = field(default_factory=set[str])
    has_opinion_cell: bool = False

    def put(self, pointer: str, value: str, box: Box | None = None) -> None:
        if pointer in self.values or is_missing(value):
            return
        self.values[pointer] = value
        if box is not None:
            self.boxes[pointer] = box


# -- labels ---------------------------------------------------------------------------------------


def _label_of(cell: FormCell) -> str | None:
    """Say which field a cell labels; None where it is no label."""
    if cell.choices or not cell.lines:
        return None
    words = [each for each in cell.lines if not is_note(each)]
    for written in ("".join(words), "".join(cell.lines)):
        bare = "".join(written.split()).replace("\u3000", "")
        if not bare or len(bare) > _LONGEST_LABEL:
            continue
        bare = re.sub(r"^[0-9０-９①-⑳]+[.．、]?", "", bare).strip("〒【】[]［］「」『』:：・●■○□◎")
        named = field_of(bare) or field_of(re.sub(f"[（(]?(?:{KANA_WORDS})[)）]?", "", bare))
        if named is not None:
            return named[0]
    return None


def _is_heading(cell: FormCell) -> bool:
    """Say whether a cell heads a section: 意見提出者, its letters one below the other."""
    short = len("".join(cell.lines)) <= _LONGEST_HEADING and "。" not in cell.text
    return short and not _begins_with_label(cell)


def _begins_with_label(cell: FormCell) -> bool:
    if not cell.lines:
        return False
    label = label_at(cell.lines[0])
    return label is not None and label.field != OTHER and label.strength > Strength.LOOSE


def _paired(cells: Sequence[FormCell], found: _Found) -> set[int]:
    """Give every label its value; gives the cells that are spoken for."""
    labels = {index: name for index, each in enumerate(cells) if (name := _label_of(each))}
    claimed = set(labels)
    own = {index for index, each in enumerate(cells) if _begins_with_label(each)} - claimed
    found.asked.update(labels.values())
    for index, name in labels.items():
        values = _values_of(index, cells, labels, claimed | own)
        if name == OPINION and values:
            found.has_opinion_cell = True
        if values:
            claimed.update(values)
            _put(found, name, cells[index], [cells[each] for each in values])
    return claimed


def _values_of(
    at: int, cells: Sequence[FormCell], labels: Mapping[int, str], claimed: set[int]
) -> list[int]:
    """Find the cells that a label speaks of: beside it, else below it."""
    beside = [
        index
        for index, each in enumerate(cells)
        if index != at and _is_beside(cells[at].box, each.box)
    ]
    free = [index for index in beside if index not in claimed]
    if free and len(free) == len(beside):
        return free
    below = [
        index
        for index, each in enumerate(cells)
        if index != at and _is_below(cells[at].box, each.box)
    ]
    if len(below) != 1 or below[0] in claimed:
        return []
    return [below[0], *_going_on(below[0], cells, labels, claimed)]


def _going_on(
    at: int, cells: Sequence[FormCell], labels: Mapping[int, str], claimed: set[int]
) -> list[int]:
    """Follow a cell down as long as the ones below are as wide: rules to write on."""
    following: list[int] = []
    current = at
    while True:
        below = [
            index
            for index, each in enumerate(cells)
            if index not in (at, *following)
            and index not in claimed
            and index not in labels
            and _is_below(cells[current].box, each.box)
            and _is_as_wide(cells[current].box, each.box)
        ]
        if len(below) != 1:
            return following
        current = below[0]
        following.append(current)


def _is_beside(label: Box, other: Box) -> bool:
    """Say whether a cell begins where a label ends, within its height."""
    shared = min(label[3], other[3]) - max(label[1], other[1])
    lower = other[3] - other[1]
    return abs(other[0] - label[2]) <= _NEAR and shared >= _OVERLAP * lower


def _is_below(label: Box, other: Box) -> bool:
    shared = min(label[2], other[2]) - max(label[0], other[0])
    narrower = min(label[2] - label[0], other[2] - other[0])
    # A row may be lower than what counts as near: no cell is below itself.
    begins_lower = other[1] >= (label[1] + label[3]) / 2
    return begins_lower and abs(other[1] - label[3]) <= _NEAR and shared >= _OVERLAP * narrower


def _is_as_wide(one: Box, other: Box) -> bool:
    return abs(one[0] - other[0]) <= _NEAR and abs(one[2] - other[2]) <= _NEAR


# -- values ---------------------------------------------------------------------------------------


def _put(found: _Found, name: str, label: FormCell, values: Sequence[FormCell]) -> None:
    """Keep what is written in the cells of a label."""
    box = _around([each.shown for each in values])
    choices = [choice for each in values for choice in each.choices]
    lines = [line for each in values for line in each.lines]
    if name == CATEGORY_CODE:
        _put_category(found, choices, lines, box)
        return
    if choices and name == CATEGORY_DETAIL:
        lines = [each.text for each in choices if each.mark is Mark.MARKED]
    value, dropped = written_in(name, label.text, lines)
    if dropped:
        pointer = NAME if name == BODY_NAME else name
        if pointer.startswith("/"):
            found.findings.append(Finding(code="printed_words_left_out", field=pointer))
    if name == CONTACT:
        name = EMAIL if "@" in value or "＠" in value else PHONE
    if name == INDIVIDUAL_NUMBER:
        if sum(char.isdigit() for char in value) >= _DIGITS_OF_AN_INDIVIDUAL_NUMBER:
            found.findings.append(Finding(code="individual_number_present"))
    elif name != OTHER:
        found.put(name, value, box)


def _put_category(
    found: _Found, choices: Sequence[Choice], lines: Sequence[str], box: Box | None
) -> None:
    """Take the one choice that is marked; with any doubt a person chooses."""
    marked = [each.text for each in choices if each.mark is Mark.MARKED]
    doubtful = any(each.mark is Mark.DOUBTFUL for each in choices)
    if choices:
        sure = len(choices) >= _FEWEST_CHOICES and len(marked) == 1 and not doubtful
        if sure and not is_missing(marked[0]):
            found.put(CATEGORY_CODE, marked[0], box)
        else:
            found.findings.append(Finding(code="choice_ambiguous", field=CATEGORY_CODE))
        return
    value, _ = written_in(CATEGORY_CODE, "", lines)
    written = [each for each in value.split("\n") if not is_missing(each)]
    printed = sum(len(_PRINTED_CHOICE.findall(each)) for each in lines)
    if len(written) > 1 or printed >= _FEWEST_CHOICES:
        # Choices are printed and none is seen to be marked: the mark may have been missed.
        found.findings.append(Finding(code="choice_ambiguous", field=CATEGORY_CODE))
        return
    found.put(CATEGORY_CODE, value, box)


def _read_inside(cell: FormCell, found: _Found, rest: list[str]) -> None:
    """Read a cell that bears its label itself, above what is written."""
    label = label_at(cell.lines[0]) if cell.lines else None
    if label is None or label.field == OTHER:
        if cell.lines and label is None:
            rest.append(cell.text)
        return
    if sum(each is not None for each in labels_of(cell.lines)) > 1 and label.field != OPINION:
        for pointer, reading in read_labelled(cell.text).readings.items():
            if pointer != OPINION:
                found.put(pointer, reading.value, cell.shown)
        return
    found.asked.add(label.field)
    lines = [*([label.value] if label.value else []), *cell.lines[1:]]
    if label.field == OPINION:
        found.has_opinion_cell = True
    head = replace(cell, lines=cell.lines[:1], choices=())
    _put(found, label.field, head, [replace(cell, lines=tuple(lines))])


# -- around the table -----------------------------------------------------------------------------


def _read_around(around: str, found: _Found, rest: list[str]) -> None:
    """Take what is labelled outside of the cells; running text there may be the opinion."""
    lines = around.split("\n")
    labelled = any(label is not None for label in labels_of(lines))
    outside = read_labelled(around) if labelled else CommentForm()
    for pointer, reading in outside.readings.items():
        # A form prints there where it is to be sent: that is no answer to what a cell asks.
        if pointer not in (OPINION, *_OF_THE_OFFICE, *found.asked):
            found.put(pointer, reading.value)
    if found.has_opinion_cell or OPINION in found.values:
        return
    # Titles and notes are no opinion, sentences may be.
    said = outside.opinion.split("\n") if outside.opinion else lines
    if outside.opinion and not any(each.field == OPINION for each in outside.findings):
        found.put(OPINION, "\n".join(said))
        return
    rest += [each for each in said if "。" in each]
    left = [each for each in rest if not is_printed(each)]
    if left:
        found.put(OPINION, "\n".join(left))
        found.findings.append(Finding(code="low_confidence", field=OPINION))


def _around(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    return (
        min(each[0] for each in boxes),
        min(each[1] for each in boxes),
        max(each[2] for each in boxes),
        max(each[3] for each in boxes),
    )
