"""The sheet that is laid between two comments of a stack before it is scanned (仕切り紙)."""

from datetime import UTC, datetime

import segno
from fpdf import FPDF

from app.domain.form_wording import FORM_WORDS
from app.recognition.fonts import font_file
from app.recognition.form_sizes import MILLIMETRES_PER_POINT
from app.recognition.templates import SEPARATOR_TEXT

_FONT = "Sheet"
_WIDTH, _HEIGHT = 210.0, 297.0
_MODULE_MM = 2.0
"""Large: sheets are used again and again, get creased, and are scanned in any grade."""

_TITLE_POINTS, _LINE_POINTS = 40.0, 13.0
_MADE = datetime(2026, 1, 1, tzinfo=UTC)
"""The same sheet is the same bytes."""


def draw_separator() -> bytes:
    """Draw the sheet; the code stands on it twice, so that a fold or a hole spoils only one.

    Raises:
        RecognitionUnavailable: No Japanese font is installed.
    """
    pdf = FPDF(unit="mm", format=(_WIDTH, _HEIGHT))
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.add_font(_FONT, fname=font_file())
    pdf.set_creation_date(_MADE)
    pdf.set_title(FORM_WORDS["separator"])
    pdf.set_lang("ja")
    pdf.add_page()
    code = segno.make(SEPARATOR_TEXT, error="h", micro=False, boost_error=False)
    side = len(code.matrix) * _MODULE_MM
    for top in (30.0, _HEIGHT - 30.0 - side):
        _draw_code(pdf, code, (_WIDTH - side) / 2, top)
    y = _HEIGHT / 2 - 30.0
    y = _centred(pdf, FORM_WORDS["separator"], y, _TITLE_POINTS)
    for line in FORM_WORDS["separator_use"].splitlines():
        y = _centred(pdf, line, y, _LINE_POINTS)
    return bytes(pdf.output())


def _draw_code(pdf: FPDF, code: segno.QRCode, left: float, top: float) -> None:
    pdf.set_fill_color(0)
    for y, row in enumerate(code.matrix):
        for x, dark in enumerate(row):
            if dark:
                # A hair too large, so that no light line parts two modules.
                size = _MODULE_MM + 0.02
                pdf.rect(left + x * _MODULE_MM, top + y * _MODULE_MM, size, size, style="F")


def _centred(pdf: FPDF, words: str, top: float, points: float) -> float:
    """Set a line in the middle; give where the next one begins."""
    pdf.set_text_color(0)
    pdf.set_font(_FONT, size=points)
    pdf.set_xy(0, top)
    high = points * MILLIMETRES_PER_POINT
    pdf.cell(_WIDTH, high, words, align="C")
    return top + high * 1.7
