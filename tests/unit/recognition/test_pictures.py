"""The picture of a page that people see."""

import io

import numpy
from PIL import Image

from app.recognition.decoding import Raster
from app.recognition.ocr import Grey
from app.recognition.pictures import with_picture
from app.recognition.reading import PageReading

_STEP = 16


def _picture(grey: Grey, turns: int = 0) -> Image.Image:
    page = with_picture(PageReading(page=1), Raster(grey, 200.0, 200.0), turns)
    assert page.image is not None
    picture = Image.open(io.BytesIO(page.image))
    assert (page.width, page.height) == picture.size
    return picture


def test_a_grey_page_is_shown_in_sixteen_greys_none_far_from_its_own() -> None:
    grey = numpy.tile(numpy.arange(256, dtype=numpy.uint8), (300, 1))

    shown = numpy.asarray(_picture(grey).convert("L")).astype(int)

    assert numpy.abs(shown - grey).max() <= _STEP // 2
    assert len(numpy.unique(shown)) == 256 // _STEP


def test_a_fax_is_shown_in_black_and_white_and_upright() -> None:
    grey = numpy.full((300, 200), 255, dtype=numpy.uint8)
    grey[:40, :10] = 0

    picture = _picture(grey, turns=1)

    assert picture.mode == "1"
    shown = numpy.asarray(picture.convert("L"))
    assert numpy.array_equal(shown, numpy.rot90(grey, -1))
