"""The contract of an engine that turns a picture of text into text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy
from numpy.typing import NDArray

from app.recognition.reading import TextLine

Grey = NDArray[numpy.uint8]
"""A grey picture, 0 is black."""


def as_grey(picture: NDArray[numpy.generic]) -> Grey:
    """Say of a picture OpenCV made from a grey one that it is grey; it only knows "some array"."""
    return picture.astype(numpy.uint8, copy=False)


class EngineFailed(Exception):
    """The engine could not read this picture: it crashed, hung or refused it."""


@dataclass(frozen=True, slots=True)
class LinePicture:
    """One line of writing, cut out with white around it; an engine brings it to its own size.

    Attributes:
        grey: The line on evened paper, as fine as it was cut.
        black: The same dots, ink 0 and everything else 255.
        faxed: Whether it is black and white only, and as coarse as a fax.
    """

    grey: Grey
    black: Grey
    faxed: bool = False


class OcrEngine(Protocol):
    """Reads horizontal Japanese text; keeps nothing of what it read."""

    @property
    def name(self) -> str:
        """Name and version, kept with every reading."""
        ...

    def read_lines(self, lines: Sequence[LinePicture]) -> tuple[TextLine, ...]:
        """Read pictures that hold one line each; one reading for each, empty where nothing is.

        Raises:
            EngineFailed: It could not read one of them.
        """
        ...

    def read_page(self, image: Grey) -> tuple[TextLine, ...]:
        """Read a whole page of unknown layout, in the order people read it.

        Raises:
            EngineFailed: It could not read it.
        """
        ...

    def turned_by(self, image: Grey) -> int:
        """Tell by how many degrees (0, 90, 180, 270) a page must turn clockwise to be upright."""
        ...
