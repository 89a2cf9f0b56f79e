"""Copying a sheet badly: scanned, photographed and faxed, the same for the same chance."""

import io
import random
from collections.abc import Callable, Mapping

import cv2
import numpy
from numpy.typing import NDArray
from PIL import Image

from app.recognition.decoding import Raster

Copier = Callable[[Image.Image, random.Random], Raster]
_FAX_WIDTH = 1728
_FAX_BLACK = 150


def scan_300(page: Image.Image, chance: random.Random) -> Raster:
    """Scan nearly straight, at 300 dpi."""
    turned = page.rotate(chance.uniform(-0.3, 0.3), fillcolor="white", resample=_BICUBIC)
    return _raster(turned.convert("L"), 300, 300)


def scan_200(page: Image.Image, chance: random.Random) -> Raster:
    """Scan askew, at 200 dpi, grainy, as a JPEG of low quality."""
    angle = chance.choice([-1, 1]) * chance.uniform(1, 3)
    turned = page.convert("L").rotate(angle, fillcolor=255, resample=_BICUBIC)
    dots = numpy.asarray(turned.resize((1654, 2339), Image.Resampling.LANCZOS), dtype=float)
    return _raster(_jpeg(dots + _grain(chance, 8, dots.shape), chance.randint(50, 72)), 200, 200)


def photo(page: Image.Image, chance: random.Random) -> Raster:
    """Photograph the sheet with a telephone: perspective, shadow, blur."""
    high, wide = 3200, 2400
    sheet = numpy.asarray(page.convert("L"), dtype=numpy.float32)
    tall, broad = sheet.shape
    shifts = [[chance.uniform(-110, 110) for _ in range(2)] for _ in range(4)]
    corners = numpy.array([(180, 200), (2220, 200), (2220, 3085), (180, 3085)]) + shifts
    source = numpy.array([(0, 0), (broad, 0), (broad, tall), (0, tall)], numpy.float32)
    matrix = cv2.getPerspectiveTransform(source, corners.astype(numpy.float32))
    seen = cv2.warpPerspective(sheet, matrix, (wide, high), flags=cv2.INTER_AREA, borderValue=(90,))
    y, x = numpy.mgrid[0:high, 0:wide]
    slope = chance.uniform(0, 6.28)
    along = (x / wide - 0.5) * numpy.cos(slope) + (y / high - 0.5) * numpy.sin(slope)
    light = 0.78 + 0.3 * along - 0.22 / (1 + numpy.exp(-40 * (along - chance.uniform(-0.2, 0.2))))
    seen = cv2.GaussianBlur(seen * light, (0, 0), chance.uniform(0.8, 1.5))
    return _raster(_jpeg(seen + _grain(chance, 5, seen.shape), 80), None, None)


def fax(lines: int) -> Copier:
    """Fax the sheet at so many lines an inch, slightly askew, with specks and bad lines."""

    def send(page: Image.Image, chance: random.Random) -> Raster:
        turned = page.convert("L").rotate(chance.uniform(-0.5, 0.5), fillcolor=255)
        dots = cv2.GaussianBlur(numpy.asarray(turned), (0, 0), 0.8)
        noise = numpy.random.default_rng(chance.randrange(2**32))
        specks = numpy.asarray(noise.random(dots.shape) < 0.00004, dtype=numpy.uint8)
        dots[cv2.dilate(specks, numpy.ones((3, 3), numpy.uint8)) > 0] = 0
        size = (round(210 / 25.4 * 204), round(297 / 25.4 * lines))
        small = cv2.resize(dots, size, interpolation=cv2.INTER_AREA)
        line = numpy.full((size[1], _FAX_WIDTH), 255, numpy.uint8)
        left = (_FAX_WIDTH - size[0]) // 2
        line[:, left : left + size[0]] = numpy.where(small > _FAX_BLACK, 255, 0)
        for row in noise.integers(0, size[1], 3):
            start = int(noise.integers(0, _FAX_WIDTH - 220))
            line[row, start : start + 220] = noise.integers(0, 2) * 255
        return Raster(line, 204.0, float(lines))

    return send


COPIERS: Mapping[str, Copier] = {
    "300 dpi": scan_300,
    "200 dpi": scan_200,
    "photo": photo,
    "fax 204x196": fax(196),
    "fax 204x98": fax(98),
}
"""The five usual classes of copies."""

_BICUBIC = Image.Resampling.BICUBIC


def _grain(
    chance: random.Random, strength: float, shape: tuple[int, ...]
) -> NDArray[numpy.float64]:
    return numpy.random.default_rng(chance.randrange(2**32)).normal(0, strength, shape)


def _jpeg(dots: NDArray[numpy.floating], quality: int) -> Image.Image:
    out = io.BytesIO()
    Image.fromarray(dots.clip(0, 255).astype(numpy.uint8)).save(out, "JPEG", quality=quality)
    return Image.open(out)


def _raster(image: Image.Image, across: float | None, down: float | None) -> Raster:
    return Raster(numpy.array(image.convert("L")), across, down)
