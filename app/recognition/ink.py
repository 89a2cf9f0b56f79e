"""Telling ink from paper, and taking away what the form itself printed."""

import cv2
import numpy
from numpy.typing import NDArray

from app.recognition.ocr import Grey, as_grey

Mask = NDArray[numpy.bool_]


def flattened(grey: Grey, dots_per_mm: float) -> Grey:
    """Even out shadows: every place is divided by the paper's brightness around it."""
    size = max(3, int(dots_per_mm * 1.5) | 1)
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    kernel = numpy.ones((size, size), numpy.uint8)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel)
    paper = cv2.GaussianBlur(paper, (0, 0), size / 3)
    paper = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    even = cv2.divide(grey, numpy.maximum(paper, 40), scale=255)
    return as_grey(even)


def ink_mask(grey: Grey) -> Mask:
    """Tell ink from paper on an evened page; empty paper gives no ink."""
    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    # Otsu splits paper grain too; ink is never that bright, pencil never darker than the floor.
    return grey < min(max(float(level), 110.0), 185.0)


def without_specks(mask: Mask, largest: float) -> Mask:
    """Drop connected spots of no more than so many dots."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(numpy.uint8), connectivity=8
    )
    if count <= 1:
        return mask
    keep = stats[:, cv2.CC_STAT_AREA] > largest
    keep[0] = False
    return numpy.asarray(keep[labels])


def components(mask: Mask) -> tuple[NDArray[numpy.int32], NDArray[numpy.int32]]:
    """Give labels and statistics of the connected spots of ink."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(numpy.uint8), connectivity=8)
    return numpy.asarray(labels), numpy.asarray(stats)
