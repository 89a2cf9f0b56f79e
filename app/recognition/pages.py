"""Reading the pages of files in processes of their own, so that no file can hurt the service."""

import errno
import itertools
import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import BinaryIO

from app.domain.envelope import Part, Spooled
from app.domain.errors import StorageFull, Unavailable
from app.domain.findings import Finding
from app.recognition.looker import Looked, Looker
from app.recognition.page_process import PageProcess
from app.recognition.page_server import PageServer, ProcessFailed
from app.recognition.reading import DocumentReading, PageReading, ReadingLimits, TextLine
from app.recognition.shared_reading import OpenFile, Page, SharedReading
from app.recognition.templates import FormTemplate
from app.recognition.turns import Turns

__all__ = [
    "DocumentReading",
    "OpenFiles",
    "PageReading",
    "ReadingLimits",
    "Recogniser",
    "TextLine",
]

_log = logging.getLogger(__name__)
Templates = Mapping[tuple[int, int], FormTemplate]

_LOOKERS = 2
"""Uploads that are looked at at a time; in a rush the rest is answered without."""


class Recogniser:
    """Reads files of scanned, faxed or photographed pages.

    Safe to use from several threads at once. Every file gets processes of its own; all files
    together get no more processors than were granted, in turns of a few pages.
    """

    def __init__(
        self,
        *,
        processes: int = 1,
        limits: ReadingLimits = ReadingLimits(),  # noqa: B008 - frozen
    ) -> None:
        """Keep the limits; engines are looked for when a file comes.

        Args:
            processes: How many pages are read at once.
            limits: What one file may cost.
        """
        self._limits = limits
        self._processes = processes
        self._turns = Turns(processes)
        self._server = PageServer(limits)
        self._lookers = threading.BoundedSemaphore(_LOOKERS)
        self._closed = False

    @contextmanager
    def open(self, files: Sequence[bytes | Spooled], templates: Templates) -> Iterator["OpenFiles"]:
        """Open the files of one arrival and count their pages.

        Args:
            files: Their bytes, which are all that is believed of them; not kept in memory.
            templates: Known form templates by consultation number and revision.

        Raises:
            RecognitionUnavailable: No engine is installed.
        """
        with ExitStack() as stack:
            opened = [self._opened(each, templates, stack) for each in files]
            del files  # from here on they lie where their processes read them
            yield OpenFiles(opened, self._turns, self._processes, lambda: self._closed)

    def read(
        self,
        part: Part,
        templates: Templates,
        *,
        on_page: Callable[[int, int], None] | None = None,
        on_picture: Callable[[Page, bytes], None] | None = None,
    ) -> DocumentReading:
        """Read every page of one file; see ``open`` and ``OpenFiles.read``."""
        with self.open([part.data], templates) as files:
            return files.read(on_page=on_page, on_picture=on_picture)[0]

    def look(self, part: Part, templates: Templates, *, seconds: float) -> Looked:
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
            return Looked()
        if not self._lookers.acquire(blocking=False):
            return Looked()
        try:
            limits = replace(self._limits, page_seconds=seconds)
            one = dict(list(templates.items())[:1])
            with (
                _kept(part.data) as file,
                PageProcess(file, one, limits, Looker(limits)) as process,
            ):
                return self._look(process, time.monotonic() + seconds)
        except (ProcessFailed, StorageFull, OSError) as failure:
            why = failure if isinstance(failure, ProcessFailed) else type(failure).__name__
            _log.info("A file was not looked at: %s.", why, extra={"action": "look"})
            return Looked()
        finally:
            self._lookers.release()

    def _look(self, process: PageProcess, until: float) -> Looked:
        opened = process.open()
        pages: list[PageReading] = []
        for number in range(1, min(opened.pages, self._limits.pages) + 1):
            if time.monotonic() >= until or self._closed:
                break
            try:
                pages.append(replace(process.read(number), page=number))
            except ProcessFailed:
                break
        return Looked(tuple(pages), whole=opened.refused is None and len(pages) == opened.pages)

    def close(self) -> None:
        """Take no more files; those being read stop after the pages in hand, without a result."""
        self._closed = True

    def end(self) -> None:
        """End every process; nothing may be read any more."""
        self._closed = True
        self._server.close()

    def _opened(self, data: bytes | Spooled, templates: Templates, stack: ExitStack) -> OpenFile:
        """Count the pages of a file; its process stays for the first who reads."""
        if not data:
            return OpenFile(findings=(Finding(code="file_empty"),))
        if len(data) > self._limits.file_bytes:
            return OpenFile(findings=(Finding(code="file_too_large"),))
        kept = stack.enter_context(_kept(data))

        def begin() -> PageProcess:
            return PageProcess(kept, templates, self._limits, self._server)

        process = begin()
        try:
            opened = process.open()
        except ProcessFailed as failure:
            _log.warning("A file could not be opened: %s.", failure, extra={"action": "read"})
            return OpenFile(findings=(Finding(code="file_unreadable"),))
        if opened.refused is not None:
            process.end()
            return OpenFile(findings=(Finding(code=opened.refused),))
        wanted = min(opened.pages, self._limits.pages)
        findings: tuple[Finding, ...] = ()
        if wanted < opened.pages:
            data_of = {"pages": str(opened.pages), "limit": str(wanted)}
            findings = (Finding(code="page_limit", data=data_of),)
        file = OpenFile(pages=wanted, findings=findings, begin=begin, spare=process)
        stack.callback(file.end)
        return file


class OpenFiles:
    """The files of one arrival, opened."""

    def __init__(
        self, files: Sequence[OpenFile], turns: Turns, hands: int, is_closed: Callable[[], bool]
    ) -> None:
        """Keep them; ``Recogniser.open`` makes one."""
        self._files = files
        self._turns = turns
        self._hands = hands
        self._is_closed = is_closed

    @property
    def pages(self) -> int:
        """Pages that are read of all of them."""
        return sum(each.pages for each in self._files)

    @property
    def before(self) -> tuple[int, ...]:
        """For each file, how many pages come before it."""
        return tuple(itertools.accumulate((each.pages for each in self._files[:-1]), initial=0))

    def read(
        self,
        *,
        on_page: Callable[[int, int], None] | None = None,
        on_picture: Callable[[Page, bytes], None] | None = None,
    ) -> tuple[DocumentReading, ...]:
        """Read every page of every file, several at once.

        Args:
            on_page: Called with (pages done, pages in all) after every page, and now and then
                while none is done.
            on_picture: Takes each page's picture as it comes (page, PNG), in no order, so that
                those of a long stack never lie in memory together; the pages given back are
                without.

        Returns:
            Each file's pages in order, and findings; nothing in a file makes this raise.

        Raises:
            Unavailable: The service is stopping; nothing is known of the pages left.
        """
        reading = SharedReading(self._files, self._turns, self._is_closed)
        pages = reading.run(min(self._hands, self.pages), on_page, on_picture)
        if pages is None:
            raise Unavailable
        return tuple(
            DocumentReading(pages=tuple(read), findings=file.findings)
            for read, file in zip(pages, self._files, strict=True)
        )


def _kept(data: bytes | Spooled) -> BinaryIO:
    """Lay a file where its processes read it: without a name, gone when it is closed.

    Raises:
        StorageFull: There is no room for it.
    """
    kept = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked closes it
    try:
        if isinstance(data, Spooled):
            data.file.seek(0)
            shutil.copyfileobj(data.file, kept)
        else:
            kept.write(data)
        kept.flush()
    except OSError as error:
        kept.close()
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull from error
        raise
    return kept
