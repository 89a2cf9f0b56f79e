"""Marks in and around tick boxes as people draw them, the doubtful ones too."""

import math
import random
from collections.abc import Sequence
from enum import StrEnum

import cv2
import numpy

from bench.reading.letters import Ink

_SHIFT = 4


class Mark(StrEnum):
    """How a question was answered."""

    SINGLE = "single"
    BLANK = "blank"
    DOUBLE = "double"
    STRUCK = "struck"
    """One box marked, the mark struck out, another one marked."""


MARKS: Sequence[tuple[Mark, float]] = (
    (Mark.SINGLE, 0.82),
    (Mark.BLANK, 0.06),
    (Mark.DOUBLE, 0.06),
    (Mark.STRUCK, 0.06),
)

Spot = tuple[float, float, float, float]
"""A tick box: left, top, right, bottom in dots."""


def draw_mark(ink: Ink, box: Spot, pen: float, chance: random.Random) -> None:
    """Mark a box: a tick, a circle around it, a cross in it, or a scribble that fills it."""
    left, top, right, bottom = box
    side = right - left
    x, y = (left + right) / 2, (top + bottom) / 2
    kind = chance.choices(("tick", "circle", "cross", "filled"), (4, 3, 2, 1))[0]

    def near(across: float, down: float) -> tuple[float, float]:
        return (
            x + (across + chance.gauss(0, 0.06)) * side,
            y + (down + chance.gauss(0, 0.06)) * side,
        )

    if kind == "tick":
        lines = [[near(-0.35, 0.0), near(-0.1, 0.35), near(0.55, -0.6)]]
    elif kind == "cross":
        lines = [[near(-0.4, -0.4), near(0.4, 0.4)], [near(0.4, -0.4), near(-0.4, 0.4)]]
    elif kind == "filled":
        lines = [[near(0.38 * (-1) ** step, -0.4 + 0.1 * step) for step in range(9)]]
    else:
        lines = [_circle(x, y, side * chance.uniform(0.72, 0.95), chance)]
    _draw(ink, lines, pen)


def strike_out(ink: Ink, box: Spot, pen: float, chance: random.Random) -> None:
    """Strike a mark out by two long strokes."""
    left, top, right, bottom = box
    side = right - left
    y = (top + bottom) / 2
    rise = chance.gauss(0, 0.08) * side
    for offset in (-0.14, 0.14):
        start = (left - 0.45 * side, y + offset * side - rise)
        end = (right + 0.45 * side, y + offset * side + rise)
        _draw(ink, [[start, end]], pen)


def _circle(x: float, y: float, radius: float, chance: random.Random) -> list[tuple[float, float]]:
    """Draw once around, not quite round, past where it began."""
    flat, begin = chance.uniform(0.8, 1.05), chance.uniform(0, 6.28)
    turns = numpy.linspace(begin, begin + 6.28 + chance.uniform(-0.3, 0.5), 32)
    drift = chance.gauss(0, 0.03)
    return [
        (
            x + radius * (1 + drift * step / 8) * math.cos(turn),
            y + radius * flat * (1 + drift * step / 8) * math.sin(turn),
        )
        for step, turn in enumerate(turns)
    ]


def _draw(ink: Ink, lines: Sequence[Sequence[tuple[float, float]]], pen: float) -> None:
    for line in lines:
        dots = numpy.round(numpy.array(line) * 2**_SHIFT).astype(numpy.int32)
        cv2.polylines(
            ink,
            [dots],
            isClosed=False,
            color=(255,),
            thickness=max(1, round(pen)),
            lineType=cv2.LINE_AA,
            shift=_SHIFT,
        )
