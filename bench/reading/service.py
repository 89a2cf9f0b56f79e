"""A real service on an empty folder, started for one measurement and watched from outside."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.processes import cpu_seconds, family, peak_bytes

_HOST = "127.0.0.1"
_START_SECONDS = 120.0
_STOP_SECONDS = 60.0
_LOOK_EVERY = 0.2
_WORKER = b"app.recognition.page_child"
_ROOT = Path(__file__).resolve().parents[2]


class ServiceFailed(Exception):
    """The service did not start, or went away."""


@dataclass(slots=True)
class Watch:
    """What was seen of the service from outside, so far.

    Attributes:
        worker_bytes: Peak memory (VmHWM) of the largest process that reads pages.
        service_bytes: Peak memory of the service process itself.
    """

    worker_bytes: int = 0
    service_bytes: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def look(self, service: int) -> None:
        """Look at the service and its children until it is over."""
        while not self._over.wait(_LOOK_EVERY):
            self.service_bytes = max(self.service_bytes, peak_bytes(service))
            for child in family(service):
                with suppress(OSError):
                    if _WORKER in Path(f"/proc/{child}/cmdline").read_bytes():
                        self.worker_bytes = max(self.worker_bytes, peak_bytes(child))

    def end(self) -> None:
        """Stop looking."""
        self._over.set()


@dataclass(frozen=True, slots=True)
class Service:
    """A running service.

    Attributes:
        client: Speaks to ``/api/v1`` with a key that opens everything.
        pid: Its process.
        watch: What is seen of its processes.
    """

    client: httpx.Client
    pid: int
    watch: Watch

    def cpu_seconds(self) -> float:
        """Give the processor time of the service and of every process it ever started."""
        return cpu_seconds(self.pid)


@contextmanager
def running(settings: Mapping[str, str]) -> Iterator[Service]:
    """Start a service on an empty folder; stop it and remove the folder afterwards.

    Args:
        settings: Environment variables beside those that are needed.

    Raises:
        ServiceFailed: It did not start.
    """
    key = secrets.token_urlsafe(24)
    with (
        tempfile.TemporaryDirectory(prefix="ikenbako-bench-") as folder,
        Path(folder, "log").open("wb") as log,
    ):
        port = _free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve"],
            env={**_environment(Path(folder), port, key), **settings},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        watch = Watch()
        watcher = threading.Thread(target=watch.look, args=(process.pid,), daemon=True)
        client = httpx.Client(
            base_url=f"http://{_HOST}:{port}/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=120,
            trust_env=False,
        )
        try:
            _wait(process, client, Path(folder, "log"))
            watcher.start()
            yield Service(client, process.pid, watch)
        finally:
            watch.end()
            client.close()
            _stop(process)


def _environment(folder: Path, port: int, key: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("IKENBAKO_")}
    return inherited | {
        "IKENBAKO_BOOTSTRAP_KEY": key,
        "IKENBAKO_DATA_DIR": str(folder / "data"),
        "IKENBAKO_HOST": _HOST,
        "IKENBAKO_LOG_LEVEL": "warning",
        "IKENBAKO_PORT": str(port),
        "PYTHONPATH": str(_ROOT),
    }


def _wait(process: "subprocess.Popen[bytes]", client: httpx.Client, log: Path) -> None:
    give_up_at = time.monotonic() + _START_SECONDS
    ready = client.base_url.join("/readyz")
    while time.monotonic() < give_up_at and process.poll() is None:
        with suppress(httpx.HTTPError):
            if client.get(ready).is_success:
                return
        time.sleep(0.1)
    raise ServiceFailed(log.read_text(encoding="utf-8", errors="replace")[-2000:])


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # It leads a session of its own: nothing of it is left behind.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port
