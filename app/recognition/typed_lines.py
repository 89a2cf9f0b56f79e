"""Setting the characters of a text layer into lines, by where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.comment_form import Box
from app.recognition.typed import TypedChar

_SAME_LINE = 0.5
"""Characters whose middles differ by less than so much of their height stand on one line."""

_SPACE = 0.6
_NARROW_SPACE = 0.2
"""Gaps of so much of the height are spaces somebody typed; Japanese is set without.

Between Japanese and Latin characters Word leaves a quarter by itself, so there the first counts.
"""


@dataclass(frozen=True, slots=True)
class TypedLine:
    """One line of typed text; its box is in the space of its characters."""

    text: str
    box: Box


def lines_of(chars: Sequence[TypedChar]) -> list[TypedLine]:
    """Set characters into lines from top to bottom, each from left to right."""
    rows: list[list[TypedChar]] = []
    for each in sorted(chars, key=_middle):
        if rows and _middle(each) - _middle(rows[-1][0]) < _SAME_LINE * _height(rows[-1]):
            rows[-1].append(each)
        else:
            rows.append([each])
    lines = (_line(row) for row in rows)
    return [line for line in lines if line.text]


def joined(lines: Sequence[TypedLine], right: float) -> str:
    """Join lines into a text; one that runs to the right edge goes on in the next.

    Args:
        lines: From top to bottom.
        right: Right edge of the room they were typed in.
    """
    text = ""
    for line in lines:
        text += line.text
        size = line.box[2] - line.box[0]
        one = size / max(1, len(line.text))
        if line.box[2] < right - 2.5 * one:
            text += "\n"
    return text.rstrip("\n")


def _is_apart(before: str, after: str, gap: float) -> bool:
    if before.isspace() or after.isspace():
        return False
    return gap > (_SPACE if before.isascii() or after.isascii() else _NARROW_SPACE)


def _middle(char: TypedChar) -> float:
    return (char.box[1] + char.box[3]) / 2


def _height(row: Sequence[TypedChar]) -> float:
    return max(each.box[3] - each.box[1] for each in row)


def _line(row: Sequence[TypedChar]) -> TypedLine:
    ordered = sorted(row, key=lambda each: each.box[0])
    text = ""
    end = ordered[0].box[0]
    tall = _height(ordered)
    for each in ordered:
        if text and _is_apart(text[-1], each.char, (each.box[0] - end) / tall):
            text += " "
        text += each.char
        end = max(end, each.box[2])
    box = (
        ordered[0].box[0],
        min(each.box[1] for each in ordered),
        end,
        max(each.box[3] for each in ordered),
    )
    return TypedLine(text.strip(), box)
