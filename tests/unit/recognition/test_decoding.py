"""How finely pages are decoded."""

import io

import numpy
import pikepdf
import pytest
from PIL import ExifTags, Image

from app.recognition.decoding import PDF_DPI, Raster, open_pages
from app.recognition.ocr import Grey
from app.recognition.reading import ReadingLimits

_WIDE, _HIGH = 401, 301
"""Dots of a picture; not a whole number of points at any fineness used here."""


def _grain() -> Grey:
    """Give a picture in which every dot differs from those beside it."""
    across, down = numpy.meshgrid(numpy.arange(_WIDE), numpy.arange(_HIGH))
    return numpy.asarray(across * 5 % 256 // 2 + down * 7 % 256 // 2, dtype=numpy.uint8)


def _pdf(*, across: float, down: float) -> bytes:
    """Lay the picture over the whole page of a PDF, without any loss."""
    with pikepdf.new() as document:
        wide, high = _WIDE * 72 / across, _HIGH * 72 / down
        page = document.add_blank_page(page_size=(wide, high))
        picture = document.make_stream(
            _grain().tobytes(),
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=_WIDE,
            Height=_HIGH,
            BitsPerComponent=8,
            ColorSpace=pikepdf.Name.DeviceGray,
        )
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=picture))
        page.Contents = document.make_stream(f"q {wide} 0 0 {high} 0 0 cm /P Do Q".encode())
        return _saved(document)


def _saved(document: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _page(data: bytes) -> Raster:
    return open_pages(data, ReadingLimits()).page(1)


@pytest.mark.parametrize("dpi", [200, 240, 299])
def test_a_scan_that_fills_its_page_is_drawn_dot_for_dot(dpi: int) -> None:
    raster = _page(_pdf(across=dpi, down=dpi))

    assert raster.across == pytest.approx(dpi, rel=1e-3)
    assert raster.down == pytest.approx(dpi, rel=1e-3)
    assert numpy.array_equal(raster.grey, _grain())


def test_a_scan_that_lies_on_its_side_is_drawn_dot_for_dot_and_set_upright() -> None:
    with pikepdf.open(io.BytesIO(_pdf(across=200, down=200))) as document:
        document.pages[0].rotate(90, relative=False)
        raster = _page(_saved(document))

    assert numpy.array_equal(raster.grey, numpy.rot90(_grain(), -1))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_pdf(across=100, down=100), id="coarse"),
        pytest.param(_pdf(across=204, down=98), id="a fax"),
        pytest.param(_pdf(across=600, down=600), id="finer than needed"),
    ],
)
def test_other_scans_are_drawn_as_finely_as_everything(data: bytes) -> None:
    assert _page(data).across == PDF_DPI


@pytest.mark.parametrize(
    "more", ["q 9 0 0 9 0 0 cm /P Do Q", "0 0 m 9 9 l S"], ids=["a second picture", "a line"]
)
def test_a_page_with_something_beside_the_scan_is_drawn_finely(more: str) -> None:
    with pikepdf.open(io.BytesIO(_pdf(across=200, down=200))) as document:
        document.pages[0].contents_add(document.make_stream(more.encode()))

        assert _page(_saved(document)).across == PDF_DPI


def test_a_picture_on_a_part_of_the_page_is_drawn_finely() -> None:
    with pikepdf.open(io.BytesIO(_pdf(across=200, down=200))) as document:
        left, bottom, right, top = (float(each) for each in document.pages[0].mediabox)
        document.pages[0].mediabox = pikepdf.Array([left, bottom, right * 2, top])

        assert _page(_saved(document)).across == PDF_DPI


def test_a_scan_with_a_note_on_it_is_drawn_finely() -> None:
    with pikepdf.open(io.BytesIO(_pdf(across=200, down=200))) as document:
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Square, Rect=[1, 1, 9, 9]
        )
        document.pages[0].Annots = [document.make_indirect(note)]

        assert _page(_saved(document)).across == PDF_DPI


def _photograph(*, orientation: int | None) -> bytes:
    exif = Image.Exif()
    if orientation is not None:
        exif[ExifTags.Base.Orientation] = orientation
    out = io.BytesIO()
    Image.fromarray(_grain()).save(out, "PNG", exif=exif, dpi=(300, 200))
    return out.getvalue()


@pytest.mark.parametrize("orientation", [None, 1])
def test_a_picture_that_was_held_upright_stays_as_it_is(orientation: int | None) -> None:
    raster = _page(_photograph(orientation=orientation))

    assert numpy.array_equal(raster.grey, _grain())
    assert (raster.across, raster.down) == pytest.approx((300, 200), rel=1e-3)


def test_a_picture_is_turned_as_its_camera_was_held_however_often_it_is_read() -> None:
    pages = open_pages(_photograph(orientation=6), ReadingLimits())

    for _ in range(2):
        raster = pages.page(1)
        assert numpy.array_equal(raster.grey, numpy.rot90(_grain(), -1))
        assert (raster.across, raster.down) == pytest.approx((200, 300), rel=1e-3)
