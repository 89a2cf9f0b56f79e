"""Desks over both databases, with everything real but the clock."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from app.intake.desk import Desk
from app.main import open_desk
from app.settings import Settings
from app.storage.engine import make_engine
from app.storage.migrate import upgrade
from tests.builders import NOON
from tests.servers.postgres import PostgresDatabases, PostgresServer


class Clock:
    """A clock that stands until somebody moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> str:
    """A PostgreSQL database with every table, to be cloned."""
    url = postgres_server.create_database()
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty, migrated database of each kind."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("migrated_sqlite")
        path = tmp_path / "ikenbako.db"
        path.write_bytes(template.read_bytes())
        return f"sqlite:///{path}"
    factory: PostgresDatabases = request.getfixturevalue("postgres_url_factory")
    return factory.create_database(request.getfixturevalue("migrated_postgres"))


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a fresh installation; the bootstrap key is ``bootstrap-key-for-tests``."""
    return Settings(
        database_url=database_url,
        data_dir=tmp_path / "data",
        bootstrap_key=SecretStr("bootstrap-key-for-tests"),
    )


@pytest.fixture
def clock() -> Clock:
    """Noon on a day on which the consultation of ``tests.builders`` is open."""
    return Clock(NOON)


@pytest.fixture
def desk(settings: Settings, clock: Callable[[], datetime]) -> Iterator[Desk]:
    """A desk over each database, at noon of an open day."""
    with open_desk(settings, clock=clock) as opened:
        yield opened


@pytest.fixture
def live_desk(settings: Settings) -> Iterator[Desk]:
    """A desk over each database that goes by the real clock."""
    with open_desk(settings) as opened:
        yield opened
