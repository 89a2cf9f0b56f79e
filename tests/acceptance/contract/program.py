"""The real program, started and stopped by tests that know only its HTTP side."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

BOOTSTRAP_KEY = "acceptance-bootstrap-key"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
PROGRAM = Path(sys.executable).with_name("ikenbako")


def free_port() -> int:
    """Give a loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Program:
    """One running `ikenbako serve` with a data folder of its own."""

    folder: Path
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)
    wrapper: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Say where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("IKENBAKO_")}
        environment |= {
            "IKENBAKO_BOOTSTRAP_KEY": BOOTSTRAP_KEY,
            "IKENBAKO_PORT": str(self.port),
            **self.environment,
        }
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.wrapper, str(PROGRAM), "serve"],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        self.kill()
        raise AssertionError(f"The program did not get ready:\n{self.log()[-4000:]}")

    def stop(self) -> None:
        """Ask it to end, and wait."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def kill(self) -> None:
        """End the whole process tree as a power cut would."""
        if self.process is None:
            return
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)
        self.process = None

    def log(self) -> str:
        """Give what it has written to its log so far."""
        return (self.folder / "serve.log").read_text("utf-8", "replace")


@contextmanager
def running(folder: Path, *, wrapper: Sequence[str] = (), **environment: str) -> Iterator[Program]:
    """Run the program in a folder for as long as the block lasts."""
    program = Program(folder, free_port(), environment, wrapper)
    try:
        program.start()
        yield program
    finally:
        program.stop()
