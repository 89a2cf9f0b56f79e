"""How fast scans become records, beside a bare loop over our own decode-and-read function."""

import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any  # answers of the API are JSON

import httpx
from PIL import Image

from app.domain.comment_form import ADDRESS, CATEGORY_CODE, NAME, OPINION
from app.domain.envelope import japan_day
from app.recognition.decoding import Pages, open_pages
from app.recognition.engines import best_engine
from app.recognition.filled_form import as_fax_tiff, as_pdf, fill
from app.recognition.page_reader import PageReader
from app.recognition.reading import ReadingLimits
from app.recognition.templates import design
from app.recognition.typed_reading import with_typed
from bench.report import Row, Table
from tests.builders import MEASURE, a_consultation
from tests.servers.processes import LOOPBACK, free_port, stop, wait_until_ready

PROGRAM = Path(sys.executable).with_name("ikenbako")
KEY = "bootstrap-key-of-the-bench"
CODE = "bench"
SECONDS_AT_MOST = 3600.0
CORES = len(os.sched_getaffinity(0))
_NICENESS = 10
"""The bare loop steps back as far as the service's own processes do."""

_LOOK_AGAIN_SECONDS = 0.25
"""Looking costs, too: each question to the service enters its audit trail."""

_DIFFERENT = 12
"""Forms that are drawn; a stack repeats them, which spares the bench minutes of drawing."""

_SENTENCES = (
    "評価書の説明会を平日の夜にも開いてください。",
    "個人番号の取扱いについて、職員の研修を毎年行うことを求めます。",
    "委託先の監査の結果を市の広報で公表してください。",
    "窓口が混み合うので、予約できるようにしてほしいです。",
    "高齢の家族にも分かる言葉で書いてください。",
)
_CONSULTATION = a_consultation(code=CODE)
_TEMPLATE = design(_CONSULTATION)


def stack(*, pages: int = 300, bare_pages: int = 80, rounds: int = 1) -> Table:
    """Measure pages per minute of a long stack from upload to record, and its memory.

    Args:
        pages: Pages of the stack.
        bare_pages: Pages that the bare loop reads, once before ours and once after it.
        rounds: How often ours is measured.
    """
    data = _stack(pages)
    places = [(0, page) for page in range(1, min(bare_pages, pages) + 1)]
    ours: list[float] = []
    with _service(CORES) as service, _readers([data]) as readers:
        bare = [_bare(readers, places)]
        for number in range(rounds):
            ours.append(service.stack(data, pages, number))
            bare.append(_bare(readers, places))
        memory = service.memory
    return Table(
        title=f"Scans: a stack of {pages} pages, {CORES} processes",
        rows=(_rate("upload → record", ours, bare), *memory.rows()),
    )


def faxes(*, count: int = 40, rounds: int = 3) -> Table:
    """Measure pages per minute of many faxes of one page from upload to record.

    Args:
        count: How many faxes.
        rounds: How often each is measured, ours and the bare loop in turn.
    """
    one_page = _faxes(count)
    ours: list[float] = []
    bare: list[float] = []
    with _service(CORES) as service, _readers(one_page) as readers:
        for number in range(rounds):
            ours.append(service.faxes(one_page, number))
            bare.append(_bare(readers, [(file, 1) for file in range(count)]))
        memory = service.memory
    return Table(
        title=f"Scans: {count} faxes of one page, {CORES} processes",
        rows=(_rate("upload → record", ours, bare), *memory.rows()),
    )


def behind(*, pages: int = 150, rounds: int = 3) -> Table:
    """Measure how long a fax takes that comes behind a stack.

    Args:
        pages: Pages of the stack, more than are read meanwhile.
        rounds: How many faxes come, one after another, alone and behind it.
    """
    data, (fax, *_) = _stack(pages), _faxes(1)
    with _service(CORES) as service:
        alone = [service.fax(fax, f"alone-{number}") for number in range(rounds)]
        service.begin_stack(data, 0)
        late = [service.fax(fax, f"behind-{number}") for number in range(rounds)]
    row = Row(
        what="upload → record",
        unit="s",
        ours=late,
        baseline=alone,
        against="alone",
        wanted="< 60 s",
    )
    return Table(title=f"Scans: a fax that comes behind a stack of {pages} pages", rows=(row,))


