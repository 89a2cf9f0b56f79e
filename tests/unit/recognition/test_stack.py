"""A stack is parted where its comments begin, and what is doubtful is said."""

import pytest

from app.domain.comment_form import NAME, OPINION, CommentForm, Reading
from app.domain.findings import Finding
from app.domain.stack import Separator, Sides, StackRules
from app.recognition.form_template import FormTemplate, Variant
from app.recognition.forms import forms_in, forms_of
from app.recognition.reading import DocumentReading, PageReading
from app.recognition.templates import design
from tests.builders import a_consultation

TEMPLATE = design(a_consultation())
TEMPLATES = {(1, 1): TEMPLATE}
LETTER = "氏名：{name}\n住所：北星市中央1条1丁目1番地\n意見：除雪を増やしてください。"
BLANK = StackRules(separator=Separator.BLANK)
SHEET = StackRules(separator=Separator.SHEET)


def _kind(variant: Variant) -> FormTemplate:
    kind = TEMPLATE.kind(variant)
    assert kind is not None
    return kind


def _form(
    page: int,
    name: str = "北野 花子",
    opinion: str = "賛成です。",
    *,
    kind: Variant = Variant.STANDARD,
    form_page: int | None = None,
) -> PageReading:
    template = _kind(kind)
    values = {NAME: name, OPINION: opinion}
    return PageReading(
        page=page,
        template=template.id,
        form_page=form_page or template.page_numbers().start,
        consultation_number=1,
        readings={
            pointer: Reading(value=value, confidence=0.9, source="ocr", page=page)
            for pointer, value in values.items()
            if value
        },
    )


def _more(page: int, name: str = "北野 花子", opinion: str = "続きです。") -> PageReading:
    return _form(page, name, opinion, kind=Variant.CONTINUATION)


def _letter(page: int, name: str) -> PageReading:
    return PageReading(page=page, text=LETTER.format(name=name))


def _loose(page: int) -> PageReading:
    return PageReading(page=page, text="前のページの続きです。")


def _blank(page: int) -> PageReading:
    return PageReading(page=page, blank=True)


def _separator(page: int) -> PageReading:
    return PageReading(page=page, separator=True)


def _codes(form: CommentForm) -> set[str]:
    return {each.code for each in form.findings}


def _pages(forms: tuple[CommentForm, ...]) -> list[tuple[int, ...]]:
    return [form.pages for form in forms]


def test_the_sheet_that_continues_belongs_to_the_form_before_it() -> None:
    forms = forms_in([_form(1), _more(2), _more(3), _form(4, "南川 太郎")], TEMPLATES)
    assert _pages(forms) == [(1, 2, 3), (4,)]
    assert forms[0].opinion == "賛成です。\n続きです。\n続きです。"
    assert "split_doubtful" not in _codes(forms[0])


def test_an_opinion_that_breaks_off_in_mid_sentence_is_joined_without_a_break() -> None:
    forms = forms_in(
        [_form(1, opinion="説明会を、平日の"), _more(2, opinion="夜にも。")], TEMPLATES
    )
    assert forms[0].opinion == "説明会を、平日の夜にも。"


def test_a_further_sheet_with_another_name_is_kept_and_doubted() -> None:
    (form,) = forms_in([_form(1, "北野 花子"), _more(2, "南川 太郎")], TEMPLATES)
    assert form.submitter.name == "北野 花子"
    assert "split_doubtful" in _codes(form)


def test_a_doubt_about_the_name_on_a_further_sheet_is_none_about_the_first() -> None:
    doubt = Finding(code="low_confidence", field=NAME)
    more = _more(2)
    more = PageReading(
        page=2,
        template=more.template,
        form_page=more.form_page,
        consultation_number=1,
        readings=more.readings,
        findings=(doubt,),
    )
    (form,) = forms_in([_form(1), more], TEMPLATES)
    assert doubt not in form.findings


def test_a_further_sheet_alone_says_that_its_first_is_missing() -> None:
    (form,) = forms_in([_more(1)], TEMPLATES)
    assert "form_page_missing" in _codes(form)
    assert form.opinion == "続きです。"


def test_the_pages_of_a_large_form_stay_together_and_a_missing_one_is_noticed() -> None:
    large = _kind(Variant.LARGE)
    assert large.pages == 2
    whole = [
        _form(1, opinion="", kind=Variant.LARGE),
        _form(2, "", kind=Variant.LARGE, form_page=2),
    ]
    assert _pages(forms_in(whole, TEMPLATES)) == [(1, 2)]
    (form,) = forms_in(whole[:1], TEMPLATES)
    assert "form_page_missing" in _codes(form)


def test_a_sheet_scanned_with_its_back_first_is_turned() -> None:
    pages = [
        _form(1, "", kind=Variant.LARGE, form_page=2),
        _form(2, opinion="", kind=Variant.LARGE),
        _form(3, opinion="", kind=Variant.LARGE),
        _form(4, "", kind=Variant.LARGE, form_page=2),
    ]
    forms = forms_in(pages, TEMPLATES, rules=StackRules(sides=Sides.TWO))
    assert _pages(forms) == [(2, 1), (3, 4)]


