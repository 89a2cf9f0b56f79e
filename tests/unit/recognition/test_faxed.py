"""Whether a fax is named by what was seen of it, and only a fax."""

import numpy
import pytest

from app.recognition.faxed import FaxedSight, is_fitted_to, named, outspoken, with_neighbours
from app.recognition.ocr import LinePicture
from app.recognition.ppocr import PpOcr
from app.recognition.weights import recogniser_file


@pytest.fixture(scope="module")
def engine() -> PpOcr:
    return PpOcr()


def _stroke(*, faxed: bool) -> LinePicture:
    grey = numpy.full((60, 200), 255, numpy.uint8)
    grey[28:32, 60:120] = 0
    return LinePicture(grey, grey, faxed)


def test_the_network_tells_what_it_sees_and_names_characters_by_it(engine: PpOcr) -> None:
    seen = engine.seen(_stroke(faxed=False))
    chances = named(seen, *engine.naming())
    assert seen.shape[1] == 120
    assert chances.shape == (len(seen), len(engine.characters))
    assert numpy.allclose(chances.sum(axis=1), 1, atol=1e-4)


def test_numbers_that_move_nothing_leave_every_name_as_it_was(engine: PpOcr) -> None:
    naming, seen = engine.naming(), engine.seen(_stroke(faxed=True))
    size = seen.shape[1]
    still = {
        "mean": numpy.zeros(size, numpy.float32),
        "scale": numpy.ones(size, numpy.float32),
        "first": numpy.ones((3 * size, 4), numpy.float32),
        "first_bias": numpy.ones(4, numpy.float32),
        "second": numpy.zeros((4, size), numpy.float32),
        "second_bias": numpy.zeros(size, numpy.float32),
    }
    assert numpy.allclose(FaxedSight(naming, still).chances(seen), named(seen, *naming))


def test_the_fitted_numbers_change_what_is_named(engine: PpOcr) -> None:
    naming, seen = engine.naming(), engine.seen(_stroke(faxed=True))
    assert not numpy.allclose(FaxedSight(naming).chances(seen), named(seen, *naming), atol=1e-3)


def test_a_step_stands_between_its_neighbours() -> None:
    seen = numpy.array([[1.0], [2.0], [3.0]], numpy.float32)
    assert with_neighbours(seen).tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 0]]


def test_numbers_are_used_with_the_weights_they_were_fitted_to_alone() -> None:
    model = recogniser_file().read_bytes()
    assert is_fitted_to(model)
    assert not is_fitted_to(outspoken(model))
