"""Reading a page that is no form of ours: which way up it lies, and whether its lines run down.

A page whose lines run down (縦書き) looks like one that lies on its side, and the engine reads a
fair part of either as the other: it knows characters that lie. What it loses then is ー and every
point, so the way that gives more characters to the same length of line is the right one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.fax_header import fax_header
from app.domain.ruled_form import FormCell, is_ruled_form
from app.recognition.cell_reading import read_cells, writing_alone
from app.recognition.envelope_beside import without_envelope
from app.recognition.ocr import Grey, OcrEngine
from app.recognition.page_lines import find_laid_lines
from app.recognition.pictures import turned
from app.recognition.reading import TextLine
from app.recognition.ruled_table import RuledPage, ruled_page
from app.recognition.vertical_lines import LaidLine

_LEAST = 0.7
"""How sure the engine must be of a character of lines laid level."""

_DENSER = 1.02
"""By how much more they must give; a page in doubt is read level, as most are written."""

_WHITE = 255
_ENDS = tuple("。、」）")
"""What no line begins with."""

_TOP, _SAME_ROW = 0.08, 0.3
"""Where on a page a fax machine prints its line, and how far pieces of one row overlap."""

_WEIGHED = 4
"""Lines, the longest, that are weighed against each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperText:
    """What was read of a page.

    Attributes:
        turns: Quarter turns clockwise that bring it upright.
        lines: Its lines in the order people read them.
        down: Whether they run from above to below (縦書き).
        cells: The cells of its table, where it is a ruled form.
        around: What stands outside of them.
        header: The line a fax machine printed above all; none of the others.
        envelope: What stands on an envelope that lies beside the letter; none of the others.
    """

    turns: int
    lines: tuple[TextLine, ...]
    down: bool = False
    cells: tuple[FormCell, ...] = ()
    around: str = ""
    header: str = ""
    envelope: str = ""

    @property
    def text(self) -> str:
        """The lines one below the other."""
        return "\n".join(each.text for each in self.lines)


def read_paper(even: Grey, engine: OcrEngine) -> PaperText:
    """Read a page of unknown layout.

    Args:
        even: The page on evened paper, whichever way it lies.
        engine: What reads.

    Raises:
        EngineFailed: It could not be read.
    """
    ruled = ruled_page(even)
    turns = engine.turned_by(even if ruled is None else writing_alone(ruled)) // 90
    upright = turned(even, turns)
    if ruled is not None:
        form = _read_form(ruled, upright, turns, engine)
        if form is not None:
            return form
    level, below = _without_header(PaperText(turns=turns, lines=engine.read_page(upright)))
    if level.header:
        # It always runs level, whichever way the letter below it runs.
        upright = upright.copy()
        upright[: round(below * upright.shape[0])] = _WHITE
    least = _DENSER * _density(level.lines, along=0, side=upright.shape[1])
    laid = find_laid_lines(upright)
    ways = (turns, (turns + 2) % 4) if laid else ((turns + 1) % 4, (turns + 3) % 4)
    best: tuple[int, tuple[LaidLine, ...]] | None = None
    for way in ways:
        view = turned(upright, (way - turns) % 4)
        found = laid if way == turns and laid else find_laid_lines(view)
        density, sureness = _weighed(found, engine, view.shape[0])
        if sureness >= _LEAST and density > least:
            least, best = density, (way, found)
    if best is None:
        rest, envelope = without_envelope(level.lines)
        return replace(level, lines=rest, envelope=envelope)
    way, found = best
    read = engine.read_lines([each.picture for each in found])
    lines = (replace(line, box=each.fraction) for line, each in zip(read, found, strict=True))
    text = tuple(each for each in lines if each.text)
    return PaperText(turns=way, lines=text, down=True, header=level.header)


def _read_form(lying: RuledPage, upright: Grey, turns: int, engine: OcrEngine) -> PaperText | None:
    """Read a page as a ruled form; None where it is none."""
    page = ruled_page(upright) if turns else lying
    if page is None:
        return None
    read = read_cells(page, engine, upright.shape)
    if not is_ruled_form(read.cells):
        return None
    form, _ = _without_header(PaperText(turns=turns, lines=read.lines, cells=read.cells))
    around = read.around.split("\n")
    if form.header and fax_header(around[0]) is not None:
        around = around[1:]
    return replace(form, around="\n".join(around))


def _without_header(page: PaperText) -> tuple[PaperText, float]:
    """Set the line of a fax machine apart; gives where it ends, too.

    It may have been read in pieces.
    """
    if not page.lines:
        return page, 0.0
    first = min(page.lines, key=lambda each: each.box[1])
    if first.box[3] > _TOP:
        return page, 0.0
    row = [
        each
        for each in page.lines
        if each.box[3] <= _TOP
        and min(each.box[3], first.box[3]) - max(each.box[1], first.box[1])
        > _SAME_ROW * (each.box[3] - each.box[1])
    ]
    text = "\u3000".join(each.text for each in sorted(row, key=lambda each: each.box[0]))
    if fax_header(text) is None:
        return page, 0.0
    rest = tuple(each for each in page.lines if not any(each is other for other in row))
    return replace(page, lines=rest, header=text), max(each.box[3] for each in row)


def _weighed(laid: Sequence[LaidLine], engine: OcrEngine, side: int) -> tuple[float, float]:
    """Read the longest lines that run down; gives their density, and how sure the engine is."""
    longest = sorted(laid, key=lambda each: each.fraction[1] - each.fraction[3])[:_WEIGHED]
    read = [
        replace(line, box=each.fraction)
        for line, each in zip(
            engine.read_lines([each.picture for each in longest]), longest, strict=True
        )
    ]
    begun = sum(each.text.startswith(_ENDS) for each in read)
    if begun > sum(each.text.endswith(_ENDS) for each in read):
        return 0.0, 0.0  # lines of a page that lies on its side, read from their ends
    length = sum(len(each.text) for each in read)
    sure = sum(each.confidence * len(each.text) for each in read)
    return _density(read, along=1, side=side), sure / length if length else 0.0


def _density(lines: Sequence[TextLine], *, along: int, side: int) -> float:
    """Say how many characters the longest lines give to a dot of their length.

    Args:
        lines: As they were read.
        along: Which side of a box runs along its line: 0 across the page, 1 down.
        side: Dots of the page along the lines.
    """

    def length(line: TextLine) -> float:
        return (line.box[along + 2] - line.box[along]) * side

    longest = sorted(lines, key=length)[-_WEIGHED:]
    whole = sum(length(each) for each in longest)
    given = sum(each.confidence * len("".join(each.text.split())) for each in longest)
    return given / whole if whole else 0.0
