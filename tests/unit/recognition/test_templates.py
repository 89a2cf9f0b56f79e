"""The form's layout is data: pure, deterministic, readable for ever."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.comment_form import ADDRESS, CATEGORY_CODE, NAME, OPINION, REPRESENTATIVE
from app.domain.consultation import Category
from app.recognition.form_layout import rule_dots
from app.recognition.templates import (
    FormTemplate,
    design,
    from_json,
    parse_qr,
    qr_text,
    to_json,
    to_public_json,
)
from tests.builders import a_consultation


def _with_categories(count: int) -> FormTemplate:
    categories = tuple(
        Category(code=str(number), label="市内に事務所又は事業所を有する方", detail_label="名称")
        for number in range(1, count + 1)
    )
    return design(a_consultation(categories=categories))


def test_the_same_consultation_gives_the_same_template() -> None:
    assert design(a_consultation()) == design(a_consultation())


@pytest.mark.parametrize("count", [0, 1, 6, 20, 60])
def test_a_stored_template_comes_back_as_it_was(count: int) -> None:
    template = _with_categories(count)
    assert from_json(json.loads(json.dumps(to_json(template)))) == template


@pytest.mark.parametrize("count", [0, 1, 6, 8, 9, 20, 60])
def test_every_cell_lies_on_a_page_and_none_covers_another(count: int) -> None:
    template = _with_categories(count)
    placed = [(each.page, each.box) for each in template.fields]
    placed += [(each.page, each.box) for each in template.choices]
    assert all(1 <= page <= template.pages for page, _ in placed)
    assert all(0 < a < c < 1 and 0 < b < d < 1 for _, (a, b, c, d) in placed)
    for (page, one), (other_page, two) in itertools.combinations(placed, 2):
        apart = one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]
        assert apart or page != other_page


@pytest.mark.parametrize("count", [0, 6, 20, 60])
def test_there_is_one_cell_for_each_field_and_one_box_for_each_category(count: int) -> None:
    template = _with_categories(count)
    pointers = [each.field for each in template.fields]
    assert len(set(pointers)) == len(pointers)
    assert {NAME, ADDRESS, REPRESENTATIVE, OPINION} <= set(pointers)
    assert [each.code for each in template.choices] == [str(each + 1) for each in range(count)]


def test_writing_cells_are_at_least_twelve_millimetres_high() -> None:
    template = _with_categories(6)
    for cell in template.fields:
        _, top, _, bottom = template.in_mm(cell.box)
        assert (cell.row_mm or bottom - top) >= 12.0


def test_many_categories_make_the_form_grow_to_further_pages() -> None:
    assert _with_categories(6).pages == 1
    assert _with_categories(20).pages == 2
    assert _with_categories(60).pages > 2


def test_the_dots_of_the_writing_lines_lie_inside_the_opinion_box() -> None:
    template = design(a_consultation())
    opinion = next(each for each in template.fields if each.field == OPINION)
    left, top, right, bottom = template.in_mm(opinion.box)
    dots = list(rule_dots(template.in_mm(opinion.box), opinion.row_mm))
    assert dots
    assert all(left < x < right and top + 5 < y < bottom - 5 for x, y in dots)


def test_the_public_description_is_that_of_the_contract() -> None:
    public = json.loads(json.dumps(to_public_json(design(a_consultation()))))
    assert set(public) == {"template", "page", "fields", "choices", "continuations"}
    assert public["page"] == {"width_mm": 210.0, "height_mm": 297.0}
    (first, *_), (choice, *_) = public["fields"], public["choices"]
    assert set(first) == {"field", "page", "box"}
    assert set(choice) == {"field", "code", "page", "box"}
    assert choice["field"] == CATEGORY_CODE


@given(number=st.integers(1, 999_999_999), revision=st.integers(0, 999_999))
def test_a_qr_code_says_what_was_put_in(number: int, revision: int) -> None:
    template = design(a_consultation(number=number, template_revision=revision))
    mark = parse_qr(qr_text(template, 2))
    assert mark is not None
    assert (mark.consultation_number, mark.revision, mark.page) == (number, revision, 2)


@given(st.text())
def test_a_qr_code_of_somebody_else_is_none_of_ours(text: str) -> None:
    assert parse_qr(text) is None


def test_the_qr_text_fits_the_smallest_code() -> None:
    text = qr_text(design(a_consultation(number=99_999, template_revision=99)), 1)
    assert len(text) <= 20
    assert all(char in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:" for char in text)
