"""What recognition needs on this machine, and what to install where it is missing."""

from dataclasses import dataclass

from app.domain.errors import RecognitionUnavailable
from app.recognition.fonts import PACKAGE, font_file
from app.recognition.tesseract import LANGUAGE, PACKAGES, languages, version
from app.recognition.weights import PACKAGES as NETWORK
from app.recognition.weights import installed_version


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked for.

    Attributes:
        name: What it is.
        found: Its version or place; None if it is missing.
        install: Packages that bring it: Python's for the network, else Debian's.
    """

    name: str
    found: str | None
    install: str


def check() -> list[Check]:
    """Look for both engines, their data and the form's font."""
    return [
        Check("PP-OCRv6 small", installed_version(), NETWORK),
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
