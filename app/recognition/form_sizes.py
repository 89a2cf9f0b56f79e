"""How large things are on the kinds of the form; all lengths in millimetres, type in points."""

from dataclasses import dataclass

from app.recognition.form_template import Variant

MILLIMETRES_PER_POINT = 25.4 / 72


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The sizes of one kind.

    Attributes:
        top: Where the ruled body begins; above are title and QR code.
        bottom: Where it ends; below stands the office's address.
        label_width: Of the column of labels.
        cell: Height of a writing cell.
        address_cell: Height of that for the address.
        opinion_row: Least distance of the opinion's writing lines.
        heading: Height of a strip above choices or opinion.
        tick: Side of a tick box.
        category_row: Least height of one category.
        category_line: Distance of the lines of its words.
        caption_points: Labels beside the cells and on strips.
        hint_points: Hints below labels.
        strip_points: Hints on strips.
        line_points: Guidance, office and deadline.
        choice_points: Categories.
        measure_points: The measure's name.
        procedure_points: The line above the title.
        title_points: The title.
        number_points: The form's number.
    """

    top: float = 30.0
    bottom: float = 264.0
    label_width: float = 34.0
    cell: float = 13.0
    address_cell: float = 16.0
    opinion_row: float = 12.0
    heading: float = 6.5
    tick: float = 5.0
    category_row: float = 9.0
    category_line: float = 4.4
    caption_points: float = 10.5
    hint_points: float = 7.0
    strip_points: float = 8.0
    line_points: float = 8.5
    choice_points: float = 10.0
    measure_points: float = 12.0
    procedure_points: float = 9.0
    title_points: float = 21.0
    number_points: float = 9.0


_STANDARD = Sizes()
_LARGE = Sizes(
    top=34.0,
    bottom=257.0,
    label_width=46.0,
    cell=18.0,
    address_cell=24.0,
    opinion_row=17.0,
    heading=9.5,
    tick=7.0,
    category_row=13.0,
    category_line=6.6,
    caption_points=15.5,
    hint_points=11.0,
    strip_points=12.0,
    line_points=12.0,
    choice_points=15.0,
    measure_points=17.0,
    procedure_points=11.0,
    title_points=19.0,
    number_points=10.0,
)


def sizes_of(variant: Variant) -> Sizes:
    """Give the sizes of a kind of the form."""
    return _LARGE if variant is Variant.LARGE else _STANDARD
