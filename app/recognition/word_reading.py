"""Reading the Word version of our form from its running text: its number names it."""

import re
from collections.abc import Mapping

from app.domain.comment_form import (
    ADDRESS,
    CATEGORY_CODE,
    CATEGORY_DETAIL,
    MEASURE,
    NAME,
    OPINION,
    REPRESENTATIVE,
    Reading,
)
from app.domain.form_wording import FORM_WORDS
from app.recognition.form_template import FormTemplate, TemplateChoice

_TICKED = "■☑☒✓✔レ●◉◎"
_END = FORM_WORDS["period"].split("{", 1)[0]
"""The line under the table begins so; what follows is the office's, not the writer's."""

_LABELS = (
    (FORM_WORDS["measure"], MEASURE),
    (FORM_WORDS[NAME], NAME),
    (FORM_WORDS[REPRESENTATIVE], REPRESENTATIVE),
    (FORM_WORDS[ADDRESS], ADDRESS),
    (FORM_WORDS["categories"], CATEGORY_CODE),
    (FORM_WORDS[CATEGORY_DETAIL], CATEGORY_DETAIL),
    (FORM_WORDS["opinion"], OPINION),
)
_PRINTED = tuple(
    FORM_WORDS[key]
    for key in (
        f"{NAME}#hint",
        f"{REPRESENTATIVE}#hint",
        f"{ADDRESS}#hint",
        f"{CATEGORY_DETAIL}#hint",
        "word_categories_hint",
        "word_opinion_hint",
    )
)
_NUMBER = re.compile(FORM_WORDS["form_number"].format(id=r"(\S+)").replace(" ", r"\s*"))


def word_template(text: str, by_id: Mapping[str, FormTemplate]) -> FormTemplate | None:
    """Give the form whose number a running text bears, if it is the Word version of one."""
    for found in _NUMBER.finditer(text):
        if found.group(1) in by_id and FORM_WORDS["word_opinion_hint"] in text:
            return by_id[found.group(1)]
    return None


def read_word_form(text: str, template: FormTemplate, *, source: str) -> dict[str, Reading]:
    """Take the fields of the Word version: what stands beside and under each label."""
    parts: dict[str, list[str]] = {pointer: [] for _, pointer in _LABELS}
    present: str | None = None
    waiting = list(_LABELS)
    for line in text.splitlines():
        if line.startswith(_END):
            break
        # The labels stand in one order; words of an opinion that look like one are none.
        ahead = next((each for each in waiting if line.startswith(each[0])), None)
        rest = line
        if ahead is not None:
            words, present = ahead
            waiting = waiting[waiting.index(ahead) + 1 :]
            rest = line.removeprefix(words)
        if present is not None:
            parts[present].append(_without_print(rest))
    values = {pointer: _joined(pointer, lines) for pointer, lines in parts.items()}
    values[CATEGORY_CODE] = _ticked(parts[CATEGORY_CODE], template.choices)
    return {
        pointer: Reading(value=value, source=source, template=template.id)
        for pointer, value in values.items()
        if value
    }


def _without_print(line: str) -> str:
    for words in _PRINTED:
        line = line.replace(words, "")
    return line.strip()


def _joined(pointer: str, lines: list[str]) -> str:
    between = "\n" if pointer == OPINION else ""
    return between.join(each for each in lines if each)


def _ticked(lines: list[str], choices: tuple[TemplateChoice, ...]) -> str:
    """Give the one category whose box was filled; of two, none."""
    codes = {each.code for each in choices}
    found = set()
    for line in lines:
        if line and line[0] in _TICKED:
            first = line[1:].split()
            found |= {first[0]} & codes if first else set()
    return found.pop() if len(found) == 1 else ""
