"""A place to work in: an installation on PostgreSQL, and what its queue holds."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from psycopg import sql
from pydantic import SecretStr

from app.domain.status import SubmissionState
from app.domain.submission import Lane
from app.intake import calls
from app.intake.desk import PROGRAM, Desk
from app.intake.receive import receive
from app.jobs.embedded import Runner
from app.jobs.wakes import Wakes
from app.main import called_lanes, open_desk
from app.settings import Settings
from app.storage.engine import make_engine
from tests.builders import a_mail, an_envelope
from tests.servers.postgres import PostgresDatabases, PostgresServer, database_name

PATIENCE_SECONDS = 30.0
_CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass(slots=True)
class Place:
    """An installation on PostgreSQL."""

    settings: Settings
    desk: Desk
    engine: sa.Engine
    server: PostgresServer

    def arrive(self, number: int = 1) -> str:
        """Let a mail arrive; gives its id."""
        mail = an_envelope(a_mail(f"意見：第{number}の意見です。\n"), source_item=f"1:{number + 1}")
        return receive(self.desk, mail, actor=PROGRAM).submission_id

    def jobs(self) -> list[tuple[str, str, str]]:
        """Give queue, status and arrival of every job."""
        query = "SELECT queue_name, status::text, args->>'submission' FROM procrastinate_jobs"
        with self.engine.connect() as connection:
            return [(a, b, c) for a, b, c in connection.execute(sa.text(f"{query} ORDER BY id"))]

    def run(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement))

    def state(self, submission_id: str) -> SubmissionState:
        found = self.desk.queries.submissions.get(submission_id)
        assert found is not None
        return found.state

    def runner(self, reads: frozenset[Lane] = frozenset(Lane)) -> Runner:
        called = called_lanes(self.settings)
        return Runner(self.desk, Wakes(), alone=False, called=called, reads=reads)

    def value(self, query: str) -> str:
        with self.engine.connect() as connection:
            return str(connection.execute(sa.text(query)).scalar())

    def hold(self, submission_id: str) -> str:
        """Let a worker hold the only arrival who has been silent for long; gives its name."""
        number = self.value("SELECT id FROM procrastinate_jobs")
        holder = f"job {number}/0 silent"
        calls.claim_called(self.desk, Lane.LIGHT, submission_id, worker=holder, most=1)
        self.run(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '10 minutes')"
        )
        self.run(
            "UPDATE procrastinate_jobs SET status = 'doing',"
            " worker_id = (SELECT id FROM procrastinate_workers)"
        )
        return holder

    def cut(self) -> None:
        """Cut every other connection to the database."""
        self.run(_CUT)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Cut every connection, and let none be made until the block is left."""
        name = sql.Identifier(database_name(self.settings.database_url))
        allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        with self.server.connect() as connection:
            connection.execute(allow.format(name, sql.SQL("false")))
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [database_name(self.settings.database_url)],
            )
            yield
            connection.execute(allow.format(name, sql.SQL("true")))


@pytest.fixture
def place(
    postgres_url_factory: PostgresDatabases, migrated_postgres: str, tmp_path: Path
) -> Iterator[Place]:
    settings = Settings(
        database_url=postgres_url_factory.create_database(migrated_postgres),
        data_dir=tmp_path / "data",
        bootstrap_key=SecretStr("bootstrap-key-for-tests"),
    )
    engine = make_engine(settings.database_url)
    with open_desk(settings) as desk:
        yield Place(settings, desk, engine, postgres_url_factory.server)
    engine.dispose()


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.05)
