"""From the start of the program to the first request answered, and the memory it then has."""

import tempfile
import time
from pathlib import Path

from bench.e_application import CLIENTS, measure, minimal_service, our_service, posts_to_ours
from bench.report import Row, Table
from tests.acceptance.conftest import Service

ROUNDS = 5
POSTS = 1000


def resident(service: Service) -> float:
    """Give the memory of a running service, in MB.

    Raises:
        RuntimeError: It does not run.
    """
    if service.process is None:
        raise RuntimeError("the service does not run")
    status = Path(f"/proc/{service.process.pid}/status").read_text(encoding="ascii")
    line = next(each for each in status.splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def bench() -> Table:
    """Start both again and again, ours on a database with comments in it."""
    ours: list[float] = []
    minimal: list[float] = []
    with tempfile.TemporaryDirectory() as folder, our_service(Path(folder) / "ours") as service:
        measure(service.port, posts_to_ours(), posts=POSTS, clients=CLIENTS)
        memory = [resident(service)]
        for number in range(ROUNDS):
            service.stop()
            begun = time.perf_counter()
            service.start()
            ours.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            with minimal_service(Path(folder) / f"minimal {number}"):
                minimal.append(time.perf_counter() - begun)
        fresh = [resident(service)]
    return Table(
        title="Start to ready on an existing database, SQLite",
        rows=[
            Row(
                what="seconds until ready",
                unit="s",
                ours=ours,
                baseline=minimal,
                against="minimal FastAPI + SQLModel",
                wanted="< 2 s",
            ),
            Row(what="memory after the start", unit="MB", ours=fresh, wanted="< 200 MB"),
            Row(what=f"memory after {POSTS} posts", unit="MB", ours=memory, wanted="< 200 MB"),
        ],
    )
