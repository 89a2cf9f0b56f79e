import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.measure_likeness import (
    differences,
    is_one_letter_apart,
    is_slip,
    look_alike,
    normalise,
)

NAMELIKE = st.text(
    "第五十百二〇零元令和期次年度号案()（）「」 ーー-―アか゛\u3099ｱ5０\u3000Ａ髙葛\U000e0100"
)


@given(st.one_of(st.text(), NAMELIKE))
def test_normalising_twice_changes_nothing_more(name: str) -> None:
    assert normalise(normalise(name)) == normalise(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("環境計画（案）", "環境計画案"),
        ("環境計画(案)", "環境計画〔案〕"),
        ("「環境計画【案】」", "“環境計画” ［案］"),
        ("環境計画\n　（案）", "環境計画(案)"),
        ("第五期計画", "第5期計画"),
        ("第５期計画", "第5期計画"),
        ("第十五期計画", "第15期計画"),
        ("第二十期計画", "第20期計画"),
        ("第百二十一号", "第121号"),
        ("二〇二六年度", "2026年度"),
        ("第二次計画", "第2次計画"),
        ("令和元年度予算", "令和1年度予算"),
        ("令和八年度", "令和8年度"),
        ("第千期", "第1000期"),
        ("パブリックコメント", "パブリックコメント".replace("ー", "―")),
        ("2026－2030", "2026―2030"),
        ("ＩＣＴ計画", "ict計画"),
        ("ﾊﾞﾘｱﾌﾘｰ", "バリアフリー"),
        ("髙砂台", "高砂台"),
        ("《計画》", "〈計画〉"),
    ],
)
def test_ways_of_writing_one_name_are_equal(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("第5期計画", "第6期計画"),
        ("計画（案）", "計画（素案）"),
        ("令和元年度", "令和2年度"),
        ("一部改正", "二部改正"),
        ("斎場", "斉場"),
        ("ハート計画", "ハト計画"),
        ("水道ピジョン", "水道ビジョン"),
        ("子とも・子育て支援事業計画", "子ども・子育て支援事業計画"),
        ("図書館運營方針", "図書館運営方針"),
        ("環境基本計面", "環境基本計画"),
        ("環境基本計西", "環境基本計画"),
    ],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_what_brackets_hold_is_kept() -> None:
    assert normalise("計画（概要版）") == "計画概要版"


@given(st.text())
def test_folding_look_alikes_twice_changes_nothing_more(name: str) -> None:
    assert look_alike(look_alike(name)) == look_alike(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [("ロ一力ル", "ローカル"), ("エ業", "工業"), ("へ", "ヘ"), ("2O26", "2026"), ("l0", "10")],
)
def test_letters_that_look_alike_cost_nothing(one: str, other: str) -> None:
    assert look_alike(normalise(one)) == look_alike(normalise(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("障がい福社計画案", "障がい福祉計画案"),
        ("障がい福祉計計画案", "障がい福祉計画案"),
        ("障がい福計画案", "障がい福祉計画案"),
        ("障がい福ネ計画案", "障がい福祉計画案"),
        ("墓本構想惰報", "基本構想情報"),
        ("ロ一力ル計画", "ローカル計画"),
        ("同じ", "同じ"),
        ("図書館運営方針（袁案）", "図書館運営方針（素案）"),
    ],
)
def test_a_slip_is_forgiven(one: str, other: str) -> None:
    assert is_slip(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("第5期計画案", "第6期計画案"),
        ("計画素案", "計画案"),
        ("計画原案", "計画素案"),
        ("計画骨子案", "計画案"),
        ("計画中間", "計画最終"),
        ("前期計画", "後期計画"),
        ("新計画", "旧計画"),
        ("新計画", "計画"),
        ("東町計画", "東村計画"),
        ("計画改定版", "計画改訂版"),
        ("実施計画", "基本計画"),
        ("子ども計画", "計画"),
        ("国民健康保険", "住民基本台帳"),
        ("あ計い画う案え", "ア計イ画ウ案エ"),
        ("亜計伊画宇", "阿計井画右"),
        ("計画新案", "計画素案"),
        ("第7期計画", "第素期計画"),
        ("計画第案", "計画素案"),
    ],
)
def test_a_meaningful_difference_is_no_slip(one: str, other: str) -> None:
    assert not is_slip(one, other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("第5期", "第6期", True),
        ("第9期", "第10期", True),
        ("第5期", "第15期", True),
        ("計画案", "計画素案", True),
        ("計画素案", "計画案", True),
        ("計画", "計画", True),
        ("計画案", "計画骨子案", False),
        ("前期計画", "後期計両", False),
        ("計画", "", False),
        ("計", "", True),
    ],
)
def test_names_one_misread_letter_apart(one: str, other: str, expected: bool) -> None:
    assert is_one_letter_apart(one, other) is expected


def test_differences_show_what_stands_instead() -> None:
    assert differences("第5期計画案", "第6期計画") == (("5", "6"), ("案", ""))
