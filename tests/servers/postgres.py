"""A real PostgreSQL for each test process, and fresh databases on it."""

import secrets
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL, make_url

from tests.servers.processes import (
    LOOPBACK,
    as_server_account,
    find_program,
    free_port,
    server_folder,
    stop,
    wait_until_ready,
)

SUPERUSER = "ikenbako"

# Nothing here outlives the run, so nothing needs to reach the disk.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "timezone": "UTC",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server; reachable over loopback and over a Unix socket in `folder`."""

    port: int
    password: str = field(repr=False)
    folder: Path

    def url(self, database: str) -> str:
        """Give the address of a database, as the service's settings want it."""
        address = URL.create(
            "postgresql+psycopg",
            username=SUPERUSER,
            password=self.password,
            host=LOOPBACK,
            port=self.port,
            database=database,
        )
        return address.render_as_string(hide_password=False)

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Open a connection that commits each statement by itself."""
        return psycopg.connect(
            host=LOOPBACK,
            port=self.port,
            user=SUPERUSER,
            password=self.password,
            dbname=database,
            autocommit=True,
        )

    def create_database(self, template: str | None = None) -> str:
        """Make a database, empty or as a copy of another one, and give its address.

        Args:
            template: Address of the database to copy. Nobody may be connected to it meanwhile.
        """
        name = f"test_{secrets.token_hex(8)}"
        source = database_name(template) if template else "template0"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(source)
        )
        with self.connect() as connection:
            connection.execute(statement)
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
            sql.Identifier(database_name(url))
        )
        with self.connect() as connection:
            connection.execute(statement)

    def is_ready(self) -> bool:
        """Say whether the server answers."""
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class PostgresDatabases:
    """The databases of one test; they go when the test is over."""

    server: PostgresServer
    urls: list[str] = field(default_factory=list)

    def create_database(self, template: str | None = None) -> str:
        """Make a database for this test, empty or as a copy, and give its address."""
        url = self.server.create_database(template)
        self.urls.append(url)
        return url

    def drop_all(self) -> None:
        """Remove every database of this test."""
        for url in self.urls:
            self.server.drop_database(url)


def database_name(url: str) -> str:
    """Give the name of the database that an address leads to."""
    name = make_url(url).database
    if name is None:
        message = "The address names no database."
        raise ValueError(message)
    return name


def _initialise(data: Path, *, password: str, binaries: list[Path]) -> None:
    initdb = find_program("initdb", package="postgresql", folders=binaries)
    password_file = data.with_name("password")
    password_file.write_text(password)
    password_file.chmod(0o644)
    words: list[str | Path] = [
        *(initdb, "--pgdata", data, "--username", SUPERUSER, "--pwfile", password_file),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
    ]
    command = as_server_account(words, dies_by=signal.SIGTERM)
    done = subprocess.run(command, capture_output=True, check=False, cwd=data.parent)
    if done.returncode:
        pytest.fail(f"initdb failed: {done.stderr.decode(errors='replace')}", pytrace=False)


@dataclass(slots=True, kw_only=True)
class RunningPostgres:
    """A server that may be stopped and started again."""

    server: PostgresServer
    command: list[str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        log = self.server.folder / "log"
        with log.open("ab") as written:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                cwd=self.server.folder,
            )
        wait_until_ready(self.process, self.server.is_ready, log=log)

    def stop(self, *, by: signal.Signals = signal.SIGQUIT) -> None:
        """End it: SIGINT cuts all connections and tidies up, SIGQUIT is as good as a crash."""
        if self.process is not None:
            stop(self.process, by=by)


@contextmanager
def running_postgres(
    folder: Path, settings: Mapping[str, str] = SETTINGS, *, under: Sequence[str] = ()
) -> Iterator[RunningPostgres]:
    """Run a server whose data lie in a folder; data that lie there already are used again.

    Args:
        folder: Of the server's account.
        settings: For the server.
        under: A program that runs the server.
    """
    # Debian keeps them off PATH, one folder for each major version; the newest is last.
    binaries = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )[::-1]
    data, password_file = folder / "data", folder / "password"
    if not data.exists():
        _initialise(data, password=secrets.token_urlsafe(16), binaries=binaries)
    server = PostgresServer(port=free_port(), password=password_file.read_text(), folder=folder)
    options = {
        **settings,
        "listen_addresses": LOOPBACK,
        "port": str(server.port),
        "unix_socket_directories": str(folder),
    }
    words = [f"-c{name}={value}" for name, value in options.items()]
    postgres = find_program("postgres", package="postgresql", folders=binaries)
    # For PostgreSQL SIGQUIT means: at once.
    command = as_server_account([*under, postgres, "-D", data, *words], dies_by=signal.SIGQUIT)
    running = RunningPostgres(server=server, command=command)
    try:
        running.start()
        yield running
    finally:
        # SIGINT ends it in order, which data that are used again need.
        running.stop(by=signal.SIGQUIT if settings is SETTINGS else signal.SIGINT)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Run a PostgreSQL server for as long as this test process lives."""
    with server_folder("postgres") as folder, running_postgres(folder) as running:
        yield running.server


@pytest.fixture
def postgres_url_factory(postgres_server: PostgresServer) -> Iterator[PostgresDatabases]:
    """Make databases that go with the test."""
    databases = PostgresDatabases(postgres_server)
    yield databases
    databases.drop_all()
