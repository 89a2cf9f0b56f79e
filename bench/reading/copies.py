"""What happens to a sheet on its way: scanner, telephone camera, fax line."""

import io
import random
from collections.abc import Callable, Mapping

import cv2
import numpy
from numpy.typing import NDArray
from PIL import Image

from app.recognition.filled_form import as_fax_tiff

Copy = Callable[[Image.Image, random.Random], bytes]
"""Makes of a grey sheet, drawn at 300 dpi, the file that arrives."""

PHOTO_WIDE, PHOTO_HIGH = 2400, 3200
_SPECKS = 0.00004
_BAD_LINES = 3
_A4_AT_200 = (1654, 2339)


def scan_300(sheet: Image.Image, chance: random.Random) -> bytes:
    """Scan straight and clean at 300 dpi, as a PDF."""
    straight = _turned(sheet, chance.uniform(-0.3, 0.3))
    out = io.BytesIO()
    straight.save(out, "PDF", resolution=300, quality=85)
    return out.getvalue()


def scan_200(sheet: Image.Image, chance: random.Random) -> bytes:
    """Scan askew by 1 to 3 degrees at 200 dpi, grainy, as a JPEG of low quality."""
    angle = chance.choice((-1, 1)) * chance.uniform(1, 3)
    page = numpy.asarray(_turned(sheet, angle))
    dots = cv2.resize(page, _A4_AT_200, interpolation=cv2.INTER_AREA).astype(numpy.float32)
    grain = _grain(chance, dots.shape, chance.uniform(5, 9))
    return _jpeg(dots + grain, chance.randint(50, 72), 200)


def photo(sheet: Image.Image, chance: random.Random) -> bytes:
    """Photograph the sheet with a telephone: perspective, shadow, blur, grain."""
    paper = numpy.asarray(sheet, dtype=numpy.float32)
    tall, broad = paper.shape
    moved = [[chance.uniform(-110, 110) for _ in range(2)] for _ in range(4)]
    corners = numpy.array([(180, 200), (2220, 200), (2220, 3085), (180, 3085)]) + moved
    source = numpy.array([(0, 0), (broad, 0), (broad, tall), (0, tall)], numpy.float32)
    matrix = cv2.getPerspectiveTransform(source, corners.astype(numpy.float32))
    table = chance.uniform(60, 150)
    seen = cv2.warpPerspective(
        paper, matrix, (PHOTO_WIDE, PHOTO_HIGH), flags=cv2.INTER_AREA, borderValue=(table,)
    )
    seen = cv2.GaussianBlur(seen * _light(chance), (0, 0), chance.uniform(0.8, 1.5))
    return _jpeg(seen + _grain(chance, seen.shape, 5), 80, None)


def fax(lines: int) -> Copy:
    """Give the fax machine of so many lines per inch: askew up to half a degree, specks, bad lines."""

    def send(sheet: Image.Image, chance: random.Random) -> bytes:
        page = numpy.asarray(_turned(sheet, chance.uniform(-0.5, 0.5)))
        dots = cv2.GaussianBlur(page, (0, 0), 0.8)
        noise = numpy.random.default_rng(chance.randrange(2**32))
        specks = numpy.less(noise.random(dots.shape), _SPECKS).astype(numpy.uint8)
        dots[cv2.dilate(specks, numpy.ones((3, 3), numpy.uint8)) > 0] = 0
        for row in noise.integers(0, dots.shape[0] - 4, _BAD_LINES):
            start = int(noise.integers(0, dots.shape[1] - 300))
            dots[row : row + 2, start : start + 300] = noise.integers(0, 2) * 255
        return as_fax_tiff([Image.fromarray(dots)], dpi=(204, lines))

    return send


COPIES: Mapping[str, Copy] = {
    "scan-300": scan_300,
    "scan-200": scan_200,
    "photo": photo,
    "fax-196": fax(196),
    "fax-98": fax(98),
}
"""Every way a sheet arrives, by the name it is measured under."""

SUFFIXES: Mapping[str, str] = {
    "scan-300": ".pdf",
    "scan-200": ".jpg",
    "photo": ".jpg",
    "fax-196": ".tiff",
    "fax-98": ".tiff",
}


def _turned(sheet: Image.Image, degrees: float) -> Image.Image:
    """Turn a sheet about its middle; what comes into view is white."""
    dots = numpy.asarray(sheet)
    high, wide = dots.shape
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1.0)
    turned = cv2.warpAffine(dots, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderValue=(255,))
    return Image.fromarray(turned.astype(numpy.uint8, copy=False))


def _light(chance: random.Random) -> NDArray[numpy.float32]:
    """Light falls unevenly, and a shadow with a soft edge lies on a part of the sheet."""
    y, x = numpy.mgrid[0:PHOTO_HIGH, 0:PHOTO_WIDE].astype(numpy.float32)
    slope = chance.uniform(0, 6.28)
    along = (x / PHOTO_WIDE - 0.5) * numpy.cos(slope) + (y / PHOTO_HIGH - 0.5) * numpy.sin(slope)
    edge = chance.uniform(-0.2, 0.2)
    light = 0.78 + 0.3 * along - 0.22 / (1 + numpy.exp(-40 * (along - edge)))
    return numpy.asarray(light, dtype=numpy.float32)


def _grain(
    chance: random.Random, shape: tuple[int, ...], strength: float
) -> NDArray[numpy.float32]:
    noise = numpy.random.default_rng(chance.randrange(2**32))
    return noise.standard_normal(shape, dtype=numpy.float32) * numpy.float32(strength)


def _jpeg(dots: NDArray[numpy.generic], quality: int, dpi: int | None) -> bytes:
    out = io.BytesIO()
    image = Image.fromarray(numpy.asarray(dots).clip(0, 255).astype(numpy.uint8))
    if dpi is None:
        image.save(out, "JPEG", quality=quality)
    else:
        image.save(out, "JPEG", quality=quality, dpi=(dpi, dpi))
    return out.getvalue()
