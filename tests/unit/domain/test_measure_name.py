from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from app.domain.consultation import Consultation
from app.domain.measure import Measure, MeasureVerdict
from app.domain.measure_likeness import normalise
from app.domain.measure_mention import mentioned, named_beside
from app.domain.measure_name import candidates, door_verdict, judge
from tests.unit.domain.builders import a_consultation

TODAY = date(2015, 5, 1)
PIA = a_consultation()
HEALTH = a_consultation("kokuho", "国民健康保険関係事務の特定個人情報保護評価書（案）")
FIFTH = a_consultation("dai5", "第５期旭川市障がい福祉計画（案）")
SIXTH = a_consultation("dai6", "第６期旭川市障がい福祉計画（案）")
PLAN = a_consultation("kankyo", "環境基本計画（案）", aliases=("みどりの計画2015",))
SECOND_PLAN = a_consultation("kankyo2", "第2次環境基本計画（案）")


def similarity(one: str, other: str) -> float:
    return fuzz.ratio(one, other) / 100


def judged(
    written: str | None,
    *consultations: Consultation,
    by_ocr: bool = False,
    on: date = TODAY,
) -> Measure:
    return judge(written, consultations, on=on, similarity=similarity, by_ocr=by_ocr)


@pytest.mark.parametrize("written", [None, "", "\u3000", "\u3164", "（　）", "「」"])
def test_no_name_is_missing(written: str | None) -> None:
    measure = judged(written, PIA)
    assert (measure.verdict, measure.written) == (MeasureVerdict.MISSING, written)
    assert (measure.score, measure.candidates) == (None, ())


@pytest.mark.parametrize(
    "written",
    [
        PLAN.measure_name,
        "「環境基本計画【案】」",
        "みどりの計画２０１５",
        "みどりの計画2015について",
        "環境基本計画",
        "環境計画（案）",
    ],
)
def test_one_draft_by_itself_is_judged_as_beside_another(written: str) -> None:
    alone, beside = judged(written, PLAN), judged(written, PLAN, PIA)
    assert alone.candidates == beside.candidates[:1]
    assert (alone.verdict, alone.consultation) == (beside.verdict, beside.consultation)
    assert (alone.score, alone.exact, alone.written) == (beside.score, beside.exact, written)


@pytest.mark.parametrize("by_ocr", [False, True])
@pytest.mark.parametrize(
    "written",
    [
        "住民基本台帳関係事務の特定個人情報保護評価書（案）",
        "住民基本台帳関係事務の\n特定個人情報保護評価書 案",
        "「住民基本台帳関係事務の特定個人情報保護評価書【案】」",
    ],
)
def test_an_equal_name_matches_exactly(written: str, by_ocr: bool) -> None:
    measure = judged(written, HEALTH, PIA, by_ocr=by_ocr)
    assert (measure.verdict, measure.consultation) == (MeasureVerdict.MATCH, "juki-pia")
    assert (measure.score, measure.exact, measure.written) == (1.0, True, written)
    assert measure.candidates[0].evidence == {"matched": "official"}
    assert [each.consultation for each in measure.candidates] == ["juki-pia", "kokuho"]


def test_an_alias_matches_exactly() -> None:
    measure = judged("みどりの計画２０１５", PIA, PLAN)
    assert (measure.consultation, measure.exact) == ("kankyo", True)
    assert measure.candidates[0].evidence == {"matched": "alias"}
    assert measure.candidates[0].measure_name == "環境基本計画（案）"


def test_of_two_rounds_under_one_name_the_open_one_is_meant() -> None:
    old = a_consultation("old", opens_on=date(2014, 4, 1), closes_on=date(2014, 5, 1))
    measure = judged(PIA.measure_name, old, PIA)
    assert (measure.verdict, measure.consultation) == (MeasureVerdict.MATCH, "juki-pia")
    assert len(measure.candidates) == 2


def test_two_open_rounds_under_one_name_are_ambiguous() -> None:
    twin = a_consultation("twin")
    measure = judged(PIA.measure_name, twin, PIA)
    assert (measure.verdict, measure.consultation) == (MeasureVerdict.AMBIGUOUS, None)
    both_closed = judged(PIA.measure_name, twin, PIA, on=date(2016, 1, 1))
    assert both_closed.verdict is MeasureVerdict.AMBIGUOUS


