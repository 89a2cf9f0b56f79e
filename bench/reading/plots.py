"""The reliability plot, as SVG."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from bench.reading.calibration import Pair, bins, expected_calibration_error

_SIDE, _GAP, _LEFT, _TOP = 180, 56, 44, 34
_BELOW = 44


def reliability(fields: Mapping[str, Sequence[Pair]]) -> str:
    """Draw one square per field: confidence to the right, share of right readings upwards.

    On the diagonal, confidence means what it says. A dot is as large as its bin is full.

    Args:
        fields: Confidence and rightness by the name of the field.
    """
    wide = _LEFT + len(fields) * (_SIDE + _GAP)
    high = _TOP + _SIDE + _BELOW
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" '
            f'width="{wide}" height="{high}" font-family="sans-serif" font-size="11">'
        ),
        f'<rect width="{wide}" height="{high}" fill="#fff"/>',
    ]
    for number, (name, pairs) in enumerate(fields.items()):
        parts += _square(_LEFT + number * (_SIDE + _GAP), name, pairs)
    return "\n".join([*parts, "</svg>", ""])


def _square(left: float, name: str, pairs: Sequence[Pair]) -> list[str]:
    bottom = _TOP + _SIDE
    gap = expected_calibration_error(pairs)
    title = f"{name}: {len(pairs)} readings, ECE {gap:.3f}"
    parts = [
        f'<text x="{left}" y="{_TOP - 12}" font-weight="bold">{escape(title)}</text>',
        f'<rect x="{left}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#888"/>',
        (
            f'<line x1="{left}" y1="{bottom}" x2="{left + _SIDE}" y2="{_TOP}" stroke="#888" '
            'stroke-dasharray="4 3"/>'
        ),
        f'<text x="{left + _SIDE / 2}" y="{bottom + 30}" text-anchor="middle">confidence</text>',
    ]
    for tick in (0.0, 0.5, 1.0):
        x, y = left + tick * _SIDE, bottom - tick * _SIDE
        parts.append(f'<text x="{x}" y="{bottom + 15}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
    for each in bins(pairs):
        radius = 3 + 9 * (each.count / len(pairs)) ** 0.5
        x, y = left + each.confidence * _SIDE, bottom - each.right * _SIDE
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#1a5fb4" '
            f'fill-opacity="0.65"><title>{each.count} of about {each.confidence:.2f}: '
            f"{each.right:.2f} right</title></circle>"
        )
    return parts
