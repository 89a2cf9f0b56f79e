"""The scorer of `make bench-ocr`, on readings whose worth is known."""

import math
import random
import statistics

import pytest

from app.domain.comment_form import ADDRESS, CATEGORY_CODE, NAME, OPINION
from bench.reading.calibration import (
    bins,
    detection_auroc,
    detection_spread,
    error_by_chance,
    expected_calibration_error,
    swept_calibration_error,
    swept_error_by_chance,
)
from bench.reading.samples import FIELDS, Order, Sample
from bench.reading.score import (
    Noted,
    error_rate,
    is_flagged,
    mean_cer,
    plain,
    right_doubted,
    score,
    share_right,
    wrong_unsaid,
)
from bench.reading.ticks import Mark

TRUTH = {
    **dict.fromkeys(FIELDS, ""),
    NAME: "髙橋\u3000花子",
    ADDRESS: "北星市栄町3丁目1-2",
    OPINION: "除雪の体制を明記すべきです。",
    CATEGORY_CODE: "2",
}


def a_sample(mark: Mark = Mark.SINGLE, **truth: str) -> Sample:
    order = Order(seed=1, writing="typed", copy="photo", index=0)
    return Sample(order=order, truth=TRUTH | truth, mark=mark, hand="a font", data=b"")


def noted(*findings: tuple[str, str | None], **values: str) -> Noted:
    read = {pointer: text for pointer, text in TRUTH.items() if text} | values
    return Noted(values=read, confidences=dict.fromkeys(read, 0.9), findings=findings)


def test_a_perfect_reading_is_wholly_right() -> None:
    outcomes = score(a_sample(), noted())
    assert [each.right for each in outcomes] == [True] * len(FIELDS)
    assert mean_cer(outcomes) == 0
    assert share_right(outcomes, NAME) == 1
    assert (wrong_unsaid(outcomes), right_doubted(outcomes)) == (0, 0)


def test_of_an_empty_reading_everything_is_wrong_and_a_person_is_asked() -> None:
    outcomes = score(a_sample(), Noted(values={}, confidences={}, findings=[]))
    assert mean_cer(outcomes) == 1
    assert share_right(outcomes, ADDRESS) == 0
    assert wrong_unsaid(outcomes) == 0
    assert all(each.confidence is None for each in outcomes)


def test_a_look_alike_is_another_name_and_a_dash_any_dash() -> None:
    assert plain("髙橋") != plain("高橋")
    assert plain("1−2") == plain("1－2") == plain("1-2") != plain("1ー2")
    assert error_rate("ＡＢ Ｃ", "abc") == 1
    assert error_rate("四文字だ", "四文だ") == 0.25


def test_what_was_read_where_nothing_was_written_is_wrong() -> None:
    outcomes = score(a_sample(Mark.DOUBLE, **{CATEGORY_CODE: ""}), noted())
    category = next(each for each in outcomes if each.field == CATEGORY_CODE)
    assert not category.right
    assert wrong_unsaid(outcomes) == 1


@pytest.mark.parametrize(
    ("finding", "flagged"),
    [
        (("low_confidence", NAME), True),
        (("low_confidence", ADDRESS), False),
        (("page_unreadable", None), True),
        (("read_by_ocr", None), False),
        (("category_missing", "/submitter/category"), False),
        (("measure_name_not_exact", NAME), False),
    ],
)
def test_a_person_is_asked_by_findings_that_name_the_field(
    finding: tuple[str, str | None], flagged: bool
) -> None:
    assert is_flagged(NAME, "髙橋", "髙橋", [finding]) is flagged


def test_a_finding_about_the_whole_category_is_one_about_its_code() -> None:
    missing = [("category_missing", "/submitter/category")]
    assert is_flagged(CATEGORY_CODE, "", "", missing)


def test_calibration_error_of_known_data() -> None:
    honest = [(0.75, 1.0), (0.75, 1.0), (0.75, 1.0), (0.75, 0.0)]
    assert expected_calibration_error(honest) == pytest.approx(0)
    boastful = [(0.95, 0.0)] * 5 + [(0.95, 1.0)] * 5
    assert expected_calibration_error(boastful) == pytest.approx(0.45)
    assert expected_calibration_error([*honest, (1.0, 0.0)]) == pytest.approx(0.2)
    assert math.isnan(expected_calibration_error([]))
    assert [each.count for each in bins([*honest, (1.0, 0.0)])] == [4, 1]


def test_few_readings_miss_by_chance_alone_and_many_do_not() -> None:
    few, many = ([(0.75, 1.0)] * count for count in (20, 2000))
    # The share of right ones among 20 strays by a standard deviation of .097.
    assert error_by_chance(few).mean == pytest.approx(0.097 * math.sqrt(2 / math.pi), abs=0.01)
    assert error_by_chance(few).most == pytest.approx(1.96 * 0.097, abs=0.03)
    assert error_by_chance(many).most < 0.025
    assert error_by_chance(few) == error_by_chance(few)
    assert math.isnan(error_by_chance([]).mean)


def test_swept_error_of_known_data() -> None:
    honest = [(0.25, 1.0), *[(0.25, 0.0)] * 3, (0.75, 0.0), *[(0.75, 1.0)] * 3]
    assert swept_calibration_error(honest) == pytest.approx(0)
    assert swept_calibration_error(list(reversed(honest))) == pytest.approx(0)
    boastful = [(0.95, 0.0)] * 5 + [(0.95, 1.0)] * 5
    assert swept_calibration_error(boastful) == pytest.approx(0.45)
    # As often right on the whole as it says, and where it is sure hardly more than elsewhere.
    timid = [(0.1, float(index < 4)) for index in range(10)]
    timid += [(0.9, float(index < 6)) for index in range(10)]
    assert swept_calibration_error(timid) == pytest.approx(0.3)
    assert math.isnan(swept_calibration_error([]))


def test_swept_error_holds_less_that_chance_made() -> None:
    chance = random.Random(5)
    claims = [round(chance.betavariate(6, 1), 4) for _ in range(80)]
    few = [(each, float(chance.random() < each)) for each in claims]
    assert swept_error_by_chance(few).mean < 0.8 * error_by_chance(few).mean
    assert swept_error_by_chance(few) == swept_error_by_chance(few)
    assert math.isnan(swept_error_by_chance([]).mean)
    off = [(each, float(chance.random() < each - 0.2)) for each in claims]
    assert swept_calibration_error(off) > swept_error_by_chance(off).most


def test_detection_of_known_data() -> None:
    assert detection_auroc([(0.2, 0.0), (0.4, 0.0), (0.6, 1.0)]) == 1
    assert detection_auroc([(0.9, 0.0), (0.6, 1.0)]) == 0
    assert detection_auroc([(0.5, 0.0), (0.5, 1.0)]) == 0.5
    assert math.isnan(detection_auroc([(0.5, 1.0)]))
    chance = random.Random(3)
    blind = [(chance.random(), float(chance.random() < 0.5)) for _ in range(4000)]
    assert detection_auroc(blind) == pytest.approx(0.5, abs=0.03)


def test_few_readings_leave_the_detection_open() -> None:
    chance = random.Random(3)
    found, spreads = [], []
    for _ in range(300):
        wrong = [(chance.gauss(0, 1), 0.0) for _ in range(29)]
        right = [(chance.gauss(1.5, 1), 1.0) for _ in range(11)]
        found.append(detection_auroc([*wrong, *right]))
        spreads.append(detection_spread([*wrong, *right]))
    assert statistics.mean(spreads) == pytest.approx(statistics.stdev(found), rel=0.25)
    assert math.isnan(detection_spread([(0.5, 1.0)]))
