"""Cutting a field into lines of writing."""

from dataclasses import dataclass, replace

import cv2
import numpy
from numpy.typing import NDArray

from app.recognition.grain import without_grain
from app.recognition.ink import Mask, components, flattened, ink_mask
from app.recognition.ocr import Grey, LinePicture, as_grey
from app.recognition.streaks import without_streaks

PADDING_MM = 1.0
"""White around a line; without it the first and last characters are misread."""

_SPECK_MM2 = 0.06
_LONELY_MM2 = 0.2
_LONELY_REACH_MM = 0.9
"""A spot this small with nothing bigger so near is dirt or fax noise, not a dot of a character."""

_LETTER_MM = 3.6
"""Height of the ink of letters for which that is so; the commas of smaller type are smaller."""

_TALLEST_LETTER_MM = 9.0
_RING_REACH_MM = 2.5
"""So far from the last character a 。 may stand; dirt in several pieces is rare."""

_RING_GAP_MM = 0.45
"""So far apart are the pieces of a 。 that a coarse fax has broken."""

_LEAST_INK_MM2 = 0.8
_LEAST_LINE_MM2 = 0.5
_LEAST_HEIGHT_MM = 1.2
_DOT_MM2 = 0.5
_DOT_REACH_MM = 0.5
_DOT_AS_PRINTED_MM2 = 0.06
"""A printed dot is a quarter of a millimetre wide and grey; most copies make it smaller."""

_DOTS_SEEN = 0.2
"""Part of the printed dots that must be seen before they tell how large dots are on this page."""

_DOT_SPREAD = 3.0
"""A spot this many times as large as most dots is a comma, a full stop or the dot of ン."""
_TALL_MM, _SPARSE = 14.0, 0.12
"""What is taller than any letter and leaves most of its room white is a ring, a bracket, the rim of
a stain; lines of writing that touch each other fill more of theirs."""

_ENDS_EARLY = 0.86
"""A line that stops before this part of the width ends a paragraph."""


@dataclass(frozen=True, slots=True)
class LineCut:
    """One line of writing.

    Attributes:
        picture: The line with white around it.
        box_mm: Left, top, right, bottom of its ink within the field.
    """

    picture: LinePicture
    box_mm: tuple[float, float, float, float]


def cut_lines(
    field: Grey,
    dots_per_mm: float,
    rules: list[tuple[float, float]],
    *,
    faxed: bool = False,
) -> tuple[LineCut, ...]:
    """Cut a field's picture into its lines; an empty field gives none.

    Args:
        field: The inside of the cell.
        dots_per_mm: Its fineness.
        rules: Centres of the dots of the printed writing lines, in millimetres of the field.
        faxed: Whether it came by fax.
    """
    even = flattened(field, dots_per_mm)
    mask, even = without_grain(ink_mask(even), even, dots_per_mm)
    mask, even = without_streaks(mask, even, dots_per_mm, level=True)
    mask, even = _cleaned(mask, even, dots_per_mm, rules)
    if float(mask.sum()) < _LEAST_INK_MM2 * dots_per_mm**2:
        return ()
    cuts = []
    for top, bottom in _bands(_of_lines(mask, dots_per_mm), dots_per_mm):
        cut = _cut(even, mask, top, bottom, dots_per_mm)
        if cut is not None:
            cuts.append(replace(cut, picture=replace(cut.picture, faxed=faxed)))
    return tuple(cuts)


def ends_early(cut: LineCut, width_mm: float) -> bool:
    """Say whether a line stops well before the right edge, so that a paragraph ends with it."""
    return cut.box_mm[2] < width_mm * _ENDS_EARLY


