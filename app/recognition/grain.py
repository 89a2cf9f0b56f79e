"""Paper whose grain is taken for ink: recycled paper, a picture taken in the dark, halftone."""

import cv2
import numpy

from app.recognition.ink import Mask, components, ink_mask
from app.recognition.ocr import Grey, as_grey

_ROWS = 0.97
"""Part of the rows that hold ink, at least; writing leaves some free."""

_SPECK_MM2 = 0.15
_SPECKS_PER_MM2 = 0.5
"""The densest type has a third as many spots of any size, a disturbed fax a quarter."""

_BLURS_MM = (0.12, 0.24)
"""Half a stroke of the pen, and one."""


def without_grain(mask: Mask, even: Grey, dots_per_mm: float) -> tuple[Mask, Grey]:
    """Smooth a picture until its grain is no ink any more; an ordinary one stays as it is.

    Args:
        mask: The ink of a cell or a part of a page.
        even: Its evened picture.
        dots_per_mm: Its fineness.
    """
    calm = even
    for blur in _BLURS_MM:
        if not _is_grainy(mask, dots_per_mm):
            break
        calm = as_grey(cv2.GaussianBlur(even, (0, 0), blur * dots_per_mm))
        mask = ink_mask(calm)
    return mask, calm


def _is_grainy(mask: Mask, dots_per_mm: float) -> bool:
    if float(mask.any(axis=1).mean()) < _ROWS:
        return False
    _, stats = components(mask)
    specks = stats[1:, cv2.CC_STAT_AREA] < _SPECK_MM2 * dots_per_mm**2
    return int(numpy.count_nonzero(specks)) > _SPECKS_PER_MM2 * mask.size / dots_per_mm**2
