"""The Japanese font the form is printed in."""

from pathlib import Path

from app.domain.errors import RecognitionUnavailable

PACKAGE = "fonts-ipaexfont-gothic"
"""Debian package of the font: open, kept up, and with the kanji of JIS X 0213 (髙 﨑 﨟)."""

_FILES = (
    Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"),
    Path("/usr/share/fonts/ipaexfont-gothic/ipaexg.ttf"),
    Path("/usr/share/fonts/truetype/bizud-gothic/BIZUDGothic-Regular.ttf"),
    Path("/usr/share/fonts/truetype/fonts-japanese-gothic.ttf"),
)


def font_file() -> Path:
    """Find the font.

    Raises:
        RecognitionUnavailable: No Japanese font is installed.
    """
    for path in _FILES:
        if path.is_file():
            return path
    raise RecognitionUnavailable(missing=PACKAGE)