def _cleaned(
    mask: Mask, even: Grey, dots_per_mm: float, rules: list[tuple[float, float]]
) -> tuple[Mask, Grey]:
    """Take away specks, the dots of the writing lines, and remains of the frame at the edges."""
    inked = _around_ink(mask)
    labels, stats = components(mask[inked])
    area = stats[:, cv2.CC_STAT_AREA] / dots_per_mm**2
    left = stats[:, cv2.CC_STAT_LEFT] + inked[1].start
    top = stats[:, cv2.CC_STAT_TOP] + inked[0].start
    wide, high = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    whole, pieces = _gathered(labels, area, dots_per_mm)
    reach_mm = numpy.where(pieces > 1, _RING_REACH_MM, _LONELY_REACH_MM)
    small = whole < _lonely_size(high[1:] / dots_per_mm)
    drop = (whole < _SPECK_MM2) | _lonely(labels, small, reach_mm * dots_per_mm)
    edge = 0.5 * dots_per_mm
    tall, broad = mask.shape
    flat = ((top + high <= edge) | (top >= tall - edge)) & (high <= edge)
    thin = ((left + wide <= edge) | (left >= broad - edge)) & (wide <= edge)
    drop |= flat | thin
    if rules:
        x = (left + wide / 2) / dots_per_mm
        y = (top + high / 2) / dots_per_mm
        dots = numpy.flatnonzero((area < _DOT_MM2) & ~drop)
        across, down = (numpy.array(each) for each in zip(*rules, strict=True))
        near = abs(x[dots, None] - across) < _DOT_REACH_MM
        near &= abs(y[dots, None] - down) < _DOT_REACH_MM
        dots = dots[near.any(axis=1)]
        drop[dots] = area[dots] <= _largest_dot(area[dots], len(rules))
    drop[0] = False
    gone = drop[labels]
    kept = mask[inked] & ~gone
    reach = numpy.ones((5, 5), numpy.uint8)
    wiped = cv2.dilate(gone.astype(numpy.uint8), reach).astype(bool) & ~kept
    rest, clean = numpy.zeros_like(mask), even.copy()
    rest[inked] = kept
    clean[inked][wiped] = 255
    return rest, clean


def _largest_dot(area: NDArray[numpy.float64], printed: int) -> float:
    """Say how large the dots of the writing lines are on this page; letters have dots of their own.

    Args:
        area: Of the spots that stand where dots were printed.
        printed: How many dots were printed.
    """
    if len(area) < _DOTS_SEEN * printed:
        # A fax loses them: what stands there is writing.
        return _DOT_AS_PRINTED_MM2
    return max(_DOT_AS_PRINTED_MM2, _DOT_SPREAD * float(numpy.median(area)))


def _around_ink(mask: Mask) -> tuple[slice, slice]:
    """Give the part of a field that holds all its ink and a few dots around it."""
    rows, columns = numpy.flatnonzero(mask.any(axis=1)), numpy.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return slice(0, 2), slice(0, 2)
    # Even, so that spots are counted in the same order as in the whole field.
    return (
        slice(max(0, int(rows[0]) - 4) & ~1, int(rows[-1]) + 4),
        slice(max(0, int(columns[0]) - 4) & ~1, int(columns[-1]) + 4),
    )


def _gathered(
    labels: NDArray[numpy.int32], area: NDArray[numpy.float64], dots_per_mm: float
) -> tuple[NDArray[numpy.float64], NDArray[numpy.int64]]:
    """Give the areas of spots, of small ones together with the small ones beside them.

    A fax breaks the ring of 。 into specks; dirt falls one by one.

    Returns:
        For each spot the area, and of how many pieces that is.
    """
    small = area < _LONELY_MM2
    small[0] = False
    side = max(3, round(_RING_GAP_MM * dots_per_mm))
    spots = small[labels].view(numpy.uint8)
    joined = cv2.morphologyEx(spots, cv2.MORPH_CLOSE, numpy.ones((side, side), numpy.uint8))
    _, groups = cv2.connectedComponents(joined, connectivity=8)
    inside = labels[spots > 0]
    group_of = numpy.zeros(len(area), numpy.int64)
    group_of[inside] = groups[spots > 0]
    together = numpy.bincount(group_of[small], weights=area[small], minlength=1)
    pieces = numpy.bincount(group_of[small], minlength=1)
    mine = numpy.minimum(group_of, len(together) - 1)
    return numpy.where(small, together[mine], area), numpy.where(small, pieces[mine], 1)


def _lonely_size(heights: NDArray[numpy.float64]) -> float:
    """Say up to what size a spot that stands alone is dirt: a comma grows with its letters."""
    tall = heights[(heights >= _LEAST_HEIGHT_MM) & (heights <= _TALLEST_LETTER_MM)]
    if not tall.size:
        return _LONELY_MM2
    letter = float(numpy.percentile(tall, 90))
    return _LONELY_MM2 * min(1.0, letter / _LETTER_MM) ** 2


def _lonely(labels: NDArray[numpy.int32], small: Mask, reach: NDArray[numpy.float64]) -> Mask:
    """Say of each small spot whether it is far from every bigger one, by its own reach."""
    dots, ground = small[labels], labels == 0
    big = (dots | ground).view(numpy.uint8)
    if big.all():
        return numpy.asarray(small)
    away = cv2.distanceTransform(big, cv2.DIST_L2, 3)
    lonely = small.copy()
    # Only dots of small spots say anything; a reach for every dot would be a picture of its own.
    dots &= ~ground
    own = labels[dots]
    lonely[own[away[dots] < reach[own]]] = False
    return numpy.asarray(lonely)