@pytest.mark.parametrize(
    "written",
    [
        "「環境基本計画（案）」に対する意見",
        "環境基本計画（案）への意見",
        "環境基本計画(案)について",
        "環境基本計画（案）に対する意見等の募集について",
        "パブリックコメント：環境基本計画（案）",
        "件名：環境基本計画（案）への御意見書",
        "Re: 環境基本計画（案）",
        "旭川市の「環境基本計画（案）」に反対です。",
        "このたびの環境基本計画（案）を読みました。",
    ],
)
def test_words_around_a_name_do_not_hide_it(written: str) -> None:
    measure = judged(written, PLAN, PIA)
    assert (measure.verdict, measure.consultation) == (MeasureVerdict.MATCH, "kankyo")
    assert not measure.exact
    assert measure.candidates[0].evidence["matched"] == "contained"


def test_the_longer_name_wins_over_one_it_holds() -> None:
    measure = judged("「第2次環境基本計画（案）」に反対します", PLAN, SECOND_PLAN)
    assert measure.consultation == "kankyo2"


@pytest.mark.parametrize(
    "written",
    [
        "第2次 環境基本計画（案）",
        "第3次環境基本計画（案）への意見",
        "子ども環境基本計画（案）",
        "旭川市環境基本計画（案）",
        "環境基本計画（案）の概要版（案）",
        "「環境基本計画（案）」に係る環境影響評価書（案）",
        "環境基本計画（素案）",
        "まったく別の施策",
    ],
)
def test_another_measures_name_is_no_match(written: str) -> None:
    measure = judged(written, PLAN)
    assert (measure.verdict, measure.consultation) == (MeasureVerdict.MISMATCH, None)
    assert measure.candidates[0].consultation == "kankyo"
    assert measure.score == measure.candidates[0].score


def test_two_drafts_named_in_one_text_are_ambiguous() -> None:
    both = f"{PLAN.measure_name}と{FIFTH.measure_name}について"
    assert judged(both, PLAN, FIFTH).verdict is not MeasureVerdict.MATCH


def test_leaving_out_the_word_draft_is_forgiven() -> None:
    measure = judged("環境基本計画", PLAN, PIA)
    assert (measure.verdict, measure.consultation) == (MeasureVerdict.MATCH, "kankyo")
    assert not measure.exact
    assert measure.score is not None
    assert 0.9 < measure.score < 1
    assert measure.candidates[0].evidence == {"matched": "similar", "differs": "→案"}


def test_adding_the_word_draft_is_forgiven() -> None:
    assert judged("旭川市総合計画（案）", a_consultation("s", "旭川市総合計画")).consultation == "s"


def test_leaving_out_the_word_draft_is_ambiguous_where_two_stages_are_open() -> None:
    first = a_consultation("soan", "環境基本計画（素案）")
    measure = judged("環境基本計画", PLAN, first)
    assert (measure.verdict, measure.consultation) == (MeasureVerdict.AMBIGUOUS, None)


def test_another_stage_than_the_drafts_own_is_no_match() -> None:
    nicknamed = a_consultation("n", "環境基本計画（素案）", aliases=("環境基本計画",))
    assert judged("環境基本計画（案）", nicknamed).verdict is MeasureVerdict.MISMATCH


@pytest.mark.parametrize("by_ocr", [False, True])
def test_a_slip_matches_where_no_other_draft_is_near(by_ocr: bool) -> None:
    measure = judged(
        "住民墓本台帳関係事務の特定個人惰報保護評価書（案）", PIA, HEALTH, by_ocr=by_ocr
    )
    assert (measure.verdict, measure.consultation) == (MeasureVerdict.MATCH, "juki-pia")
    assert not measure.exact
    assert measure.candidates[0].evidence == {"matched": "similar", "differs": "墓→基、惰→情"}


def test_a_slip_in_one_of_two_near_drafts_is_for_a_person() -> None:
    measure = judged("第5期旭川市障がい福社計画（案）", FIFTH, SIXTH)
    assert (measure.verdict, measure.consultation) == (MeasureVerdict.AMBIGUOUS, None)
    assert [each.consultation for each in measure.candidates] == ["dai5", "dai6"]


