"""What `make bench-ocr` prints and writes, of a handful of known outcomes."""

from xml.etree import ElementTree

import pytest

from app.domain.comment_form import ADDRESS, CATEGORY_CODE, NAME, OPINION
from bench.reading import tables
from bench.reading.by_api import noted
from bench.reading.consultations import OPEN_ON
from bench.reading.measures import drafts
from bench.reading.plots import reliability
from bench.reading.samples import Order, Sample, orders
from bench.reading.score import Noted, Outcome, score
from bench.reading.ticks import Mark

TRUTH = {NAME: "髙橋", ADDRESS: "栄町1", OPINION: "賛成です。", CATEGORY_CODE: "2"}
COMMENT = {
    "submitter": {
        "name": "髙橋",
        "address": None,
        "representative": None,
        "category": {"code": "1", "detail": None},
    },
    "opinion": "賛成です",
    "readings": {
        NAME: {"confidence": 0.9},
        OPINION: {"confidence": 0.8},
        "/measure/written": {"confidence": None},
    },
    "findings": [{"code": "address_missing", "field": ADDRESS}],
}


def outcomes() -> tuple[Outcome, ...]:
    order = Order(seed=1, writing="typed", copy="photo", index=0)
    truth = {"/submitter/representative": "", **TRUTH}
    sample = Sample(order=order, truth=truth, mark=Mark.SINGLE, hand="a font", data=b"")
    return score(sample, noted(COMMENT))


def test_a_record_is_scored_by_its_own_fields() -> None:
    found = {each.field: each for each in outcomes()}
    assert (found[NAME].right, found[NAME].confidence) == (True, 0.9)
    assert (found[ADDRESS].read, found[ADDRESS].flagged) == ("", True)
    assert found[OPINION].cer == pytest.approx(0.2)
    assert (found[CATEGORY_CODE].right, found[CATEGORY_CODE].flagged) == (False, False)


def test_a_form_without_a_record_was_not_read() -> None:
    assert noted({}) == Noted(values={}, confidences={}, findings=[("reading_failed", None)])


def test_the_tables_say_what_was_wrong_and_whether_anybody_is_asked() -> None:
    cell = tables.by_cell(outcomes()).splitlines()[-1]
    assert (
        cell == "| typed | photo | 1 | 20.00 % | 1.00 | 0.00 | 0.00 | opinion 1, category 1 | 0 |"
    )
    assert "| single | 1 | 0 | 0 | 0 | 1 | 0 |" in tables.by_mark(outcomes())
    assert "20.00 % (≤ 0.5 %)" in tables.by_class(outcomes())
    assert "| with 髙 﨑 濵 邉 𠮷 | 1 | 1 | 0 | 0 | 0 |" in tables.by_rarity(outcomes())


def test_confidence_stands_beside_what_chance_alone_would_show() -> None:
    told = tables.by_confidence(outcomes())
    name = next(each for each in told.splitlines() if each.startswith("| name | all classes |"))
    readings, wrong, *errors, auroc = (each.strip() for each in name.split("|")[3:-1])
    assert (readings, wrong, auroc) == ("1", "0", "too few errors")
    error, mean, most = errors[:3]
    assert error == "0.100"
    # One reading in ten that are as sure is wrong, and misses by .9.
    assert float(mean) == pytest.approx(0.18, abs=0.03)
    assert most == "0.900"
    assert errors[3:] == errors[:3], "of one reading there is one bin, however bins are made"
    cell = tables.by_confidence_of_cells(outcomes()).splitlines()[-1]
    assert cell.startswith(f"| typed | photo | 1 | 0.100 ({mean}, {most}) | – | 0.800 (")


def test_a_line_of_json_names_its_class() -> None:
    line = outcomes()[0].line()
    assert (line["class"], line["seed"], line["field"]) == ("photo", 1, NAME)


def test_the_plot_is_svg_with_a_dot_for_each_bin() -> None:
    plot = reliability({"name <1>": [(0.9, 1.0), (0.92, 0.0), (0.3, 0.0)]})
    root = ElementTree.fromstring(plot)  # noqa: S314 - written by us
    assert len(root.findall("{http://www.w3.org/2000/svg}circle")) == 2


def test_every_class_gets_as_many_forms() -> None:
    made = list(orders(1, ("typed", "neat"), ("photo",), 3))
    assert len({each.name for each in made}) == len(made) == 6


def test_twins_are_open_together_and_others_are_not() -> None:
    for twins, wanted in ((False, 12), (True, 24)):
        known = drafts(5, twins=twins)
        assert len({each.measure_name for each in known}) == 24
        assert sum(each.opens_on <= OPEN_ON <= each.closes_on for each in known) == wanted
