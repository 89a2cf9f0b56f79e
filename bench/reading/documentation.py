"""Writing the measured tables, the plot and the pictures into ``docs/recognition.md``."""

from collections.abc import Mapping
from pathlib import Path

from bench.report import between

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "recognition.md"
FOLDER = DOCS / "recognition"


def publish(text: str, files: Mapping[str, bytes]) -> None:
    """Write the page and the files it shows; those of an earlier run go."""
    page = between(PAGE.read_text(encoding="utf-8"), text, mark="bench-ocr")
    FOLDER.mkdir(exist_ok=True)
    for each in FOLDER.iterdir():
        each.unlink()
    for name, data in files.items():
        (FOLDER / name).write_bytes(data)
    PAGE.write_text(page, encoding="utf-8")
