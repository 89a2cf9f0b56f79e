"""How the marks in tick boxes are read, beside the plain rule that the most ink wins."""

import argparse
import functools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from app.domain.comment_form import ADDRESS, CATEGORY_DETAIL, NAME, OPINION
from app.domain.consultation import Category
from app.recognition.decoding import Raster
from app.recognition.filled_form import fill
from app.recognition.form_template import FormTemplate, Variant
from app.recognition.marks import Marked, find_marked
from app.recognition.registration import find_sheet, place
from app.recognition.templates import design
from bench.report import Row, Table
from tests import pen
from tests.builders import a_consultation
from tests.copiers import COPIERS

_ANSWERS = {
    NAME: "神居 さくら",
    ADDRESS: "北星市中央2条3丁目4番地",
    CATEGORY_DETAIL: "北星印刷株式会社（北星市東1条1丁目）",
    OPINION: "図書館の開館時間を延ばしてください。",
}
_LONG = (
    "市内に住所を有する方",
    "市内の事務所又は事業所に勤務する方",
    "市内の学校に在学する方",
    "市内に事務所又は事業所を有する個人又は法人その他の団体",
    "市に対して納税義務を有する個人又は法人その他の団体（上に当たる方を除きます。）",
    "この案に利害関係を有する個人又は法人その他の団体、その他この手続に関わりがあると認められる方",
)


@dataclass(frozen=True)
class Case:
    """One mark on one copy.

    Attributes:
        kind: Name of the mark.
        clear: Whether everybody would understand it.
        code: The choice that was meant; None where there is none to be had.
        copy: How the page was copied.
        raster: The copy.
        template: What it was printed from.
    """

    kind: str
    clear: bool
    code: str | None
    copy: str
    raster: Raster
    template: FormTemplate


@functools.cache
def forms() -> list[tuple[Image.Image, FormTemplate]]:
    """Print forms that were filled but for their boxes: short words, long words, large type."""
    made = []
    for labels, variant in (
        (tuple(f"区分{number}に当たる方" for number in range(1, 7)), Variant.STANDARD),
        (_LONG, Variant.STANDARD),
        (_LONG[:5], Variant.LARGE),
    ):
        categories = tuple(
            Category(code=str(number), label=label, detail_label="名称" if number > 1 else None)
            for number, label in enumerate(labels, 1)
        )
        consultation = a_consultation(number=12, categories=categories)
        template = design(consultation).kind(variant)
        if template is None:
            raise LookupError(variant)
        page = fill(consultation, template, _ANSWERS)[0]
        made.append((page, template))
    return made


def cases(
    count: int,
    seed: int,
    copies: tuple[str, ...] = tuple(COPIERS),
    kinds: tuple[str, ...] = (*pen.CLEAR, *pen.DOUBTFUL, "nothing"),
) -> Iterator[Case]:
    """Draw kinds of marks so many times on kinds of copies."""
    sheets = forms()
    hands = {**pen.CLEAR, **pen.DOUBTFUL, "nothing": pen.nothing}
    for kind in kinds:
        draw = hands[kind]
        for copy in copies:
            for index in range(count):
                chance = random.Random(f"{seed} {kind} {copy} {index}")
                page, template = chance.choice(sheets)
                choices = [each for each in template.choices if each.page == 1]
                meant, other = chance.sample(range(len(choices)), 2)
                hand = pen.Pen(page.copy(), 300 / 25.4, chance, chance.uniform(0.4, 0.8))
                draw(hand, pen.Sheet(template, choices), meant, other)
                clear = kind in pen.CLEAR
                code = choices[meant].code if clear else None
                yield Case(kind, clear, code, copy, COPIERS[copy](hand.page, chance), template)


def read(case: Case) -> Marked | None:
    """Read the choices of a copy; None where the form was not found on it."""
    placement = place(find_sheet(case.raster), case.template)
    if placement is None:
        return None
    choices = [each for each in case.template.choices if each.page == 1]
    return find_marked(case.raster, placement, case.template, choices)


def verdict(case: Case, found: Marked | None) -> str:
    """Say what became of a mark."""
    if found is None:
        return "lost"
    value = None if found.choice is None else found.choice.code
    if found.doubt:
        return "flagged"
    if value == case.code:
        return "right"
    return "missed" if value is None else "wrong"


def choices() -> Table:
    """Measure every kind of mark a few times."""
    seen = Counter((case.clear, verdict(case, read(case))) for case in cases(2, 11))
    clear = sum(count for (is_clear, _), count in seen.items() if is_clear)
    rows = [
        Row(what="clear marks read", unit="%", ours=[100 * seen[True, "right"] / clear]),
        Row(
            what="clear marks flagged without need",
            unit="%",
            ours=[100 * seen[True, "flagged"] / clear],
            wanted="≤ 3",
        ),
        Row(
            what="marks taken wrongly in silence",
            unit="",
            ours=[seen[True, "wrong"] + seen[False, "wrong"]],
            wanted="0",
        ),
        Row(
            what="marks not seen",
            unit="",
            ours=[seen[True, "missed"] + seen[False, "missed"] + seen[True, "lost"]],
            wanted="0",
        ),
    ]
    return Table(title="Tick boxes", rows=rows)


def main() -> None:
    """Print what became of every kind of mark on every kind of copy."""
    parser = argparse.ArgumentParser(description="Measure how marks in tick boxes are read.")
    parser.add_argument("--count", type=int, default=3, help="of each kind on each copy")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--copy", choices=list(COPIERS), action="append")
    parser.add_argument("--keep", help="folder for pictures of what did not come out as it should")
    wanted = parser.parse_args()
    seen: Counter[tuple[str, str, str]] = Counter()
    for number, case in enumerate(cases(wanted.count, wanted.seed, tuple(wanted.copy or COPIERS))):
        came = verdict(case, read(case))
        seen[case.kind, case.copy, came] += 1
        good = {"right"} if case.clear or case.kind == "nothing" else {"flagged", "right"}
        if wanted.keep and came not in good:
            name = f"{wanted.keep}/{case.kind}-{case.copy}-{number}-{came}-{case.code}.png"
            Image.fromarray(case.raster.grey).save(name)
    kinds = list(dict.fromkeys(kind for kind, _, _ in seen))
    for kind in kinds:
        cells = []
        for copy in wanted.copy or COPIERS:
            counts = {came: n for (a, b, came), n in seen.items() if (a, b) == (kind, copy)}
            cells.append(", ".join(f"{came} {n}" for came, n in sorted(counts.items())))
        print(f"{kind:24} | {' | '.join(f'{each:24}' for each in cells)}")


if __name__ == "__main__":
    main()
