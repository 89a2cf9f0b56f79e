"""The text of .xlsx and .xls: a row a line, cells parted by tabs, hidden sheets left out."""

import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice

import openpyxl
import xlrd

from app.channels.email.files.found import FileClosed

_MAX_ROWS = 20_000
_MAX_COLUMNS = 200
_VISIBLE = "visible"


def xlsx_text(data: bytes) -> str:
    """Give the text of a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    return _text(
        (cell.value for cell in row)
        for sheet in book.worksheets
        if sheet.sheet_state == _VISIBLE
        for row in sheet.iter_rows(max_col=_MAX_COLUMNS)
    )


def xls_text(data: bytes) -> str:
    """Give the text of a workbook of the binary kind.

    Raises:
        FileClosed: It needs a password.
    """
    try:
        book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO())
    except xlrd.XLRDError as error:
        locked = "encrypted" in str(error).lower()
        raise FileClosed("attachment_encrypted" if locked else "attachment_unread") from error
    return _text(
        sheet.row_values(number, end_colx=min(sheet.ncols, _MAX_COLUMNS))
        for sheet in book.sheets()
        if sheet.visibility == 0
        for number in range(sheet.nrows)
    )


def _text(rows: Iterable[Iterable[object]]) -> str:
    return "\n".join(islice(_lines(rows), _MAX_ROWS))


def _lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Give rows that hold something, without the empty cells that lay a form out."""
    for row in rows:
        cells = [text for value in row if (text := _cell(value).strip())]
        if cells:
            yield "\t".join(cells)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
