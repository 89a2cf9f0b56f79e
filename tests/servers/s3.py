"""Two real S3 servers: one looks at signatures, the other heeds the condition of a PUT.

rclone verifies signatures and knows nothing of `If-None-Match`; LocalBucket heeds it and lets
anybody in. Servers of both kinds are met outside, and the store must be safe with either.
"""

import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.servers.processes import (
    LOOPBACK,
    as_server_account,
    find_program,
    free_port,
    give_to_server_account,
    server_folder,
    stop,
    wait_until_ready,
)

_BUCKETS = 64


@dataclass(slots=True, kw_only=True)
class S3Server:
    """A running server whose buckets are folders.

    Attributes:
        port: Where it listens on loopback.
        root: The folder of its buckets.
        access_key_id: The one name it knows.
        secret_access_key: That name's secret.
        buckets: Empty ones, made before the server looked.
        command: How it is started.
        process: What runs; None while it is down.
    """

    port: int
    root: Path
    access_key_id: str
    secret_access_key: str = field(repr=False)
    buckets: list[str] = field(default_factory=list[str])
    command: list[str] = field(default_factory=list[str], repr=False)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        folder = self.root.parent
        log = folder / "log"
        with log.open("ab") as written:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
            )
        wait_until_ready(self.process, self.is_ready, log=log)

    def stop(self) -> None:
        """End it at once; what it keeps stays."""
        if self.process is not None:
            stop(self.process, by=signal.SIGKILL)

    @property
    def endpoint(self) -> str:
        """Give its address."""
        return f"http://{LOOPBACK}:{self.port}"

    def lend_bucket(self) -> str:
        """Give the name of an empty bucket that nobody else has."""
        return self.buckets.pop()

    def is_ready(self) -> bool:
        """Say whether the server answers, whatever it says."""
        try:
            httpx.get(self.endpoint)
        except httpx.TransportError:
            return False
        return True


@contextmanager
def running_s3(kind: str) -> Iterator[S3Server]:
    """Run a server, `rclone` or `localbucket`, until the block is left."""
    with server_folder(kind) as folder:
        server = S3Server(
            port=free_port(),
            root=folder / "buckets",
            access_key_id=f"AK{secrets.token_hex(9).upper()}",
            secret_access_key=secrets.token_hex(20),
        )
        server.buckets += [f"test-{secrets.token_hex(8)}" for _ in range(_BUCKETS)]
        for each in (server.root, *(server.root / name for name in server.buckets)):
            each.mkdir()
            give_to_server_account(each)
        beside = Path(sys.executable).parent
        program = find_program(kind, package=f"(none: {kind} comes from PyPI)", folders=[beside])
        words: list[str | Path] = [program, server.root, "--port", str(server.port)]
        if kind == "rclone":
            given = f"{server.access_key_id},{server.secret_access_key}"
            words = [program, "serve", "s3", "--config=/dev/null", f"--cache-dir={folder}"]
            words += [f"--auth-key={given}", f"--addr={LOOPBACK}:{server.port}", server.root]
        server.command = as_server_account(words, dies_by=signal.SIGKILL)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def rclone() -> Iterator[S3Server]:
    """Run a server that looks at signatures."""
    with running_s3("rclone") as server:
        yield server


@pytest.fixture(scope="session")
def localbucket() -> Iterator[S3Server]:
    """Run a server that heeds the condition of a PUT."""
    with running_s3("localbucket") as server:
        yield server
