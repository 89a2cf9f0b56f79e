"""An envelope that was laid on the glass beside a letter: told apart by the white between them."""

from collections.abc import Sequence

from app.domain.postal_cover import postal_cover
from app.recognition.reading import TextLine

_ACROSS, _DOWN = 0, 1
_GUTTER = (0.045, 0.03)
"""Least white between the two, across and down, as parts of the page."""


def without_envelope(lines: Sequence[TextLine]) -> tuple[tuple[TextLine, ...], str]:
    """Set the lines of an envelope apart.

    Args:
        lines: Those of a page.

    Returns:
        The other lines, and what the envelope says; all lines and nothing where none is there.
    """
    for axis in (_ACROSS, _DOWN):
        for cut in _cuts(lines, axis):
            before = [each for each in lines if each.box[axis] < cut]
            after = [each for each in lines if each.box[axis] >= cut]
            for envelope, rest in ((before, after), (after, before)):
                text = _text(envelope)
                cover = postal_cover(text)
                if cover is None or postal_cover(_text(rest)) is not None:
                    continue
                # Over a letter its own head stands, to an office and from somebody, too.
                if axis == _ACROSS or cover.enclosing:
                    return tuple(rest), text
    return tuple(lines), ""


def _cuts(lines: Sequence[TextLine], axis: int) -> list[float]:
    """Find where white parts the page into two, from side to side."""
    cuts = []
    reached: float | None = None
    for line in sorted(lines, key=lambda each: each.box[axis]):
        if reached is not None and line.box[axis] - reached >= _GUTTER[axis]:
            cuts.append(line.box[axis])
        reached = max(line.box[axis + 2], reached or 0.0)
    return cuts


def _text(lines: Sequence[TextLine]) -> str:
    return "\n".join(each.text for each in lines)
