"""The engines there are, and which one reads on this machine."""

from collections.abc import Callable, Mapping

from app.domain.errors import RecognitionUnavailable
from app.recognition.ocr import OcrEngine
from app.recognition.ppocr import PpOcr
from app.recognition.reading import ReadingLimits
from app.recognition.second_opinion import SecondOpinion
from app.recognition.tesseract import Tesseract


def _tesseract(limits: ReadingLimits) -> Tesseract:
    return Tesseract(timeout_seconds=limits.engine_seconds)


def _ppocr(_: ReadingLimits) -> PpOcr:
    return PpOcr()


def best_engine(limits: ReadingLimits) -> OcrEngine:
    """Give the best reader this machine has: both engines, or the one that is there.

    Raises:
        RecognitionUnavailable: There is none.
    """
    try:
        first = PpOcr()
    except RecognitionUnavailable:
        return _tesseract(limits)
    try:
        return SecondOpinion(first, _tesseract(limits))
    except RecognitionUnavailable:
        return first


ENGINES: Mapping[str, Callable[[ReadingLimits], OcrEngine]] = {
    "best": best_engine,
    "ppocr": _ppocr,
    "tesseract": _tesseract,
}
"""Every way of reading, by the name it is measured under."""
