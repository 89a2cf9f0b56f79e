"""What a comment must hold (記載事項): by the notice, the kind of submitter and the category."""

import re
import unicodedata
from collections.abc import Iterator

from app.domain import comment_form
from app.domain.consultation import Category, Consultation, RequiredField
from app.domain.errors import FieldProblem
from app.domain.submitter import Submitter, SubmitterKind
from app.domain.text import MAX_OPINION_CHARACTERS, fold, is_missing

CATEGORY = "/submitter/category"
MEASURE_NAME = "/measure_name"

_LONGEST_CHOICE = 500
"""Letters of a category as written that are looked at; bounds the time a strange one costs."""

_SEPARATOR = r"[\s.,:;、。・/)\]>」』】〕》〉\-]"
_BEFORE_CODE = r"[\s(\[<「『【〔《〈]*(?:区分|番号|no\.?)?[\s:.(\[<「『【〔《〈]*"
_NOT_SO = ("ない", "なし", "以外", "市外", "ません")
"""Words that turn a sentence round: 市内に住んでいない is not 市内に住所."""

_SAME_MEANING = (
    (re.compile("在住|居住|住んで|住まい|市民"), "住所"),
    (re.compile("通勤|勤めて|働いて"), "勤務"),
    (re.compile("通学|学生"), "在学"),
)
"""What people write instead of the words such notices use."""


def missing(
    consultation: Consultation,
    submitter: Submitter,
    *,
    measure_written: str | None,
    opinion: str | None,
    measure_pointer: str = MEASURE_NAME,
) -> tuple[FieldProblem, ...]:
    """List everything required that is not there, all at once.

    Args:
        consultation: Whose notice says what is required.
        submitter: The writer, as stated.
        measure_written: The measure name as written.
        opinion: The opinion as written.
        measure_pointer: JSON pointer of the measure name in what was sent.
    """
    required = frozenset(consultation.required_fields)
    problems = [
        *_person_problems(required, submitter),
        *_category_problems(consultation, submitter),
        *_opinion_problems(required, opinion),
    ]
    if RequiredField.MEASURE_NAME in required and is_missing(measure_written):
        problems.append(FieldProblem(measure_pointer, "measure_name_missing"))
    return tuple(problems)


def category_code(consultation: Consultation, written: str) -> str | None:
    """Find the category a mail or letter means, in the writer's own words.

    Understands the number in any dress (２, ②, (2)), the label's wording, and a part of it that
    belongs to one label alone.

    Returns:
        The code, or None where it is not certain.
    """
    written = written[:_LONGEST_CHOICE]
    plain = unicodedata.normalize("NFKC", written).casefold().strip()
    numbered = _leading_code(consultation, plain)
    worded = _worded_code(consultation, fold(written))
    if numbered is not None and worded is not None:
        return numbered if numbered == worded else None
    return numbered if numbered is not None else worded


def _person_problems(
    required: frozenset[RequiredField], submitter: Submitter
) -> Iterator[FieldProblem]:
    body = submitter.kind is SubmitterKind.ORGANIZATION
    if (body or RequiredField.NAME in required) and is_missing(submitter.name):
        yield FieldProblem(comment_form.NAME, "name_missing")
    if (body or RequiredField.ADDRESS in required) and is_missing(submitter.address):
        yield FieldProblem(comment_form.ADDRESS, "address_missing")
    if body and is_missing(submitter.representative):
        yield FieldProblem(comment_form.REPRESENTATIVE, "representative_missing")


def _category_problems(consultation: Consultation, submitter: Submitter) -> Iterator[FieldProblem]:
    code, detail = submitter.category.code, submitter.category.detail
    if is_missing(code):
        if RequiredField.CATEGORY in consultation.required_fields:
            yield FieldProblem(CATEGORY, "category_missing", {"codes": _codes(consultation)})
        return
    category = consultation.category(code)
    if category is None:
        yield FieldProblem(
            comment_form.CATEGORY_CODE, "category_unknown", {"codes": _codes(consultation)}
        )
    elif category.detail_label is not None and is_missing(detail):
        yield FieldProblem(
            comment_form.CATEGORY_DETAIL,
            "category_detail_missing",
            {"detail_label": category.detail_label},
        )


def _codes(consultation: Consultation) -> str:
    return " / ".join(each.code for each in consultation.categories)


def _opinion_problems(
    required: frozenset[RequiredField], opinion: str | None
) -> Iterator[FieldProblem]:
    if opinion is not None and len(opinion) > MAX_OPINION_CHARACTERS:
        yield FieldProblem(
            comment_form.OPINION, "opinion_too_long", {"limit": f"{MAX_OPINION_CHARACTERS:,}"}
        )
    elif RequiredField.OPINION in required and is_missing(opinion):
        yield FieldProblem(comment_form.OPINION, "opinion_missing")


def _leading_code(consultation: Consultation, plain: str) -> str | None:
    """Read a code at the start, unless another one follows it (1・2 is no choice)."""
    codes = {fold(each.code): each.code for each in consultation.categories if fold(each.code)}
    if not codes:
        return None
    one = "|".join(re.escape(code) for code in sorted(codes, key=len, reverse=True))
    found = re.match(
        rf"{_BEFORE_CODE}(?P<code>{one})(?![0-9a-z])番?{_SEPARATOR}*(?P<rest>.*)", plain, re.DOTALL
    )
    if found is None:
        return None
    another = rf"(?:と|及び|および|又は|または|か|or|and)?{_BEFORE_CODE}(?:{one}){_SEPARATOR}*\Z"
    if re.match(another, found["rest"]):
        return None
    return codes[found["code"]]


def _worded_code(consultation: Consultation, folded: str) -> str | None:
    labels = {each.code: fold(each.label) for each in consultation.categories}
    whole = [code for code, label in labels.items() if label and label in folded]
    if whole:
        longest = max(whole, key=lambda code: len(labels[code]))
        return longest if all(labels[code] in labels[longest] for code in whole) else None
    if any(word in folded for word in _NOT_SO):
        return None
    for written_so, printed_so in _SAME_MEANING:
        if written_so.search(folded):
            folded += printed_so
    words = _telling_words(consultation.categories)
    told = {code for code, telling in words.items() if any(word in folded for word in telling)}
    return told.pop() if len(told) == 1 else None


def _telling_words(categories: tuple[Category, ...]) -> dict[str, set[str]]:
    """Give, for each category, the pairs of kanji or katakana that no other label has."""
    pairs = {
        each.code: set(re.findall("(?=([一-鿿々ァ-ヴー]{2}))", fold(each.label)))
        for each in categories
    }
    return {
        code: own - set().union(*(other for key, other in pairs.items() if key != code))
        for code, own in pairs.items()
    }
