"""The pages of one arrival, read by several processes at once in turns with other arrivals."""

import contextvars
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.domain.findings import Finding
from app.recognition.page_process import PageProcess, ProcessFailed
from app.recognition.reading import PageReading
from app.recognition.turns import Turns

_log = logging.getLogger(__name__)

TURN_PAGES = 4
"""Pages read in one turn where others wait: starting a process again costs a hundredth of it."""

_GIVE_UP_AFTER = 3
"""Pages in a row that killed their process; the rest of such a file is left to a person."""

_MOST_FAILURES = 30
"""Pages of one file that may kill their process in all: each may hold a processor for minutes."""

_HEARTBEAT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of an arrival is meant.

    Attributes:
        file: 0-based number of its file.
        number: 1-based number within that file.
    """

    file: int
    number: int


@dataclass(slots=True, kw_only=True)
class OpenFile:
    """One file whose pages were counted.

    Attributes:
        pages: How many of them are read.
        findings: What was noticed about it as a whole.
        begin: Prepares a process that reads it.
        spare: The process that counted its pages, until somebody reads with it.
        failed: Pages in a row whose process died.
        failures: Pages in all whose process died.
    """

    pages: int = 0
    findings: tuple[Finding, ...] = ()
    begin: Callable[[], PageProcess] | None = None
    spare: PageProcess | None = None
    failed: int = 0
    failures: int = 0

    @property
    def given_up(self) -> bool:
        """Whether too many of its pages cannot be read for the rest to be tried."""
        return self.failed >= _GIVE_UP_AFTER or self.failures >= _MOST_FAILURES

    def end(self) -> None:
        """End the spare process."""
        process, self.spare = self.spare, None
        if process is not None:
            process.end()


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of a page: its reading, or why there is none."""

    page: Page
    reading: PageReading | None
    why: str = ""


class SharedReading:
    """One arrival being read."""

    def __init__(
        self, files: Sequence[OpenFile], turns: Turns, is_closed: Callable[[], bool]
    ) -> None:
        """Line up the pages."""
        self._files = files
        self._turns = turns
        self._is_closed = is_closed
        self._lock = threading.Lock()
        self._left = deque(
            Page(index, number)
            for index, file in enumerate(files)
            for number in range(1, file.pages + 1)
        )
        self._stopped = False
        self._done: queue.Queue[_Done | Exception | None] = queue.Queue(16)

    def run(
        self,
        hands: int,
        on_page: Callable[[int, int], None] | None,
        on_picture: Callable[[Page, bytes], None] | None,
    ) -> list[list[PageReading]] | None:
        """Read everything with so many processes at once.

        Returns:
            The pages of each file in order; None where the service is stopping.

        Raises:
            Exception: Whatever a callback raised, or an engine that is missing.
        """
        total = len(self._left)
        read = [[_unreadable(number + 1) for number in range(each.pages)] for each in self._files]
        threads = [self._thread() for _ in range(hands)]
        for each in threads:
            each.start()
        done = 0
        try:
            working = hands
            while working:
                try:
                    item = self._done.get(timeout=_HEARTBEAT_SECONDS)
                except queue.Empty:
                    item = _HEARTBEAT
                if item is None:
                    working -= 1
                    continue
                if isinstance(item, Exception):
                    raise item
                if item is not _HEARTBEAT:
                    done += 1
                    self._take(item, read, on_picture)
                if on_page is not None:
                    on_page(done, total)
        finally:
            self._stop(threads)
        # What the end of the service broke off says nothing about a page.
        return None if self._is_closed() else read

    def _take(
        self,
        item: _Done,
        read: list[list[PageReading]],
        on_picture: Callable[[Page, bytes], None] | None,
    ) -> None:
        page, reading = item.page, item.reading
        if reading is None:
            if item.why:
                text = "Page %d could not be read: %s."
                _log.warning(text, page.number, item.why, extra={"action": "read"})
            return
        reading = replace(reading, page=page.number)
        if on_picture is not None and reading.image is not None:
            on_picture(page, reading.image)
            reading = replace(reading, image=None)
        read[page.file][page.number - 1] = reading

    def _thread(self) -> threading.Thread:
        # What the log knows of the arrival goes along.
        context = contextvars.copy_context()
        return threading.Thread(
            target=context.run, args=(self._work,), name="page-hand", daemon=True
        )

    def _stop(self, threads: Sequence[threading.Thread]) -> None:
        """Let every hand finish its page; nobody takes what they still put down."""
        self._stopped = True
        for each in threads:
            while each.is_alive():
                try:
                    self._done.get(timeout=0.05)
                except queue.Empty:
                    each.join(0.05)

    def _work(self) -> None:
        """Read pages in turns until none is left."""
        try:
            page = self._next()
            while page is not None and not self._stopped:
                with self._turns.turn():
                    page = self._one_turn(page)
        except Exception as error:  # noqa: BLE001 - raised again by the thread that asked
            self._done.put(error)
        finally:
            self._done.put(None)

    def _one_turn(self, page: Page) -> Page | None:
        """Read a page and those after it, until others have waited long enough.

        Returns:
            The page that comes next; None where none is left.
        """
        upcoming: Page | None = page
        process: PageProcess | None = None
        held: int | None = None
        pages = 0
        try:
            while upcoming is not None and not self._stopped:
                if pages >= TURN_PAGES and self._turns.queued():
                    break
                if process is None or held != upcoming.file:
                    if process is not None:
                        process.end()
                    process, held = self._process(upcoming.file), upcoming.file
                self._done.put(self._read(process, upcoming))
                pages += 1
                upcoming = self._next()
        finally:
            if process is not None:
                process.end()
        return upcoming

    def _next(self) -> Page | None:
        """Give the next page to read; those of a file given up are put down unread."""
        while not self._stopped and not self._is_closed():
            with self._lock:
                if not self._left:
                    return None
                page = self._left.popleft()
                given_up = self._files[page.file].given_up
            if not given_up:
                return page
            self._done.put(_Done(page, None))
        return None

    def _process(self, index: int) -> PageProcess:
        file = self._files[index]
        with self._lock:
            process, file.spare = file.spare, None
        if process is not None:
            return process
        if file.begin is None:
            raise RuntimeError("a file without pages was read")
        return file.begin()

    def _read(self, process: PageProcess, page: Page) -> _Done:
        file = self._files[page.file]
        try:
            reading = process.read(page.number)
        except ProcessFailed as failure:
            with self._lock:
                file.failed += 1
                file.failures += 1
            return _Done(page, None, str(failure))
        with self._lock:
            file.failed = 0
        return _Done(page, reading)


_HEARTBEAT = _Done(Page(0, 0), None)


def _unreadable(number: int) -> PageReading:
    return PageReading(page=number, findings=(Finding(code="page_unreadable"),))
