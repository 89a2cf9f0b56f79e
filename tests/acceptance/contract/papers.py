"""Our own blank form, filled in as a citizen would and scanned as the mailroom does."""

import io
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image, ImageDraw, ImageFont

from tests.acceptance.contract.city import City

MILLIMETRES_PER_INCH = 25.4
FONTS = (
    "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf",
    "/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf",
    "/usr/share/fonts/truetype/vlgothic/VL-Gothic-Regular.ttf",
)
NAME = "旭川花子"
ADDRESS = "旭川市六条通九丁目四六番地"
OPINION = ("図書館の利用時間を", "午後九時まで延長して", "ください。")


@cache
def _font(size: int, face: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS[face], size)


def blank(city: City, code: str, dpi: int = 200) -> tuple[Image.Image, dict[str, Any]]:
    """Give the blank form as an image, and where its fields are."""
    document = pypdfium2.PdfDocument(city.get(f"/consultations/{code}/form.pdf").content)
    image = document[0].render(scale=dpi / 72).to_pil().convert("L")
    document.close()
    return image, city.get(f"/consultations/{code}/form.json").json()


def filled(
    city: City,
    code: str,
    *,
    dpi: int = 200,
    face: int = 0,
    tick: str | None = "1",
    values: Mapping[str, str | Sequence[str]] | None = None,
) -> Image.Image:
    """Give the form with its cells filled in and one box ticked."""
    image, form = blank(city, code, dpi)
    draw = ImageDraw.Draw(image)
    wanted: dict[str, str | Sequence[str]] = {
        "/submitter/name": NAME,
        "/submitter/address": ADDRESS,
        "/opinion": OPINION,
    }
    wanted |= values or {}
    size = round(6 * dpi / MILLIMETRES_PER_INCH)
    margin = round(3 * dpi / MILLIMETRES_PER_INCH)
    for field in form["fields"]:
        text = wanted.get(field["field"])
        if not text:
            continue
        left, top, _, bottom = _pixels(field["box"], image)
        if isinstance(text, str):
            y = (top + bottom) // 2
            draw.text((left + margin, y), text, 0, font=_font(size, face), anchor="lm")
        else:
            for number, line in enumerate(text):
                y = top + margin + number * 2 * size
                draw.text((left + margin, y), line, 0, font=_font(size, face))
    for choice in form["choices"]:
        if choice["code"] == tick:
            left, top, right, bottom = _pixels(choice["box"], image)
            stroke = max(3, dpi // 50)
            third = (right - left) // 3
            draw.line(
                [(left + 2, top + third), (left + third, bottom - 2), (right, top)],
                fill=0,
                width=stroke,
            )
    return image


def _pixels(box: Sequence[float], image: Image.Image) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    width, height = image.size
    return round(left * width), round(top * height), round(right * width), round(bottom * height)


def pdf(*images: Image.Image, dpi: int = 200) -> bytes:
    """Give the pages as one PDF."""
    buffer = io.BytesIO()
    first, *others = images
    first.save(buffer, "PDF", save_all=True, append_images=others, resolution=dpi)
    return buffer.getvalue()


def tiff(*images: Image.Image, dpi: tuple[int, int] = (200, 200), compression: str) -> bytes:
    """Give the pages as one TIFF."""
    buffer = io.BytesIO()
    first, *others = images
    first.save(
        buffer, "TIFF", save_all=True, append_images=others, compression=compression, dpi=dpi
    )
    return buffer.getvalue()


def picture(image: Image.Image, kind: str, dpi: int = 200) -> bytes:
    """Give one page as PNG or JPEG."""
    buffer = io.BytesIO()
    image.save(buffer, kind, dpi=(dpi, dpi), **({"quality": 85} if kind == "JPEG" else {}))
    return buffer.getvalue()


def faxed(
    image: Image.Image,
    *,
    fine: bool,
    compression: str,
    pages: int = 1,
    more: Sequence[Image.Image] = (),
) -> bytes:
    """Give pages as a fax machine delivers them: 204 by 98 or 204 by 196 dots an inch."""
    vertical = 196 if fine else 98
    size = (1728, round(11.69 * vertical))
    bilevel = [
        page.resize(size, Image.Resampling.LANCZOS)
        .point(lambda v: 255 if v > 150 else 0)
        .convert("1")
        for page in [image] * pages + list(more)
    ]
    return tiff(*bilevel, dpi=(204, vertical), compression=compression)


def has_fonts() -> bool:
    """Say whether the Japanese fonts of Debian are here."""
    return all(Path(font).exists() for font in FONTS)