def test_fronts_and_backs_scanned_in_two_goes_are_brought_together() -> None:
    pages = [_form(1, "北野 花子"), _form(2, "南川 太郎"), _blank(3), _more(4)]
    forms = forms_in(pages, TEMPLATES, rules=StackRules(sides=Sides.FRONTS_THEN_BACKS))
    assert _pages(forms) == [(1, 4), (2,)]


def test_an_odd_number_of_sides_in_two_goes_is_doubted_and_left_as_it_is() -> None:
    pages = [_form(1), _form(2, "南川 太郎"), _more(3)]
    forms = forms_in(pages, TEMPLATES, rules=StackRules(sides=Sides.FRONTS_THEN_BACKS))
    assert _pages(forms) == [(1,), (2, 3)]
    assert all("split_doubtful" in _codes(form) for form in forms)


@pytest.mark.parametrize(
    ("pages", "rules", "why"),
    [
        ([_form(1), _loose(2)], StackRules(), "2:loose_sheet"),
        ([_letter(1, "北野 花子"), _letter(2, "南川 太郎")], StackRules(), "2:letterhead"),
        ([_form(1), _more(2, "南川 太郎")], StackRules(), "2:other_name"),
        ([_loose(1), _loose(2)], SHEET, "1:no_separator"),
        ([_loose(1), _blank(2), _loose(3)], BLANK, "1:backs"),
        ([_form(1), _form(2), _form(3)], StackRules(sides=Sides.FRONTS_THEN_BACKS), "1:uneven_sides"),
        (
            [_form(1), PageReading(page=2, findings=(Finding(code="page_unreadable"),))],
            StackRules(),
            "2:unreadable",
        ),
    ],
)  # fmt: skip
def test_a_doubtful_split_says_at_which_page_and_why(
    pages: list[PageReading], rules: StackRules, why: str
) -> None:
    form = forms_in(pages, TEMPLATES, rules=rules)[0]
    (finding,) = [each for each in form.findings if each.code == "split_doubtful"]
    assert finding.data["why"] == why
    assert finding.data["pages"] == why.partition(":")[0]


@pytest.mark.parametrize("rules", [StackRules(), SHEET])
def test_a_separator_sheet_parts_letters_and_is_no_comment(rules: StackRules) -> None:
    pages = [_separator(1), _letter(2, "北野 花子"), _loose(3), _separator(4), _blank(5), _loose(6)]
    forms = forms_in(pages, TEMPLATES, rules=rules)
    assert _pages(forms) == [(2, 3), (6,)]
    assert "page_blank_dropped" not in _codes(forms[1])


def test_within_separators_the_mailroom_decides_what_belongs_together() -> None:
    pages = [_letter(1, "北野 花子"), _letter(2, "南川 太郎"), _separator(3), _loose(4)]
    forms = forms_in(pages, TEMPLATES, rules=SHEET)
    assert _pages(forms) == [(1, 2), (4,)]
    assert not any("split_doubtful" in _codes(form) for form in forms)


def test_separators_that_were_announced_and_not_seen_are_doubted() -> None:
    (form,) = forms_in([_letter(1, "北野 花子"), _loose(2)], TEMPLATES, rules=SHEET)
    assert "split_doubtful" in _codes(form)


def test_a_second_letter_without_a_separator_begins_a_comment_and_both_are_doubted() -> None:
    forms = forms_in([_letter(1, "北野 花子"), _loose(2), _letter(3, "南川 太郎")], TEMPLATES)
    assert _pages(forms) == [(1, 2), (3,)]
    assert [form.submitter.name for form in forms] == ["北野 花子", "南川 太郎"]
    assert all("split_doubtful" in _codes(form) for form in forms)


def test_what_its_sender_calls_one_comment_is_not_parted_at_a_letterhead() -> None:
    pages = [_letter(1, "北野 花子"), _loose(2)]
    (form,) = forms_in(pages, TEMPLATES, rules=StackRules(single=True))
    assert form.pages == (1, 2)
    assert "split_doubtful" not in _codes(form)


def test_an_empty_sheet_parts_where_the_mailroom_says_so() -> None:
    pages = [_loose(1), _loose(2), _blank(3), _loose(4)]
    assert _pages(forms_in(pages, TEMPLATES, rules=BLANK)) == [(1, 2), (4,)]


def test_of_two_sides_only_a_sheet_without_any_ink_parts() -> None:
    rules = StackRules(separator=Separator.BLANK, sides=Sides.TWO)
    pages = [_loose(1), _blank(2), _loose(3), _blank(4), _blank(5), _blank(6), _loose(7), _blank(8)]
    forms = forms_in(pages, TEMPLATES, rules=rules)
    assert _pages(forms) == [(1, 3), (7,)]
    assert "page_blank_dropped" in _codes(forms[0])


