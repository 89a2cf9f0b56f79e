"""The tables the bench prints, in Markdown."""

import math
from collections.abc import Callable, Sequence

from app.domain.comment_form import ADDRESS, CATEGORY_CODE, NAME, OPINION, REPRESENTATIVE
from bench.reading.calibration import (
    LEAST_ERRORS,
    Pair,
    detection_auroc,
    detection_spread,
    error_by_chance,
    expected_calibration_error,
    swept_calibration_error,
    swept_error_by_chance,
)
from bench.reading.copies import COPIES
from bench.reading.score import (
    Outcome,
    mean_cer,
    right_doubted,
    share_right,
    wrong_unsaid,
)
from bench.reading.texts import is_rare
from bench.reading.ticks import Mark
from bench.reading.writers import WRITINGS

Class = tuple[str, Callable[[Outcome], bool]]
"""A name, and which outcomes belong to it."""

_COARSE = "fax-98"
CLASSES: Sequence[Class] = (
    ("typed: scan, phone, fine fax", lambda each: each.writing == "typed" and each.copy != _COARSE),
    ("typed: fax 204x98", lambda each: each.writing == "typed" and each.copy == _COARSE),
    ("neat: all but 98-dpi fax", lambda each: each.writing == "neat" and each.copy != _COARSE),
    ("neat: fax 204x98", lambda each: each.writing == "neat" and each.copy == _COARSE),
    (
        "strokes 1 (tidy): all but 98-dpi fax",
        lambda each: each.writing == "strokes-1" and each.copy != _COARSE,
    ),
    (
        "strokes 2 (untidy): scan",
        lambda each: each.writing == "strokes-2" and each.copy.startswith("scan"),
    ),
    (
        "strokes 2 (untidy): phone, fax",
        lambda each: each.writing == "strokes-2" and not each.copy.startswith("scan"),
    ),
    (
        "strokes 3 (wild): scan",
        lambda each: each.writing == "strokes-3" and each.copy.startswith("scan"),
    ),
)
"""The classes that are promised something, and the harder ones beside them."""

WANTED: Sequence[tuple[str, str, str, str]] = (
    ("0.5 %", ".97", ".95", ".99"),
    ("1 %", ".95", ".93", ".99"),
    ("2 %", ".85", ".80", ".98"),
    ("4 %", ".80", ".70", ".98"),
    ("", "", "", ""),
    ("4 %", "", "", ".98"),
    ("", "", "", ""),
    ("", "", "", ""),
)
"""What is wanted of each class: CER at most, shares at least."""

FIELD_NAMES = {
    NAME: "name",
    ADDRESS: "address",
    OPINION: "opinion",
    CATEGORY_CODE: "category",
    REPRESENTATIVE: "representative",
}


def by_class(outcomes: Sequence[Outcome]) -> str:
    """Give the accuracy of the classes that are promised something."""
    lines = [
        "| class | forms | opinion CER | name | address | category |",
        "|---|---|---|---|---|---|",
    ]
    for (name, belongs), (cer, *shares) in zip(CLASSES, WANTED, strict=True):
        own = [each for each in outcomes if belongs(each)]
        if not own:
            continue
        cells = [name, str(_forms(own)), _with(percent(mean_cer(own)), cer, "≤")]
        cells += [
            _with(share(share_right(own, pointer)), wanted, "≥")
            for pointer, wanted in zip((NAME, ADDRESS, CATEGORY_CODE), shares, strict=True)
        ]
        lines.append(_row(cells))
    return "\n".join(lines)


