"""Finding our form on a page: markers and QR code say which sheet it is and how it lies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy
import zxingcpp
from numpy.typing import NDArray

from app.domain.comment_form import Box
from app.recognition.decoding import Raster
from app.recognition.form_template import FormTemplate
from app.recognition.markers import dictionary
from app.recognition.ocr import Grey, as_grey
from app.recognition.templates import QrMark, parse_qr

Matrix = NDArray[numpy.float64]

MARKERS_NEEDED = 3
DETECTION_WIDTH = 1700
"""Pictures are brought to about 200 dpi to look for markers; finer costs time and finds no more."""

_MOST_PIXELS = 120_000_000
_SINGULAR = 1e-9
_STRAIGHT_MM = 0.6
"""Corners that fit a plain shear and stretch this well lay flat; a photograph needs perspective."""

_MORE_NUMBERS, _NO_CHANCE = 2, 10.0
"""A perspective has two numbers more, and fits so much better by chance once in a thousand times
(F distribution of 2 and 24 degrees)."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was found of our form on a page.

    Attributes:
        mark: What its QR code says; None if that could not be read.
        corners: Corners of the markers found, in pixels of the raster, by marker number.
    """

    mark: QrMark | None
    corners: Mapping[int, Matrix]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a form lies on a raster.

    Attributes:
        to_raster: Homography from millimetres of the form to pixels of the raster.
        markers: How many markers it rests on.
    """

    to_raster: Matrix
    markers: int


def squared(raster: Raster, width: int | None = None) -> tuple[Grey, float, float]:
    """Give the page with square dots, and by what its width and height were multiplied."""
    height, across = raster.grey.shape
    ratio = 1.0 if not (raster.across and raster.down) else raster.across / raster.down
    scale = 1.0
    if width is not None:
        scale = min(width / min(across, height * ratio), 4.0)
    by_x, by_y = scale, scale * ratio
    if abs(by_x - 1) < 0.02 and abs(by_y - 1) < 0.02:  # noqa: PLR2004 - not worth resampling
        return raster.grey, 1.0, 1.0
    size = (max(1, round(across * by_x)), max(1, round(height * by_y)))
    how = cv2.INTER_AREA if by_x < 1 and by_y < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(raster.grey, size, interpolation=how)
    return as_grey(resized), size[0] / across, size[1] / height


def find_sheet(raster: Raster) -> Sheet:
    """Look for markers and QR code, in every orientation."""
    best: Mapping[int, Matrix] = {}
    for view, by_x, by_y in _views(raster):
        corners = {
            marker: points / numpy.array([by_x, by_y])
            for marker, points in _find_markers(view).items()
        }
        if len(corners) > len(best):
            best = corners
        if len(best) >= 4:  # noqa: PLR2004 - all corners of the sheet
            break
    return Sheet(mark=_find_mark(raster), corners=best)


