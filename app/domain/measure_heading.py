"""Lines that head what follows with the name of a draft alone: ``１．○○計画（案）について``."""

import re
from collections.abc import Sequence
from dataclasses import replace

from app.domain.comment_form import MEASURE, OPINION, CommentForm, Reading
from app.domain.consultation import Consultation
from app.domain.cover_note import is_cover_note
from app.domain.label_values import is_quoted
from app.domain.measure_likeness import normalise
from app.domain.opinion_marks import freed, without_marks
from app.domain.text import is_missing

_LONGEST = 200
_LINES_READ = 5_000
_LEAD = re.compile(
    r"[\s\u3000■□◆◇●○◎▪★☆・*＊※#＃]*"
    r"(?:[（(]?(?:[0-9０-９]{1,2}|[一二三四五六七八九十]{1,3})[）).．、:：]|[①-⑳⑴-⒇])?[\s\u3000]*"
)
_TAIL = re.compile(
    r"(?:に(?:対する|対して|関する|ついて)の?|への?)?(?:(?:ご|御)?意見(?:です)?)?[\s\u3000。．:：]*$"
)
_BRACKETS = re.compile(r"^[「『【〔《〈](.+)[」』】〕》〉]$")


def headed_forms(
    form: CommentForm, consultations: Sequence[Consultation]
) -> tuple[CommentForm, ...]:
    """Part an opinion at the lines that head it with the names of several drafts.

    Args:
        form: A comment that names no measure under a label.
        consultations: Every draft it may speak of.

    Returns:
        One form for each draft, its opinion beginning with its heading; empty where fewer than
        two are named, where one is named twice, where nothing stands below a heading, or where
        what stands above the first may concern them all.
    """
    lines = form.opinion.split("\n")
    heads = [
        (at, code)
        for at, line in enumerate(lines[:_LINES_READ])
        if (code := _headed(line, consultations)) is not None
    ]
    if len(heads) < 2 or len({code for _, code in heads}) < len(heads):  # noqa: PLR2004
        return ()
    starts = [at for at, _ in heads]
    pieces = [
        (lines[start], "\n".join(lines[start:end]).rstrip())
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    ]
    above = freed("\n".join(lines[: starts[0]]))
    if not is_cover_note(above) or any(_is_bare(piece) for _, piece in pieces):
        return ()
    return tuple(_form(form, _without_lead(head), piece) for head, piece in pieces)


def _headed(line: str, consultations: Sequence[Consultation]) -> str | None:
    """Give the draft whose name a line consists of; None where it says anything else."""
    if not line.strip() or len(line) > _LONGEST or is_quoted(line):
        return None
    bare = _without_lead(line)
    inside = _BRACKETS.match(bare)
    said = bare if inside is None else inside[1]
    names = {normalise(said), normalise(_TAIL.sub("", said))}
    found = {
        each.code for each in consultations if names & {normalise(name) for name in each.names}
    }
    return found.pop() if len(found) == 1 else None


def _without_lead(line: str) -> str:
    found = _LEAD.match(line)
    return line[found.end() if found else 0 :].strip()


def _is_bare(piece: str) -> bool:
    """Say whether nothing was written below a heading."""
    _, _, below = piece.partition("\n")
    return is_missing(freed(below))


def _form(form: CommentForm, head: str, opinion: str) -> CommentForm:
    said = Reading(value=opinion, source="text")
    return replace(
        form,
        measure_written=head,
        opinion=opinion,
        readings={**form.readings, OPINION: said, MEASURE: Reading(value=head, source="text")},
        findings=without_marks(form.findings),
    )
