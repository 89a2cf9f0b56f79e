"""Opening files and decoding their pages; only ever called in the page process."""

import ctypes
import io
import itertools
import math
import mmap
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import numpy
import pypdfium2
from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError
from pillow_heif import register_heif_opener

from app.recognition.ocr import Grey
from app.recognition.reading import ReadingLimits
from app.recognition.typed import NOTHING_TYPED, Typed, typed_on

PDF_DPI = 300
_EMPTY_DPI = 100
"""A page on which a PDF draws nothing needs no finer picture: 3,000 of them are quickly told."""

_LEAST_OWN_DPI = 190.0
"""A scan that is coarser, or whose dots are no squares, is drawn finer than it is."""

_SQUARE, _EDGE = 1.01, 0.02
_POINTS = 72.0
_PLAUSIBLE_DPI = (50.0, 1300.0)
_FAX_WIDTHS = range(1700, 1760)
_FAX_STANDARD_HEIGHT = 1500
"""A fax page of ITU-T T.4 is 1728 dots wide; with fewer lines than this they lie 98 to the inch."""

_AS_IT_LIES = 1
"""The orientation of a picture that need not be turned (EXIF)."""


Bytes = bytes | mmap.mmap
"""A file: in memory, or mapped into it, so that many processes read one copy."""


class FileRefused(Exception):
    """Nothing of the file can be read; carries the code of the finding."""

    def __init__(self, code: str) -> None:
        """Keep the code."""
        self.code = code
        super().__init__(code)


class PageRefused(Exception):
    """One page cannot be decoded."""


@dataclass(frozen=True, slots=True)
class Raster:
    """A decoded page.

    Attributes:
        grey: Its dots, as they were in the file.
        across: Dots per inch across; None where the file does not say.
        down: Dots per inch down; None where the file does not say.
        damaged: Whether the file ended before the page did; the rest of it is blank.
    """

    grey: Grey
    across: float | None
    down: float | None
    damaged: bool = False


class Pages(Protocol):
    """An opened file."""

    def __len__(self) -> int:
        """Count its pages."""
        ...

    def page(self, number: int) -> Raster:
        """Decode a page, 1-based.

        Raises:
            PageRefused: It cannot be decoded.
        """
        ...

    def typed(self, number: int, raster: Raster) -> Typed:
        """Give what is typed on a page that was decoded; a picture holds nothing."""
        ...


def open_pages(data: Bytes, limits: ReadingLimits) -> Pages:
    """Open a file by what its bytes are, whatever it is called.

    Raises:
        FileRefused: It is empty, encrypted, broken, or no picture of paper.
    """
    opener = _sniff(data)
    if opener is None:
        raise FileRefused("file_unsupported")
    pages = opener(data, limits)
    if len(pages) == 0:
        raise FileRefused("file_unreadable")
    return pages


def _sniff(data: Bytes) -> Callable[[Bytes, ReadingLimits], Pages] | None:
    # Readers accept a PDF whose header stands anywhere in the first kilobyte.
    if b"%PDF-" in data[:1024]:
        return _PdfPages
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _ImagePages.of("TIFF")
    if data[:3] == b"\xff\xd8\xff":
        return _ImagePages.of("JPEG")
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _ImagePages.of("PNG")
    if data[4:8] == b"ftyp" and data[8:12] in (
        b"heic",
        b"heix",
        b"hevc",
        b"hevx",
        b"heim",
        b"heis",
        b"mif1",
        b"msf1",
    ):
        return _ImagePages.of("HEIF")
    return None


class _PdfPages:
    """A PDF."""

    def __init__(self, data: Bytes, limits: ReadingLimits) -> None:
        self._limits = limits
        try:
            self._document = pypdfium2.PdfDocument(_addressed(data))
        except pypdfium2.PdfiumError as error:
            encrypted = error.err_code in (
                pypdfium2.raw.FPDF_ERR_PASSWORD,
                pypdfium2.raw.FPDF_ERR_SECURITY,
            )
            raise FileRefused("file_encrypted" if encrypted else "file_unreadable") from error
        with suppress(pypdfium2.PdfiumError):
            # What was typed into form fields is drawn with the page from now on.
            self._document.init_forms()

    def __len__(self) -> int:
        return len(self._document)

    def page(self, number: int) -> Raster:
        try:
            page = self._document[number - 1]
            width, height = page.get_size()
            if width <= 0 or height <= 0:
                raise PageRefused("no size")
            dpi = self._dpi(width, height)
            drawn = list(itertools.islice(page.get_objects(max_depth=1), 2))
            if not pypdfium2.raw.FPDFPage_GetAnnotCount(page.raw):
                # Neither notes nor form fields are drawn over its contents.
                if not drawn:
                    dpi = min(dpi, float(_EMPTY_DPI))
                elif len(drawn) == 1:
                    dpi = min(dpi, _own_dpi(drawn[0], page) or dpi)
            bitmap = page.render(scale=dpi / _POINTS, grayscale=True, may_draw_forms=True)
            grey = numpy.array(bitmap.to_numpy())
        except pypdfium2.PdfiumError as error:
            raise PageRefused("it cannot be rendered") from error
        if grey.ndim == 3:  # noqa: PLR2004 - height, width, channel
            grey = grey[:, :, 0]
        return Raster(numpy.ascontiguousarray(grey, dtype=numpy.uint8), dpi, dpi)

    def typed(self, number: int, raster: Raster) -> Typed:
        try:
            return typed_on(self._document[number - 1], raster.grey)
        except (pypdfium2.PdfiumError, ValueError, OverflowError):
            return NOTHING_TYPED

    def _dpi(self, width: float, height: float) -> float:
        inches = (width / _POINTS) * (height / _POINTS)
        return min(float(PDF_DPI), math.sqrt(self._limits.page_pixels / inches))


