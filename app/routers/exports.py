"""Comments as tables: CSV, a workbook, or JSON; no cell of the tables can run as a formula."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from app.domain.comment import CommentRecord
from app.domain.envelope import in_japan

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Value = str | int | None
Row = Mapping[str, Value]
Columns = Mapping[str, Callable[[CommentRecord], Value]]

_RUNS = frozenset("=+-@")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BOM = "\ufeff"
_LINES_AT_ONCE = 200

OPINIONS: Columns = {
    "receipt_number": lambda record: record.receipt_number,
    "channel": lambda record: record.channel.value,
    "opinion_count": lambda record: record.opinion_count,
    "opinion": lambda record: record.opinion,
}
"""What may be published: nothing about the writer."""

FULL: Columns = {
    "receipt_number": lambda record: record.receipt_number,
    "consultation": lambda record: record.consultation,
    "submission_id": lambda record: record.submission_id,
    "status": lambda record: record.status.value,
    "channel": lambda record: record.channel.value,
    "delivery": lambda record: record.delivery.value if record.delivery else None,
    "received_at": lambda record: in_japan(record.received_at).isoformat(),
    "postmarked_on": lambda record: (
        record.postmarked_on.isoformat() if record.postmarked_on else None
    ),
    "collected_at": lambda record: (
        in_japan(record.collected_at).isoformat() if record.collected_at else None
    ),
    "timeliness": lambda record: record.timeliness.verdict.value,
    "deadline": lambda record: (
        in_japan(record.timeliness.deadline).isoformat() if record.timeliness.deadline else None
    ),
    "kind": lambda record: record.submitter.kind.value,
    "name": lambda record: record.submitter.name,
    "address": lambda record: record.submitter.address,
    "representative": lambda record: record.submitter.representative,
    "category": lambda record: record.submitter.category.code,
    "category_detail": lambda record: record.submitter.category.detail,
    "email": lambda record: record.submitter.email,
    "phone": lambda record: record.submitter.phone,
    "fax": lambda record: record.submitter.fax,
    "measure_written": lambda record: record.measure.written,
    "measure_verdict": lambda record: record.measure.verdict.value,
    "findings": lambda record: " ".join(dict.fromkeys(each.code for each in record.findings)),
    "decision": lambda record: record.decision.decision.value if record.decision else None,
    "decision_reason": lambda record: record.decision.reason if record.decision else None,
    "opinion_count": lambda record: record.opinion_count,
    "opinion": lambda record: record.opinion,
}
"""Everything about a comment that is one value."""


def csv_lines(header: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """Write rows as CSV: UTF-8 with BOM, CRLF, every text quoted."""
    buffer = io.StringIO()
    buffer.write(_BOM)
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(header)
    for place, row in enumerate(rows, start=1):
        writer.writerow([_cell(row[name]) for name in header])
        if place % _LINES_AT_ONCE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def json_chunks(consultation: str, view: str, rows: Iterable[Row]) -> Iterator[bytes]:
    """Write rows as one JSON document, values verbatim."""
    opening = json.dumps({"consultation": consultation, "view": view}, ensure_ascii=False)
    yield f'{opening[:-1]}, "items": ['.encode()
    for place, row in enumerate(rows):
        text = json.dumps(row, ensure_ascii=False)
        yield (f",\n{text}" if place else text).encode()
    yield b"]}"


def defused(text: str) -> str:
    """Keep a spreadsheet from taking text for a formula.

    Spreadsheets look past white space and take full-width signs for their narrow forms.
    """
    seen = unicodedata.normalize("NFKC", text.lstrip("\ufeff\u200b\u2060 \u3000\u00a0"))
    return f"'{text}" if seen[:1] in _RUNS or text[:1] in {"\t", "\r", "\n"} else text


def visible(text: str) -> str:
    """Show characters that no workbook can hold (XML 1.0 section 2.2)."""
    return _ILLEGAL.sub(lambda found: _picture(found.group()), text)


def _picture(character: str) -> str:
    # The control pictures stand in the same order as the characters they show.
    return chr(0x2400 + ord(character)) if character < " " else "\ufffd"


def _cell(value: Value) -> str | int:
    if value is None:
        return ""
    return value if isinstance(value, int) else defused(value)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "replace")
