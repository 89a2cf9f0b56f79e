"""Typed text becomes lines and fields, and is held against what the picture shows."""

from app.domain.comment_form import (
    ADDRESS,
    CATEGORY_CODE,
    CATEGORY_DETAIL,
    MEASURE,
    NAME,
    OPINION,
    Reading,
)
from app.recognition.forms import forms_in
from app.recognition.reading import PageReading
from app.recognition.templates import design
from app.recognition.typed import TypedChar
from app.recognition.typed_lines import joined, lines_of
from app.recognition.typed_reading import is_contradicted
from tests.builders import MEASURE as MEASURE_NAME
from tests.builders import a_consultation

TEMPLATE = design(a_consultation())
TEMPLATES = {(1, 1): TEMPLATE}


def _set(text: str, *, x: float = 0.0, y: float = 0.0, step: float = 10.0) -> list[TypedChar]:
    return [
        TypedChar(char, (x + index * step, y, x + index * step + 10.0, y + 10.0))
        for index, char in enumerate(text)
    ]


def test_characters_become_lines_in_reading_order() -> None:
    chars = [*_set("二行目", y=15.0), *_set("一行目")]
    assert [each.text for each in lines_of(chars)] == ["一行目", "二行目"]


def test_a_gap_between_japanese_characters_is_a_space() -> None:
    (line,) = lines_of([*_set("髙橋"), *_set("花子", x=25.0)])
    assert line.text == "髙橋 花子"


def test_the_gap_word_leaves_beside_a_digit_is_none() -> None:
    (line,) = lines_of([*_set("中央"), *_set("2", x=22.5), *_set("条", x=35.0)])
    assert line.text == "中央2条"


def test_a_line_that_fills_its_room_goes_on_in_the_next() -> None:
    lines = lines_of(
        [*_set("あいうえおかきくけこ"), *_set("さしす", y=15.0), *_set("次の段落", y=30.0)]
    )
    assert joined(lines, 102.0) == "あいうえおかきくけこさしす\n次の段落"


def test_a_text_layer_is_believed_through_the_slips_of_the_engine() -> None:
    assert not is_contradicted("髙橋 花子", "高橋花子")
    assert not is_contradicted("髙橋 𠮷乃", "高橋刀", least=0.15)
    assert not is_contradicted("説明会を開いてください。", "説明会を聞いてくだきい")


def test_a_text_layer_that_says_something_else_is_not_believed() -> None:
    assert is_contradicted("この案に賛成します。", "計画の撤回を求める")
    assert is_contradicted("この案に賛成します。", "")
    assert is_contradicted("北野 花子", "南川 太郎", least=0.15)


WORD = f"""意見提出手続（パブリックコメント）
意 見 書
入力したファイルを電子メールに添付するか、印刷して提出してください。
案の名称 {MEASURE_NAME}
氏名 髙橋 花子
団体の場合は団体の名称
代表者の氏名
団体の場合のみ
住所 北星市中央2条3丁目
団体の場合は事務所の所在地 4番地
意見提出者の区分 該当するもの１つの□を■に変えてください。
□ 1 市内に住所を有する方
■ 2 市内の事務所又は事業所に勤務する方（→勤務先の名称・所在地）
該当する事項 あさひ印刷株式会社
区分の（→）にある事項
意見の内容 欄は自由に広げてください。
住所を書かせるのはなぜですか。
説明してください。
意見の提出期間：2015年4月15日（水）から
提出先：〒070-0000 北星市中央1条1丁目1番地
ファクシミリ：0166-00-0000 電子メール：simin@example.jp
様式 {TEMPLATE.id}"""


def _values(readings: dict[str, Reading]) -> dict[str, str]:
    return {pointer: each.value for pointer, each in readings.items()}


def test_the_word_version_is_read_by_its_labels_and_named_by_its_number() -> None:
    (form,) = forms_in([PageReading(page=3, text=WORD, typed=True)], TEMPLATES)
    assert _values(dict(form.readings)) == {
        MEASURE: MEASURE_NAME,
        NAME: "髙橋 花子",
        ADDRESS: "北星市中央2条3丁目4番地",
        CATEGORY_CODE: "2",
        CATEGORY_DETAIL: "あさひ印刷株式会社",
        OPINION: "住所を書かせるのはなぜですか。\n説明してください。",
    }
    assert form.consultation_number == 1
    assert (form.submitter.email, form.submitter.fax) == (None, None)
    assert not form.by_ocr
    assert {each.code for each in form.findings} == {"text_layer_read"}
    assert {each.page for each in form.readings.values()} == {3}


def test_two_filled_boxes_of_the_word_version_are_none() -> None:
    text = WORD.replace("□ 1", "■ 1")
    (form,) = forms_in([PageReading(page=1, text=text, typed=True)], TEMPLATES)
    assert form.submitter.category.code is None


def test_a_letter_typed_on_a_computer_is_not_called_read_by_ocr() -> None:
    page = PageReading(page=1, text="氏名：北野 花子\n意見：賛成です。", typed=True)
    (form,) = forms_in([page], TEMPLATES)
    assert not form.by_ocr
    assert "read_by_ocr" not in {each.code for each in form.findings}
    assert form.readings[NAME].source == "text"


def test_one_handwritten_page_makes_a_comment_one_that_was_read_by_ocr() -> None:
    pages = [
        PageReading(page=1, text="氏名：北野 花子", typed=True),
        PageReading(page=2, text="意見"),
    ]
    (form,) = forms_in(pages, TEMPLATES)
    assert form.by_ocr
