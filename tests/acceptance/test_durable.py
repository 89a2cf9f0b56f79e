"""What was answered with 201 or 202 is on disk: shown by the system calls, in their order.

`kill -9` cannot show it, since what a killed process wrote is still in the kernel's memory; only a
sync that returned before the answer was sent makes it outlive a power cut.
"""

import io
import os
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from app.intake.desk import IN_ROW_BYTES
from tests.acceptance.conftest import CODE, Service, set_up
from tests.builders import MEASURE
from tests.servers.processes import find_program

CALLS = "read,recvfrom,recvmsg,write,writev,sendto,sendmsg,fsync,fdatasync,rename,renameat2"
SYNCED = r"f(?:data)?sync\(\d+<[^>]*{name}[^>]*>\) += 0"


@pytest.fixture
def traced(tmp_path: Path) -> Iterator[Service]:
    """A service whose system calls are written down."""
    strace = find_program("strace", package="strace")
    trace = tmp_path / "trace"
    watched = (str(strace), "-f", "-y", "-s", "64", "-e", f"trace={CALLS}", "-o", str(trace))
    service = Service(folder=tmp_path, settings={}, under=watched)
    service.start()
    set_up(service)
    yield service
    if service.process is not None and service.process.poll() is None:
        service.kill()


def between(service: Service, request: str, answer: str) -> str:
    """Give the calls from the arrival of a request to the sending of its answer.

    Left out are those of the thread that moves the log into the database: it syncs the log as
    well, and might do so where whoever committed did not.
    """
    watching = service.process
    assert watching is not None
    # What strace holds back it writes when the service ends; it takes no signal itself.
    children = Path(f"/proc/{watching.pid}/task/{watching.pid}/children").read_text("ascii")
    os.kill(int(children.split()[0]), signal.SIGTERM)
    watching.wait(timeout=120)
    lines = (service.folder / "trace").read_text(encoding="utf-8", errors="replace").splitlines()
    calls = joined(lines)
    moved = re.compile(r"(\d+) .*" + SYNCED.format(name=r"ikenbako\.db(?=>)"))
    movers = {found[1] for each in calls if (found := moved.match(each))}
    # Interrupted calls stand where they ended, so the window is found anew.
    begun = next(place for place, line in enumerate(calls) if request in line)
    sent = next(place for place, line in enumerate(calls) if place > begun and answer in line)
    return "\n".join(each for each in calls[begun:sent] if each.split(" ", 1)[0] not in movers)


def joined(lines: list[str]) -> list[str]:
    """Put calls that were interrupted by another thread's together again, where they ended."""
    pending: dict[tuple[str, str], str] = {}
    whole = []
    for line in lines:
        thread = line.split(" ", 1)[0]
        if begun := re.fullmatch(r"\d+ +(\w+)(\(.*) <unfinished \.\.\.>", line):
            pending[thread, begun[1]] = begun[1] + begun[2]
        elif ended := re.fullmatch(r"\d+ +<\.\.\. (\w+) resumed>(.*)", line):
            whole.append(f"{thread} {pending.pop((thread, ended[1]), ended[1])}{ended[2]}")
        else:
            whole.append(line)
    return whole


def noise() -> bytes:
    """A picture too large for its row, since it cannot be packed."""
    page = Image.effect_noise((700, 500), 80)
    ImageDraw.Draw(page).text((40, 40), "1", fill=0)
    out = io.BytesIO()
    page.save(out, "PNG")
    assert len(out.getvalue()) > IN_ROW_BYTES
    return out.getvalue()


def test_an_application_is_synced_before_it_is_answered(traced: Service) -> None:
    body = {
        "measure_name": MEASURE,
        "submitter": {
            "kind": "individual",
            "name": "北野 花子",
            "address": "北星市中央2条3丁目4番地",
            "category": {"code": "1", "detail": None},
        },
        "opinion": "停電の後にも残っていてほしい意見です。",
    }
    with traced.client() as client:
        assert client.post(f"consultations/{CODE}/comments", json=body).status_code == 201
    calls = between(traced, f"POST /api/v1/consultations/{CODE}/comments", "HTTP/1.1 201")
    assert re.search(SYNCED.format(name=r"ikenbako\.db-wal"), calls)


def test_a_scan_is_synced_with_its_folder_before_it_is_answered(traced: Service) -> None:
    with traced.client() as client:
        answer = client.post(
            "intake/scans",
            files={"files": ("scan.png", noise(), "image/png")},
            data={
                "received_at": datetime.now(UTC).isoformat(),
                "channel": "mail",
                "delivery": "hand",
            },
        )
    assert answer.status_code == 202
    calls = between(traced, "POST /api/v1/intake/scans", "HTTP/1.1 202")
    # The last file that was put in its place: the first original of all has the store's own before.
    *_, renamed = re.finditer(r"rename(?:at2)?\(.*blobs.*\) += 0", calls)
    folder = re.search(SYNCED.format(name="/blobs/"), calls[renamed.end() :])
    assert folder is not None, "the folder was not synced after the rename"
    committed = calls[renamed.end() + folder.end() :]
    assert re.search(SYNCED.format(name=r"ikenbako\.db-wal"), committed), "nor the commit after it"
    assert re.search(SYNCED.format(name="/blobs/"), calls[: renamed.start()]), "nor the file"
