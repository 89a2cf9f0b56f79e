"""Comments as a workbook for spreadsheet programs."""

import io
from collections.abc import Callable, Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from app.routers.exports import Row, Value, defused, visible

_CELL_UNITS = 32_000
"""A cell of a workbook takes 32,767 UTF-16 units; what is longer goes on in the next column."""


def workbook(header: Sequence[str], rows: Callable[[], Iterable[Row]]) -> bytes:
    """Write rows as a workbook of plain text and numbers.

    Args:
        header: The columns; the last of them may go on in further ones.
        rows: Gives the rows; asked twice, since the width stands before them.
    """
    more = max((len(_pieces(row[header[-1]])) for row in rows()), default=1)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("comments")
    further = (f"{header[-1]} ({place})" for place in range(2, more + 1))
    sheet.append([*header, *further])
    for row in rows():
        sheet.append(_sheet_row(sheet, [row[name] for name in header]))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _sheet_row(sheet: WriteOnlyWorksheet, values: Sequence[Value]) -> list[Cell]:
    *short, last = values
    texts: list[str | int] = []
    for value in short:
        pieces = _pieces(value)
        texts.append(f"{pieces[0]}…" if len(pieces) > 1 else pieces[0])
    texts.extend(_pieces(last))
    return [_sheet_cell(sheet, each) for each in texts]


def _sheet_cell(sheet: WriteOnlyWorksheet, value: str | int) -> Cell:
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        # Whatever it looks like, it is text.
        cell.data_type = "s"
    return cell


def _pieces(value: Value) -> list[str | int]:
    """Cut a long text so that each piece fits into one cell."""
    if value is None or isinstance(value, int):
        return ["" if value is None else value]
    text = visible(value)
    pieces: list[str | int] = []
    start, units = 0, 0
    for place, character in enumerate(text):
        width = 2 if character > "\uffff" else 1
        if units + width > _CELL_UNITS:
            pieces.append(defused(text[start:place]))
            start, units = place, 0
        units += width
    pieces.append(defused(text[start:]))
    return pieces