def test_blank_pages_that_may_be_backs_part_in_doubt_only() -> None:
    forms = forms_in([_loose(1), _blank(2), _loose(3), _blank(4)], TEMPLATES, rules=BLANK)
    assert _pages(forms) == [(1,), (3,)]
    assert all("split_doubtful" in _codes(form) for form in forms)


def test_the_cover_sheet_of_a_fax_is_kept_beside_its_comment() -> None:
    cover = PageReading(page=1, text="ＦＡＸ送付状\n市民課 御中\n枚数 2")
    (form,) = forms_in([cover, _form(2)], TEMPLATES, rules=StackRules(single=True))
    assert form.pages == (1, 2)
    assert form.opinion == "賛成です。"
    assert "cover_sheet_apart" in _codes(form)


def test_a_cover_sheet_alone_is_still_a_comment() -> None:
    (form,) = forms_in([PageReading(page=1, text="送付状")], TEMPLATES)
    assert form.pages == (1,)


def _files(*files: list[PageReading]) -> list[DocumentReading]:
    return [DocumentReading(pages=tuple(pages)) for pages in files]


def test_a_file_is_a_comment_of_its_own_unless_it_continues_the_one_before() -> None:
    forms = forms_of(_files([_form(1)], [_more(2)], [_loose(3)]), TEMPLATES)
    assert _pages(forms) == [(1, 2), (3,)]


def test_in_a_stack_scanned_page_by_page_the_separators_part_not_the_files() -> None:
    files = _files([_loose(1)], [_loose(2)], [_separator(3)], [_loose(4)])
    assert _pages(forms_of(files, TEMPLATES, SHEET)) == [(1, 2), (4,)]


def test_a_file_that_looks_empty_is_left_to_a_person() -> None:
    forms = forms_of(_files([_form(1)], [_blank(2)]), TEMPLATES)
    assert _pages(forms) == [(1,), (2,)]
    assert "page_blank" in _codes(forms[1])


def test_a_file_of_which_nothing_could_be_read_is_a_comment_among_the_others() -> None:
    broken = DocumentReading(pages=(), findings=(Finding(code="file_encrypted"),))
    forms = forms_of([*_files([_form(1)]), broken], TEMPLATES)
    assert _codes(forms[1]) == {"file_encrypted"}


@pytest.mark.parametrize("rules", [StackRules(), BLANK, SHEET, StackRules(sides=Sides.TWO)])
def test_no_page_with_ink_is_ever_lost(rules: StackRules) -> None:
    pages = [
        _loose(1), _form(2), _blank(3), _more(4), _letter(5, "南川 太郎"), _separator(6),
        _form(7, kind=Variant.LARGE), _loose(8), _blank(9), _form(10, "東山 次郎"),
    ]  # fmt: skip
    forms = forms_in(pages, TEMPLATES, rules=rules)
    taken = [page for form in forms for page in form.pages]
    assert sorted(taken) == [1, 2, 4, 5, 7, 8, 10]


ENVELOPE = "070-0000\n北星市役所 環境政策課 御中\n「緑の基本計画」意見書在中\n8.11.20"


def _envelope(page: int) -> PageReading:
    return PageReading(page=page, text=ENVELOPE)


def test_an_envelope_belongs_to_the_one_letter_it_came_with() -> None:
    for pages in ([_envelope(1), _letter(2, "北野 花子")], [_letter(1, "北野 花子"), _envelope(2)]):
        (form,) = forms_in(pages, TEMPLATES, rules=StackRules(single=True))
        assert form.pages == (1, 2)
        assert form.submitter.address == "北星市中央1条1丁目1番地"
        assert "御中" not in form.opinion
        assert {"envelope_apart", "postmark_seen"} <= _codes(form)
        assert "split_doubtful" not in _codes(form)


def test_in_a_stack_envelopes_stay_on_the_side_on_which_the_file_begins() -> None:
    before = [_envelope(1), _form(2), _envelope(3), _form(4, "南川 太郎")]
    assert _pages(forms_in(before, TEMPLATES)) == [(1, 2), (3, 4)]
    after = [_form(1), _envelope(2), _form(3, "南川 太郎"), _envelope(4)]
    forms = forms_in(after, TEMPLATES)
    assert _pages(forms) == [(1, 2), (3, 4)]
    assert all("split_doubtful" in _codes(form) for form in forms)


def test_an_envelope_alone_is_seen_and_says_nothing() -> None:
    (form,) = forms_in([_envelope(1)], TEMPLATES)
    assert (form.pages, form.opinion, form.submitter.name) == ((1,), "", None)
    assert "envelope_apart" in _codes(form)


def test_pages_that_a_fax_line_announces_and_that_did_not_come_are_missed() -> None:
    header = "2026/11/20 14:32 FAX 0166-00-0000 P.{page}/3"
    pages = [
        PageReading(page=page, text=text, header=header.format(page=page))
        for page, text in ((1, LETTER.format(name="北野 花子")), (2, "続きです。"))
    ]
    (form,) = forms_in(pages, TEMPLATES, rules=StackRules(single=True))
    lacks = [each.data for each in form.findings if each.code == "pages_missing"]
    assert lacks == [{"announced": "3", "found": "2"}]
