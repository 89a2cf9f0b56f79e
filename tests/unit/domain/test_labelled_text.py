"""Labelled fields in running text, as people really write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
)
from app.domain.labelled_text import has_labels, read_labelled
from app.domain.submitter import SubmitterKind
from app.domain.text import MAX_OPINION_CHARACTERS

WHERE = "旭川市6条通9丁目46番地"
WHO = "旭川 花子"
WHAT = "第5期障がい福祉計画（素案）"


def said(form: CommentForm) -> dict[str, str]:
    return {pointer: reading.value for pointer, reading in form.readings.items()}


def values(text: str) -> dict[str, str]:
    return said(read_labelled(text))


@pytest.mark.parametrize(
    ("line", "pointer", "value"),
    [
        (f"住所：{WHERE}", ADDRESS, WHERE),
        (f"住所:{WHERE}", ADDRESS, WHERE),
        (f"　住　所　：　{WHERE}　", ADDRESS, WHERE),
        (f"ご住所：{WHERE}", ADDRESS, WHERE),
        (f"所在地：{WHERE}", ADDRESS, WHERE),
        (f"事務所の所在地：{WHERE}", ADDRESS, WHERE),
        (f"住所（所在地）：{WHERE}", ADDRESS, WHERE),
        (f"住所又は所在地：{WHERE}", ADDRESS, WHERE),
        (f"【住所】{WHERE}", ADDRESS, WHERE),
        (f"〔住所〕 {WHERE}", ADDRESS, WHERE),
        (f"■住所　{WHERE}", ADDRESS, WHERE),
        (f"・住所：{WHERE}", ADDRESS, WHERE),
        (f"１　住所　{WHERE}", ADDRESS, WHERE),
        (f"1. 住所: {WHERE}", ADDRESS, WHERE),
        (f"(2)住所：{WHERE}", ADDRESS, WHERE),
        (f"（２）住所：{WHERE}", ADDRESS, WHERE),
        (f"① 住所　{WHERE}", ADDRESS, WHERE),
        (f"ア．住所：{WHERE}", ADDRESS, WHERE),
        (f"住所\t{WHERE}", ADDRESS, WHERE),
        (f"│住所│{WHERE}│", ADDRESS, WHERE),
        (f"| 住所 | {WHERE} |", ADDRESS, WHERE),
        (f"住所 {WHERE}", ADDRESS, WHERE),
        (f"住所\n{WHERE}", ADDRESS, WHERE),
        (f"【住所】\n\n{WHERE}", ADDRESS, WHERE),
        (f"＜ご住所＞\n{WHERE}", ADDRESS, WHERE),
        (f"氏名：{WHO}", NAME, WHO),
        (f"お名前：{WHO}", NAME, WHO),
        (f"氏　　名：{WHO}", NAME, WHO),
        (f"氏名（必須）：{WHO}", NAME, WHO),
        (f"氏名又は名称：{WHO}", NAME, WHO),
        (f"提出者氏名：{WHO}", NAME, WHO),
        (f"名前　{WHO}", NAME, WHO),
        ("代表者：旭川三郎", REPRESENTATIVE, "旭川三郎"),
        ("代表者の氏名：旭川三郎", REPRESENTATIVE, "旭川三郎"),
        ("代表者職・氏名：会長　旭川三郎", REPRESENTATIVE, "会長　旭川三郎"),
        ("区分：2", CATEGORY_CODE, "2"),
        ("区分：２", CATEGORY_CODE, "２"),
        ("区分：(2)", CATEGORY_CODE, "(2)"),
        ("区分：②", CATEGORY_CODE, "②"),
        ("意見提出者の区分：市内に住所を有する方", CATEGORY_CODE, "市内に住所を有する方"),
        ("提出者の区分\n　③", CATEGORY_CODE, "③"),
        ("該当する事項：旭川商店（旭川市3条）", CATEGORY_DETAIL, "旭川商店（旭川市3条）"),
        ("勤務先の名称・所在地：旭川商店", CATEGORY_DETAIL, "旭川商店"),
        ("学校名：北高等学校", CATEGORY_DETAIL, "北高等学校"),
        (f"案の名称：{WHAT}", MEASURE, WHAT),
        (f"対象施策の案の名称：「{WHAT}」", MEASURE, f"「{WHAT}」"),
        (f"施策名：{WHAT}", MEASURE, WHAT),
        (f"件名：{WHAT}", MEASURE, WHAT),
        ("案の名称：旭川市における\n　特定個人情報保護評価書（案）", MEASURE,
         "旭川市における\n特定個人情報保護評価書（案）"),
        ("電話番号：0166-00-0000", PHONE, "0166-00-0000"),
        ("ＴＥＬ：０１６６－００－００００", PHONE, "０１６６－００－００００"),
        ("連絡先：0166-00-0000", PHONE, "0166-00-0000"),
        ("連絡先：a@example.jp", EMAIL, "a@example.jp"),
        ("FAX：0166-00-0001", FAX, "0166-00-0001"),
        ("ファックス番号：0166-00-0001", FAX, "0166-00-0001"),
        ("Ｅ－ｍａｉｌ：a@example.jp", EMAIL, "a@example.jp"),
        ("メールアドレス：a＠example.jp", EMAIL, "a＠example.jp"),
        ("意見：反対", OPINION, "反対"),
        ("ご意見：反対", OPINION, "反対"),
        ("意見の内容：反対", OPINION, "反対"),
        ("意見等：反対", OPINION, "反対"),
        ("【ご意見】\n反対", OPINION, "反対"),
        ("案に対する意見\n反対", OPINION, "反対"),
        ("５　意見\n反対", OPINION, "反対"),
    ],
)  # fmt: skip
def test_a_label_is_read_however_it_is_written(line: str, pointer: str, value: str) -> None:
    found = values(line)
    assert found[pointer] == value
    if pointer != OPINION:
        assert set(found) == {pointer}


def test_fields_come_in_any_order_and_the_opinion_first() -> None:
    assert values(f"意見：\n反対\n\n二行目\n\n氏名：{WHO}\n住所：{WHERE}\n") == {
        OPINION: "反対\n\n二行目",
        NAME: WHO,
        ADDRESS: WHERE,
    }


def test_an_opinion_stays_verbatim() -> None:
    opinion = "　一つ目。\n\n\n\t①ｶﾅ  と　空白 \n・箇条\n  字下げ"
    assert read_labelled(f"氏名：{WHO}\n意見：\n\n{opinion}\n\n").opinion == opinion


def test_an_opinion_of_any_length_may_stand_in_one_line_behind_its_label() -> None:
    opinion = "道" * MAX_OPINION_CHARACTERS

    form = read_labelled(f"氏名：北野 花子\n意見：{opinion}\n")

    assert form.opinion == opinion
    assert form.findings == ()


def test_label_words_inside_an_opinion_do_not_cut_it() -> None:
    opinion = (
        "住所が漏れないか心配です。\n住所：の欄は要りません。\n氏名 を書かせるのはなぜですか。\n"
        "意見：と書いた紙を箱に入れました。\n電話：でも受けてください。\n区分：という言葉は分かりにくい。"
    )
    form = read_labelled(f"住所：{WHERE}\n氏名：{WHO}\n意見：{opinion}")
    assert form.opinion == opinion
    assert form.submitter.address == WHERE


def test_label_words_in_an_opinion_do_not_cut_it_even_where_the_item_is_missing() -> None:
    opinion = "反対します。\n住所：を書く欄が小さいので、直してください。\n名前\nも同じです。"
    assert values(f"意見：\n{opinion}") == {OPINION: opinion}


def test_numbered_opinions_stay_together() -> None:
    opinions = "意見１：駅前に木を。\n意見２：歩道を広く。"
    assert read_labelled(f"氏名：{WHO}\n{opinions}").opinion == opinions


def test_text_without_a_label_is_the_opinion() -> None:
    text = "前略　私はこの案に反対です。\n\n住所や氏名は書きません。"
    form = read_labelled(text)
    assert said(form) == {OPINION: text}
    assert not has_labels(text)


def test_only_the_items_of_a_form_make_a_comment() -> None:
    assert has_labels(f"案の名称：{WHAT}")
    assert has_labels("団体名：旭川市民の会")
    assert has_labels("意見：\n反対")
    assert not has_labels("お知らせ\n電話：0166-00-0000\nメール：a@example.jp\n")


def test_what_has_no_label_becomes_the_opinion_but_a_person_confirms_it() -> None:
    form = read_labelled(f"住所：{WHERE}\n氏名：{WHO}\n\n図書館を\n残してください。\n")
    assert form.opinion == "図書館を\n残してください。"
    assert [(found.code, found.field) for found in form.findings] == [("low_confidence", OPINION)]


def test_a_greeting_is_no_opinion() -> None:
    form = read_labelled(
        f"旭川市市民課御中\nお世話になっております。\n住所：{WHERE}\n氏名：{WHO}\n"
        "意見書を添付します。\nどうぞよろしくお願いいたします。\n"
    )
    assert form.opinion == ""


def test_an_address_may_take_several_lines() -> None:
    found = values(
        f"住所：〒070-8525\n　　　旭川市6条通9丁目46番地\n　　　旭ビル101号\n氏名：{WHO}\n"
    )
    assert found[ADDRESS] == "〒070-8525\n旭川市6条通9丁目46番地\n旭ビル101号"


def test_prose_below_an_address_is_not_part_of_it() -> None:
    form = read_labelled(f"氏名：{WHO}\n住所：{WHERE}\nこの案に反対です。")
    assert form.submitter.address == WHERE
    assert form.opinion == "この案に反対です。"


def test_several_labels_share_a_line() -> None:
    assert values(f"住所：{WHERE}　氏名：{WHO}　電話：0166-00-0000\n意見：反対 理由：高い") == {
        ADDRESS: WHERE,
        NAME: WHO,
        PHONE: "0166-00-0000",
        OPINION: "反対 理由：高い",
    }


def test_a_category_with_its_detail_in_brackets() -> None:
    found = values("区分：２（勤務先：旭川商店、旭川市3条）\n意見：反対")
    assert (found[CATEGORY_CODE], found[CATEGORY_DETAIL]) == ("２", "旭川商店、旭川市3条")


def test_the_ticked_choice_is_the_category() -> None:
    text = (
        "区分：\n□１ 市内に住所を有する方\n☑２ 市内の事務所に勤務する方\n該当する事項：旭川商店\n"
    )
    found = values(text)
    assert found[CATEGORY_CODE] == "２ 市内の事務所に勤務する方"
    assert found[CATEGORY_DETAIL] == "旭川商店"


def test_two_ticked_choices_are_left_to_a_person() -> None:
    form = read_labelled("区分：\n■１ 市内に住所を有する方\n■２ 市内に勤務する方\n□３ その他\n")
    assert form.submitter.category.code is None
    assert [(found.code, found.field) for found in form.findings] == [
        ("choice_ambiguous", CATEGORY_CODE)
    ]


def test_an_organisation_is_known_by_its_labels() -> None:
    form = read_labelled(
        f"団体名：旭川市民の会\n事務所の所在地：{WHERE}\n代表者氏名：{WHO}\n意見：反対"
    )
    submitter = form.submitter
    assert submitter.kind is SubmitterKind.ORGANIZATION
    assert (submitter.name, submitter.address, submitter.representative) == (
        "旭川市民の会",
        WHERE,
        WHO,
    )


def test_an_empty_label_of_an_organisation_makes_none() -> None:
    form = read_labelled(f"団体名：\n代表者：\n氏名：{WHO}\n意見：反対")
    assert form.submitter.kind is SubmitterKind.INDIVIDUAL
    assert form.submitter.name == WHO


def test_the_notices_own_words_are_no_values() -> None:
    text = (
        "> １　住所及び氏名（団体の場合は、団体名、事務所の所在地及び代表者の氏名）\n> 氏名：\n"
        "住所：（必ずご記入ください）\n氏名：○○　○○\n区分：＿＿＿\n案の名称：（　　　）\n意見：\n"
    )
    assert values(text) == {}


def test_the_headers_of_a_forwarded_mail_are_no_fields() -> None:
    text = (
        "-----Original Message-----\n差出人: 旭川市 <simin@example.jp>\n送信日時: 2015年5月1日\n"
        f"宛先: hanako@example.jp\n件名: 意見募集のお知らせ\n\n案の名称：{WHAT}\n意見：反対"
    )
    assert values(text) == {MEASURE: WHAT, OPINION: "反対"}


def test_a_title_is_no_label_where_the_opinion_has_its_own() -> None:
    found = values(f"{WHAT}に対する意見\n住所：{WHERE}\n意見：反対")
    assert found == {ADDRESS: WHERE, OPINION: "反対"}


def test_a_drawn_table_is_read() -> None:
    text = f"┌──┬──┐\n│氏名│{WHO}│\n├──┼──┤\n│住所│{WHERE}│\n└──┴──┘\n意見\n反対"
    assert values(text) == {NAME: WHO, ADDRESS: WHERE, OPINION: "反対"}


def test_an_individual_number_is_pointed_out_and_not_kept_as_a_field() -> None:
    form = read_labelled(f"氏名：{WHO}\n個人番号：9832 0567 3214\n意見：反対")
    assert [found.code for found in form.findings] == ["individual_number_present"]
    assert said(form) == {NAME: WHO, OPINION: "反対"}


def test_rare_characters_stay_as_written() -> None:
    assert values("氏名：髙﨑 𠮷子\n住所：葛\U000e0100城町１‐２")[NAME] == "髙﨑 𠮷子"


def test_the_source_of_each_reading_is_named() -> None:
    form = read_labelled(f"氏名：{WHO}", source="person")
    assert {reading.source for reading in form.readings.values()} == {"person"}


def test_line_ends_of_windows_are_no_part_of_a_value() -> None:
    assert values(f"住所：{WHERE}\r\n氏名：{WHO}\r\n意見：\r\n反対\r\n")[NAME] == WHO


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "住所：",
                    "氏名",
                    "【意見】",
                    "区分：\n□1\n☑2",
                    "│",
                    "> ",
                    "意見1：",
                    "団体名　",
                    "\n",
                    "：",
                    "（",
                ]
            ),
            st.text(max_size=12),
        ),
        max_size=30,
    ).map("".join)
)
def test_any_text_gives_a_form_and_values_are_what_was_written(text: str) -> None:
    form = read_labelled(text)
    for value in said(form).values():
        for line in value.split("\n"):
            assert line in text


@given(
    st.text(alphabet="反対賛成です、です。\n　 ", min_size=1).filter(
        lambda text: text.strip(" 　\n")
    )
)
def test_an_opinion_survives_whatever_is_in_it(opinion: str) -> None:
    written = opinion.strip("\n 　") + "。"
    assert read_labelled(f"氏名：{WHO}\n意見：\n{written}\n").opinion == written


def test_a_body_that_is_only_quotation_or_prose_below_a_label_is_no_value() -> None:
    form = read_labelled(f"氏名\nこれは名前ではありません。\n年齢\n40\n住所：{WHERE}\n意見：反対")
    assert form.submitter.name is None
    assert form.submitter.address == WHERE


def test_a_heading_above_the_real_label_of_the_opinion_opens_nothing() -> None:
    assert read_labelled("意見\n\n意見の内容：\n反対\n").opinion == "反対"


def test_items_below_an_opinion_label_that_was_left_empty_are_read() -> None:
    form = read_labelled(f"意見：\n氏名：{WHO}\n住所\n{WHERE}\n意見の内容：反対")
    assert said(form) == {OPINION: "反対", NAME: WHO, ADDRESS: WHERE}


def test_a_second_opinion_behind_other_items_is_kept_too() -> None:
    form = read_labelled(f"意見：一つ目\n氏名：{WHO}\n意見：二つ目")
    assert form.opinion == "一つ目\n\n二つ目"


def test_a_block_of_bare_labels_ends_an_opinion() -> None:
    form = read_labelled(f"意見\n反対\n\n氏名\n{WHO}\n住所\n{WHERE}\n")
    assert said(form) == {OPINION: "反対", NAME: WHO, ADDRESS: WHERE}


def test_several_details_are_kept_line_by_line() -> None:
    form = read_labelled("区分：2\n勤務先：旭川商店\n勤務先の所在地：旭川市3条\n意見：反対")
    assert form.submitter.category.detail == "旭川商店\n旭川市3条"


def test_a_marked_heading_and_a_wide_gap_label_the_opinion() -> None:
    form = read_labelled(
        "■お名前　北野 雪子\n■ご住所　北星市中央1丁目2番\n■ご意見　夜間の灯りを増やして。"
    )
    assert form.opinion == "夜間の灯りを増やして。"
    assert form.submitter.name == "北野 雪子"


def test_an_unmarked_word_and_a_gap_stay_in_the_opinion() -> None:
    text = "意見：\n意見　というほどではありませんが、灯りを増やしてください。"
    assert "意見　というほど" in read_labelled(text).opinion
