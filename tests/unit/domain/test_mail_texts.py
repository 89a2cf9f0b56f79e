"""A consultation's own words for its mails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.mail_texts import MailText, MailTexts, Placeholder, fill, own, problems
from app.storage import codec
from tests.builders import a_consultation

VALUES = {
    Placeholder.MEASURE_NAME: "計画{office_name}（案）",
    Placeholder.OFFICE_NAME: "市民課",
    Placeholder.RECEIPT_NUMBERS: "001-000001-3",
}


def found(**words: str) -> list[tuple[str, str]]:
    texts = MailTexts(correction_request=MailText(**words))
    return [(each.field, each.code) for each in problems(texts)]


def test_placeholders_are_filled_once_only() -> None:
    filled = fill("{office_name}：{measure_name}\r\n{receipt_numbers}\r{", VALUES)
    assert filled == "市民課：計画{office_name}（案）\n001-000001-3\n{"


@pytest.mark.parametrize(
    "words",
    [
        "{name}",
        "{",
        "}",
        "{{measure_name}}",
        "{measure_name",
        "{ measure_name }",
        "{measure_name.__class__}",
        "{measure_name!r}",
        "{% include 'x' %}",
        "{{ 7 * 7 }}",
    ],
)
def test_every_other_brace_is_refused(words: str) -> None:
    for member in ("subject", "opening", "closing"):
        field = f"/mail_texts/correction_request/{member}"
        assert found(**{member: words}) == [(field, "placeholder_unknown")]


def test_plain_words_and_every_placeholder_stand() -> None:
    every = "".join(f"{{{each.value}}}" for each in Placeholder)
    assert found(subject=every, opening=f"｛｝\n{every}", closing="") == []


@pytest.mark.parametrize(
    "break_", ["\n", "\r", "\r\n", "\x0b", "\x00", "\x1b", "\x85", "\u2028", "\u2029"]
)
def test_a_subject_stands_on_one_line(break_: str) -> None:
    assert found(subject=f"お知らせ{break_}Bcc: a@example.jp") == [
        ("/mail_texts/correction_request/subject", "subject_not_one_line")
    ]


def test_words_that_nobody_sees_are_none() -> None:
    assert own("　\u200b\n") is None
    assert own(" お知らせ") == " お知らせ"


def test_definitions_stored_before_there_were_words_are_read() -> None:
    consultation = a_consultation()
    stored = codec.consultation_out(consultation)
    del stored["mail_texts"]
    read = codec.consultation_in(
        code=consultation.code,
        number=1,
        opens_on=consultation.opens_on,
        closes_on=consultation.closes_on,
        stored=stored,
    )
    assert read == consultation


@given(st.text(alphabet="{}_measurno 名\n", max_size=40))
def test_what_is_not_refused_leaves_no_brace(words: str) -> None:
    if not found(opening=words):
        plain = dict.fromkeys(Placeholder, "x")
        assert not set("{}") & set(fill(words, plain))