def test_a_stage_that_nobody_can_read_is_taken_only_where_no_other_is_open() -> None:
    first = a_consultation("soan", "北星市図書館運営方針（素案）")
    second = a_consultation("an", "北星市図書館運営方針（案）")
    alone = judged("北星市図書館運営方針（袁案）", first, HEALTH, by_ocr=True)
    assert (alone.verdict, alone.consultation) == (MeasureVerdict.MATCH, "soan")
    both = judged("北星市図書館運営方針（袁案）", first, second, by_ocr=True)
    assert both.verdict is MeasureVerdict.AMBIGUOUS


def test_a_draft_long_closed_does_not_stand_in_the_way_of_a_slip() -> None:
    closed = a_consultation(
        "dai6", SIXTH.measure_name, opens_on=date(2013, 1, 1), closes_on=date(2013, 2, 1)
    )
    written = "第5期旭川市障がい福社計画（案）"
    assert judged(written, FIFTH, closed).consultation == "dai5"
    assert judged(written, closed).verdict is MeasureVerdict.MISMATCH
    assert judged(FIFTH.measure_name, FIFTH, closed, by_ocr=True).consultation == "dai5"


def test_another_number_is_a_mismatch_that_ranks_what_it_may_mean() -> None:
    alone = judged("第七期旭川市障がい福祉計画（案）", FIFTH)
    assert alone.verdict is MeasureVerdict.MISMATCH
    assert alone.candidates[0].evidence == {"matched": "similar", "differs": "7→5"}
    both = judged("第七期旭川市障がい福祉計画（案）", FIFTH, SIXTH)
    assert both.verdict is MeasureVerdict.AMBIGUOUS
    assert len(both.candidates) == 2


def test_a_typed_number_is_taken_as_typed() -> None:
    assert judged("第五期旭川市障がい福祉計画（案）", FIFTH, SIXTH).consultation == "dai5"


def test_a_machine_read_number_is_not_trusted_where_another_would_fit() -> None:
    measure = judged("第五期旭川市障がい福祉計画（案）", FIFTH, SIXTH, by_ocr=True)
    assert (measure.verdict, measure.score) == (MeasureVerdict.AMBIGUOUS, 1.0)
    assert measure.candidates[0].consultation == "dai5"
    assert (
        judged("第五期旭川市障がい福祉計画（案）", FIFTH, PLAN, by_ocr=True).consultation == "dai5"
    )


def test_without_any_draft_nothing_matches() -> None:
    measure = judged("環境基本計画（案）")
    assert (measure.verdict, measure.score) == (MeasureVerdict.MISMATCH, None)
    nameless = a_consultation("n", "（）")
    assert judged("環境基本計画（案）", nameless).candidates == ()


def test_five_candidates_are_shown_at_most_and_the_best_first() -> None:
    many = [
        a_consultation(f"c{term}", f"第{term}期旭川市障がい福祉計画（案）") for term in range(1, 9)
    ]
    shown = candidates("第3期旭川市障がい福祉計画（案）", many, similarity=similarity)
    assert len(shown) == 5
    assert shown[0].consultation == "c3"
    assert [each.score for each in shown] == sorted((each.score for each in shown), reverse=True)


def test_a_difference_too_long_to_read_is_left_out() -> None:
    (shown,) = candidates("甲乙丙丁" * 60, [PLAN], similarity=similarity)
    assert shown.evidence == {"matched": "similar"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("環境基本計画（案）", True),
        ("環境基本計画　案", True),
        ("みどりの計画2015", True),
        ("環境基本計画", False),
        ("環境基本計画（案）について", False),
        ("環墓基本計画（案）", False),
        ("", False),
        (None, False),
    ],
)
def test_at_the_door_only_an_equal_name_will_do(written: str | None, expected: bool) -> None:
    assert door_verdict(written, PLAN) is expected


