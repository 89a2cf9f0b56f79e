"""Whether a reader of a PDF sees what its text layer says: letters without ink are not for readers.

The page is painted and each letter looked for where it should stand. Text that is white, invisible,
transparent or outside of the page leaves no ink there; text below a picture of the whole page is
a scanner's reading of it.
"""

import ctypes

import numpy
import numpy.typing
import pypdfium2
from pypdfium2 import raw as pdfium

_SCALE = 2.0
"""144 dots an inch: a comma of the smallest print still leaves ink."""
_LARGEST_SIDE = 4_000
_INK_CONTRAST = 24
_LARGE_PICTURE = 0.5
_MOST_CHARS = 100_000
_MOST_OBJECTS = 20_000

Grey = numpy.typing.NDArray[numpy.uint8]
"""A picture: height by width, 0 black to 255 white."""


def is_all_seen(page: pypdfium2.PdfPage) -> bool:
    """Say whether every letter of a page's text layer is to be seen on the page.

    A page with more than can be looked at is taken for one that hides something.
    """
    width, height = page.get_size()
    if _is_scan(page, width * height):
        return False
    scale = min(_SCALE, _LARGEST_SIDE / max(width, height, 1.0))
    grey: Grey = page.render(scale=scale, grayscale=True).to_numpy()
    if grey.ndim > 2:  # noqa: PLR2004 - a picture with channels
        grey = grey[:, :, 0]
    return _letters_have_ink(page, grey)


def _is_scan(page: pypdfium2.PdfPage, area: float) -> bool:
    covered = 0.0
    for count, each in enumerate(page.get_objects(max_depth=8)):
        if count > _MOST_OBJECTS:
            return True
        if each.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = each.get_bounds()
            covered += abs((right - left) * (top - bottom))
    return covered >= _LARGE_PICTURE * area


def _letters_have_ink(page: pypdfium2.PdfPage, grey: Grey) -> bool:
    text = page.get_textpage()
    try:
        count = pdfium.FPDFText_CountChars(text.raw)
        if count > _MOST_CHARS:
            return False
        edges = [ctypes.c_double() for _ in range(4)]
        for index in range(count):
            code = pdfium.FPDFText_GetUnicode(text.raw, index)
            if code <= 0x20 or chr(code).isspace() or code in (0xFFFE, 0xFFFF):  # noqa: PLR2004
                continue
            if not pdfium.FPDFText_GetCharBox(text.raw, index, *edges):
                continue
            left, right, bottom, top = (each.value for each in edges)
            if not _has_ink(page, grey, left, bottom, right, top):
                return False
        return True
    finally:
        text.close()


def _has_ink(  # the edges of a box, as the library gives them
    page: pypdfium2.PdfPage, grey: Grey, left: float, bottom: float, right: float, top: float
) -> bool:
    height, width = grey.shape
    across, down = ctypes.c_int(), ctypes.c_int()
    points = []
    for x, y in ((left, bottom), (right, top)):
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, width, height, 0, x, y, across, down)
        points.append((across.value, down.value))
    (ax, ay), (bx, by) = points
    part = grey[
        max(0, min(ay, by) - 1) : max(0, max(ay, by) + 2),
        max(0, min(ax, bx) - 1) : max(0, max(ax, bx) + 2),
    ]
    return part.size > 0 and int(numpy.ptp(part)) >= _INK_CONTRAST
