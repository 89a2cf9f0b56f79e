"""Splitting the pages of a submission into comments: a page that names itself page 1 begins one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.domain.comment_form import (
    ADDRESS,
    CATEGORY_CODE,
    CATEGORY_DETAIL,
    MEASURE,
    NAME,
    OPINION,
    REPRESENTATIVE,
    CommentForm,
    Reading,
)
from app.domain.findings import Finding
from app.domain.labelled_text import read_labelled
from app.domain.submitter import CategoryChoice, Submitter, SubmitterKind
from app.recognition.form_template import FormTemplate
from app.recognition.reading import PageReading

Templates = Mapping[tuple[int, int], FormTemplate]

_UNSURE = frozenset({"registration_doubtful", "form_template_unknown"})
"""A page that shows signs of our form begins a comment of its own: two are better than a merger."""


@dataclass(slots=True)
class _Group:
    """The pages of one comment."""

    pages: list[PageReading] = field(default_factory=list)
    blanks: int = 0

    @property
    def form_pages(self) -> frozenset[int]:
        return frozenset(each.form_page for each in self.pages if each.form_page is not None)


def forms_in(
    reading: Sequence[PageReading],
    templates: Templates,
    *,
    offset: int = 0,
    findings: Sequence[Finding] = (),
) -> tuple[CommentForm, ...]:
    """Split the pages of a document into comments; none of its pages is lost.

    Args:
        reading: Its pages as they were read.
        templates: The templates they were read by, by consultation number and revision.
        offset: Pages of the submission that came before this document.
        findings: What was noticed about the document as a whole; goes to its last comment.

    Returns:
        At least one comment, so that a person sees what could not be read.
    """
    by_id = {each.id: each for each in templates.values()}
    groups = _grouped(reading, by_id)
    if not groups:
        code = "page_blank" if reading else "file_unreadable"
        own = () if findings else (Finding(code=code),)
        pages = tuple(offset + each.page for each in reading)
        blank = CommentForm(by_ocr=True, findings=(*own, *findings), pages=pages)
        return (blank if own or not reading else _with(blank, Finding(code=code)),)
    forms = [_form(group, by_id, offset) for group in groups]
    if findings:
        forms[-1] = _with(forms[-1], *findings)
    return tuple(forms)


def _with(form: CommentForm, *findings: Finding) -> CommentForm:
    return replace(form, findings=(*form.findings, *findings))


def _grouped(reading: Sequence[PageReading], by_id: Mapping[str, FormTemplate]) -> list[_Group]:
    groups: list[_Group] = []
    blanks = 0
    for page in reading:
        if page.blank:
            if groups:
                groups[-1].blanks += 1
            else:
                blanks += 1
        elif groups and _belongs(page, groups[-1], by_id):
            groups[-1].pages.append(page)
        else:
            groups.append(_Group(pages=[page], blanks=blanks))
            blanks = 0
    return groups


def _belongs(page: PageReading, group: _Group, by_id: Mapping[str, FormTemplate]) -> bool:
    """Say whether a page goes on with a comment."""
    first = group.pages[0]
    if page.form_page is not None:
        return (
            page.form_page > 1
            and page.form_page not in group.form_pages
            and page.consultation_number == first.consultation_number
        )
    if _codes(page) & _UNSURE:
        return False
    if "page_unreadable" in _codes(page):
        template = by_id.get(first.template or "")
        return template is not None and len(group.pages) < template.pages
    return True


def _codes(page: PageReading) -> frozenset[str]:
    return frozenset(each.code for each in page.findings)


def _form(group: _Group, by_id: Mapping[str, FormTemplate], offset: int) -> CommentForm:
    template = next(
        (by_id[each.template] for each in group.pages if each.template and each.template in by_id),
        None,
    )
    free = _free_text(group)
    form = _from_template(group, template, free, offset) if template else _from_text(free)
    findings = [Finding(code="read_by_ocr"), *form.findings]
    findings += [each for page in group.pages for each in page.findings]
    findings += [Finding(code="page_blank_dropped")] * min(1, group.blanks)
    if template is None and "page_unreadable" not in {each.code for each in findings}:
        findings.append(Finding(code="not_our_form"))
    number = next((each.consultation_number for each in group.pages if each.consultation_number), 0)
    return replace(
        form,
        findings=tuple(_once(findings)),
        consultation_number=number or None,
        by_ocr=True,
        pages=tuple(offset + each.page for each in group.pages),
    )


def _once(findings: Sequence[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    for each in findings:
        if each not in kept:
            kept.append(each)
    return kept


def _free_text(group: _Group) -> str:
    return "\n".join(each.text for each in group.pages if each.text)


def _from_template(group: _Group, template: FormTemplate, free: str, offset: int) -> CommentForm:
    readings: dict[str, Reading] = {}
    for page in group.pages:
        for pointer, reading in page.readings.items():
            readings.setdefault(pointer, replace(reading, page=offset + page.page))
    first = group.pages[0]
    readings[MEASURE] = Reading(
        value=template.measure_name,
        source="qr",
        page=offset + first.page,
        template=template.id,
    )
    opinion = _value(readings, OPINION) or ""
    # What follows on loose sheets is the rest of the opinion.
    opinion = "\n".join(each for each in (opinion, free) if each)
    representative = _value(readings, REPRESENTATIVE)
    return CommentForm(
        submitter=Submitter(
            kind=SubmitterKind.ORGANIZATION if representative else SubmitterKind.INDIVIDUAL,
            name=_value(readings, NAME),
            address=_value(readings, ADDRESS),
            representative=representative,
            category=CategoryChoice(
                code=_value(readings, CATEGORY_CODE), detail=_value(readings, CATEGORY_DETAIL)
            ),
        ),
        measure_written=template.measure_name,
        opinion=opinion,
        readings=readings,
    )


def _value(readings: Mapping[str, Reading], pointer: str) -> str | None:
    reading = readings.get(pointer)
    return None if reading is None else reading.value


def _from_text(text: str) -> CommentForm:
    """Take from a free letter what its labels say; its opinion is at worst all of it."""
    if not text:
        return CommentForm()
    form = read_labelled(text, source="ocr")
    return form if form.opinion else replace(form, opinion=text)
