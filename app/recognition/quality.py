"""Whether a picture of paper is good enough, said while the paper is still in hand."""

import cv2
import numpy
from numpy.typing import NDArray

from app.domain.findings import Finding
from app.recognition.decoding import Raster
from app.recognition.form_template import MARKER_MM, FormTemplate
from app.recognition.ink import components, flattened, ink_mask, is_black_and_white
from app.recognition.ocr import Grey, as_grey
from app.recognition.registration import Sheet, squared

_LEAST_WIDTH = 1000
"""Dots across the shorter side: 120 to the inch of A4, the least at which print is legible."""

_LEAST_DOTS_PER_MM = 4.7
"""The same, measured on our form, which may fill a part of the picture only."""

_DARK_PAPER = 95
"""Paper in a photograph; the darkest corner of an ordinary one is lighter."""

_BLACK_PART = 0.35
"""Of a fax; the densest print leaves more white."""

_VIEW = 1654
_LEAST_SHARPNESS = 0.16
"""Steepest edges over contrast, per dot at 200 dpi; a blur of 2.5 dots, 0.3 mm, gives 0.16."""

_LEAST_CONTRAST = 40
_SOBEL_WEIGHT = 8.0
"""Sum of the weights of the filter on one side, times the dots between its two sides."""

_MOST_STEPS = 1024
"""More than the filter can give: 4 x 255."""

_SOLID_DOTS = 300
"""Fewer steep dots than this are dust, and say nothing of the focus."""

_ALL_MARKERS = 4
_A4_WIDTH_INCHES = 8.27
_BLANK_INK = 0.00025
"""Part of a page that is ink on an empty sheet with its specks."""

_SPECK_DOTS = 3
"""A spot no larger than this is a speck."""

_EDGE = 0.03
"""Part of each side that is not looked at for blankness: shadows and punched holes."""


def weaknesses(
    raster: Raster, sheet: Sheet, template: FormTemplate | None = None
) -> tuple[Finding, ...]:
    """Say what is wrong with a picture that shows something.

    Args:
        raster: The page, not an empty one.
        sheet: What was found of our form on it.
        template: What it was printed from, where that is known; its markers stand where those
            of every form stand.
    """
    codes = []
    if _is_dark(raster):
        codes.append("picture_dark")
    if _is_small(raster, sheet):
        codes.append("picture_small")
    if _is_blurred(raster):
        codes.append("picture_blurred")
    if 0 < len(sheet.corners) < _ALL_MARKERS or (sheet.mark is not None and not sheet.corners):
        cut_off = template is not None and _is_cut_off(raster, sheet, template)
        codes.append("picture_cut_off" if cut_off else "registration_doubtful")
    return tuple(Finding(code=each) for each in codes)


def _is_dark(raster: Raster) -> bool:
    grey = raster.grey
    if is_black_and_white(grey):
        return float((grey == 0).mean()) > _BLACK_PART
    return float(numpy.percentile(grey[::8, ::8], 90)) < _DARK_PAPER


def _is_small(raster: Raster, sheet: Sheet) -> bool:
    if raster.across is not None and raster.down is not None:
        # What says its resolution is as large as it is; a fax has few rows by nature.
        if raster.across < _LEAST_DOTS_PER_MM * 25.4:
            return True
    elif min(raster.grey.shape) < _LEAST_WIDTH:
        return True
    sides = [_sides(points) for points in sheet.corners.values()]
    return bool(sides) and max(sides) / MARKER_MM < _LEAST_DOTS_PER_MM


def _sides(points: NDArray[numpy.float64]) -> float:
    """Give the longest side of a marker in dots."""
    return float(numpy.linalg.norm(points - numpy.roll(points, 1, axis=0), axis=1).max())


def _is_blurred(raster: Raster) -> bool:
    if is_black_and_white(raster.grey):
        return False
    view, _, _ = squared(raster, _VIEW)
    if view.size < _SOLID_DOTS:
        return False
    # A dot of noise is steeper than any edge; three dots of it together are not.
    calm = as_grey(cv2.GaussianBlur(view, (0, 0), 1.0))
    contrast = float(numpy.percentile(calm[::4, ::4], 90)) - float(_darkest(calm))
    if contrast < _LEAST_CONTRAST:
        return False
    return _steepest(calm) / contrast < _LEAST_SHARPNESS


def _darkest(view: Grey) -> float:
    return float(numpy.percentile(view[::2, ::2], 0.3))


def _steepest(view: Grey) -> float:
    """Give the slope that only the steepest dots reach, in steps of grey per dot."""
    across = numpy.abs(cv2.Sobel(view, cv2.CV_16S, 1, 0))
    down = numpy.abs(cv2.Sobel(view, cv2.CV_16S, 0, 1))
    slopes = cv2.max(across, down).astype(numpy.uint16)
    # They are whole numbers: counting each costs a tenth of putting millions of them in order.
    often = cv2.calcHist([slopes], [0], None, [_MOST_STEPS], [0, _MOST_STEPS]).ravel()
    as_steep = often[::-1].cumsum()[::-1]
    return float(numpy.flatnonzero(as_steep >= _SOLID_DOTS)[-1]) / _SOBEL_WEIGHT


def _is_cut_off(raster: Raster, sheet: Sheet, template: FormTemplate) -> bool:
    """Say whether a marker that was not found must lie outside the picture."""
    known = {each.marker: template.in_mm(each.box) for each in template.markers}
    paper, picture = [], []
    for marker, points in sheet.corners.items():
        if marker in known:
            left, top, right, bottom = known[marker]
            paper += [(left, top), (right, top), (right, bottom), (left, bottom)]
            picture += [tuple(point) for point in points]
    if not paper:
        return False
    source, target = numpy.array(paper), numpy.array(picture)
    # Few markers near each other say little of perspective: shift, turn and size are enough.
    found, _ = cv2.estimateAffinePartial2D(source, target)
    matrix = numpy.asarray(found, dtype=numpy.float64)
    if matrix.shape != (2, 3):
        return False
    height, width = raster.grey.shape
    for marker, (left, top, right, bottom) in known.items():
        if marker in sheet.corners:
            continue
        x, y = matrix @ numpy.array([(left + right) / 2, (top + bottom) / 2, 1.0])
        if not (0 <= x < width and 0 <= y < height):
            return True
    return False


def is_blank(raster: Raster) -> bool:
    """Say whether nothing is written or printed on a page."""
    view, _, _ = squared(raster, 1000)
    even = flattened(view, 1000 / _A4_WIDTH_INCHES / 25.4)
    height, width = even.shape
    edge_y, edge_x = int(height * _EDGE), int(width * _EDGE)
    inner = even[edge_y : height - edge_y, edge_x : width - edge_x]
    if not inner.size:
        return True
    _, spots = components(ink_mask(inner))
    areas = spots[1:, cv2.CC_STAT_AREA]
    return float(areas[areas > _SPECK_DOTS].sum()) / inner.size < _BLANK_INK
