"""What the answer of the network is read as, step by step."""

import numpy
import pytest

from app.recognition.ocr import LinePicture
from app.recognition.ppocr import PpOcr, has_ink


@pytest.fixture(scope="module")
def engine() -> PpOcr:
    return PpOcr()


def _read(engine: PpOcr, steps: list[dict[str, float]]) -> str:
    """Read an answer whose steps name these characters so surely; the rest is nothing at all."""
    chances = numpy.zeros((len(steps), len(engine.characters)), numpy.float32)
    for step, named in zip(chances, steps, strict=True):
        step[0] = 1 - sum(named.values())
        for char, chance in named.items():
            step[engine.characters.index(char)] = chance
    return "".join(each.text for each in engine.decoded(chances, 1.0))


def test_what_is_taken_for_many_things_is_not_read_as_nothing(engine: PpOcr) -> None:
    many = {"濱": 0.15, "演": 0.25, "渡": 0.2}
    assert _read(engine, [{"小": 0.9}, {}, many, {}, {"子": 0.9}]) == "小演子"


@pytest.mark.parametrize(
    "faint",
    [{"濱": 0.2, "演": 0.1}, {" ": 0.5, "一": 0.1}],
    ids=["rather nothing", "rather a space"],
)
def test_what_is_rather_nothing_stays_nothing(engine: PpOcr, faint: dict[str, float]) -> None:
    assert _read(engine, [{"小": 0.9}, {}, faint, {}, {"子": 0.9}]).replace(" ", "") == "小子"


def test_a_character_is_not_read_again_at_its_edge(engine: PpOcr) -> None:
    assert _read(engine, [{"小": 0.9}, {"ル": 0.3, "川": 0.3}, {}]) == "小"


@pytest.mark.parametrize(("place", "there"), [(60.0, True), (74.0, True), (110.0, False)])
def test_no_character_of_a_fax_stands_in_a_gap(place: float, *, there: bool) -> None:
    black = numpy.full((60, 200), 255, numpy.uint8)
    black[20:40, 50:62] = 0
    assert has_ink(LinePicture(black, black, faxed=True), place) is there
