"""Making a comment of the fields that were found, whichever way they were found."""

from collections.abc import Mapping, Sequence

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
    Box,
    CommentForm,
    Reading,
)
from app.domain.field_labels import BODY_NAME
from app.domain.findings import Finding
from app.domain.submitter import CategoryChoice, Submitter, SubmitterKind

NOWHERE: Mapping[str, Box] = {}


def form_of_fields(
    values: Mapping[str, str],
    findings: Sequence[Finding],
    *,
    source: str,
    boxes: Mapping[str, Box] = NOWHERE,
    page: int | None = None,
) -> CommentForm:
    """Make a comment.

    Args:
        values: What was found, by JSON pointer, a body's name under ``BODY_NAME``.
        findings: What was noticed.
        source: What the readings name as their source.
        boxes: Where on the page a value stands, by the same keys.
        page: That page.
    """
    name, representative = values.get(NAME), values.get(REPRESENTATIVE)
    name_key, representative_key = NAME, REPRESENTATIVE
    kind = SubmitterKind.INDIVIDUAL
    if BODY_NAME in values or representative is not None:
        kind = SubmitterKind.ORGANIZATION
    if BODY_NAME in values:
        if representative is None:
            # A body's paper names its representative as 氏名.
            representative, representative_key = name, NAME
        name, name_key = values[BODY_NAME], BODY_NAME
    said = {
        NAME: name,
        ADDRESS: values.get(ADDRESS),
        REPRESENTATIVE: representative,
        CATEGORY_CODE: values.get(CATEGORY_CODE),
        CATEGORY_DETAIL: values.get(CATEGORY_DETAIL),
        EMAIL: values.get(EMAIL),
        PHONE: values.get(PHONE),
        FAX: values.get(FAX),
        MEASURE: values.get(MEASURE),
        OPINION: values.get(OPINION) or None,
    }
    keys = {NAME: name_key, REPRESENTATIVE: representative_key}
    places = {pointer: boxes.get(keys.get(pointer, pointer)) for pointer in said}
    return CommentForm(
        submitter=Submitter(
            kind=kind,
            name=name,
            address=said[ADDRESS],
            representative=representative,
            category=CategoryChoice(code=said[CATEGORY_CODE], detail=said[CATEGORY_DETAIL]),
            email=said[EMAIL],
            phone=said[PHONE],
            fax=said[FAX],
        ),
        measure_written=said[MEASURE],
        opinion=said[OPINION] or "",
        readings={
            pointer: Reading(
                value=value,
                source=source,
                page=page if places[pointer] is not None else None,
                box=places[pointer],
            )
            for pointer, value in said.items()
            if value is not None
        },
        findings=tuple(findings),
    )
