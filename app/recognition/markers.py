"""The registration markers: one dictionary for printing and for finding them."""

import cv2

from app.recognition.ocr import Grey, as_grey

_CELLS = 6
"""A 4x4 marker with its black border is six cells wide."""


def dictionary() -> cv2.aruco.Dictionary:
    """Give the dictionary: 50 markers of 4x4 cells."""
    return cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)


def cells(marker: int) -> Grey:
    """Give the cells of a marker, 0 for black, border included."""
    drawn = cv2.aruco.generateImageMarker(dictionary(), marker, _CELLS, borderBits=1)
    return as_grey(drawn)
