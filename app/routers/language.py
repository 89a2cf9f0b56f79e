"""Which language an answer is in: Japanese, unless English is asked for first."""

from app.domain.wording import LANGUAGES

JAPANESE, ENGLISH = LANGUAGES


def language_of(accept_language: str | None) -> str:
    """Choose the language from an ``Accept-Language`` header (RFC 9110 section 12.5.4)."""
    if not accept_language:
        return JAPANESE
    weights: dict[str, float] = {}
    for place, item in enumerate(accept_language.split(",")):
        tag, _, parameter = item.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary in LANGUAGES:
            # Of equal weights the one named first wins.
            weight = _quality(parameter) - place * 1e-6
            weights[primary] = max(weight, weights.get(primary, 0.0))
    return ENGLISH if weights.get(ENGLISH, 0.0) > weights.get(JAPANESE, 0.0) else JAPANESE


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
