"""Pages become comments: nothing is lost, nothing is merged in doubt."""

from app.domain.comment_form import CATEGORY_CODE, MEASURE, NAME, OPINION, REPRESENTATIVE, Reading
from app.domain.findings import Finding
from app.domain.submitter import SubmitterKind
from app.recognition.forms import forms_in
from app.recognition.reading import PageReading
from app.recognition.templates import design
from tests.builders import MEASURE as MEASURE_NAME
from tests.builders import a_consultation

TEMPLATE = design(a_consultation())
TEMPLATES = {(1, 1): TEMPLATE}


def _read(value: str, source: str = "ocr") -> Reading:
    return Reading(value=value, confidence=0.9, source=source, page=1)


def _first(page: int, name: str = "北星 花子", **more: str) -> PageReading:
    readings = {NAME: _read(name), CATEGORY_CODE: _read("1", "mark"), OPINION: _read("賛成です。")}
    readings |= {pointer: _read(value) for pointer, value in more.items()}
    return PageReading(
        page=page,
        template=TEMPLATE.id,
        form_page=1,
        consultation_number=1,
        readings=readings,
    )


def _codes(findings: tuple[Finding, ...]) -> set[str]:
    return {each.code for each in findings}


def test_each_first_page_begins_a_comment() -> None:
    forms = forms_in([_first(1), _first(2, "北星 太郎"), _first(3, "北星 次郎")], TEMPLATES)
    assert [form.submitter.name for form in forms] == ["北星 花子", "北星 太郎", "北星 次郎"]
    assert [form.pages for form in forms] == [(1,), (2,), (3,)]


def test_a_form_names_its_measure_by_its_code() -> None:
    (form,) = forms_in([_first(1)], TEMPLATES)
    assert form.measure_written == MEASURE_NAME
    assert form.readings[MEASURE].source == "qr"
    assert form.consultation_number == 1
    assert form.submitter.category.code == "1"
    assert form.submitter.kind is SubmitterKind.INDIVIDUAL


def test_a_representative_makes_it_an_organisation() -> None:
    (form,) = forms_in([_first(1, **{REPRESENTATIVE: "代表 北星 一"})], TEMPLATES)
    assert form.submitter.kind is SubmitterKind.ORGANIZATION


def test_a_loose_sheet_goes_on_with_the_opinion_before_it() -> None:
    forms = forms_in([_first(1), PageReading(page=2, text="続きです。"), _first(3)], TEMPLATES)
    assert [form.opinion for form in forms] == ["賛成です。\n続きです。", "賛成です。"]
    assert [form.pages for form in forms] == [(1, 2), (3,)]


def test_a_blank_page_is_dropped_and_mentioned() -> None:
    forms = forms_in([_first(1), PageReading(page=2, blank=True), _first(3)], TEMPLATES)
    assert [form.pages for form in forms] == [(1,), (3,)]
    assert "page_blank_dropped" in _codes(forms[0].findings)
    assert "page_blank_dropped" not in _codes(forms[1].findings)


def test_nothing_but_blank_pages_is_still_a_comment() -> None:
    (form,) = forms_in([PageReading(page=1, blank=True)], TEMPLATES)
    assert _codes(form.findings) == {"page_blank"}
    assert form.opinion == ""


def test_a_file_that_cannot_be_read_is_still_a_comment() -> None:
    (form,) = forms_in([], TEMPLATES, findings=(Finding(code="file_encrypted"),))
    assert _codes(form.findings) == {"file_encrypted"}
    assert form.by_ocr


def test_an_unreadable_page_is_a_comment_for_a_person() -> None:
    broken = PageReading(page=2, findings=(Finding(code="page_unreadable"),))
    forms = forms_in([_first(1), broken, _first(3)], TEMPLATES)
    assert [form.pages for form in forms] == [(1,), (2,), (3,)]
    assert "page_unreadable" in _codes(forms[1].findings)


def test_a_page_with_some_of_our_marks_is_never_merged_with_the_one_before() -> None:
    torn = PageReading(page=2, text="何か", findings=(Finding(code="registration_doubtful"),))
    forms = forms_in([_first(1), torn], TEMPLATES)
    assert [form.pages for form in forms] == [(1,), (2,)]


def test_a_free_letter_gives_its_labelled_fields_and_its_text() -> None:
    text = "氏名：北星 花子\n住所：北星市中央1条1丁目1番地\n意見：除雪を増やしてください。"
    (form,) = forms_in([PageReading(page=1, text=text)], TEMPLATES)
    assert form.submitter.name == "北星 花子"
    assert "除雪を増やしてください。" in form.opinion
    assert "not_our_form" in _codes(form.findings)


def test_page_numbers_run_on_over_several_documents() -> None:
    (form,) = forms_in([_first(1)], TEMPLATES, offset=4)
    assert form.pages == (5,)
    assert form.readings[NAME].page == 5


def test_a_form_whose_template_is_unknown_keeps_its_consultation_number() -> None:
    page = PageReading(
        page=1,
        form_page=1,
        consultation_number=77,
        text="意見",
        findings=(Finding(code="form_template_unknown"),),
    )
    (form,) = forms_in([page], TEMPLATES)
    assert form.consultation_number == 77
    assert form.measure_written is None
    assert "form_template_unknown" in _codes(form.findings)
