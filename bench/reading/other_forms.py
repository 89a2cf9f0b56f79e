"""Forms that are not ours: ruled tables such as cities hand out, all invented.

A form is a list of cells in millimetres of A4. What is printed in a cell and what is written
there are told apart, so that the truth of every field is known.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy
from PIL import Image, ImageDraw, ImageFont

from app.domain.comment_form import (
    ADDRESS,
    CATEGORY_CODE,
    CATEGORY_DETAIL,
    MEASURE,
    NAME,
    OPINION,
    PHONE,
    REPRESENTATIVE,
)
from app.recognition.fonts import font_file
from bench.reading.letters import DOTS_PER_MM, Hand
from bench.reading.sheets import Cell, write_cell
from bench.reading.ticks import draw_mark

BoxMm = tuple[float, float, float, float]
"""Left, top, right, bottom in millimetres."""

_SHEET_MM = (210.0, 297.0)
_TYPE_MM = 3.9
_RULE_MM = 0.3
_SQUARE_MM = 3.6
_ROW_PITCH = 1.6
_INDENT_MM = 2.0
_DOT_MM, _DOT_EVERY_MM = 0.25, 1.2
_PEN_MM = 0.6

FURIGANA = "furigana"
"""What is written above the name in small kana; no field of a comment."""

CATEGORIES = (
    "市内に住所を有する方",
    "市内に勤務する方",
    "市内の学校に在学する方",
    "市内に事務所又は事業所を有する方",
    "市に納税義務を有する方",
    "その他の利害関係を有する方",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedCell:
    """A cell of a form.

    Attributes:
        box: Where it is.
        words: What is printed in it, line by line, from its left upper corner.
        middle: Whether the words stand in the middle of it, as labels do.
        upright: Whether each letter of the words has a line of its own.
        small: Whether the words are a note in small type.
        field: What is written in it, or None.
        at: Where in it that is written; the whole cell if None.
        pitch: Distance of its printed writing lines, 0 where there are none.
        solid: Whether those are solid rules and not dotted ones.
        choices: What is printed to choose from.
        boxes: Whether the choices have tick boxes; else their numbers are ringed.
        ruled: Which of its sides are drawn: left, top, right, bottom.
    """

    box: BoxMm
    words: Sequence[str] = ()
    middle: bool = False
    upright: bool = False
    small: bool = False
    field: str | None = None
    at: BoxMm | None = None
    pitch: float = 0.0
    solid: bool = False
    choices: Sequence[str] = ()
    boxes: bool = True
    ruled: str = "ltrb"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherForm:
    """A form of some city.

    Attributes:
        name: How it is called here.
        title: Printed above it, in larger type.
        notes: Printed below it.
        cells: Its cells.
    """

    name: str
    title: str
    cells: Sequence[PrintedCell]
    notes: Sequence[str] = ()
    fields: Sequence[str] = field(default=())

    @property
    def asked(self) -> tuple[str, ...]:
        """Give the fields it asks for."""
        return tuple(each.field for each in self.cells if each.field and each.field != FURIGANA)


def _rows(
    rows: Sequence[tuple[Sequence[str], float, Mapping[str, object]]],
    *,
    left: float = 20.0,
    top: float = 45.0,
    right: float = 190.0,
    label: float = 42.0,
) -> list[PrintedCell]:
    """Set labels at the left, what is written at the right."""
    cells: list[PrintedCell] = []
    for words, high, more in rows:
        cells.append(
            PrintedCell(box=(left, top, left + label, top + high), words=words, middle=True)
        )
        box = (left + label, top, right, top + high)
        cells.append(PrintedCell(box=box, **more))  # type: ignore[arg-type]
        top += high
    return cells


def _with_boxes() -> OtherForm:
    cells = _rows(
        [
            (["施策の案の名称"], 14, {"field": MEASURE}),
            (["住　　所", "（所在地）"], 16, {"field": ADDRESS}),
            (["氏　　名"], 14, {"field": NAME}),
            (["電話番号（任意）"], 12, {"field": PHONE}),
            (
                ["区　　分", "（該当する□に✓）".replace("✓", "レ")],
                48,
                {"field": CATEGORY_CODE, "choices": CATEGORIES},
            ),
            (["意見の内容"], 110, {"field": OPINION, "pitch": 9.0}),
        ]
    )
    notes = ("※電話での意見は受け付けておりません。", "※この用紙でなくても提出できます。")
    return OtherForm(name="boxes", title="意　見　書", cells=cells, notes=notes)


def _with_labels_above() -> OtherForm:
    cells = [
        PrintedCell(box=(20, 45, 190, 53), words=["案件名"], middle=True),
        PrintedCell(box=(20, 53, 190, 66), field=MEASURE),
        PrintedCell(box=(20, 66, 110, 74), words=["氏名（団体の場合は名称）"], middle=True),
        PrintedCell(box=(110, 66, 190, 74), words=["電話番号"], middle=True),
        PrintedCell(box=(20, 74, 110, 90), field=NAME),
        PrintedCell(box=(110, 74, 190, 90), field=PHONE),
        PrintedCell(box=(20, 90, 190, 98), words=["ご住所"], middle=True),
        PrintedCell(box=(20, 98, 190, 113), field=ADDRESS),
        PrintedCell(
            box=(20, 113, 190, 122), words=["ご意見（具体的にご記入ください）"], middle=True
        ),
        PrintedCell(box=(20, 122, 190, 262), field=OPINION, pitch=10.0, solid=True),
    ]
    return OtherForm(name="above", title="パブリックコメント意見提出用紙", cells=cells)


def _with_section() -> OtherForm:
    cells = [
        PrintedCell(box=(18, 50, 30, 108), words=list("意見提出者"), middle=True, upright=True),
        PrintedCell(box=(30, 50, 66, 58), words=["ふりがな"], middle=True),
        PrintedCell(box=(66, 50, 192, 58), field=FURIGANA),
        PrintedCell(box=(30, 58, 66, 74), words=["氏　名"], middle=True),
        PrintedCell(box=(66, 58, 192, 74), field=NAME),
        PrintedCell(box=(30, 74, 66, 94), words=["住　所"], middle=True),
        PrintedCell(
            box=(66, 74, 192, 94), words=["〒　　　－"], field=ADDRESS, at=(66, 80, 192, 94)
        ),
        PrintedCell(box=(30, 94, 66, 108), words=["連絡先", "（電話番号）"], middle=True),
        PrintedCell(box=(66, 94, 192, 108), field=PHONE),
        PrintedCell(box=(18, 108, 66, 122), words=["対象となる案の名称"], middle=True),
        PrintedCell(box=(66, 108, 192, 122), field=MEASURE),
        PrintedCell(box=(18, 122, 58, 132), words=["該当箇所"], middle=True),
        PrintedCell(box=(58, 122, 192, 132), words=["ご意見及びその理由"], middle=True),
        PrintedCell(box=(18, 132, 58, 255)),
        PrintedCell(box=(58, 132, 192, 255), field=OPINION),
    ]
    return OtherForm(name="section", title="意見提出様式", cells=cells)


def _of_a_body() -> OtherForm:
    cells = _rows(
        [
            (["団体名"], 14, {"field": NAME}),
            (["代表者の氏名"], 14, {"field": REPRESENTATIVE}),
            (["事務所の所在地"], 16, {"field": ADDRESS}),
            (["電話番号"], 12, {"field": PHONE}),
            (["計画の名称"], 14, {"field": MEASURE}),
        ],
        top=60.0,
        label=50.0,
    )
    cells += [
        PrintedCell(box=(20, 130, 70, 250), words=["意見・提案等", "の内容"], middle=True),
        PrintedCell(
            box=(70, 130, 190, 250),
            words=["※箇条書きなど、簡潔にご記入ください。"],
            small=True,
            field=OPINION,
            at=(70, 138, 190, 250),
        ),
    ]
    return OtherForm(name="body", title="意見提出用紙（団体用）", cells=cells)


def _with_labels_inside() -> OtherForm:
    def inside(words: str, box: BoxMm, pointer: str, **more: float) -> PrintedCell:
        left, top, right, bottom = box
        return PrintedCell(
            box=box,
            words=[words],
            field=pointer,
            at=(left, top + 8, right, bottom),
            **more,  # type: ignore[arg-type]
        )

    cells = [
        inside("【計画名】", (22, 48, 188, 72), MEASURE),
        inside("【住所】", (22, 72, 188, 96), ADDRESS),
        inside("【氏名】", (22, 96, 105, 120), NAME),
        inside("【電話】", (105, 96, 188, 120), PHONE),
        inside("【ご意見】", (22, 120, 188, 250), OPINION),
    ]
    return OtherForm(name="inside", title="ご意見記入用紙", cells=cells)


def _with_open_sides() -> OtherForm:
    cells = [
        PrintedCell(
            box=each.box,
            words=each.words,
            middle=each.middle,
            field=each.field,
            choices=each.choices,
            boxes=each.boxes,
            ruled="trb" if each.middle else "ltb",
        )
        for each in _rows(
            [
                (["案の名称"], 14, {"field": MEASURE}),
                (["氏名"], 14, {"field": NAME}),
                (["住所"], 16, {"field": ADDRESS}),
                (
                    ["意見提出者の区分", "（番号に○）"],
                    46,
                    {"field": CATEGORY_CODE, "choices": CATEGORIES, "boxes": False},
                ),
                (["該当する事項"], 14, {"field": CATEGORY_DETAIL}),
                (["意見"], 100, {"field": OPINION}),
            ],
            label=46.0,
        )
    ]
    return OtherForm(name="open", title="意見書", cells=cells, notes=("（裏面に続けて書けます）",))


FORMS: Mapping[str, OtherForm] = {
    each.name: each
    for each in (
        _with_boxes(),
        _with_labels_above(),
        _with_section(),
        _of_a_body(),
        _with_labels_inside(),
        _with_open_sides(),
    )
}
"""Every layout, by name."""


def filled(
    form: OtherForm,
    hand: Hand,
    answers: Mapping[str, str],
    chance: random.Random,
    *,
    marked: Sequence[int] = (),
    size_mm: float = 4.6,
) -> Image.Image:
    """Print a form and fill it in.

    Args:
        form: The form.
        hand: Who writes.
        answers: What is written, by JSON pointer; a field that is missing stays empty.
        chance: Draws the unevenness of the hand.
        marked: Which choices are marked, from 0.
        size_mm: How large is written.
    """
    wide, high = (round(each * DOTS_PER_MM) for each in _SHEET_MM)
    page = Image.new("L", (wide, high), 255)
    _print_text(page, form.title, (105, 28), _TYPE_MM * 1.5, middle=True)
    bottom = max(each.box[3] for each in form.cells)
    for number, note in enumerate(form.notes):
        _print_text(page, note, (20, bottom + 3 + 5.0 * number), _TYPE_MM * 0.8)
    ink = numpy.zeros((high, wide), numpy.uint8)
    for cell in form.cells:
        _print_cell(page, cell)
        if cell.choices:
            _mark(ink, cell, marked, chance)
        elif cell.field and answers.get(cell.field):
            small = size_mm * 0.7 if cell.field == FURIGANA else size_mm
            write_cell(ink, _room(cell), hand, answers[cell.field], small, chance)
    paper = numpy.asarray(page).astype(numpy.float32)
    cover = ink.astype(numpy.float32) / 255.0
    return Image.fromarray(numpy.minimum(paper, 255.0 - cover * 220.0).astype(numpy.uint8))


def _room(cell: PrintedCell) -> Cell:
    left, top, right, bottom = cell.at or cell.box
    rows: list[float] = []
    at = top + cell.pitch
    while cell.pitch and at < bottom - 1:
        rows.append(at * DOTS_PER_MM)
        at += cell.pitch
    box = tuple(each * DOTS_PER_MM for each in (left, top, right, bottom))
    return Cell((box[0], box[1], box[2], box[3]), tuple(rows))


def _print_cell(page: Image.Image, cell: PrintedCell) -> None:
    draw = ImageDraw.Draw(page)
    left, top, right, bottom = (each * DOTS_PER_MM for each in cell.box)
    width = round(_RULE_MM * DOTS_PER_MM)
    sides: Mapping[str, tuple[float, float, float, float]] = {
        "l": (left, top, left, bottom),
        "t": (left, top, right, top),
        "r": (right, top, right, bottom),
        "b": (left, bottom, right, bottom),
    }
    for side in cell.ruled:
        draw.line(sides[side], fill=0, width=width)
    for y in _room(cell).rows:
        if cell.solid:
            draw.line((left, y, right, y), fill=0, width=2)
            continue
        x = left + 3 * DOTS_PER_MM
        while x < right - 3 * DOTS_PER_MM:
            draw.rectangle((x, y, x + _DOT_MM * DOTS_PER_MM, y + 2), fill=0)
            x += _DOT_EVERY_MM * DOTS_PER_MM
    size = _TYPE_MM * (0.75 if cell.small else 1.0)
    pitch = size * (1.1 if cell.upright else _ROW_PITCH)
    x, y = cell.box[0] + _INDENT_MM, cell.box[1] + _INDENT_MM
    if cell.middle:
        x = (cell.box[0] + cell.box[2]) / 2
        y = (cell.box[1] + cell.box[3] - pitch * (len(cell.words) - 1) - size) / 2
    for number, line in enumerate(cell.words):
        _print_text(page, line, (x, y + number * pitch), size, middle=cell.middle)
    for number, line in enumerate(cell.choices):
        x, y = _choice_at(cell, number)
        if cell.boxes:
            square = (x, y, x + _SQUARE_MM, y + _SQUARE_MM)
            dots = tuple(each * DOTS_PER_MM for each in square)
            draw.rectangle((dots[0], dots[1], dots[2], dots[3]), outline=0, width=3)
        else:
            _print_text(page, str(number + 1), (x + 0.8, y), _TYPE_MM)
        _print_text(page, line, (x + _SQUARE_MM + 3, y), _TYPE_MM)


def _choice_at(cell: PrintedCell, number: int) -> tuple[float, float]:
    left, top, _, bottom = cell.box
    pitch = (bottom - top - 2) / len(cell.choices)
    return left + 4, top + 1 + number * pitch + (pitch - _SQUARE_MM) / 2


def _mark(
    ink: numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.uint8]],
    cell: PrintedCell,
    marked: Sequence[int],
    chance: random.Random,
) -> None:
    for number in marked:
        x, y = _choice_at(cell, number)
        side = _SQUARE_MM
        if cell.boxes:
            box = tuple(each * DOTS_PER_MM for each in (x, y, x + side, y + side))
            draw_mark(ink, (box[0], box[1], box[2], box[3]), _PEN_MM * DOTS_PER_MM, chance)
        else:
            _ring(ink, (x + 1.8, y + side / 2), 3.1, chance)


def _ring(
    ink: numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.uint8]],
    middle: tuple[float, float],
    radius: float,
    chance: random.Random,
) -> None:
    canvas = Image.fromarray(ink)
    turns = numpy.linspace(0, 6.4, 40) + chance.uniform(0, 6.28)
    flat = chance.uniform(0.85, 1.0)
    points = [
        (
            (middle[0] + radius * float(numpy.cos(each)) + chance.gauss(0, 0.04)) * DOTS_PER_MM,
            (middle[1] + radius * flat * float(numpy.sin(each))) * DOTS_PER_MM,
        )
        for each in turns
    ]
    width = round(_PEN_MM * DOTS_PER_MM)
    ImageDraw.Draw(canvas).line(points, fill=255, width=width, joint="curve")
    ink[:] = numpy.asarray(canvas)


def _print_text(
    page: Image.Image,
    text: str,
    place: tuple[float, float],
    size_mm: float,
    *,
    middle: bool = False,
) -> None:
    font = ImageFont.truetype(str(font_file()), round(size_mm * DOTS_PER_MM))
    x, y = (each * DOTS_PER_MM for each in place)
    ImageDraw.Draw(page).text((x, y), text, fill=0, font=font, anchor="ma" if middle else "la")
