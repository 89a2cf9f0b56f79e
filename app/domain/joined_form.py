"""A form split over a mail and what is attached to it, put together.

What the mail itself says stays; what it leaves out is taken from the attachment. Where both say
something and it differs, nobody decides but a person.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

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
    CommentForm,
    Reading,
)
from app.domain.cover_note import is_cover_note
from app.domain.findings import Finding
from app.domain.opinion_marks import freed, without_marks
from app.domain.submitter import CategoryChoice
from app.domain.text import fold, is_missing

_ITEMS = frozenset({NAME, ADDRESS, REPRESENTATIVE, CATEGORY_CODE, CATEGORY_DETAIL, MEASURE})
_NUMBERS = frozenset({PHONE, FAX})
_AS_A_WHOLE = frozenset({NAME, REPRESENTATIVE, EMAIL})
"""Fields of which a part is something else; of an address or a title a part is the same."""


def is_labelled(form: CommentForm) -> bool:
    """Say whether items of the form were found, not only running text."""
    return form.consultation_number is not None or bool(_ITEMS & set(form.readings))


def says_something(form: CommentForm) -> bool:
    """Say whether there is more in it than a note that something is attached."""
    return is_labelled(form) or not (is_missing(form.opinion) or is_cover_note(freed(form.opinion)))


def with_email(form: CommentForm, address: str | None) -> CommentForm:
    """Put the address a mail came from where nothing else gave one."""
    if address is None or not is_missing(form.submitter.email):
        return form
    return replace(
        form,
        submitter=replace(form.submitter, email=address),
        readings={**form.readings, EMAIL: Reading(value=address, source="text")},
    )


def join(form: CommentForm, other: CommentForm, *, filename: str) -> CommentForm:
    """Join a form with one that was attached.

    Args:
        form: What the mail says, and what was joined to it before.
        other: What the attachment says.
        filename: The attachment's name, for the findings.
    """
    data = {"filename": filename}
    mine, theirs = _values(form), _values(other)
    labelled = is_labelled(other)
    taken: set[str] = set()
    findings: list[Finding] = []
    for pointer, value in theirs.items():
        if is_missing(value) or (pointer != OPINION and not labelled and pointer != EMAIL):
            continue
        own = mine[pointer]
        if is_missing(own) or (pointer == OPINION and _gives_way(form, own)):
            taken.add(pointer)
        elif pointer == OPINION:
            findings.extend(_of_opinions(str(own), str(value), data, labelled=labelled))
        elif not _agree(pointer, str(own), str(value)):
            findings.append(Finding(code="attachment_contradicts", field=pointer, data=data))
    if OPINION in taken and not labelled:
        findings.append(Finding(code="low_confidence", field=OPINION))
    if not taken and not labelled:
        return replace(form, findings=(*form.findings, *findings))
    if taken:
        findings.append(Finding(code="attachment_joined", data=data))
    return _rebuilt(form, other, taken, findings)


def _gives_way(form: CommentForm, opinion: str | None) -> bool:
    """Say whether the text of a mail is no opinion beside one that was attached."""
    return not is_labelled(form) and is_cover_note(freed(opinion or ""))


def _of_opinions(own: str, other: str, data: Mapping[str, str], *, labelled: bool) -> list[Finding]:
    if fold(other) in fold(own):
        return []
    if labelled:
        return [Finding(code="attachment_contradicts", field=OPINION, data=data)]
    return [Finding(code="attachment_not_joined", data=data)]


def _agree(pointer: str, own: str, other: str) -> bool:
    if pointer in _NUMBERS:
        return re.sub(r"\D", "", fold(own)) == re.sub(r"\D", "", fold(other))
    first, second = fold(own), fold(other)
    if pointer in _AS_A_WHOLE:
        return first == second
    return first in second or second in first


def _values(form: CommentForm) -> dict[str, str | None]:
    who = form.submitter
    return {
        NAME: who.name,
        ADDRESS: who.address,
        REPRESENTATIVE: who.representative,
        CATEGORY_CODE: who.category.code,
        CATEGORY_DETAIL: who.category.detail,
        EMAIL: who.email,
        PHONE: who.phone,
        FAX: who.fax,
        MEASURE: form.measure_written,
        OPINION: form.opinion,
    }


def _rebuilt(
    form: CommentForm, other: CommentForm, taken: set[str], findings: list[Finding]
) -> CommentForm:
    theirs = _values(other)
    values = {
        pointer: theirs[pointer] if pointer in taken else value
        for pointer, value in _values(form).items()
    }
    readings: dict[str, Reading] = {
        pointer: each for pointer, each in form.readings.items() if pointer not in taken
    }
    readings.update({p: each for p, each in other.readings.items() if p in taken})
    who = other.submitter if NAME in taken else form.submitter
    return replace(
        form,
        submitter=replace(
            form.submitter,
            kind=who.kind,
            name=values[NAME],
            address=values[ADDRESS],
            representative=values[REPRESENTATIVE],
            category=CategoryChoice(code=values[CATEGORY_CODE], detail=values[CATEGORY_DETAIL]),
            email=values[EMAIL],
            phone=values[PHONE],
            fax=values[FAX],
        ),
        measure_written=values[MEASURE],
        opinion=values[OPINION] or "",
        readings=readings,
        findings=(
            *(without_marks(form.findings) if OPINION in taken else form.findings),
            *findings,
            *other.findings,
        ),
        consultation_number=form.consultation_number or other.consultation_number,
        by_ocr=form.by_ocr or other.by_ocr,
        pages=(*form.pages, *other.pages),
    )
