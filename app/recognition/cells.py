"""Putting together what was read in one cell, with what is known about how well."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from app.domain.comment_form import ADDRESS, NAME, OPINION, REPRESENTATIVE
from app.recognition.certainty import Evidence, losses
from app.recognition.japanese import mended_address, mended_name
from app.recognition.language import Language
from app.recognition.lines import LineCut, ends_early
from app.recognition.misfits import (
    address_slips,
    gaps,
    lost_numbers,
    open_brackets,
    stray_marks,
    twins,
)
from app.recognition.reading import TextLine
from app.recognition.variants import VariantJudge, Writing

NAMES = frozenset({NAME, REPRESENTATIVE})
_OF_WORDS = frozenset({ADDRESS, OPINION})
"""Fields that hold words of the dictionary; names of people and mail addresses need not."""

_LEFT_OPEN = 0.9
_FAX_DOTS_PER_MM = 8.6
"""A fax has 8 dots to the millimetre across, and 4 or 8 down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What matters of a page for how well it can be read.

    Attributes:
        dots_per_mm: Fineness, in the coarser direction.
        bilevel: Whether it is black and white only.
        loss: Mean loss of the characters read on it, by their looks.
        doubted: Part of them whose looks left open what they are.
    """

    dots_per_mm: float
    bilevel: bool
    loss: float = 0.0
    doubted: float = 0.0

    @property
    def faxed(self) -> bool:
        """Whether it is black and white, and as coarse as a fax."""
        return self.bilevel and self.dots_per_mm < _FAX_DOTS_PER_MM


@dataclass(frozen=True, slots=True, kw_only=True)
class CellText:
    """What one cell says.

    Attributes:
        value: What it says, after every rule.
        raw: What the engine read.
        lines: The lines it was read from.
        doubts: Character taken, and its variant that it may be as well.
    """

    value: str
    raw: str
    lines: tuple[TextLine, ...]
    doubts: tuple[tuple[str, str], ...]

    @property
    def preferred(self) -> int:
        """How many characters were chosen for the words they make."""
        return sum(each.preferred for each in self.lines)

    @property
    def seen(self) -> tuple[tuple[str, str], ...]:
        """Characters that the engine left open, each with what else it saw in their place."""
        seen: dict[str, str] = {}
        for line in self.lines:
            # A line without options, as another engine reads it, leaves nothing open.
            for taken, options in zip(line.text, line.options, strict=False):
                others = "".join(char for char, _ in options if char != taken)
                if others:
                    seen[taken] = "".join(dict.fromkeys(seen.get(taken, "") + others))
        return tuple(seen.items())

    def evidence(
        self, pointer: str, picture: Picture, language: Language, line: int | None = None
    ) -> Evidence:
        """Give what is known about the reading, of all lines or of one.

        Args:
            pointer: Which field the cell is.
            picture: What it was read from.
            language: Who knows which words there are.
            line: Which line; all if None.
        """
        lines = self.lines if line is None else self.lines[line : line + 1]
        text = self.value if line is None else lines[0].text
        misfits = stray_marks(text) + lost_numbers(text)
        if line is None:
            # Brackets may open in one line and close in another, and so an address.
            misfits += open_brackets(text)
            misfits += address_slips(text) if pointer == ADDRESS else 0
        return Evidence(
            sureness=[sure for each in lines for sure in _inked(each)],
            looks=[sure for each in lines for sure in _looks(each)],
            contradicted=sum(each.contradicted for each in lines),
            misfits=misfits,
            strangers=language.strangers(text) if pointer in _OF_WORDS else 0,
            gaps=sum(gaps(each.text, each.places) for each in lines),
            twins=twins(text),
            page_loss=picture.loss,
            page_doubted=picture.doubted,
            bilevel=picture.bilevel,
        )


def cell_text(
    pointer: str,
    width_mm: float,
    lines: Sequence[LineCut],
    texts: Sequence[TextLine],
    judge: VariantJudge,
    language: Language,
) -> CellText:
    """Join the lines of a cell; a line that runs to the right edge goes on in the next.

    Args:
        pointer: Which field the cell is.
        width_mm: Its inner width.
        lines: Its lines, as they were cut.
        texts: What was read in each of them.
        judge: Who tells variants of a character apart.
        language: Who knows which words there are.
    """
    writing = Writing.NAMES if pointer in NAMES else Writing.RUNNING
    value = raw = ""
    ends = [pointer == OPINION and ends_early(line, width_mm) for line in lines]
    judged = [
        judge.judged(line.picture, text, writing)
        for line, text in zip(lines, language.weighed(texts, ends, writing), strict=True)
    ]
    for is_end, each in zip(ends, judged, strict=True):
        end = "\n" if is_end else ""
        value += each.line.text + end
        raw += (each.line.text if each.line.raw is None else each.line.raw) + end
    if pointer == ADDRESS:
        value = mended_address(value)
    elif pointer in NAMES:
        value = mended_name(value)
    return CellText(
        value=value.strip(),
        raw=raw.strip(),
        lines=tuple(each.line for each in judged),
        doubts=tuple(doubt for each in judged for doubt in each.doubts),
    )


def with_doubt(picture: Picture, texts: Collection[CellText]) -> Picture:
    """Add to what is known of a picture how well all of it could be read."""
    lines = [line for text in texts for line in text.lines]
    looks = [each for line in lines for each in _looks(line)]
    count = max(1, len(looks))
    return replace(
        picture,
        loss=round(sum(losses(looks)) / count, 4),
        doubted=round(sum(each < _LEFT_OPEN for each in looks) / count, 4),
    )


def _looks(line: TextLine) -> list[float]:
    """Give how sure the engine was of each character by its looks, spaces left out."""
    if len(line.options) != len(line.text):
        return _inked(line)
    return [
        round(seen[0][1], 4) if seen else sure
        for char, seen, sure in zip(line.text, line.options, line.sureness, strict=True)
        if not char.isspace()
    ]


def _inked(line: TextLine) -> list[float]:
    """Give the sureness of the characters of a line, spaces left out."""
    if not line.sureness:
        return [line.confidence] * len("".join(line.text.split()))
    return [sure for char, sure in zip(line.text, line.sureness, strict=True) if not char.isspace()]
