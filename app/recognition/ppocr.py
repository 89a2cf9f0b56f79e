"""Reading by PP-OCRv6: the only module that runs its network.

The weights are a file inside the wheel ``rapidocr``; its code is not run.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

import cv2
import numpy
from numpy.typing import NDArray

from app.domain.errors import RecognitionUnavailable
from app.recognition.faxed import SEEN, FaxedSight, Floats, is_fitted_to, naming_of, outspoken
from app.recognition.japanese import is_japanese, mended
from app.recognition.ocr import EngineFailed, Grey, LinePicture, as_grey
from app.recognition.page_lines import find_lines, upright_by
from app.recognition.reading import TextLine
from app.recognition.spacing import join_words
from app.recognition.weights import PACKAGES, recogniser_file

try:
    import onnxruntime
except ImportError:  # the other engine reads where no such wheel exists
    onnxruntime = None

_HEIGHT = 48
"""Height of the pictures the network was trained on."""

_STEP = 8
"""Columns of the picture to one step of the answer."""

_NARROWEST, _WIDEST = 48, 3200
_MIDDLE = 127.5
_INK_BLACK, _PAPER_WHITE = 30, 240
"""Greys that count as black and white; a lower white loses the thin strokes of a photograph."""

MENDED_SURENESS = 0.9
"""What a rule put right is hardly ever wrong, yet was not read."""


_OPEN = 0.995
"""A character read less surely than this is told with what else it may be."""

_REACH = 0.3
"""Of the height of a line: so far to each side of its middle a character has ink."""

_NOTHING = 0.5
"""Where nothing at all, or a space, is less likely than this, some character stands."""

_MOST_OPTIONS, _LEAST_OPTION = 8, 1e-3


@dataclass(frozen=True, slots=True)
class _Char:
    text: str
    sureness: float
    place: float
    options: tuple[tuple[str, float], ...] = ()


class PpOcr:
    """The small line recogniser of PP-OCRv6, on one thread."""

    def __init__(self) -> None:
        """Load the network.

        Raises:
            RecognitionUnavailable: The runtime or the weights are missing.
        """
        if onnxruntime is None:
            raise RecognitionUnavailable(missing=PACKAGES)
        options = onnxruntime.SessionOptions()
        # We parallelise by pages.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        model = recogniser_file().read_bytes()
        self._session = onnxruntime.InferenceSession(
            outspoken(model), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self._named = self._session.get_outputs()[0].name
        # Weights of another version see otherwise than those the fax numbers were fitted to.
        fitted = is_fitted_to(model)
        self._faxed = FaxedSight(naming_of(self._session)) if fitted else None
        listed = self._session.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._characters = ("", *listed, " ")
        self._foreign = numpy.array(
            [not is_japanese(each) for each in self._characters], dtype=numpy.bool_
        )
        self._empty = numpy.array(
            [not each.strip() for each in self._characters], dtype=numpy.bool_
        )
        self._name = f"PP-OCRv6 small (rapidocr {version('rapidocr')})"

    @property
    def name(self) -> str:
        """Name and version, kept with every reading."""
        return self._name

    @property
    def characters(self) -> tuple[str, ...]:
        """What the network names, by number; the first is nothing at all."""
        return self._characters

    def naming(self) -> tuple[Floats, Floats]:
        """Give the weights by which it names characters, for who fits others."""
        return naming_of(self._session)

    def seen(self, line: LinePicture) -> Floats:
        """Tell what the network sees of a line, before it names characters."""
        return self._told(line, SEEN)[0]

    def read_lines(self, lines: Sequence[LinePicture]) -> tuple[TextLine, ...]:
        """Read each line.

        Raises:
            EngineFailed: The network refused one of them.
        """
        return tuple(self._read(each) for each in lines)

    def read_page(self, image: Grey) -> tuple[TextLine, ...]:
        """Read a whole page of unknown layout.

        Raises:
            EngineFailed: The network refused one of its lines.
        """
        found = ((each, self._read(each.picture)) for each in find_lines(image))
        return tuple(replace(read, box=each.box) for each, read in found if read.text)

    def turned_by(self, image: Grey) -> int:
        """Tell by how many degrees (0, 90, 180, 270) a page must turn clockwise to be upright."""
        return upright_by(image, self)

    def _read(self, line: LinePicture) -> TextLine:
        faxed = self._faxed if line.faxed else None
        steps, scale = self._told(line, self._named if faxed is None else SEEN)
        if faxed is not None:
            steps = faxed.chances(steps)
        chars = self.decoded(steps, scale)
        if faxed is not None:
            # Its strokes may be lost altogether, and so a gap is easily taken for one of them.
            chars = [each for each in chars if each.text.isspace() or has_ink(line, each.place)]
        return _line(chars, line)

    def _told(self, line: LinePicture, what: str) -> tuple[Floats, float]:
        """Run the network for one of its answers; gives by what the width was multiplied, too."""
        picture, scale = _sized(line.grey)
        tensor = (picture.astype(numpy.float32) - _MIDDLE) / _MIDDLE
        batch = numpy.ascontiguousarray(numpy.broadcast_to(tensor, (1, 3, *tensor.shape)))
        try:
            answer = self._session.run([what], {self._input: batch})[0][0]
        except Exception as error:  # the runtime has no class of its own to catch
            raise EngineFailed("the network refused a line") from error
        return numpy.asarray(answer), scale

    def decoded(self, steps: NDArray[numpy.float32], scale: float) -> list[_Char]:
        """Read the answer: the likeliest character of each step, repetitions and blanks dropped."""
        # The network also knows Chinese characters no Japanese hand writes (宫 for 宮).
        best = steps.argmax(axis=1)
        for at in numpy.flatnonzero(self._foreign[best]):
            best[at] = numpy.where(self._foreign, 0.0, steps[at]).argmax()
        self._fill(best, steps)
        chars: list[_Char] = []
        start = 0
        for end in range(1, len(best) + 1):
            if end < len(best) and best[end] == best[start]:
                continue
            if best[start]:
                sure = float(steps[start:end, best[start]].max())
                place = ((start + end) / 2) * _STEP / scale
                options = self._options(steps[start:end]) if sure < _OPEN else ()
                chars.append(
                    _Char(self._characters[int(best[start])], min(1.0, sure), place, options)
                )
            start = end
        return chars

    def _fill(self, best: NDArray[numpy.int64], steps: NDArray[numpy.float32]) -> None:
        """Name what the network sees, and takes for so many things that none outweighs nothing."""
        nothing = steps[:, self._empty].sum(axis=1)
        for at in numpy.flatnonzero((best == 0) & (nothing < _NOTHING)):
            around = best[max(0, at - 1) : at + 2]
            if not around.any():
                best[at] = numpy.where(self._foreign | self._empty, 0.0, steps[at]).argmax()

    def _options(self, steps: NDArray[numpy.float32]) -> tuple[tuple[str, float], ...]:
        """Give what a character may be, likeliest first; what the eye cannot see is left out."""
        chances = numpy.where(self._foreign, 0.0, steps.max(axis=0))
        chances[0] = 0.0
        possible = numpy.flatnonzero(chances >= _LEAST_OPTION)
        likeliest = possible[numpy.argsort(-chances[possible], kind="stable")][:_MOST_OPTIONS]
        return tuple(
            (self._characters[each], min(1.0, float(chances[each])))
            for each in likeliest
            if not self._characters[each].isspace()
        )


def has_ink(line: LinePicture, place: float) -> bool:
    """Say whether there is any ink about the middle of a character."""
    reach = _REACH * line.black.shape[0]
    return bool((line.black[:, max(0, int(place - reach)) : int(place + reach) + 1] == 0).any())


def _sized(grey: Grey) -> tuple[NDArray[numpy.generic], float]:
    """Bring a line to the height of the network; gives by what its width was multiplied."""
    low, high = _INK_BLACK, _PAPER_WHITE
    grey = as_grey(((grey.astype(numpy.float32) - low) * (255.0 / (high - low))).clip(0, 255))
    height, width = grey.shape
    wide = min(_WIDEST, max(_NARROWEST, round(width * _HEIGHT / height)))
    how = cv2.INTER_AREA if height > _HEIGHT else cv2.INTER_CUBIC
    return cv2.resize(grey, (wide, _HEIGHT), interpolation=how), wide / width


def _line(chars: Sequence[_Char], line: LinePicture) -> TextLine:
    whole = (0.0, 0.0, 1.0, 1.0)
    inked = [each for each in chars if not each.text.isspace()]
    if not inked:
        return TextLine(text="", confidence=0.0, box=whole)
    read = "".join(each.text for each in inked)
    better, touched = mended(read)
    spots = [int(each.place) for each in inked]
    raw, text = (
        join_words(list(zip(chars, spots, spots, strict=True)), line.black)
        for chars in (read, better)
    )
    sure = [each.sureness for each in inked]
    for place in touched:
        sure[place] = min(sure[place], MENDED_SURENESS)
    rest, middles, seen = iter(sure), iter(inked), iter(inked)
    sureness = [1.0 if char.isspace() else next(rest) for char in text]
    places = [0.0 if char.isspace() else next(middles).place for char in text]
    options = [() if char.isspace() else next(seen).options for char in text]
    mean = sum(sureness) / len(sureness)
    return TextLine(
        text=text,
        confidence=round(mean, 4),
        box=whole,
        sureness=tuple(round(each, 4) for each in sureness),
        places=tuple(places),
        options=tuple(options),
        raw=None if raw == text else raw,
    )
