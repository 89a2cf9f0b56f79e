"""HylaFAX's own ``faxrcvd``, as Debian packages it, hands faxes to a running service.

No modem and no daemon is needed: ``faxrcvd`` is the script that HylaFAX runs when a call is over,
in its spool folder. The folder here is laid out from the package.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # answers of the API are JSON

import pytest
from PIL import Image, ImageDraw

from tests.acceptance.conftest import KEY, Service, set_up

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / ".hylafax"
PROGRAMS = PACKAGE / "usr/lib/hylafax"
HOOK = ROOT / "scripts/hylafax-dispatch"
READ_SECONDS = 120.0
HOSTILE = "HOKUSEI'; touch hacked; '"


@dataclass(frozen=True, slots=True)
class Spool:
    """HylaFAX's spool folder, with our hook in its FaxDispatch."""

    folder: Path
    queue: Path

    def receive(self, number: int, error: str = "", caller: str = "0166000000") -> str:
        """Let a call end: a page lies in recvq and ``faxrcvd`` is run on it.

        Returns:
            What ``faxrcvd`` said.
        """
        name = f"recvq/fax{number:09}.tif"
        page = Image.new("1", (1728, 1100), 1)
        ImageDraw.Draw(page).rectangle((100, 100 + 10 * number, 900, 300), fill=0)
        # The tags HylaFAX itself writes: the station's name for itself, and the start of the page.
        said = {270: HOSTILE, 306: f"2015:05:15 23:59:{number:02}"}
        page.save(self.folder / name, compression="group4", dpi=(204, 98), tiffinfo=said)
        done = subprocess.run(
            ["bin/faxrcvd", name, "ttyS0", f"{number:09}", error, caller],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "TZ": "Asia/Tokyo", "LC_ALL": "C"}
            | {"LD_LIBRARY_PATH": str(PROGRAMS), "TMPDIR": str(self.folder / "tmp")},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return done.stderr

    def clean(self) -> None:
        """Throw away what was received, as HylaFAX's faxqclean does by the clock."""
        for file in self.received():
            file.unlink()

    def received(self) -> list[Path]:
        return sorted((self.folder / "recvq").glob("*.tif"))

    def waiting(self) -> list[Path]:
        return [each for each in self.queue.iterdir() if not each.name.startswith(".")]


@pytest.fixture
def spool(tmp_path: Path, service: Service) -> Spool:
    if not (PACKAGE / "var/spool/hylafax/bin/faxrcvd").exists():
        pytest.fail("HylaFAX is not laid out. Run scripts/install-system-packages.", pytrace=False)
    folder = tmp_path / "hylafax"
    shutil.copytree(PACKAGE / "var/spool/hylafax", folder, ignore=shutil.ignore_patterns("etc"))
    shutil.copytree(PACKAGE / "etc/hylafax", folder / "etc")
    sendmail = tmp_path / "sendmail"
    sendmail.write_text("#!/bin/sh\ncat >/dev/null\n")
    sendmail.chmod(0o700)
    (folder / "etc/setup.cache").write_text(
        f"AWK=awk\nSED=sed\nSBIN='{PROGRAMS}/bin'\nTIFFBIN=/usr/bin\n"
        f"SENDMAIL='{sendmail}'\nSPOOL='{folder}'\n"
    )
    made = Spool(folder, tmp_path / "queue")
    configuration = tmp_path / "ikenbako.conf"
    configuration.write_text(f"IKENBAKO_API_URL={service.url}\nIKENBAKO_API_KEY={KEY}\n")
    (folder / "etc/FaxDispatch").write_text(
        f"export IKENBAKO_HYLAFAX_CONF='{configuration}' IKENBAKO_HYLAFAX_QUEUE='{made.queue}'\n"
        f"export FAXINFO='{PROGRAMS}/bin/faxinfo'\n"
        f'\'{HOOK}\' "$FILE" "$COMMID" "$CIDNUMBER" "$SENDER" "$MSG"\n'
    )
    return made


def faxes(service: Service) -> dict[str, dict[str, Any]]:
    """Give the faxes that were taken in, by their job number."""
    with service.client() as client:
        rows = client.get("ledger", params={"channel": "fax"}).json()["items"]
        found = [client.get(f"submissions/{row['submission_id']}").json() for row in rows]
    assert len({each["facts"]["job_id"] for each in found}) == len(found)
    return {each["facts"]["job_id"]: each for each in found}


def findings(service: Service, job: str) -> Iterator[str]:
    """Wait until a fax was read and give what was found in it."""
    until = time.monotonic() + READ_SECONDS
    while (fax := faxes(service)[job])["state"] in {"queued", "processing"}:
        assert time.monotonic() < until, fax
        time.sleep(0.2)
    with service.client() as client:
        for number in fax["comments"]:
            comment = client.get(f"comments/{number}").json()
            assert comment["channel"] == "fax"
            yield from (each["code"] for each in comment["findings"])


def test_faxes_of_hylafax_are_taken_in_and_none_is_lost(service: Service, spool: Spool) -> None:
    assert "a fax waits" in spool.receive(1)  # the service is down
    spool.receive(2, error="Unspecified Transmit Phase B error", caller="")
    assert [each.name for each in spool.received()] == ["fax000000001.tif", "fax000000002.tif"]
    assert len(spool.waiting()) == 2
    originals = {each.name[3:12]: each.read_bytes() for each in spool.received()}
    spool.clean()

    service.start()
    set_up(service)
    spool.receive(3)
    assert spool.waiting() == []
    originals["000000003"] = spool.received()[0].read_bytes()
    taken = faxes(service)
    assert set(taken) == set(originals)
    with service.client() as client:
        for job, data in originals.items():
            answer = client.get(f"submissions/{taken[job]['submission_id']}/original")
            assert answer.content == data
    assert taken["000000001"]["received_at"] == "2015-05-15T23:59:01+09:00"
    assert taken["000000001"]["facts"]["caller_number"] == "0166000000"
    assert taken["000000001"]["facts"]["station_id"] == HOSTILE
    assert not list(spool.folder.rglob("hacked"))

    spool.receive(3)  # once more, as after a crash of HylaFAX: the same job and bytes
    assert len(faxes(service)) == 3
    assert "fax_interrupted" not in set(findings(service, "000000001"))
    assert "fax_interrupted" in set(findings(service, "000000002"))
