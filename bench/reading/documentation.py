"""Writing the measured tables, the plot and the pictures into ``docs/recognition.md``."""

from collections.abc import Mapping
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "recognition.md"
FOLDER = DOCS / "recognition"
_BEGIN, _END = "<!-- bench-ocr: begin -->", "<!-- bench-ocr: end -->"


def between(page: str, text: str) -> str:
    """Give a page with the text between its marks exchanged.

    Raises:
        ValueError: The page has no marks, or not in this order.
    """
    before, found, rest = page.partition(_BEGIN)
    _, closed, after = rest.partition(_END)
    if not found or not closed:
        raise ValueError(f"the page has no {_BEGIN} and {_END}")
    return f"{before}{_BEGIN}\n\n{text.strip()}\n\n{_END}{after}"


def publish(text: str, files: Mapping[str, bytes]) -> None:
    """Write the page and the files it shows; those of an earlier run go."""
    page = between(PAGE.read_text(encoding="utf-8"), text)
    FOLDER.mkdir(exist_ok=True)
    for each in FOLDER.iterdir():
        each.unlink()
    for name, data in files.items():
        (FOLDER / name).write_bytes(data)
    PAGE.write_text(page, encoding="utf-8")