def _views(raster: Raster) -> Iterator[tuple[Grey, float, float]]:
    """Give the page as it is first, then in the ways that brought hidden markers to light."""
    usual, by_x, by_y = squared(raster, DETECTION_WIDTH)
    yield usual, by_x, by_y
    yield as_grey(cv2.GaussianBlur(usual, (0, 0), 1.2)), by_x, by_y
    if raster.across is None:
        # A fax whose lines were not said to lie half as dense.
        doubled = Raster(raster.grey, 204.0, 98.0)
        yield squared(doubled, DETECTION_WIDTH)
    yield squared(raster, DETECTION_WIDTH * 3 // 2)


def _find_markers(view: Grey) -> dict[int, Matrix]:
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    parameters.adaptiveThreshWinSizeMax = 43
    parameters.minMarkerPerimeterRate = 0.02
    detector = cv2.aruco.ArucoDetector(dictionary(), parameters)
    found, numbers, _ = detector.detectMarkers(view)
    if not found:
        return {}
    corners: dict[int, Matrix] = {}
    twice: set[int] = set()
    for points, number in zip(found, numbers.ravel(), strict=True):
        marker = int(number)
        if marker in corners:
            twice.add(marker)  # two sheets in one picture, or a false find
        if marker < 4:  # noqa: PLR2004 - one marker a corner
            corners[marker] = numpy.asarray(points, dtype=numpy.float64).reshape(4, 2)
    return {marker: points for marker, points in corners.items() if marker not in twice}


def _find_mark(raster: Raster) -> QrMark | None:
    plain, _, _ = squared(raster)
    for scale, blur in ((1.0, 0.0), (2.0, 0.0), (2.0, 1.2), (3.0, 1.5), (0.5, 0.0)):
        if plain.size * scale * scale > _MOST_PIXELS or min(plain.shape) * scale < 1:
            continue
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        view = (
            plain
            if scale == 1
            else as_grey(cv2.resize(plain, None, fx=scale, fy=scale, interpolation=how))
        )
        mark = _read_mark(as_grey(cv2.GaussianBlur(view, (0, 0), blur)) if blur else view)
        if mark is not None:
            return mark
    return None


def _read_mark(view: Grey) -> QrMark | None:
    for code in zxingcpp.read_barcodes(
        view, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    ):
        mark = parse_qr(code.text)
        if mark is not None:
            return mark
    return None


def read_mark_in_place(raster: Raster, placement: Placement, qr: Box) -> QrMark | None:
    """Look for the QR code where the markers say it is, at a size that suits its modules."""
    left, top, right, bottom = qr
    around = (left - 3.0, top - 3.0, right + 3.0, bottom + 3.0)
    for dots_per_mm in (10.0, 15.0, 7.5):
        view = cut(raster.grey, placement, around, dots_per_mm)
        for blur in (0.0, 1.5, 3.0):
            seen = view if not blur else cv2.GaussianBlur(view, (0, 0), blur)
            mark = _read_mark(as_grey(seen))
            if mark is not None:
                return mark
    return None


def place(sheet: Sheet, template: FormTemplate) -> Placement | None:
    """Work out how the form lies; None with fewer than three markers."""
    known = {each.marker: template.in_mm(each.box) for each in template.markers}
    paper, picture = [], []
    for marker, points in sheet.corners.items():
        if marker not in known:
            continue
        left, top, right, bottom = known[marker]
        paper += [(left, top), (right, top), (right, bottom), (left, bottom)]
        picture += [tuple(point) for point in points]
    count = len(paper) // 4
    if count < MARKERS_NEEDED:
        return None
    source = numpy.array(paper, dtype=numpy.float64)
    target = numpy.array(picture, dtype=numpy.float64)
    matrix = _straight(source, target)
    if matrix is None or count > MARKERS_NEEDED:
        found, _ = cv2.findHomography(source, target, 0)
        bent = numpy.asarray(found, dtype=numpy.float64)
        if matrix is None or _is_bent(source, target, matrix, bent):
            matrix = bent
    usable = matrix.shape == (3, 3) and bool(numpy.isfinite(matrix).all())
    if not usable or abs(numpy.linalg.det(matrix)) < _SINGULAR:
        return None
    return Placement(matrix, count)


def _straight(source: Matrix, target: Matrix) -> Matrix | None:
    """Fit shift, turn, stretch and shear; None where the page was not flat."""
    design = numpy.hstack([source, numpy.ones((len(source), 1))])
    solution, *_ = numpy.linalg.lstsq(design, target, rcond=None)
    matrix = numpy.vstack([solution.T, [0.0, 0.0, 1.0]])
    back = numpy.linalg.pinv(matrix[:2, :2])
    misses = (target - design @ solution) @ back.T
    return matrix if float(numpy.abs(misses).max()) <= _STRAIGHT_MM else None


def _is_bent(source: Matrix, target: Matrix, straight: Matrix, bent: Matrix) -> bool:
    """Say whether corners fit a perspective so much better that chance does not explain it.

    A photograph taken from nearly above fits both well, and lies half a millimetre off by one.
    """
    if bent.shape != (3, 3) or not numpy.isfinite(bent).all():
        return False
    flat, deep = (
        float(((cv2.perspectiveTransform(source[None], each)[0] - target) ** 2).sum())
        for each in (straight, bent)
    )
    free = target.size - bent.size + 1
    return (flat - deep) / _MORE_NUMBERS > _NO_CHANCE * deep / free


def cut(grey: Grey, placement: Placement, box_mm: Box, dots_per_mm: float) -> Grey:
    """Cut a part of the form straight from the raster, upright and at a given fineness."""
    left, top, right, bottom = box_mm
    across, down = (right - left) * dots_per_mm, (bottom - top) * dots_per_mm
    size = (max(1, round(across)), max(1, round(down)))
    to_form = numpy.array(
        [[1 / dots_per_mm, 0, left], [0, 1 / dots_per_mm, top], [0, 0, 1.0]], dtype=numpy.float64
    )
    cut_out = cv2.warpPerspective(
        grey,
        placement.to_raster @ to_form,
        size,
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=255,
    )
    return as_grey(cut_out)
