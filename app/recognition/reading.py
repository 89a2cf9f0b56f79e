"""What was read from the pages of a document, before it is split into comments."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.comment_form import Box, Reading
from app.domain.findings import Finding
from app.domain.ruled_form import FormCell


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """One line as an engine read it.

    Attributes:
        text: What was read; empty where nothing was.
        confidence: 0..1.
        box: Where it stands, as fractions of the image that was read.
        sureness: 0..1 for each character of ``text``; empty where the engine does not say.
        places: Where the middle of each character of ``text`` stands, in columns of the picture
            of the line; empty where the engine does not say.
        raw: What the engine read, where rules made something else of it; else None.
        engine: Name and version of the engine that read it; None for the one that was asked.
        contradicted: Characters of ``text`` that a second engine read otherwise.
        options: For each character of ``text`` what the engine saw in it, likeliest first, each
            with its sureness; nothing for one it was sure of. Empty where the engine does not say.
        preferred: Characters of ``text`` that were chosen for the words they make.
    """

    text: str
    confidence: float
    box: Box
    sureness: tuple[float, ...] = ()
    places: tuple[float, ...] = ()
    raw: str | None = None
    engine: str | None = None
    contradicted: int = 0
    options: tuple[tuple[tuple[str, float], ...], ...] = ()
    preferred: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """One page as it was read.

    Attributes:
        page: 1-based number within its document.
        width: Width of the picture of it in pixels; 0 where there is none.
        height: Height of the picture of it in pixels; 0 where there is none.
        image: A PNG for people, upright, at most about 200 dots per inch; None if unreadable.
        blank: Whether nothing is written or printed on it.
        template: Id of the form template it was printed from, if it is ours.
        form_page: Page of that form.
        consultation_number: The consultation its QR code names.
        readings: Fields read by template, by JSON pointer; an empty cell gives none.
        findings: What was noticed on this page.
        text: The whole page read as text where it is not our form, else empty.
        lines: The lines of ``text``.
        cells: The cells of its table, where it is a ruled form of somebody else.
        around: What stands outside of them.
        header: The line a fax machine printed above it; no part of ``text``.
        envelope: What stands on an envelope that lies beside the letter; no part of ``text``.
        typed: Whether ``text`` is the file's own, not read from the picture.
        separator: Whether it is the sheet that is laid between two comments.
    """

    page: int
    width: int = 0
    height: int = 0
    image: bytes | None = None
    blank: bool = False
    template: str | None = None
    form_page: int | None = None
    consultation_number: int | None = None
    readings: Mapping[str, Reading] = field(default_factory=dict[str, Reading])
    findings: tuple[Finding, ...] = ()
    text: str = ""
    lines: tuple[TextLine, ...] = ()
    cells: tuple[FormCell, ...] = ()
    around: str = ""
    header: str = ""
    envelope: str = ""
    typed: bool = False
    separator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReading:
    """One file as it was read.

    Attributes:
        pages: Its pages in order; unreadable ones are among them, with their finding.
        findings: What was noticed about the file as a whole.
    """

    pages: tuple[PageReading, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingLimits:
    """How much one file may cost; beyond that a page or the rest of the file is not read.

    Attributes:
        file_bytes: Size of a file that is opened at all.
        pages: Pages read of one file; the rest is kept unread.
        page_pixels: Pixels of one decoded page.
        page_seconds: Wall time for one page, opening the file included.
        page_cpu_seconds: Processor time for one page in one process.
        memory_bytes: Address space of the process that decodes and reads.
        engine_seconds: Wall time of one run of the OCR program.
    """

    file_bytes: int = 200 * 1024 * 1024
    pages: int = 5_000
    page_pixels: int = 60_000_000
    page_seconds: float = 120.0
    page_cpu_seconds: int = 90
    memory_bytes: int = 2 * 1024 * 1024 * 1024
    engine_seconds: float = 45.0
