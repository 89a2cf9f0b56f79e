"""Reading a list of towns from a CSV file: our own three or four columns, or Japan Post's file.

Japan Post publishes all towns as a CSV without a header (utf_ken_all.csv, ken_all.csv). What it
writes in brackets is a note, and a long note goes on in further lines of the same code.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence

from app.domain.errors import FieldProblem, InvalidInput
from app.domain.gazetteer import PREFECTURES, TownRow

MOST_BYTES = 64 * 1024 * 1024
"""Japan Post's file of the whole country has 18 MB."""
_HEADERS = {
    "都道府県": "prefecture",
    "都道府県名": "prefecture",
    "prefecture": "prefecture",
    "市区町村": "city",
    "市区町村名": "city",
    "city": "city",
    "町域": "town",
    "町域名": "town",
    "町名": "town",
    "town": "town",
    "郵便番号": "postal_code",
    "postal_code": "postal_code",
}
_NEEDED = ("prefecture", "city", "town")
_KEN_ALL_COLUMNS = 15
_KEN_ALL = {"postal_code": 2, "prefecture": 6, "city": 7, "town": 8}
_NO_TOWN = re.compile("以下に掲載がない場合|.*の次に.*番地がくる場合|.*一円")
_MOST_PROBLEMS = 20
_LONGEST = 60


def rows_of(data: bytes) -> tuple[TownRow, ...]:
    """Read the rows of a file.

    Raises:
        InvalidInput: It cannot be read; every line that is wrong is named, up to twenty.
    """
    lines = list(csv.reader(io.StringIO(_text(data), newline="")))
    filled = [(number, line) for number, line in enumerate(lines, 1) if any(map(str.strip, line))]
    if not filled:
        raise InvalidInput("gazetteer_empty")
    if len(filled[0][1]) == _KEN_ALL_COLUMNS and filled[0][1][0].strip().isdecimal():
        return _checked(_joined(filled))
    return _checked(_ours(filled))


def _text(data: bytes) -> str:
    for codec in ("utf-8-sig", "cp932"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    raise InvalidInput("gazetteer_not_text")


def _ours(lines: Sequence[tuple[int, Sequence[str]]]) -> Iterator[tuple[int, TownRow | None]]:
    (_, header), *rest = lines
    columns = {
        _HEADERS[name]: at for at, each in enumerate(header) if (name := each.strip()) in _HEADERS
    }
    lacking = [each for each in _NEEDED if each not in columns]
    if lacking:
        raise InvalidInput("gazetteer_columns")
    for number, line in rest:
        yield number, _row(line, columns)


def _joined(lines: Sequence[tuple[int, Sequence[str]]]) -> Iterator[tuple[int, TownRow | None]]:
    """Read Japan Post's lines; those that go on with a note are left out."""
    open_note = False
    for number, line in lines:
        town = line[_KEN_ALL["town"]] if len(line) == _KEN_ALL_COLUMNS else ""
        goes_on, open_note = open_note, _is_open(town, open_note)
        if goes_on:
            continue
        row = _row(line, _KEN_ALL) if len(line) == _KEN_ALL_COLUMNS else None
        if row is not None:
            name = re.split("[（(]", row.town)[0]
            name = "" if _NO_TOWN.fullmatch(name) else name
            row = TownRow(row.prefecture, row.city, name, row.postal_code)
        yield number, row


def _is_open(town: str, before: bool) -> bool:  # noqa: FBT001 - what it was, and what it becomes
    return (before or "（" in town) and "）" not in town


def _row(line: Sequence[str], columns: dict[str, int]) -> TownRow | None:
    if max(columns[each] for each in _NEEDED) >= len(line):
        return None
    told = {name: line[at].strip() for name, at in columns.items() if at < len(line)}
    code = re.sub("[〒 -]", "", unicodedata.normalize("NFKC", told.get("postal_code", "")))
    return TownRow(told["prefecture"], told["city"], told["town"], code)


def _checked(rows: Iterator[tuple[int, TownRow | None]]) -> tuple[TownRow, ...]:
    kept: list[TownRow] = []
    problems: list[FieldProblem] = []
    for number, row in rows:
        problem = _problem(row)
        if problem is not None and len(problems) < _MOST_PROBLEMS:
            problems.append(FieldProblem(f"/{number}", problem))
        if row is not None:
            kept.append(row)
    if problems:
        raise InvalidInput("gazetteer_lines", problems=tuple(problems))
    if not any(each.town for each in kept):
        raise InvalidInput("gazetteer_empty")
    return tuple(kept)


def _problem(row: TownRow | None) -> str | None:
    if row is None:
        return "gazetteer_line_short"
    if row.prefecture not in PREFECTURES:
        return "gazetteer_prefecture_unknown"
    if not row.city or len(row.city) > _LONGEST:
        return "gazetteer_city_missing"
    if len(row.town) > _LONGEST:
        return "gazetteer_town_long"
    if row.postal_code and not re.fullmatch("[0-9]{7}", row.postal_code):
        return "gazetteer_postal_code"
    return None