def _of_lines(mask: Mask, dots_per_mm: float) -> Mask:
    """Give the ink that tells where lines run: not what reaches over several of them."""
    white = numpy.flatnonzero(~numpy.pad(mask.any(axis=1), 1))
    if numpy.diff(white).max(initial=0) <= _TALL_MM * dots_per_mm:
        return mask
    labels, stats = components(mask)
    room = stats[:, cv2.CC_STAT_WIDTH] * stats[:, cv2.CC_STAT_HEIGHT]
    across = stats[:, cv2.CC_STAT_HEIGHT] >= _TALL_MM * dots_per_mm
    across &= stats[:, cv2.CC_STAT_AREA] < _SPARSE * room
    across[0] = False
    if not across.any():
        return mask
    rest = mask & ~across[labels]
    return rest if rest.any() else mask


def _bands(mask: Mask, dots_per_mm: float) -> list[tuple[int, int]]:
    """Find the rows that hold ink, as bands from top to bottom."""
    profile = mask.sum(axis=1).astype(numpy.float64)
    inked = profile >= 1
    edges = numpy.flatnonzero(numpy.diff(numpy.concatenate(([0], inked.astype(numpy.int8), [0]))))
    bands = [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
    bands = _with_strays_joined(bands, dots_per_mm)
    heights = sorted(bottom - top for top, bottom in bands)
    if not heights:
        return []
    usual = max(heights[(len(heights) - 1) // 2], 2.5 * dots_per_mm)
    parted: list[tuple[int, int]] = []
    for top, bottom in bands:
        parted.extend(_parted(profile, top, bottom, min(usual, 9.0 * dots_per_mm)))
    least = _LEAST_HEIGHT_MM * dots_per_mm
    return [(top, bottom) for top, bottom in parted if bottom - top >= least or len(parted) == 1]


def _with_strays_joined(bands: list[tuple[int, int]], dots_per_mm: float) -> list[tuple[int, int]]:
    """Join low bands (dots, the strokes of 二) with their nearest neighbour."""
    low, near = 1.6 * dots_per_mm, 1.2 * dots_per_mm
    joined = list(bands)
    index = 0
    while index < len(joined):
        top, bottom = joined[index]
        if bottom - top < low and len(joined) > 1:
            above = top - joined[index - 1][1] if index else float("inf")
            below = joined[index + 1][0] - bottom if index + 1 < len(joined) else float("inf")
            if min(above, below) <= near:
                other = index - 1 if above <= below else index + 1
                first, second = sorted((index, other))
                joined[first : second + 1] = [(joined[first][0], joined[second][1])]
                index = max(0, first - 1)
                continue
        index += 1
    return joined


def _parted(
    profile: NDArray[numpy.float64], top: int, bottom: int, usual: float
) -> list[tuple[int, int]]:
    """Part a band of lines that touch each other where the least ink runs between them."""
    height = bottom - top
    if height < 1.75 * usual:
        return [(top, bottom)]
    middle = profile[top:bottom]
    low, high = int(0.6 * usual), height - int(0.6 * usual)
    if high <= low:
        return [(top, bottom)]
    valley = low + int(numpy.argmin(middle[low:high]))
    if middle[valley] > 0.35 * float(numpy.median(middle[middle > 0])):
        return [(top, bottom)]
    split = top + valley
    return [*_parted(profile, top, split, usual), *_parted(profile, split, bottom, usual)]


def _cut(even: Grey, mask: Mask, top: int, bottom: int, dots_per_mm: float) -> LineCut | None:
    columns = numpy.flatnonzero(mask[top:bottom].any(axis=0))
    if float(mask[top:bottom].sum()) < _LEAST_LINE_MM2 * dots_per_mm**2:
        return None
    left, right = int(columns[0]), int(columns[-1]) + 1
    pad = max(2, round(PADDING_MM * dots_per_mm))
    # Faint strokes at the ends are in no mask; the paper beside the line shows them.
    before, after = min(left, pad), min(even.shape[1] - right, pad)
    seen = even[top:bottom, left - before : right + after]
    grey = _padded(seen, pad, pad - before, pad - after)
    ink = numpy.where(mask[top:bottom, left:right], 0, 255).astype(numpy.uint8)
    black = _padded(ink, pad, pad, pad)
    box = tuple(each / dots_per_mm for each in (left, top, right, bottom))
    return LineCut(LinePicture(grey, black), (box[0], box[1], box[2], box[3]))


def _padded(ink: Grey, pad: int, before: int, after: int) -> Grey:
    return as_grey(
        cv2.copyMakeBorder(ink, pad, pad, before, after, cv2.BORDER_CONSTANT, value=(255,))
    )
