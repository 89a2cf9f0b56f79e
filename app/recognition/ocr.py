"""The contract of an engine that turns a picture of text into text."""

from collections.abc import Sequence
from typing import Protocol

import numpy
from numpy.typing import NDArray

from app.recognition.reading import TextLine

Grey = NDArray[numpy.uint8]
"""A grey picture, 0 is black."""


def as_grey(picture: NDArray[numpy.generic]) -> Grey:
    """Say of a picture OpenCV made from a grey one that it is grey; it only knows "some array"."""
    return picture.astype(numpy.uint8, copy=False)


class OcrEngine(Protocol):
    """Reads horizontal Japanese text; keeps nothing between two calls."""

    @property
    def name(self) -> str:
        """Name and version, kept with every reading."""
        ...

    def read_line(self, image: Grey) -> TextLine:
        """Read a picture that holds one line."""
        ...

    def read_lines(self, images: Sequence[Grey]) -> tuple[TextLine, ...]:
        """Read pictures that hold one line each, in one go."""
        ...

    def read_block(self, image: Grey) -> tuple[TextLine, ...]:
        """Read a picture that holds running text."""
        ...