def by_cell(outcomes: Sequence[Outcome]) -> str:
    """Give the accuracy of every writing and copy."""
    lines = [
        (
            "| writing | copy | forms | opinion CER | name | address | category | "
            "wrong, nobody asked | right, person asked |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for writing in WRITINGS:
        for copy in COPIES:
            own = [each for each in outcomes if (each.writing, each.copy) == (writing, copy)]
            if own:
                cells = [writing, copy, str(_forms(own)), percent(mean_cer(own))]
                cells += [share(share_right(own, each)) for each in (NAME, ADDRESS, CATEGORY_CODE)]
                cells += [_per_field(own, wrong_unsaid), _per_field(own, right_doubted)]
                lines.append(_row(cells))
    return "\n".join(lines)


def by_mark(outcomes: Sequence[Outcome]) -> str:
    """Say how each kind of mark was understood; nothing wrong may go unsaid."""
    lines = [
        (
            "| mark | forms | read rightly | nothing read, person asked | wrong, person asked | "
            "wrong, nobody asked | right, person asked |"
        ),
        "|---|---|---|---|---|---|---|",
    ]
    marks = [each for each in outcomes if each.field == CATEGORY_CODE]
    for mark in Mark:
        own = [each for each in marks if each.mark == mark]
        if own:
            cells = [
                mark.value,
                len(own),
                sum(each.right for each in own),
                sum(not each.right and not each.read and each.flagged for each in own),
                sum(not each.right and bool(each.read) and each.flagged for each in own),
                sum(not each.right and not each.flagged for each in own),
                sum(each.right and each.flagged for each in own),
            ]
            lines.append(_row([str(each) for each in cells]))
    return "\n".join(lines)


def by_rarity(outcomes: Sequence[Outcome]) -> str:
    """Say how names with letters that keyboards miss fare beside the others."""
    lines = [
        "| names | forms | right | wrong, person asked | wrong, nobody asked | right, person asked |",
        "|---|---|---|---|---|---|",
    ]
    for title, rare in (("with 髙 﨑 濵 邉 𠮷", True), ("without", False)):
        own = [each for each in outcomes if each.field == NAME and is_rare(each.truth) is rare]
        if own:
            right = sum(each.right for each in own)
            asked = sum(not each.right and each.flagged for each in own)
            cells = (len(own), right, asked, wrong_unsaid(own), right_doubted(own))
            lines.append(_row([title, *map(str, cells)]))
    return "\n".join(lines)


def by_confidence(outcomes: Sequence[Outcome]) -> str:
    """Say of each field and class how far confidence is from the share of right ones."""
    lines = [
        (
            "| field | class | readings | wrong | ECE (≤ 0.05) | by chance, mean | by chance, 95 % "
            "| swept ECE (≤ 0.05) | by chance, mean | by chance, 95 % | AUROC (≥ .9) |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for pointer, name in FIELD_NAMES.items():
        if pointer == REPRESENTATIVE:
            continue
        everything: Class = ("all classes", lambda _: True)
        for title, belongs in (*CLASSES, everything):
            own = pairs(outcomes, pointer, belongs)
            if own:
                lines.append(_row([name, title, *_calibrated(own)]))
    return "\n".join(lines)


def by_confidence_of_cells(outcomes: Sequence[Outcome]) -> str:
    """Give the calibration error of every writing and copy, beside that of perfect confidence."""
    fields = (NAME, ADDRESS, OPINION)
    titles = " | ".join(FIELD_NAMES[each] for each in fields)
    lines = [f"| writing | copy | forms | {titles} |", "|---|---|---|---|---|---|"]
    for writing in WRITINGS:
        for copy in COPIES:
            own = [each for each in outcomes if (each.writing, each.copy) == (writing, copy)]
            if own:
                found = [pairs(own, pointer, lambda _: True) for pointer in fields]
                cells = [writing, copy, str(_forms(own)), *(_beside_chance(each) for each in found)]
                lines.append(_row(cells))
    return "\n".join(lines)


def _beside_chance(own: Sequence[Pair]) -> str:
    if not own:
        return "–"
    chance = error_by_chance(own)
    error = expected_calibration_error(own)
    return f"{error:.3f} ({chance.mean:.3f}, {chance.most:.3f})"


def pairs(
    outcomes: Sequence[Outcome], pointer: str, belongs: Callable[[Outcome], bool]
) -> list[Pair]:
    """Give confidence and rightness of one field's readings."""
    return [
        (each.confidence, float(each.right))
        for each in outcomes
        if each.field == pointer and each.confidence is not None and belongs(each)
    ]


def percent(part: float) -> str:
    """Write a share as a percentage."""
    return "–" if math.isnan(part) else f"{100 * part:.2f} %"


def share(part: float) -> str:
    """Write a share as a decimal."""
    return "–" if math.isnan(part) else f"{part:.2f}"


def _calibrated(own: Sequence[Pair]) -> list[str]:
    wrong = sum(right < 1 for _, right in own)
    if wrong < LEAST_ERRORS:
        auroc = "too few errors"
    elif wrong == len(own):
        auroc = "all wrong"
    else:
        auroc = f"{detection_auroc(own):.2f} ± {detection_spread(own):.2f}"
    chance, swept = error_by_chance(own), swept_error_by_chance(own)
    errors = (
        *(expected_calibration_error(own), chance.mean, chance.most),
        *(swept_calibration_error(own), swept.mean, swept.most),
    )
    return [str(len(own)), str(wrong), *(f"{each:.3f}" for each in errors), auroc]


def _per_field(own: Sequence[Outcome], count: Callable[[Sequence[Outcome]], int]) -> str:
    found = {
        name: count([each for each in own if each.field == pointer])
        for pointer, name in FIELD_NAMES.items()
    }
    return ", ".join(f"{name} {number}" for name, number in found.items() if number) or "0"


def _forms(own: Sequence[Outcome]) -> int:
    return len({(each.seed, each.writing, each.copy, each.index) for each in own})


def _with(figure: str, wanted: str, how: str) -> str:
    return f"{figure} ({how} {wanted})" if wanted else figure


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