def second_process(*, count: int = 30, rounds: int = 3) -> Table:
    """Compare two reading processes with one.

    Args:
        count: Faxes that are read.
        rounds: How often each is measured, one and two in turn.
    """
    one_page = _faxes(count)
    rates: dict[int, list[float]] = {1: [], 2: []}
    for number in range(rounds):
        for processes, rate in rates.items():
            with _service(processes) as service:
                rate.append(service.faxes(one_page, number))
    row = Row(
        what="upload → record",
        unit="pages/min",
        ours=rates[2],
        baseline=rates[1],
        against="one",
        wanted="≥ 1.8",
    )
    return Table(title=f"Scans: two reading processes beside one, {count} faxes", rows=(row,))


def _stack(pages: int) -> bytes:
    """Give a scan of so many pages in one PDF."""
    forms = list(_forms(min(_DIFFERENT, pages)))
    return as_pdf([forms[at % len(forms)] for at in range(pages)], dpi=200)


def _faxes(count: int) -> list[bytes]:
    """Give so many faxes of one page."""
    forms = list(_forms(min(_DIFFERENT, count)))
    return [as_fax_tiff([forms[at % len(forms)]]) for at in range(count)]


def _rate(what: str, ours: Sequence[float], bare: Sequence[float]) -> Row:
    return Row(
        what=what,
        unit="pages/min",
        ours=ours,
        baseline=bare,
        against=f"bare loop in {CORES} processes",
        wanted="≥ 0.9; ≥ 120 pages/min on 2 cores",
    )


# -- the bare loop ------------------------------------------------------------------------------

_reader: PageReader | None = None
_opened: dict[int, Pages] = {}
_files: Sequence[bytes] = ()


@contextmanager
def _readers(files: Sequence[bytes]) -> Iterator[Pool]:
    """Lend processes that have everything loaded, one a core."""
    for name in ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    with multiprocessing.get_context("spawn").Pool(CORES, _load, (files,)) as pool:
        pool.map(_warm, range(CORES), chunksize=1)
        yield pool


def _load(files: Sequence[bytes]) -> None:
    global _reader, _files  # noqa: PLW0603 - what a process of a pool knows
    os.nice(_NICENESS)
    _files = files
    _reader = PageReader([_TEMPLATE], best_engine(ReadingLimits()))


def _warm(_: int) -> None:
    """Hold the process until every other has loaded too."""
    time.sleep(1.0)


def _read(place: tuple[int, int]) -> int:
    file, number = place
    if _reader is None:
        raise RuntimeError("the process was not prepared")
    if file not in _opened:
        _opened.clear()
        _opened[file] = open_pages(_files[file], ReadingLimits())
    raster = _opened[file].page(number)
    page = _reader.read(raster, number)
    typed = _opened[file].typed(number, raster)
    return len(with_typed(page, typed, raster, _reader.template(page)).readings)


def _bare(pool: Pool, places: Sequence[tuple[int, int]]) -> float:
    """Read pages by every core; gives pages per minute."""
    started = time.monotonic()
    read = pool.map(_read, places, chunksize=1)
    seconds = time.monotonic() - started
    if not all(read):
        raise RuntimeError("the bare loop read nothing of a page")
    return 60 * len(places) / seconds


# -- the service --------------------------------------------------------------------------------


def _forms(count: int) -> Iterator[Image.Image]:
    """Give filled-in forms, no two alike, as a scanner of 200 dpi sees them."""
    chance = random.Random(2015)
    for number in range(1, count + 1):
        answers = {
            NAME: "北野花子",
            ADDRESS: f"北星市中央2条3丁目{number}番地",
            CATEGORY_CODE: "1",
            OPINION: "".join(chance.choices(_SENTENCES, k=5)),
        }
        yield fill(_CONSULTATION, _TEMPLATE, answers, dpi=200)[0]


@dataclass(slots=True)
class Memory:
    """The greatest resident memory of the service and of its children, in MB."""

    service: float = 0.0
    child: float = 0.0
    _stopped: threading.Event = field(default_factory=threading.Event)

    def watch(self, pid: int) -> None:
        """Look again and again until stopped."""
        while not self._stopped.wait(_LOOK_AGAIN_SECONDS):
            self.service = max(self.service, _peak(pid))
            for child in _children(pid):
                for each in (child, *_children(child)):
                    self.child = max(self.child, _peak(each))

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def rows(self) -> Iterator[Row]:
        """Give what was seen."""
        yield Row(what="memory of the service", unit="MB", ours=[self.service], wanted="< 200")
        yield Row(what="memory of a reading process", unit="MB", ours=[self.child], wanted="< 600")


