"""Reading by Tesseract: the only module that runs the outside program."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy
import pytesseract

from app.domain.errors import RecognitionUnavailable
from app.recognition.agreement import most_agreed
from app.recognition.ocr import EngineFailed, Grey, LinePicture, as_grey
from app.recognition.reading import TextLine
from app.recognition.spacing import join_words

LANGUAGE = "jpn"
LINE, PAGE = 7, 3
"""Page segmentation modes."""

_AS_IT_IS = " -c invert_threshold=0"
"""A line is black on white; unless told so, the program reads every doubtful one as white on black
as well, which takes a third of its time and finds nothing."""

PACKAGES = "tesseract-ocr tesseract-ocr-jpn"

_BLACK_HEIGHT, _GREY_HEIGHT, _SOFT_HEIGHT = 31, 28, 34
_INK_BLACK, _PAPER_WHITE = 30, 200
_MOST_ENLARGED = 2.5
"""Heights of the ink in the three views; chosen by measuring, see the ADR."""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    confidence: float
    left: int
    top: int
    right: int
    bottom: int


class Tesseract:
    """Tesseract with its Japanese data, one thread, a fixed timeout a run."""

    def __init__(self, *, timeout_seconds: float = 45.0, dots_per_inch: int = 300) -> None:
        """Look for the program and its data.

        Raises:
            RecognitionUnavailable: One of them is missing.
        """
        # We parallelise by pages; its own threads make it slower and have crashed on tiny crops.
        os.environ["OMP_THREAD_LIMIT"] = "1"
        self._timeout = timeout_seconds
        self._dpi = dots_per_inch
        self._name = f"tesseract {version()} {LANGUAGE}"
        if LANGUAGE not in languages():
            raise RecognitionUnavailable(missing=PACKAGES)

    @property
    def name(self) -> str:
        """Name and version, kept with every reading."""
        return self._name

    def read_lines(self, lines: Sequence[LinePicture]) -> tuple[TextLine, ...]:
        """Read each line in three views and take the reading the others contradict least.

        The language data is loaded once for all of them.

        Raises:
            EngineFailed: The program could not read one of them.
        """
        views = [view for line in lines for view in _views(line)]
        read = self._read_views(views)
        each = len(views) // max(1, len(lines))
        return tuple(
            most_agreed(read[start : start + each]) for start in range(0, len(read), max(1, each))
        )

    def _read_views(self, images: Sequence[Grey]) -> tuple[TextLine, ...]:
        if not images:
            return ()
        with tempfile.TemporaryDirectory(prefix="ikenbako-") as folder:
            paths = []
            for index, image in enumerate(images):
                path = Path(folder, f"{index}.png")
                cv2.imwrite(str(path), image)
                paths.append(str(path))
            listing = Path(folder, "lines.txt")
            listing.write_text("\n".join(paths), encoding="utf-8")
            pages = self._run(str(listing), LINE)
        return tuple(
            _line([word for line in pages.get(number, []) for word in line], image)
            for number, image in enumerate(images, start=1)
        )

    def read_page(self, image: Grey) -> tuple[TextLine, ...]:
        """Read a whole page of unknown layout.

        Raises:
            EngineFailed: The program could not read it.
        """
        with tempfile.TemporaryDirectory(prefix="ikenbako-") as folder:
            path = Path(folder, "page.png")
            cv2.imwrite(str(path), image)
            pages = self._run(str(path), PAGE)
        lines = (_line(words, image) for words in pages.get(1, []))
        return tuple(line for line in lines if line.text)

    def turned_by(self, image: Grey) -> int:
        """Tell by how many degrees (0, 90, 180, 270) a page must turn clockwise to be upright."""
        with tempfile.TemporaryDirectory(prefix="ikenbako-") as folder:
            path = Path(folder, "page.png")
            cv2.imwrite(str(path), image)
            try:
                found = pytesseract.image_to_osd(
                    str(path),
                    config=f"--dpi {self._dpi}",
                    output_type=pytesseract.Output.DICT,
                    timeout=self._timeout,
                )
            except (pytesseract.TesseractError, RuntimeError, ValueError, KeyError):
                return 0  # too few characters to tell
        # Any: pytesseract has no types.
        sure: Any = found["orientation_conf"]
        return int(found["rotate"]) % 360 if float(sure) >= 1.0 else 0

    def _run(self, path: str, mode: int) -> Mapping[int, list[list[_Word]]]:
        config = f"--oem 1 --psm {mode} --dpi {self._dpi} -c preserve_interword_spaces=1"
        if mode == LINE:
            config += _AS_IT_IS
        try:
            data: Mapping[str, Sequence[Any]] = pytesseract.image_to_data(
                path,
                lang=LANGUAGE,
                config=config,
                output_type=pytesseract.Output.DICT,
                timeout=self._timeout,
            )
        except pytesseract.TesseractNotFoundError as error:
            raise RecognitionUnavailable(missing=PACKAGES) from error
        except pytesseract.TesseractError as error:
            if "traineddata" in str(error.message):
                raise RecognitionUnavailable(missing=PACKAGES) from error
            raise EngineFailed("the OCR program failed") from error
        except RuntimeError as error:
            raise EngineFailed("the OCR program took too long") from error
        return _by_page(data)


def version() -> str:
    """Give the version of the program.

    Raises:
        RecognitionUnavailable: It is not installed.
    """
    try:
        return str(pytesseract.get_tesseract_version())
    except (pytesseract.TesseractNotFoundError, OSError, SystemExit) as error:
        raise RecognitionUnavailable(missing=PACKAGES) from error


def languages() -> frozenset[str]:
    """Name the language data that is installed.

    Raises:
        RecognitionUnavailable: The program is not installed.
    """
    try:
        return frozenset(pytesseract.get_languages(config=""))
    except (pytesseract.TesseractNotFoundError, OSError) as error:
        raise RecognitionUnavailable(missing=PACKAGES) from error


def _views(line: LinePicture) -> tuple[Grey, Grey, Grey]:
    """Give a line in the three treatments that Tesseract errs on in different places."""
    rows = numpy.flatnonzero((line.black == 0).any(axis=1))
    high = float(rows[-1] - rows[0] + 1) if rows.size else float(line.black.shape[0])
    grey = _stretched(line.grey)
    soft_grey, soft_black = (
        as_grey(cv2.GaussianBlur(each, (0, 0), 1.0)) for each in (grey, line.black)
    )
    return (
        _scaled(soft_black, _BLACK_HEIGHT / high),
        _scaled(grey, _GREY_HEIGHT / high),
        _scaled(soft_grey, _SOFT_HEIGHT / high),
    )


def _stretched(grey: Grey) -> Grey:
    """Make paper white and ink black, so that the grain of the paper is not read."""
    low, high = _INK_BLACK, _PAPER_WHITE
    wide = (grey.astype(numpy.float32) - low) * (255.0 / (high - low))
    return as_grey(wide.clip(0, 255))


def _scaled(view: Grey, scale: float) -> Grey:
    scale = min(_MOST_ENLARGED, scale)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return as_grey(cv2.resize(view, None, fx=scale, fy=scale, interpolation=how))


def _by_page(data: Mapping[str, Sequence[Any]]) -> Mapping[int, list[list[_Word]]]:
    pages: dict[int, dict[tuple[int, int, int], list[_Word]]] = {}
    columns = zip(
        data["level"],
        data["page_num"],
        data["block_num"],
        data["par_num"],
        data["line_num"],
        data["text"],
        data["conf"],
        data["left"],
        data["top"],
        data["width"],
        data["height"],
        strict=True,
    )
    for level, page, block, paragraph, line, text, sure, left, top, width, height in columns:
        if int(level) != 5 or not str(text).strip():  # noqa: PLR2004 - 5 is "word" in its tables
            continue
        word = _Word(
            str(text).strip(),
            min(1.0, max(0.0, float(sure) / 100)),
            int(left),
            int(top),
            int(left) + int(width),
            int(top) + int(height),
        )
        lines = pages.setdefault(int(page), {})
        lines.setdefault((int(block), int(paragraph), int(line)), []).append(word)
    return {page: list(lines.values()) for page, lines in pages.items()}


def _line(words: Sequence[_Word], image: Grey) -> TextLine:
    height, width = image.shape[:2]
    if not words:
        return TextLine(text="", confidence=0.0, box=(0.0, 0.0, 1.0, 1.0))
    text = join_words([(word.text, word.left, word.right) for word in words], image)
    length = sum(len(word.text) for word in words)
    box = (
        min(word.left for word in words) / width,
        min(word.top for word in words) / height,
        max(word.right for word in words) / width,
        max(word.bottom for word in words) / height,
    )
    confidence = sum(word.confidence * len(word.text) for word in words) / length
    return TextLine(text=text, confidence=round(confidence, 4), box=box)
