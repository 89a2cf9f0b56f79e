"""The picture of a page that people see beside the fields: upright, with square dots."""

import io
from dataclasses import replace

import cv2
import numpy
from PIL import Image

from app.domain.comment_form import Box
from app.recognition.decoding import Raster
from app.recognition.form_template import FormTemplate
from app.recognition.ink import is_black_and_white
from app.recognition.ocr import Grey, as_grey
from app.recognition.reading import PageReading
from app.recognition.registration import Placement

_DPI = 200
_A4_LENGTH_INCHES = 11.69
_MIDDLE_GREY = 128
_GREY_BITS = 4
_GREY_STEP = 256 >> _GREY_BITS
_GREYS = bytes(each for each in range(_GREY_STEP // 2, 256, _GREY_STEP) for _ in "RGB")
_COMPRESSION = 4
"""Smaller pictures cost more time than reading the page does."""


def turned(image: Grey, turns: int) -> Grey:
    """Turn a picture clockwise by quarter turns."""
    return numpy.ascontiguousarray(numpy.rot90(image, -turns))


def quarter_turns(placement: Placement, template: FormTemplate) -> int:
    """Count the quarter turns clockwise that set a page upright."""
    middle = (template.page_width_mm / 2, template.page_height_mm / 2)
    ends = numpy.array([[middle, (middle[0] + 50.0, middle[1])]], dtype=numpy.float64)
    (start, end), *_ = cv2.perspectiveTransform(ends, placement.to_raster)
    across, down = float(end[0] - start[0]), float(end[1] - start[1])
    if abs(across) >= abs(down):
        return 0 if across > 0 else 2
    return 3 if down > 0 else 1


def box_on_picture(
    raster: Raster, placement: Placement, template: FormTemplate, box: Box | None, turns: int
) -> Box | None:
    """Say where a box of the template stands on the picture of the page it was found on."""
    if box is None:
        return None
    left, top, right, bottom = template.in_mm(box)
    corners = numpy.array(
        [[(left, top), (right, top), (right, bottom), (left, bottom)]], dtype=numpy.float64
    )
    height, width = raster.grey.shape
    points = cv2.perspectiveTransform(corners, placement.to_raster)[0]
    x, y = points[:, 0] / width, points[:, 1] / height
    for _ in range(turns % 4):
        x, y = 1.0 - y, x
    x, y = x.clip(0, 1), y.clip(0, 1)
    return (
        round(float(x.min()), 5),
        round(float(y.min()), 5),
        round(float(x.max()), 5),
        round(float(y.max()), 5),
    )


def with_picture(page: PageReading, raster: Raster, turns: int, *, dpi: int = _DPI) -> PageReading:
    """Add the picture to a page, no finer than people need, turned clockwise to stand upright."""
    height, width = raster.grey.shape
    ratio = 1.0 if not (raster.across and raster.down) else raster.across / raster.down
    scale = min(1.0, dpi * _A4_LENGTH_INCHES / max(width, height * ratio))
    size = (max(1, round(width * scale)), max(1, round(height * ratio * scale)))
    picture = raster.grey
    if size != (width, height):
        picture = as_grey(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    picture = turned(picture, turns)
    if is_black_and_white(raster.grey):
        # A fax stays what it was, at a tenth of the size.
        image = Image.fromarray(picture >= _MIDDLE_GREY)
    else:
        # People need no finer steps of grey than these, and the grain of paper does not compress.
        image = Image.fromarray(picture // _GREY_STEP, "P")
        image.putpalette(_GREYS)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=_COMPRESSION)
    return replace(page, width=image.width, height=image.height, image=out.getvalue())
