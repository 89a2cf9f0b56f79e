"""Choosing among several readings of the same line."""

from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from app.recognition.reading import TextLine


def most_agreed(readings: Sequence[TextLine]) -> TextLine:
    """Give the reading the others contradict least; its own confidence settles a tie.

    Args:
        readings: At least one reading; where they differ, confidence in the one chosen shrinks.
    """
    best = min(readings, key=lambda each: _contradiction(each, readings) - 0.5 * each.confidence)
    if len(readings) == 1 or not best.text:
        return best
    apart = sum(Levenshtein.normalized_distance(best.text, each.text) for each in readings)
    agreement = 1.0 - apart / (len(readings) - 1)
    return TextLine(text=best.text, confidence=round(best.confidence * agreement, 4), box=best.box)


def _contradiction(reading: TextLine, readings: Sequence[TextLine]) -> float:
    return sum(Levenshtein.distance(reading.text, each.text) * each.confidence for each in readings)
