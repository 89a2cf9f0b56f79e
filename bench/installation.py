"""A service on a database that holds comments already, on SQLite or PostgreSQL.

``BENCH_COMMENTS`` says how many. Where ``BENCH_FOLDER`` names a folder, databases are kept in it
and used again; what runs record is added to them. A million comments take a quarter of an hour.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
import yaml

from app.intake.indexing import Indexer
from app.main import open_desk
from app.settings import Settings
from app.storage.engine import make_engine
from bench.comments import load
from tests.acceptance.conftest import Service
from tests.servers.postgres import running_postgres
from tests.servers.processes import give_to_server_account

Database = Literal["SQLite", "PostgreSQL"]
COMMENTS = int(os.environ.get("BENCH_COMMENTS", "20000"))
_COMPOSE = Path(__file__).parents[1] / "compose.yaml"
_MARK = "bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where a service finds its database and files.

    Attributes:
        folder: Of files and logs.
        url: Of the database.
        commands: What runs, the first of them answers requests.
    """

    folder: Path
    url: str
    commands: tuple[tuple[str, ...], ...]

    @property
    def settings(self) -> dict[str, str]:
        """What the processes need to know."""
        return {"IKENBAKO_LOG_LEVEL": "warning", "IKENBAKO_DATABASE_URL": self.url}

    @contextlib.contextmanager
    def running(self, **more: str) -> Iterator[Service]:
        """Run its processes; gives the one that answers requests."""
        with contextlib.ExitStack() as stack:
            services: list[Service] = []
            for words in self.commands:
                # Each with a log of its own; files are shared.
                folder = self.folder / words[0]
                folder.mkdir(exist_ok=True)
                shared = {"IKENBAKO_DATA_DIR": str(self.folder / "data")}
                service = Service(folder=folder, settings=self.settings | shared | more)
                if services:
                    service.port = services[0].port  # a worker is ready when the API is
                service.start(*words)
                stack.callback(service.stop)
                services.append(service)
            yield services[0]


@contextlib.contextmanager
def installed(database: Database, *, comments: int, once: bool = False) -> Iterator[Installation]:
    """Prepare an installation with so many comments, all of them in the search index.

    Args:
        database: What it stands on.
        comments: How many there are at least.
        once: Whether it is prepared for one run only.
    """
    name = None if once else f"{database.lower()}-{comments}"
    with _place(name) as folder, _url(database, folder) as url:
        commands = (("serve",),) if database == "SQLite" else (("api",), ("worker",))
        _fill(url, folder, comments)
        yield Installation(folder=folder, url=url, commands=commands)


@contextlib.contextmanager
def _place(name: str | None) -> Iterator[Path]:
    """Lend a folder; one with a name is kept where ``BENCH_FOLDER`` says so."""
    kept = os.environ.get("BENCH_FOLDER") if name else None
    with contextlib.ExitStack() as stack:
        parent = Path(kept or stack.enter_context(tempfile.TemporaryDirectory())).resolve()
        folder = parent / (name or "once")
        folder.mkdir(parents=True, exist_ok=True)
        for each in (folder,) if kept else (folder, parent):
            each.chmod(0o755)  # a server that runs under another account finds its data below
        yield folder


@contextlib.contextmanager
def _url(database: Database, folder: Path) -> Iterator[str]:
    if database == "SQLite":
        yield f"sqlite:///{folder}/ikenbako.db"
        return
    cluster = folder / "cluster"
    cluster.mkdir(exist_ok=True)
    give_to_server_account(cluster)
    with running_postgres(cluster, server_settings()) as running:
        server = running.server
        with server.connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_MARK])
            if not known.fetchone():
                connection.execute(f"CREATE DATABASE {_MARK}")
        yield server.url(_MARK)


def server_settings() -> Mapping[str, str]:
    """Give what `compose.yaml` sets for PostgreSQL; fsync and the rest stay as they are."""
    parsed = yaml.safe_load(_COMPOSE.read_text(encoding="utf-8"))
    _, *words = parsed["services"]["database"]["command"]
    settings = dict(word.removeprefix("-c").split("=") for word in words)
    return {"max_connections": "100", **settings}


def _fill(url: str, folder: Path, comments: int) -> None:
    """Write what is lacking, in pieces that a broken run is gone on from."""
    mark = folder / "filled.json"
    done = json.loads(mark.read_text(encoding="ascii"))["comments"] if mark.exists() else 0
    with open_desk(Settings(database_url=url, data_dir=folder / "data")) as desk:
        engine = make_engine(url)
        while done < comments:
            piece = min(_PIECE, comments - done)
            # Those that are written later were received later.
            done += piece
            now = datetime.now(UTC) - timedelta(seconds=comments - done)
            load(engine, piece, now=now, first=done - piece + 1)
            mark.write_text(json.dumps({"comments": done}), encoding="ascii")
        indexer = Indexer(desk)
        while indexer.once():
            pass
        if comments:
            # Of empty tables PostgreSQL would note that reading them whole is quickest, and hold to
            # it while they fill.
            _tidy(engine)
        engine.dispose()


_PIECE = 100_000


def _tidy(engine: sa.Engine) -> None:
    """Do at once what a database does by itself some minutes after much was written."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
