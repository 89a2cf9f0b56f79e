"""Making comments of the pages of a submission: which pages belong together, what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

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
from app.domain.fax_header import fax_header, lacking
from app.domain.findings import Finding, moved
from app.domain.labelled_text import read_labelled
from app.domain.postal_cover import postal_cover
from app.domain.ruled_form import joined_pages, read_ruled
from app.domain.stack import Separator, StackRules
from app.domain.submitter import CategoryChoice, Submitter, SubmitterKind
from app.recognition.form_template import FormTemplate, Variant
from app.recognition.japanese import mended_address, mended_name
from app.recognition.reading import DocumentReading, PageReading
from app.recognition.stack import Group, codes_of, is_envelope, part
from app.recognition.word_reading import read_word_form, word_template

Templates = Mapping[tuple[int, int], FormTemplate]

_READ_BY_MACHINE = frozenset({"ocr", "mark"})
_SENTENCE_ENDS = tuple("。．！？!?」』）)")
_USUAL = StackRules()
_MENDED = {NAME: mended_name, REPRESENTATIVE: mended_name, ADDRESS: mended_address}


def forms_in(
    reading: Sequence[PageReading],
    templates: Templates,
    *,
    offset: int = 0,
    findings: Sequence[Finding] = (),
    rules: StackRules = _USUAL,
) -> tuple[CommentForm, ...]:
    """Make comments of the pages of one document; none of its pages is lost.

    Args:
        reading: Its pages as they were read.
        templates: The templates they were read by, by consultation number and revision.
        offset: Pages of the submission that came before this document.
        findings: What was noticed about the document as a whole; goes to its last comment.
        rules: How the stack was laid and scanned.

    Returns:
        At least one comment, so that a person sees what could not be read.
    """
    pages = tuple(replace(each, page=offset + each.page) for each in reading)
    document = DocumentReading(pages=pages, findings=tuple(findings))
    return forms_of([document], templates, rules)


def forms_of(
    documents: Sequence[DocumentReading], templates: Templates, rules: StackRules = _USUAL
) -> tuple[CommentForm, ...]:
    """Make comments of all documents of a submission, whose pages are numbered through it.

    Returns:
        At least one comment; and one for each document of which nothing could be read.
    """
    by_id = {each.id: each for template in templates.values() for each in template.every()}
    groups = part([each.pages for each in documents], by_id, rules)
    made: list[CommentForm] = []
    for document in documents:
        numbers = {each.page for each in document.pages}
        own = [each for each in groups if each.pages[0].page in numbers]
        forms = [_form(group, by_id) for group in own]
        read_with = any(each.page in numbers for group in groups for each in group.pages)
        if not own and not read_with and _asks_for_a_person(document, rules):
            forms = [_unread(document)]
        elif forms and document.findings:
            forms[-1] = _with(forms[-1], *document.findings)
        made.extend(_with_lacking(forms, document))
    return tuple(made or [_unread(each) for each in documents[:1]])


def _with_lacking(forms: list[CommentForm], document: DocumentReading) -> list[CommentForm]:
    """Say of which comment pages lack, by what a fax machine printed above those that came."""
    headers = [fax_header(each.header) if each.header else None for each in document.pages]
    found = lacking(headers)
    if found is None or not forms:
        return forms
    last, announced, came = found
    number = document.pages[last].page
    data = {"announced": str(announced), "found": str(came)}
    finding = Finding(code="pages_missing", data=data)
    at = next((at for at, each in enumerate(forms) if number in each.pages), len(forms) - 1)
    forms[at] = _with(forms[at], finding)
    return forms


def _asks_for_a_person(document: DocumentReading, rules: StackRules) -> bool:
    """Say whether a document without a comment needs one; a stack may hold separators only."""
    if not document.pages or document.findings:
        return True
    apart = rules.separator is not Separator.NONE or all(each.separator for each in document.pages)
    return not apart


def _unread(document: DocumentReading) -> CommentForm:
    """Give the comment of a document of which nothing could be read."""
    code = "page_blank" if document.pages else "file_unreadable"
    findings = document.findings or (Finding(code=code),)
    if document.findings and document.pages:
        findings = (*findings, Finding(code=code))
    pages = tuple(each.page for each in document.pages)
    return CommentForm(by_ocr=True, findings=findings, pages=pages)


def _with(form: CommentForm, *findings: Finding) -> CommentForm:
    return replace(form, findings=(*form.findings, *findings))


def _form(group: Group, by_id: Mapping[str, FormTemplate]) -> CommentForm:
    template = next(
        (by_id[each.template] for each in group.pages if each.template and each.template in by_id),
        None,
    )
    # An envelope that nothing came with is no opinion.
    free = "\n".join(each.text for each in group.pages if each.text and not is_envelope(each))
    typed = _is_typed(group)
    source = "text" if typed else "ocr"
    word = word_template(free, by_id) if template is None else None
    if template is not None:
        form = _from_template(group, template, free)
    elif word is not None:
        form = _filled(read_word_form(free, word, source=source), word, group.pages[0].page)
    elif any(each.cells for each in group.pages):
        form = _from_ruled(group)
    else:
        form = _from_text(free, source=source)
    findings = [Finding(code="text_layer_read" if typed else "read_by_ocr"), *form.findings]
    findings += _of_pages(group, by_id)
    findings += _of_covers(group)
    findings += _of_the_stack(group, template)
    if (
        template is None
        and word is None
        and "page_unreadable" not in {each.code for each in findings}
    ):
        findings.append(Finding(code="not_our_form"))
    number = next((each.consultation_number for each in group.pages if each.consultation_number), 0)
    if word is not None:
        number = word.consultation_number
    return replace(
        form,
        findings=tuple(_once(findings)),
        consultation_number=number or None,
        by_ocr=not typed,
        pages=_numbers(group),
        beside=_beside(group),
    )


def _is_typed(group: Group) -> bool:
    """Say whether everything was typed on a computer and nothing rests on its picture."""
    sources = {each.source for page in group.pages for each in page.readings.values()}
    texts = [each for each in group.pages if each.text]
    said = bool(sources or texts)
    plain = all(each.typed for each in texts) and not sources & _READ_BY_MACHINE
    return said and plain and not any("page_unreadable" in codes_of(each) for each in group.pages)


def _of_pages(group: Group, by_id: Mapping[str, FormTemplate]) -> list[Finding]:
    """Gather what was noticed page by page.

    The name on a further sheet keeps loose sheets together; what is doubtful about it is no
    doubt about the name on the first.
    """
    findings: list[Finding] = []
    for page in group.pages:
        template = by_id.get(page.template or "")
        further = template is not None and template.variant is Variant.CONTINUATION
        beside = further and page is not group.pages[0]
        findings += [
            moved(each, page=page.page)
            for each in page.findings
            if not (beside and each.field == NAME)
        ]
    return findings


def _numbers(group: Group) -> tuple[int, ...]:
    """Number the pages of a comment, what came before its first page first."""
    first = group.pages[0].page
    before = [each.page for each in group.covers if each.page <= first]
    after = [each.page for each in group.covers if each.page > first]
    return (*before, *(each.page for each in group.pages), *after)


def _of_covers(group: Group) -> list[Finding]:
    """Say what envelopes tell; a date is shown to a person, never taken for the postmark."""
    findings = []
    for page in (*group.covers, *group.pages):
        cover = postal_cover(_envelope_text(page))
        if cover is None:
            continue
        findings.append(Finding(code="envelope_apart"))
        if cover.postmark is not None:
            data = {"date": cover.postmark, "sheet": str(page.page)}
            findings.append(Finding(code="postmark_seen", field="/postmarked_on", data=data))
    return findings


def _envelope_text(page: PageReading) -> str:
    """Give what stands on the envelope that a page is, or that lies on it beside a letter."""
    return page.text if is_envelope(page) else page.envelope


def _beside(group: Group) -> tuple[tuple[str, str], ...]:
    """Give the lines beside a comment that may name its measure."""
    lines = [
        (line, "measure_name_from_envelope")
        for page in (*group.covers, *group.pages)
        for line in _envelope_text(page).split("\n")
    ]
    titles = [
        (line, "measure_name_from_title")
        for page in group.pages
        if page.cells
        for line in page.around.split("\n")
    ]
    return tuple(each for each in (*lines, *titles) if each[0].strip())


def _of_the_stack(group: Group, template: FormTemplate | None) -> list[Finding]:
    """Say what is to be known of how the pages were put together."""
    findings: list[Finding] = []
    if group.blanks:
        findings.append(Finding(code="page_blank_dropped"))
    if any(not is_envelope(each) for each in group.covers):
        findings.append(Finding(code="cover_sheet_apart"))
    if group.doubtful:
        numbers = "、".join(str(each) for each in sorted(group.doubtful))
        why = ",".join(f"{page}:{each}" for page, each in sorted(group.doubtful.items()))
        findings.append(Finding(code="split_doubtful", data={"pages": numbers, "why": why}))
    if template is not None:
        needed = 1 if template.variant is Variant.CONTINUATION else template.pages
        missing = sorted(set(range(1, needed + 1)) - group.form_pages)
        alone = template.variant is Variant.CONTINUATION or len(group.pages) < needed
        if missing and alone:
            numbers = "、".join(str(each) for each in missing)
            findings.append(Finding(code="form_page_missing", data={"pages": numbers}))
    return findings


def _once(findings: Sequence[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    for each in findings:
        if each not in kept:
            kept.append(each)
    return kept


def _from_template(group: Group, template: FormTemplate, free: str) -> CommentForm:
    readings: dict[str, Reading] = {}
    for page in group.pages:
        for pointer, reading in page.readings.items():
            known = readings.get(pointer)
            if known is None:
                readings[pointer] = replace(reading, page=page.page)
            elif pointer == OPINION:
                readings[pointer] = _continued(known, reading)
    readings[MEASURE] = Reading(
        value=template.measure_name,
        source="qr",
        page=group.pages[0].page,
        template=template.id,
    )
    # What follows on loose sheets is the rest of the opinion.
    return _filled(readings, template, group.pages[0].page, rest=free)


def _filled(
    readings: Mapping[str, Reading], template: FormTemplate, page: int, *, rest: str = ""
) -> CommentForm:
    """Make a comment of the readings of a form of ours."""
    opinion = "\n".join(each for each in (_value(readings, OPINION) or "", rest) if each)
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
        readings={
            pointer: each if each.page else replace(each, page=page)
            for pointer, each in readings.items()
        },
    )


def _continued(first: Reading, more: Reading) -> Reading:
    """Join an opinion with what goes on upon the next sheet, in mid-sentence or not."""
    between = "\n" if first.value.endswith(_SENTENCE_ENDS) else ""
    sure = [each for each in (first.confidence, more.confidence) if each is not None]
    return replace(
        first,
        value=first.value + between + more.value,
        confidence=min(sure) if sure else None,
        source=first.source if first.source != "text" else more.source,
    )


def _value(readings: Mapping[str, Reading], pointer: str) -> str | None:
    reading = readings.get(pointer)
    return None if reading is None else reading.value


def _from_ruled(group: Group) -> CommentForm:
    """Take a ruled form from its pages; running text on further pages goes on with its opinion."""
    form: CommentForm | None = None
    for page in group.pages:
        source = "text" if page.typed else "ocr"
        if page.cells:
            read = read_ruled(page.cells, page.around, source=source, page=page.page)
            form = read if form is None else joined_pages(form, read)
        elif form is None:
            form = _from_text(page.text, source=source) if page.text else None
        elif page.text:
            form = _going_on(form, page.text, source=source, page=page.page)
    return _mended(form or CommentForm())


def _going_on(form: CommentForm, text: str, *, source: str, page: int) -> CommentForm:
    """Add the text of a further page to an opinion, and to what is known of its reading."""
    opinion = "\n".join(filter(None, [form.opinion, text]))
    first = form.readings.get(OPINION)
    read = Reading(value=opinion, source=source, page=page)
    if first is not None:
        read = replace(first, value=opinion, source="ocr" if source == "ocr" else first.source)
    return replace(form, opinion=opinion, readings={**form.readings, OPINION: read})


def _mended(form: CommentForm) -> CommentForm:
    """Put right what cannot stand in a name or an address, and keep what was read beside it.

    What was typed stays as it is.
    """
    readings = dict(form.readings)
    for pointer, mend in (
        (NAME, mended_name),
        (REPRESENTATIVE, mended_name),
        (ADDRESS, mended_address),
    ):
        read = readings.get(pointer)
        if read is not None and read.source == "ocr" and mend(read.value) != read.value:
            readings[pointer] = replace(read, value=mend(read.value), raw=read.value)
    submitter = replace(
        form.submitter,
        name=_value(readings, NAME),
        address=_value(readings, ADDRESS),
        representative=_value(readings, REPRESENTATIVE),
    )
    return replace(form, submitter=submitter, readings=readings)


def _from_text(text: str, *, source: str) -> CommentForm:
    """Take from a free letter what its labels say; its opinion is at worst all of it."""
    if not text:
        return CommentForm()
    form = read_labelled(text, source=source)
    return form if form.opinion else replace(form, opinion=text)
