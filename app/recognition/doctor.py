"""What recognition needs on this machine, and what to install where it is missing."""

from dataclasses import dataclass

from app.domain.errors import RecognitionUnavailable
from app.recognition.fonts import PACKAGE, font_file
from app.recognition.tesseract import LANGUAGE, PACKAGES, languages, version


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked for.

    Attributes:
        name: What it is.
        found: Its version or place; None if it is missing.
        install: Debian packages that bring it.
    """

    name: str
    found: str | None
    install: str


def check() -> list[Check]:
    """Look for the OCR program, its Japanese data and the form's font."""
    return [
        Check("tesseract", _version(), PACKAGES),
        Check(f"tesseract {LANGUAGE}", _language(), PACKAGES),
        Check("font", _font(), PACKAGE),
    ]


def _version() -> str | None:
    try:
        return version()
    except RecognitionUnavailable:
        return None


def _language() -> str | None:
    try:
        return LANGUAGE if LANGUAGE in languages() else None
    except RecognitionUnavailable:
        return None


def _font() -> str | None:
    try:
        return font_file().name
    except RecognitionUnavailable:
        return None
