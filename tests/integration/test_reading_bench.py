"""`make bench-ocr` against a service of its own, with the one font every installation has."""

import random

from app.domain.comment_form import ADDRESS, CATEGORY_CODE, NAME, OPINION
from app.recognition.fonts import font_file
from bench.reading import by_api
from bench.reading.copies import COPIES
from bench.reading.letters import FontHand
from bench.reading.samples import FIELDS, Order, Sample
from bench.reading.service import running
from bench.reading.sheets import Blank, write
from bench.reading.ticks import Mark

ANSWERS = {
    NAME: "北野 花子",
    ADDRESS: "北星市栄町3丁目12番地",
    OPINION: "職員の研修を毎年行うと書いてください。",
}


def a_form(blank: Blank, index: int) -> Sample:
    order = Order(seed=1, writing="typed", copy="scan-200", index=index)
    chance = random.Random(f"form {index}")
    sheet = write(blank, FontHand(font_file()), ANSWERS, Mark.SINGLE, ["3"], chance)
    truth = {**dict.fromkeys(FIELDS, ""), **ANSWERS, CATEGORY_CODE: "3"}
    data = COPIES[order.copy](sheet, chance)
    return Sample(order=order, truth=truth, mark=Mark.SINGLE, hand="a font", data=data)


def test_forms_go_through_the_api_and_are_weighed() -> None:
    with running({}) as service:
        blank = by_api.prepare(service)
        assert set(blank.choices) == {"1", "2", "3", "4", "5", "6"}
        assert len(blank.cells[OPINION].rows) >= 4
        samples = [a_form(blank, index) for index in range(2)]
        outcomes, unnamed, load = by_api.read_all(service, samples)
        stack = by_api.read_stack(service, samples)
    assert len(outcomes) == 2 * len(FIELDS)
    assert all(each.right for each in outcomes if each.field in {NAME, CATEGORY_CODE})
    assert unnamed == 0
    assert (load.pages, load.comments, stack.pages, stack.comments) == (2, 2, 2, 2)
    assert load.cpu_seconds > 0
    assert 2**26 < load.worker_bytes < 2**31