def _own_dpi(drawn: pypdfium2.PdfObject, page: pypdfium2.PdfPage) -> float | None:
    """Give the fineness of a scan that fills its page; drawn finer, it costs time and says no more.

    None for anything else, and for a fax, whose dots are not square.
    """
    if not isinstance(drawn, pypdfium2.PdfImage):
        return None
    frame, bounds = page.get_bbox(), drawn.get_bounds()
    sides = (frame[2] - frame[0], frame[3] - frame[1]) * 2
    if any(abs(a - b) > _EDGE * side for a, b, side in zip(frame, bounds, sides, strict=True)):
        return None
    wide, high = drawn.get_px_size()
    matrix = drawn.get_matrix()
    lengths = math.hypot(matrix.a, matrix.b), math.hypot(matrix.c, matrix.d)
    if min(lengths) <= 0:
        return None
    coarse, fine = sorted((_POINTS * wide / lengths[0], _POINTS * high / lengths[1]))
    if coarse < _LEAST_OWN_DPI or fine > _SQUARE * coarse:
        return None
    # A hair less: the renderer rounds up, and a dot more would blur all of them.
    return float(fine) * (1 - 1e-5)


def _addressed(data: Bytes) -> "bytes | ctypes.Array[ctypes.c_char]":
    """Give a file as PDFium takes it, without a copy of it."""
    if isinstance(data, bytes):
        return data
    return (ctypes.c_char * len(data)).from_buffer(data)


class _ImagePages:
    """A picture file with one or more frames."""

    def __init__(self, data: Bytes, limits: ReadingLimits, kind: str) -> None:
        Image.MAX_IMAGE_PIXELS = None  # we count pixels ourselves, page by page
        if kind == "HEIF":
            register_heif_opener()
        self._limits = limits
        try:
            self._image = Image.open(io.BytesIO(data[:]), formats=[kind])
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
            raise FileRefused("file_unreadable") from error
        self._frames = self._whole_frames() if kind == "TIFF" else 1

    @staticmethod
    def of(kind: str) -> Callable[[Bytes, ReadingLimits], Pages]:
        return lambda data, limits: _ImagePages(data, limits, kind)

    def _whole_frames(self) -> int:
        """Count the frames that can be reached; a cut-off file keeps its first pages."""
        frames = 0
        while frames <= self._limits.pages:
            try:
                self._image.seek(frames)
            except EOFError:
                return frames
            # Broken directories raise whatever their numbers lead to.
            except Exception:  # noqa: BLE001 - see above
                # The frame that is announced but broken counts: a person must hear of it.
                return frames + 1
            frames += 1
        return frames

    def __len__(self) -> int:
        return self._frames

    def page(self, number: int) -> Raster:
        try:
            self._image.seek(number - 1)
            width, height = self._image.size
            _check_size(width * height, self._limits)
            across, down = _resolution(self._image)
            damaged = not _load(self._image)
            upright = _upright(self._image)
            if upright.size != (width, height):
                across, down = down, across
            flat = _flat(upright)
            grey = numpy.asarray(flat if flat.mode == "L" else flat.convert("L"))
        except PageRefused:
            raise
        # Decoders raise whatever they stumble on; this process exists to contain that.
        except Exception as error:
            raise PageRefused("it cannot be decoded") from error
        return Raster(numpy.ascontiguousarray(grey), across, down, damaged)

    def typed(self, number: int, raster: Raster) -> Typed:  # noqa: ARG002 - as PDFs are asked
        return NOTHING_TYPED


def _load(image: Image.Image) -> bool:
    """Decode a frame, as far as it goes; say whether it was whole."""
    try:
        image.load()
    except OSError:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            image.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
        return False
    return True


def _upright(image: Image.Image) -> Image.Image:
    """Turn a picture as its camera says it was held; most say nothing, and need no copy."""
    held = image.getexif().get(ExifTags.Base.Orientation, _AS_IT_LIES)
    return image if held == _AS_IT_LIES else ImageOps.exif_transpose(image)


def _check_size(pixels: int, limits: ReadingLimits) -> None:
    if pixels > limits.page_pixels:
        raise PageRefused("too many pixels")


def _flat(image: Image.Image) -> Image.Image:
    """Lay a transparent picture on white paper, and bring 16 bits to 8."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        solid = image.convert("RGBA")
        paper = Image.new("RGBA", solid.size, "white")
        return Image.alpha_composite(paper, solid)
    if image.mode.startswith(("I", "F")):
        values = numpy.asarray(image, dtype=numpy.float64)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0  # noqa: PLR2004 - 8 or 16 bits
        return Image.fromarray((values / top * 255).clip(0, 255).astype(numpy.uint8))
    return image


def _resolution(image: Image.Image) -> tuple[float | None, float | None]:
    """Give the dots per inch of a picture; a fax without them is known by its size."""
    width, height = image.size
    given = image.info.get("dpi")
    if isinstance(given, tuple) and len(given) == 2:  # noqa: PLR2004 - across and down
        across, down = float(given[0]), float(given[1])
        low, high = _PLAUSIBLE_DPI
        if low <= across <= high and low <= down <= high:
            return across, down
    if width in _FAX_WIDTHS:
        return 204.0, 98.0 if height < _FAX_STANDARD_HEIGHT else 196.0
    return None, None
