"""Which fields of a comment a person has to look at (確認が必要な欄).

What a rule confirms is not asked again: a measure named by the form's code or written out in full,
a tick box without a doubt. A name or an address that was read is always asked for, however sure
the machine is: 髙 and 高, 邉 and 邊 look alike to it, and no rule can tell a wrong name.
"""

from collections.abc import Iterator

from app.domain.comment import CommentRecord
from app.domain.comment_form import (
    ADDRESS,
    CATEGORY_CODE,
    CATEGORY_DETAIL,
    EMAIL,
    FAX,
    KIND,
    MEASURE,
    NAME,
    OPINION,
    PHONE,
    REPRESENTATIVE,
)
from app.domain.findings import FINDINGS, Calls

_ORDER = (
    MEASURE,
    KIND,
    NAME,
    ADDRESS,
    REPRESENTATIVE,
    CATEGORY_CODE,
    CATEGORY_DETAIL,
    OPINION,
    EMAIL,
    PHONE,
    FAX,
)


def fields_to_review(record: CommentRecord) -> tuple[str, ...]:
    """Give the fields a person has to look at, as JSON pointers, in the order of the form.

    Empty once a person has decided on the comment. A field somebody has corrected is asked for
    only where the rules still object to it.
    """
    if record.decision is not None or not (record.findings or record.by_ocr):
        return ()
    asked = {*_read_by_machine(record), *_objected_to(record)}
    rest = sorted(asked.difference(_ORDER))
    return (*(each for each in _ORDER if each in asked), *rest)


def _read_by_machine(record: CommentRecord) -> Iterator[str]:
    for pointer, reading in record.readings.items():
        # The verdict on the measure name says whether that reading is confirmed.
        if reading.source == "ocr" and pointer != MEASURE and pointer not in record.corrections:
            yield pointer


def _objected_to(record: CommentRecord) -> Iterator[str]:
    for finding in record.findings:
        if finding.field is None or FINDINGS.get(finding.code, Calls.REVIEW) is Calls.NOTHING:
            continue
        seen = finding.field in record.corrections and finding in record.form_findings
        if not seen:
            yield finding.field