SIBLINGS = [
    (one, other)
    for pair in [
        ("第５期旭川市障がい福祉計画（案）", "第６期旭川市障がい福祉計画（案）"),
        ("第九期介護保険事業計画（案）", "第十期介護保険事業計画（案）"),
        ("第百期計画（案）", "第一期計画（案）"),
        ("環境基本計画（案）", "環境基本計画（素案）"),
        ("環境基本計画（案）", "環境基本計画（骨子案）"),
        ("環境基本計画（案）", "環境基本計画"),
        ("前期総合計画（案）", "後期総合計画（案）"),
        ("令和元年度実施計画（案）", "令和2年度実施計画（案）"),
        ("環境基本計画（案）", "新環境基本計画（案）"),
        ("環境基本計画（案）", "子ども環境基本計画（案）"),
        ("環境基本計画（案）", "第2次環境基本計画（案）"),
        ("東町公園整備計画（案）", "東村公園整備計画（案）"),
        ("実施計画（案）への意見", "実施計画（素案）"),
        ("旭川市駅前再開発計画（中間案）", "旭川市駅前再開発計画（最終案）"),
        ("住民基本台帳関係事務の評価書（案）", "住民税関係事務の評価書（案）"),
    ]
    for one, other in (pair, pair[::-1])
]
LETTERS = st.one_of(
    st.sampled_from(
        "0123456789一二三四五六七八九十百〇案素新旧前後第期次市町村元 　（）「」・のを年―ー"
    ),
    st.characters(min_codepoint=0x3041, max_codepoint=0x9FFF),
)


@given(st.sampled_from(SIBLINGS), st.data())
def test_one_wrong_letter_never_leads_to_the_other_draft(
    names: tuple[str, str], data: st.DataObject
) -> None:
    meant, other = (a_consultation(code, name) for code, name in zip("ab", names, strict=True))
    name = meant.measure_name
    place = data.draw(st.integers(0, len(name)))
    taken = data.draw(st.integers(0, 1))
    put = data.draw(st.one_of(st.just(""), LETTERS))
    damaged = name[:place] + put + name[place + taken :]
    by_ocr = judged(damaged, meant, other, by_ocr=True)
    assert by_ocr.consultation != "b", by_ocr
    # A typed text that equals the other name is that name; anything less is not.
    assume(normalise(damaged) != normalise(other.measure_name))
    typed = judged(damaged, meant, other)
    assert typed.consultation != "b", typed


@given(st.text(max_size=80), st.booleans())
def test_any_text_gets_a_verdict(written: str, by_ocr: bool) -> None:
    measure = judged(written, PLAN, FIFTH, by_ocr=by_ocr)
    assert (measure.consultation is not None) == (measure.verdict is MeasureVerdict.MATCH)
    assert measure.written == written


BODY = """担当課　御中

このたび募集されている「環境基本計画（案）」について意見を述べます。
住所は旭川市です。
"""


def test_a_draft_named_in_the_body_of_a_mail_is_found() -> None:
    assert mentioned(BODY, [PIA, PLAN, SECOND_PLAN]) == (PLAN,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("第2次環境基本計画\n（案）に賛成", ("kankyo2",)),
        ("環境基本計画（案）と第2次環境基本計画（案）について", ("kankyo", "kankyo2")),
        ("第4次環境基本計画（案）", ()),
        ("新環境基本計画（案）", ()),
        ("環境基本計画（案）概要版について", ()),
        ("計画について", ()),
        ("", ()),
    ],
)
def test_only_a_whole_name_of_its_own_counts(text: str, expected: tuple[str, ...]) -> None:
    short = a_consultation("short", "計画（案）")
    found = mentioned(text, [PLAN, SECOND_PLAN, short])
    assert tuple(each.code for each in found) == expected


def test_the_one_draft_named_beside_a_comment_is_found_with_its_place() -> None:
    title = ("「環境基本計画（案）」に対する意見書", "title")
    beside = [("北星市役所 環境政策課 御中", "envelope"), title]
    assert named_beside(beside, [PLAN, PIA]) == title


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["意見書在中"],
        ["第2次環境基本計画（案）への意見"],
        ["環境基本計画（案）への意見", "第６期旭川市障がい福祉計画（案）への意見"],
    ],
)
def test_what_names_no_draft_or_several_beside_a_comment_names_none(lines: list[str]) -> None:
    assert named_beside([(each, "title") for each in lines], [PLAN, FIFTH, SIXTH]) is None
