"""The reliability plot, as SVG."""

from collections.abc import Mapping, Sequence

from bench import drawing
from bench.reading.calibration import Pair, bins, expected_calibration_error

_SIDE, _GAP, _LEFT, _TOP = 180, 56, 44, 34
_BELOW = 44


def reliability(fields: Mapping[str, Sequence[Pair]]) -> str:
    """Draw one square per field: confidence to the right, share of right readings upwards.

    On the diagonal, confidence means what it says. A dot is as large as its bin is full.

    Args:
        fields: Confidence and rightness by the name of the field.
    """
    parts: list[str] = []
    for number, (name, pairs) in enumerate(fields.items()):
        parts += _square(_LEFT + number * (_SIDE + _GAP), name, pairs)
    return drawing.picture(_LEFT + len(fields) * (_SIDE + _GAP), _TOP + _SIDE + _BELOW, parts)


def _square(left: float, name: str, pairs: Sequence[Pair]) -> list[str]:
    bottom = _TOP + _SIDE
    gap = expected_calibration_error(pairs)
    parts = [
        drawing.text(left, _TOP - 12, f"{name}: {len(pairs)} readings, ECE {gap:.3f}", bold=True),
        drawing.frame(left, _TOP, _SIDE, _SIDE),
        drawing.line((left, bottom), (left + _SIDE, _TOP), dashed=True),
        drawing.text(left + _SIDE / 2, bottom + 30, "confidence", anchor="middle"),
    ]
    for tick in (0.0, 0.5, 1.0):
        x, y = left + tick * _SIDE, bottom - tick * _SIDE
        parts.append(drawing.text(x, bottom + 15, f"{tick:g}", anchor="middle"))
        parts.append(drawing.text(left - 6, y + 4, f"{tick:g}", anchor="end"))
    parts += (
        drawing.dot(
            left + each.confidence * _SIDE,
            bottom - each.right * _SIDE,
            3 + 9 * (each.count / len(pairs)) ** 0.5,
            title=f"{each.count} of about {each.confidence:.2f}: {each.right:.2f} right",
        )
        for each in bins(pairs)
    )
    return parts
