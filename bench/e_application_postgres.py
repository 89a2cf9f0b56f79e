"""e-applications a second on PostgreSQL, by two processes, beside a minimal endpoint with two."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.e_application import (
    CLIENTS,
    POSTS,
    ROUNDS,
    WARM,
    measure,
    minimal_endpoint,
    posts_to_minimal,
    posts_to_ours,
    rows,
)
from bench.load import Answers
from bench.minimal_postgres import TABLE
from bench.report import Table
from tests.acceptance.conftest import Service, set_up
from tests.servers.postgres import PostgresServer, database_name, running_postgres
from tests.servers.processes import server_folder

PROCESSES = 2
SETTINGS = {"timezone": "UTC", "max_connections": "100"}
"""All else is as PostgreSQL is installed: synced to disk before a commit is answered."""


@contextlib.contextmanager
def our_processes(folder: Path, server: PostgresServer) -> Iterator[list[int]]:
    """Run some of our API processes on one database; gives their ports."""
    folder.mkdir()
    settings = {
        "IKENBAKO_LOG_LEVEL": "warning",
        "IKENBAKO_DATABASE_URL": _plain(server.create_database()),
    }
    with contextlib.ExitStack() as running:
        services = []
        for number in range(PROCESSES):
            place = folder / str(number)
            place.mkdir()
            service = Service(folder=place, settings=settings)
            service.start("api")
            running.callback(service.stop)
            services.append(service)
        set_up(services[0])
        yield [service.port for service in services]


@contextlib.contextmanager
def minimal_processes(folder: Path, server: PostgresServer) -> Iterator[int]:
    """Run as many processes of the minimal endpoint; gives their port."""
    url = server.create_database()
    with server.connect(database_name(url)) as connection:
        connection.execute(TABLE)
    with minimal_endpoint(
        "bench.minimal_postgres:app", folder, _plain(url), "--workers", str(PROCESSES)
    ) as port:
        yield port


def _plain(url: str) -> str:
    """Leave out of an address which driver goes there."""
    return url.replace("postgresql+psycopg", "postgresql")


def bench() -> Table:
    """Measure both in turn, on the same server."""
    ours, minimal = list[Answers](), list[Answers]()
    with (
        server_folder("postgres") as cluster,
        running_postgres(cluster, SETTINGS) as postgres,
        tempfile.TemporaryDirectory() as folder,
        our_processes(Path(folder) / "ours", postgres.server) as (first, *others),
        minimal_processes(Path(folder) / "minimal", postgres.server) as port,
    ):
        to_ours, to_minimal = posts_to_ours(), posts_to_minimal()
        measure(first, to_ours, posts=WARM, clients=CLIENTS, others=others)
        measure(port, to_minimal, posts=WARM, clients=CLIENTS)
        for _ in range(ROUNDS):
            minimal.append(measure(port, to_minimal, posts=POSTS, clients=CLIENTS))
            ours.append(measure(first, to_ours, posts=POSTS, clients=CLIENTS, others=others))
    return Table(
        title=f"e-application POST, {CLIENTS} clients, PostgreSQL, {PROCESSES} processes",
        rows=rows(ours, minimal, "minimal FastAPI + asyncpg", wanted=("≥ 1", "")),
    )
