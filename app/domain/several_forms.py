"""Comments on several measures that stand in one mail, each under its own label.

They are parted only where each names its measure and says something of its own. Wherever that
is not so, the mail stays one comment and a person sees every measure it names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

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
)
from app.domain.field_labels import BODY_NAME, CONTACT, Label, Strength, is_rule
from app.domain.joined_form import join
from app.domain.label_values import fits, says_nothing, value_of
from app.domain.labelled_text import labels_of, read_labelled
from app.domain.opinion_marks import MarkKind, marks
from app.domain.submitter import CategoryChoice, Submitter
from app.domain.text import fold, is_missing

_WHO = frozenset({NAME, BODY_NAME, ADDRESS, REPRESENTATIVE, CATEGORY_CODE, CATEGORY_DETAIL})
_REACH = frozenset({PHONE, FAX, EMAIL, CONTACT})
_WRITERS_POINTERS = (
    NAME,
    ADDRESS,
    REPRESENTATIVE,
    CATEGORY_CODE,
    CATEGORY_DETAIL,
    EMAIL,
    PHONE,
    FAX,
)
_MOST = 20
"""Comments in one mail that are parted; whoever sends more is for a person to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """What a text says of several measures.

    Attributes:
        names: Every measure name that stands behind a label, as written, each once.
        forms: One form for each measure, in order; empty where there are fewer than two, where
            one of them says nothing, or where a mail that is only quoted may be one of them.
    """

    names: tuple[str, ...] = ()
    forms: tuple[CommentForm, ...] = ()


def read_apart(text: str, *, source: str = "text") -> Apart:
    """Read comments on several measures that stand one below another.

    Args:
        text: What somebody wrote, lines ended by LF.
        source: What the readings name as their source.
    """
    lines = text.split("\n")
    labels = labels_of(lines)
    named = _named(lines, labels)
    names = _distinct(name for _, name in named)
    if not 1 < len(named) <= _MOST or len(names) < len(named):
        return Apart(names=names)
    if _is_quoted_below(text, lines, named[-1][0]):
        return Apart(names=names)
    starts = [0, *_beginnings(lines, labels, [at for at, _ in named]), len(lines)]
    forms = tuple(
        read_labelled("\n".join(lines[start:end]), source=source) for start, end in pairwise(starts)
    )
    return Apart(names=names, forms=forms if all(map(is_whole, forms)) else ())


def is_whole(form: CommentForm) -> bool:
    """Say whether a form names its measure and says something about it."""
    return MEASURE in form.readings and not is_missing(form.opinion)


def parted(
    body: Sequence[CommentForm], attached: Sequence[tuple[str, CommentForm]]
) -> tuple[CommentForm, ...]:
    """Give the comments on several measures that a mail and its attachments hold.

    Copies of one comment are joined. The writer is whoever any of them names, if all that name
    somebody name the same.

    Args:
        body: What the mail itself says: one form, or several that stand apart.
        attached: Forms that were attached, each with its file's name.

    Returns:
        One form for each measure; empty where there is but one.
    """
    by_measure: dict[str, CommentForm] = {}
    others: list[CommentForm] = []
    for filename, form in (*(("", each) for each in body), *attached):
        if not is_whole(form):
            others.append(form)
            continue
        key = fold(form.measure_written or "")
        known = by_measure.get(key)
        by_measure[key] = form if known is None else join(known, form, filename=filename)
    if len(by_measure) < 2:  # noqa: PLR2004 - several begin at two
        return ()
    return _with_one_writer(tuple(by_measure.values()), others)


def _named(lines: Sequence[str], labels: Sequence[Label | None]) -> list[tuple[int, str]]:
    """Find the lines that name a measure, with the name."""
    found = []
    for at, label in enumerate(labels):
        if label is None or label.field != MEASURE or label.strength < Strength.ALONE:
            continue
        value, _ = value_of(lines, labels, at, label)
        if value and not says_nothing(value) and fits(MEASURE, value):
            found.append((at, value))
    return found


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple({fold(each): each for each in reversed(list(names))}.values())[::-1]


def _is_quoted_below(text: str, lines: Sequence[str], at: int) -> bool:
    """Say whether a line may belong to a mail that stands below the one that answers it."""
    start = sum(len(line) + 1 for line in lines[:at])
    return any(
        each.start <= start < each.end
        or (each.kind is MarkKind.FORWARD_HEADER and each.start <= start)
        for each in marks(text)
    )


def _beginnings(
    lines: Sequence[str], labels: Sequence[Label | None], named: Sequence[int]
) -> list[int]:
    """Find where each comment but the first begins.

    Where the first names its writer above its measure, so does each that repeats him.
    """
    writer_first = any(_is_in(labels[at], _WHO) for at in range(named[0]))
    found = []
    for before, at in pairwise(named):
        begins = at
        if writer_first:
            opinion = next(
                (i for i in range(before, at) if _is_in(labels[i], frozenset({OPINION}))), before
            )
            begins = next(
                (i for i in range(opinion + 1, at) if _is_in(labels[i], _WHO | _REACH)), at
            )
        while begins - 1 > before and (is_rule(lines[begins - 1]) or not lines[begins - 1].strip()):
            begins -= 1
        found.append(begins)
    return found


def _is_in(label: Label | None, fields: frozenset[str]) -> bool:
    return label is not None and label.field in fields and label.strength >= Strength.ALONE


def _with_one_writer(
    forms: tuple[CommentForm, ...], others: Sequence[CommentForm]
) -> tuple[CommentForm, ...]:
    """Fill in who wrote each from the one that says so; two people are never mixed."""
    known = (*forms, *(each for each in others if MEASURE not in each.readings))
    if len({fold(each.submitter.name) for each in known if each.submitter.name}) > 1:
        return forms
    return tuple(_filled(each, known) for each in forms)


def _filled(form: CommentForm, known: Sequence[CommentForm]) -> CommentForm:
    readings = dict(form.readings)
    for pointer in _WRITERS_POINTERS:
        if pointer == CATEGORY_DETAIL and CATEGORY_CODE in form.readings:
            continue  # a detail belongs to its category
        given = (each.readings[pointer] for each in known if pointer in each.readings)
        if pointer not in readings and (reading := next(given, None)) is not None:
            readings[pointer] = reading
    said = {
        pointer: readings[pointer].value for pointer in _WRITERS_POINTERS if pointer in readings
    }
    kinds = [each.submitter.kind for each in known if NAME in each.readings]
    return replace(
        form,
        readings=readings,
        submitter=Submitter(
            kind=kinds[0] if kinds else form.submitter.kind,
            name=said.get(NAME),
            address=said.get(ADDRESS),
            representative=said.get(REPRESENTATIVE),
            category=CategoryChoice(code=said.get(CATEGORY_CODE), detail=said.get(CATEGORY_DETAIL)),
            email=said.get(EMAIL),
            phone=said.get(PHONE),
            fax=said.get(FAX),
        ),
    )
