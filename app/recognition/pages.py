"""Reading the pages of one file in a process of its own, so that no file can hurt the service."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from app.domain.envelope import Part
from app.domain.findings import Finding
from app.recognition.page_process import LOOKS, PageProcess, ProcessFailed
from app.recognition.reading import DocumentReading, PageReading, ReadingLimits, TextLine
from app.recognition.templates import FormTemplate

__all__ = ["DocumentReading", "PageReading", "ReadingLimits", "Recogniser", "TextLine"]

_log = logging.getLogger(__name__)

_LOOKERS = 2
"""Uploads that are looked at at a time; in a rush the rest is answered without."""

_GIVE_UP_AFTER = 3
"""Pages in a row that killed their process; the rest of such a file is left to a person."""


class Recogniser:
    """Reads files of scanned, faxed or photographed pages.

    Safe to use from several threads at once: every file gets its own process, which dies with
    the thread that reads the file.
    """

    def __init__(self, *, limits: ReadingLimits = ReadingLimits()) -> None:  # noqa: B008 - frozen
        """Keep the limits; engines are looked for when a file comes."""
        self._limits = limits
        self._closed = False
        self._lookers = threading.BoundedSemaphore(_LOOKERS)

    def read(
        self,
        part: Part,
        templates: Mapping[tuple[int, int], FormTemplate],
        *,
        on_page: Callable[[int, int], None] | None = None,
        on_picture: Callable[[int, bytes], None] | None = None,
    ) -> DocumentReading:
        """Read every page of a file.

        Args:
            part: The file; only its bytes are believed.
            templates: Known form templates by consultation number and revision.
            on_page: Called with (pages done, pages in all) after every page.
            on_picture: Takes each page's picture as it comes (page, PNG), so that those of a
                long stack never lie in memory together; the pages given back are without.

        Returns:
            Its pages and findings; nothing in the file makes this raise.

        Raises:
            RecognitionUnavailable: No engine is installed.
        """
        if not part.data:
            return DocumentReading(pages=(), findings=(Finding(code="file_empty"),))
        if len(part.data) > self._limits.file_bytes:
            return DocumentReading(pages=(), findings=(Finding(code="file_too_large"),))
        with PageProcess(part.data, templates, self._limits) as process:
            try:
                opened = process.open()
            except ProcessFailed as failure:
                _log.warning("A file could not be opened: %s.", failure, extra={"action": "read"})
                return DocumentReading(pages=(), findings=(Finding(code="file_unreadable"),))
            if opened.refused is not None:
                return DocumentReading(pages=(), findings=(Finding(code=opened.refused),))
            return self._read_pages(process, opened.pages, on_page, on_picture)

    def look(
        self, part: Part, templates: Mapping[tuple[int, int], FormTemplate], *, seconds: float
    ) -> tuple[PageReading, ...]:
        """Judge the pictures of a file without reading them, while somebody waits.

        Args:
            part: The file.
            templates: Known form templates; one is enough, as their markers stand alike.
            seconds: When to begin no further page; the last one may take as long again.

        Returns:
            The pages looked at, from the first; none where others are being looked at already,
            or the file cannot be opened: that is said when it is read.
        """
        if not part.data or len(part.data) > self._limits.file_bytes or self._closed:
            return ()
        if not self._lookers.acquire(blocking=False):
            return ()
        try:
            limits = replace(self._limits, page_seconds=seconds)
            one = dict(list(templates.items())[:1])
            with PageProcess(part.data, one, limits, child=LOOKS) as process:
                return self._look(process, time.monotonic() + seconds)
        except ProcessFailed as failure:
            _log.info("A file was not looked at: %s.", failure, extra={"action": "look"})
            return ()
        finally:
            self._lookers.release()

    def _look(self, process: PageProcess, until: float) -> tuple[PageReading, ...]:
        opened = process.open()
        pages: list[PageReading] = []
        for number in range(1, min(opened.pages, self._limits.pages) + 1):
            if time.monotonic() >= until or self._closed:
                break
            try:
                pages.append(replace(process.read(number), page=number))
            except ProcessFailed:
                break
        return tuple(pages)

    def close(self) -> None:
        """Take no more files; a file being read stops after its current page."""
        self._closed = True

    def _read_pages(
        self,
        process: PageProcess,
        total: int,
        on_page: Callable[[int, int], None] | None,
        on_picture: Callable[[int, bytes], None] | None,
    ) -> DocumentReading:
        wanted = min(total, self._limits.pages)
        findings: list[Finding] = []
        if wanted < total:
            findings.append(
                Finding(code="page_limit", data={"pages": str(total), "limit": str(wanted)})
            )
        pages: list[PageReading] = []
        failed = 0
        for number in range(1, wanted + 1):
            if failed >= _GIVE_UP_AFTER or self._closed:
                pages.append(_unreadable(number))
            else:
                page, sound = _read_page(process, number)
                failed = 0 if sound else failed + 1
                if on_picture is not None and page.image is not None:
                    on_picture(number, page.image)
                    page = replace(page, image=None)
                pages.append(page)
            if on_page is not None:
                on_page(number, wanted)
        return DocumentReading(pages=tuple(pages), findings=tuple(findings))


def _read_page(process: PageProcess, number: int) -> tuple[PageReading, bool]:
    try:
        return replace(process.read(number), page=number), True
    except ProcessFailed as failure:
        _log.warning("Page %d could not be read: %s.", number, failure, extra={"action": "read"})
        return _unreadable(number), False


def _unreadable(number: int) -> PageReading:
    return PageReading(page=number, findings=(Finding(code="page_unreadable"),))
