"""The little of SVG that our figures need."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

BLUE = "#1a5fb4"
GREY = "#888"


def picture(wide: float, high: float, parts: Iterable[str]) -> str:
    """Put parts on a white ground."""
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" '
        f'width="{wide:g}" height="{high:g}" font-family="sans-serif" font-size="11">'
    )
    ground = f'<rect width="{wide:g}" height="{high:g}" fill="#fff"/>'
    return "\n".join([opening, ground, *parts, "</svg>", ""])


def text(x: float, y: float, words: str, *, anchor: str = "start", bold: bool = False) -> str:
    """Write words; they begin, end or have their middle at x."""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{_short(x)}" y="{_short(y)}" text-anchor="{anchor}"{weight}>'
        f"{escape(words)}</text>"
    )


def line(
    start: tuple[float, float], end: tuple[float, float], *, dashed: bool = False, wide: float = 1
) -> str:
    """Draw a line."""
    dashes = ' stroke-dasharray="4 3"' if dashed else ""
    (x1, y1), (x2, y2) = start, end
    return (
        f'<line x1="{_short(x1)}" y1="{_short(y1)}" x2="{_short(x2)}" y2="{_short(y2)}" '
        f'stroke="{GREY}" stroke-width="{wide:g}"{dashes}/>'
    )


def frame(x: float, y: float, wide: float, high: float) -> str:
    """Draw an empty rectangle."""
    return f'<rect {_place(x, y, wide, high)} fill="none" stroke="{GREY}"/>'


def bar(x: float, y: float, wide: float, high: float, *, title: str) -> str:
    """Draw a full rectangle; its title shows where a pointer rests on it."""
    return f'<rect {_place(x, y, wide, high)} fill="{BLUE}">{_title(title)}</rect>'


def dot(x: float, y: float, radius: float, *, title: str) -> str:
    """Draw a disc."""
    return (
        f'<circle cx="{_short(x)}" cy="{_short(y)}" r="{_short(radius)}" fill="{BLUE}" '
        f'fill-opacity="0.65">{_title(title)}</circle>'
    )


def _place(x: float, y: float, wide: float, high: float) -> str:
    return f'x="{_short(x)}" y="{_short(y)}" width="{_short(wide)}" height="{_short(high)}"'


def _title(words: str) -> str:
    return f"<title>{escape(words)}</title>"


def _short(number: float) -> str:
    return f"{round(number, 1):g}"
