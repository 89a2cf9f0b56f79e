"""e-applications a second on PostgreSQL, by two processes, beside baselines with two as well."""

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
from bench.report import Table
from tests.acceptance.conftest import Service, set_up
from tests.servers.postgres import PostgresServer, database_name, running_postgres
from tests.servers.processes import server_folder

PROCESSES = 2
SETTINGS = {"timezone": "UTC", "max_connections": "100"}
"""All else is as PostgreSQL is installed: synced to disk before a commit is answered."""
MINIMAL_TABLE = """
CREATE TABLE row (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at timestamptz NOT NULL,
    body json NOT NULL
)
"""
BARE_TABLE = """
CREATE TABLE posted (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at timestamptz NOT NULL,
    body jsonb NOT NULL
)
"""


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
def processes_of(app: str, table: str, folder: Path, server: PostgresServer) -> Iterator[int]:
    """Run as many processes of a baseline, its table in a database of its own; gives their port."""
    url = server.create_database()
    with server.connect(database_name(url)) as connection:
        connection.execute(table)
    with minimal_endpoint(app, folder, _plain(url), "--workers", str(PROCESSES)) as port:
        yield port


def _plain(url: str) -> str:
    """Leave out of an address which driver goes there."""
    return url.replace("postgresql+psycopg", "postgresql")


def bench() -> Table:
    """Measure all three in turn, on the same server."""
    ours, minimal, bare = list[Answers](), list[Answers](), list[Answers]()
    with (
        server_folder("postgres") as cluster,
        running_postgres(cluster, SETTINGS) as postgres,
        tempfile.TemporaryDirectory() as name,
        our_processes((folder := Path(name)) / "ours", postgres.server) as (first, *others),
        processes_of(
            "bench.minimal_postgres:app", MINIMAL_TABLE, folder / "orm", postgres.server
        ) as orm_port,
        processes_of(
            "bench.bare_postgres:app", BARE_TABLE, folder / "bare", postgres.server
        ) as bare_port,
    ):
        to_ours, to_minimal = posts_to_ours(), posts_to_minimal()
        measure(first, to_ours, posts=WARM, clients=CLIENTS, others=others)
        measure(orm_port, to_minimal, posts=WARM, clients=CLIENTS)
        measure(bare_port, to_minimal, posts=WARM, clients=CLIENTS)
        for _ in range(ROUNDS):
            minimal.append(measure(orm_port, to_minimal, posts=POSTS, clients=CLIENTS))
            bare.append(measure(bare_port, to_minimal, posts=POSTS, clients=CLIENTS))
            ours.append(measure(first, to_ours, posts=POSTS, clients=CLIENTS, others=others))
    return Table(
        title=f"e-application POST, {CLIENTS} clients, PostgreSQL, {PROCESSES} processes",
        rows=[
            *rows(ours, minimal, "minimal FastAPI + SQLModel over asyncpg", wanted=("≥ 1", "")),
            *rows(ours, bare, "FastAPI + asyncpg alone", wanted=("", "")),
        ],
    )