def _peak(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(peaks[0]) / 1024 if peaks else 0.0


def _children(pid: int) -> list[int]:
    found = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(each) for each in (task / "children").read_text("ascii").split()]
    except OSError:
        return found
    return found


@dataclass(frozen=True, slots=True)
class Service:
    """A running service, and what was seen of its memory."""

    client: httpx.Client
    memory: Memory

    def stack(self, data: bytes, pages: int, number: int) -> float:
        """Upload a stack and wait for its records; gives pages per minute."""
        started = time.monotonic()
        self._wait(self.begin_stack(data, number))
        return 60 * pages / (time.monotonic() - started)

    def begin_stack(self, data: bytes, number: int) -> str:
        """Upload a stack; gives its id."""
        # A comment after the end of the file makes it another arrival.
        files = {"files": ("stack.pdf", data + b"\n%%%d" % number, "application/pdf")}
        facts = {"received_at": _now(), "channel": "mail", "delivery": "hand"}
        return self._post("intake/scans", files, facts)

    def faxes(self, files: Sequence[bytes], number: int) -> float:
        """Post faxes and wait for their records; gives pages per minute."""
        started = time.monotonic()
        arrivals = [self._fax(each, f"{number}-{at}") for at, each in enumerate(files)]
        for each in arrivals:
            self._wait(each)
        return 60 * len(files) / (time.monotonic() - started)

    def fax(self, data: bytes, job: str) -> float:
        """Post a fax and wait for its record; gives the seconds."""
        started = time.monotonic()
        self._wait(self._fax(data, job))
        return time.monotonic() - started

    def _fax(self, data: bytes, job: str) -> str:
        files = {"file": ("fax.tif", data, "image/tiff")}
        return self._post("intake/faxes", files, {"received_at": _now(), "job_id": job})

    def _post(
        self, path: str, files: dict[str, tuple[str, bytes, str]], facts: dict[str, str]
    ) -> str:
        answer = self.client.post(path, files=files, data=facts)
        answer.raise_for_status()
        return str(answer.json()["submission_id"])

    def _wait(self, arrival: str) -> None:
        give_up_at = time.monotonic() + SECONDS_AT_MOST
        while time.monotonic() < give_up_at:
            state = self.client.get(f"submissions/{arrival}").json()["state"]
            if state == "done":
                return
            if state not in {"queued", "processing"}:
                raise RuntimeError(f"a scan ended as {state}")
            time.sleep(_LOOK_AGAIN_SECONDS)
        raise TimeoutError("a scan was not read in time")


@contextmanager
def _service(processes: int) -> Iterator[Service]:
    """Start the service over an empty folder, with so many reading processes."""
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    with tempfile.TemporaryDirectory(prefix="ikenbako-bench-") as folder:
        log = Path(folder) / "log"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("IKENBAKO_")} | {
            "IKENBAKO_DATA_DIR": str(Path(folder) / "data"),
            "IKENBAKO_PORT": str(port),
            "IKENBAKO_BOOTSTRAP_KEY": KEY,
            "IKENBAKO_NOTICES": "off",
            "IKENBAKO_OCR_PROCESSES": str(processes),
        }
        with log.open("wb") as written:
            process = subprocess.Popen(
                [PROGRAM, "serve"], env=environment, cwd=folder, stdout=written, stderr=written
            )
        memory = Memory()
        watcher = threading.Thread(target=memory.watch, args=(process.pid,), daemon=True)
        try:
            wait_until_ready(process, lambda: _is_ready(url), log=log)
            watcher.start()
            with httpx.Client(
                base_url=f"{url}/api/v1",
                headers={"Authorization": f"Bearer {KEY}"},
                timeout=120,
                trust_env=False,
            ) as client:
                client.post("consultations", json=_consultation()).raise_for_status()
                service = Service(client, memory)
                service.fax(as_fax_tiff(list(_forms(1))), "warm")  # the engine is loaded by now
                yield service
        finally:
            memory.stop()
            stop(process)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False, timeout=5).is_success
    except httpx.HTTPError:
        return False


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _consultation() -> dict[str, Any]:
    today = japan_day(datetime.now(UTC))
    return {
        "code": CODE,
        "measure_name": MEASURE,
        "opens_on": (today - timedelta(days=10)).isoformat(),
        "closes_on": (today + timedelta(days=20)).isoformat(),
        "office": {"name": "北星市市民課", "email": "section@city.example.jp"},
        "categories": [
            {"code": each.code, "label": each.label, "detail_label": each.detail_label}
            for each in _CONSULTATION.categories
        ],
    }
