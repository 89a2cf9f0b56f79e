"""Comments on several measures in one text; every name and address is invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.comment_form import CommentForm
from app.domain.measure_heading import headed_forms
from app.domain.several_forms import parted, read_apart
from tests.builders import a_consultation

PLAN = "第3次北星市環境基本計画（案）"
RULES = "北星市公園条例の一部を改正する条例（案）"
WHO = "氏名：北野 花子\n住所：北星市中央2条3丁目4番地\n区分：1\n"
DRAFTS = (
    a_consultation(code="plan", number=1, measure_name=PLAN),
    a_consultation(code="rules", number=2, measure_name=RULES),
)


def block(name: str, opinion: str) -> str:
    return f"案の名称：{name}\nご意見：\n{opinion}\n"


def forms_apart(text: str) -> tuple[CommentForm, ...]:
    return read_apart(text).forms


def opinions(forms: tuple[CommentForm, ...]) -> list[tuple[str | None, str]]:
    return [(each.measure_written, each.opinion) for each in forms]


BOTH = [(PLAN, "木を植えてください。\n\n毎年です。"), (RULES, "犬も入れてください。")]
FIRST, SECOND = (block(name, opinion) for name, opinion in BOTH)


@pytest.mark.parametrize(
    "text",
    [
        WHO + FIRST + "\n" + SECOND,
        FIRST + SECOND + "\n" + WHO,
        f"お世話になります。\n2件提出します。\n\n{WHO}\n{FIRST}\n{SECOND}",
        WHO + FIRST + "------\n" + WHO + SECOND,
        f"【案の名称】{PLAN}\n【ご意見】{BOTH[0][1]}\n【案の名称】\n{RULES}\n【ご意見】{BOTH[1][1]}\n",
    ],
    ids=["writer above", "writer below", "greeting", "two whole forms", "brackets"],
)
def test_each_measure_under_its_own_label_is_a_comment_of_its_own(text: str) -> None:
    assert opinions(forms_apart(text)) == BOTH
    assert read_apart(text).names == (PLAN, RULES)


def test_the_writer_named_once_wrote_both() -> None:
    forms = parted(forms_apart(WHO + FIRST + SECOND), ())
    assert [each.submitter.name for each in forms] == ["北野 花子"] * 2
    assert [each.submitter.category.code for each in forms] == ["1", "1"]
    assert all("/submitter/address" in each.readings for each in forms)


def test_two_people_are_never_mixed() -> None:
    other = "氏名：南田 次郎\n"
    forms = parted(forms_apart(WHO + FIRST + other + SECOND), ())
    assert opinions(forms) == BOTH
    assert [each.submitter.name for each in forms] == ["北野 花子", "南田 次郎"]
    assert forms[1].submitter.address is None


@pytest.mark.parametrize(
    "text",
    [
        WHO + FIRST,
        f"案の名称：{PLAN}\n案の名称：{RULES}\nご意見：両方に反対です。\n",
        FIRST + block(RULES, ""),
        FIRST + FIRST,
        FIRST + "> " + SECOND.replace("\n", "\n> "),
        FIRST + "-----Original Message-----\nFrom: hanako@example.jp\nSubject: 意見\n\n" + SECOND,
        "".join(block(f"{PLAN}その{i}", "賛成") for i in range(30)),
    ],
    ids=["one", "one opinion", "an empty one", "twice the same", "quoted", "answered", "too many"],
)
def test_what_is_not_certain_stays_one_comment(text: str) -> None:
    assert forms_apart(text) == ()


def test_copies_of_one_comment_are_joined_and_no_third_comment() -> None:
    whole = forms_apart(WHO + FIRST + SECOND)
    forms = parted(whole, [("写し.docx", whole[0])])
    assert opinions(forms) == BOTH


def headed(text: str) -> list[tuple[str | None, str]]:
    return opinions(headed_forms(CommentForm(opinion=text), DRAFTS))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f"１．{PLAN}について", f"２．{RULES}について"),
        (f"【{PLAN}】", f"【{RULES}】"),
        (f"■ {PLAN}への意見", f"■ {RULES}への意見"),
        (f"(1) 「{PLAN}」に対する意見", f"(2) 「{RULES}」に対する意見"),
    ],
)
def test_the_name_of_a_draft_as_a_heading_begins_a_comment(first: str, second: str) -> None:
    text = f"お世話になっております。\n\n{first}\n木を植えて。\n\n{second}\n犬も入れて。"
    (one, other) = headed(text)
    assert one[1] == f"{first}\n木を植えて。"
    assert other[1] == f"{second}\n犬も入れて。"
    assert PLAN in (one[0] or "")
    assert RULES in (other[0] or "")


@pytest.mark.parametrize(
    "text",
    [
        f"{PLAN}\n{RULES}\nどちらにも反対です。",
        f"どちらも同じ理由で反対です。\n{PLAN}\nいらない。\n{RULES}\nいらない。",
        f"{PLAN}に反対です。\n{RULES}には賛成です。",
        f"{PLAN}\n木を植えて。\n{PLAN}\n花も植えて。",
        f"> {PLAN}\n木を植えて。\n> {RULES}\n犬も入れて。",
    ],
)
def test_a_heading_above_nothing_or_below_something_common_parts_nothing(text: str) -> None:
    assert headed(text) == []


@given(
    st.lists(
        st.sampled_from(
            [*WHO.split("\n"), *FIRST.split("\n"), *SECOND.split("\n"), "----", "> あ"]
        ),
        max_size=25,
    )
)
def test_any_order_of_lines_gives_no_or_several_whole_forms(lines: list[str]) -> None:
    forms = forms_apart("\n".join(lines))
    assert len(forms) != 1
    assert all(each.measure_written and each.opinion for each in forms)
