"""The service as a process tree of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any  # answers of the API are JSON

import httpx
import pytest

from app.domain.envelope import japan_day
from tests.builders import MEASURE
from tests.servers.dovecot import ImapAccount
from tests.servers.processes import LOOPBACK, free_port, wait_until_ready
from tests.servers.smtp import SmtpServer

PROGRAM = Path(sys.executable).with_name("ikenbako")
KEY = "bootstrap-key-of-the-acceptance-tests"
CODE = "acceptance"
BOX = "branch"
SECTION = "section@city.example.jp"


@dataclass(slots=True, kw_only=True)
class Service:
    """One installation, started and killed as often as a test likes."""

    folder: Path
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    under: tuple[str, ...] = ()
    """A program that runs the service and watches it."""
    inside: tuple[str, ...] = ()
    """A program that runs other commands where the service sees its files."""

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("IKENBAKO_")}
        own = {
            "IKENBAKO_DATA_DIR": str(self.folder / "data"),
            "IKENBAKO_HOST": LOOPBACK,
            "IKENBAKO_PORT": str(self.port),
            "IKENBAKO_BOOTSTRAP_KEY": KEY,
        }
        return inherited | own | self.settings

    def run(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the program beside the service, to its end."""
        return subprocess.run(
            [*self.inside, PROGRAM, *words],
            env=self.environment() | settings,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )

    def launch(self, *words: str) -> None:
        """Start it and wait for nothing."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.under, PROGRAM, *(words or ("serve",))],
                env=self.environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a process group of its own, to be killed as a whole
            )

    def start(self, *words: str) -> None:
        """Start it, and wait until an arrival could be kept."""
        self.launch(*words)
        assert self.process is not None
        wait_until_ready(self.process, self.is_ready, log=self.log)

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False, timeout=5).is_success
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """Kill the whole tree at once, as a power cut would."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"{self.url}/api/v1",
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=30,
            trust_env=False,
        )


def consultation() -> dict[str, Any]:
    today = japan_day(datetime.now(UTC))
    closes_on = today + timedelta(days=20)
    return {
        "code": CODE,
        "measure_name": MEASURE,
        "measure_aliases": [],
        "opens_on": (today - timedelta(days=10)).isoformat(),
        "closes_on": closes_on.isoformat(),
        "office": {"name": "北星市市民課", "email": SECTION},
        "deadline_rules": {
            "email": {"basis": "received"},
            "post": {
                "basis": "postmarked",
                "arrives_by": (closes_on + timedelta(days=7)).isoformat(),
            },
        },
        "required_fields": ["name", "address", "category", "measure_name", "opinion"],
        "categories": [{"code": "1", "label": "市内に住所を有する方", "detail_label": None}],
    }


def set_up(service: Service) -> None:
    """Create the consultation and the drop box."""
    with service.client() as client:
        assert client.post("consultations", json=consultation()).status_code == 201
        box = {"code": BOX, "name": "神居支所"}
        assert client.post("drop-boxes", json=box).status_code == 201


@pytest.fixture
def service(tmp_path: Path, dovecot: ImapAccount, smtp_server: SmtpServer) -> Iterator[Service]:
    """An installation with a mailbox and a mail server; not started yet."""
    mailbox = {
        "name": "koho",
        "host": dovecot.host,
        "port": dovecot.port,
        "tls": "none",
        "username": dovecot.username,
        "password": dovecot.password,
        "processed_folder": "Recorded",
    }
    made = Service(
        folder=tmp_path,
        settings={
            "IKENBAKO_MAILBOXES": json.dumps([mailbox]),
            "IKENBAKO_MAIL_POLL_SECONDS": "1",
            "IKENBAKO_SMTP_HOST": smtp_server.host,
            "IKENBAKO_SMTP_PORT": str(smtp_server.port),
            "IKENBAKO_SMTP_TLS": "none",
            "IKENBAKO_MAIL_FROM": "iken@city.example.jp",
        },
    )
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()
