"""The whole service over a port, with a runner that reads what arrives."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from pydantic import SecretStr

from app.domain.consultation import Consultation
from app.domain.submission import Lane
from app.intake import procedures
from app.intake.desk import Desk
from app.intake.read import claim, read
from app.main import create_app, open_desk
from app.settings import Settings
from tests.builders import ADMIN, NOON, a_consultation
from tests.servers.processes import free_port

KEY = "bootstrap-key-for-tests"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", bootstrap_key=SecretStr(KEY), port=free_port())


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, clock=lambda: NOON) as opened:
        yield opened


@pytest.fixture
def consultation(desk: Desk) -> Consultation:
    return procedures.create(desk, a_consultation(), actor=ADMIN)


@pytest.fixture
def service(settings: Settings, desk: Desk) -> Iterator[str]:
    """Serve pages and API; gives where."""
    config = uvicorn.Config(
        create_app(settings, desk), host="127.0.0.1", port=settings.port, log_config=None
    )
    server = uvicorn.Server(config)
    ended = threading.Event()
    threads = [
        threading.Thread(target=server.run),
        threading.Thread(target=_read_what_arrives, args=(desk, ended)),
    ]
    for each in threads:
        each.start()
    while not server.started:
        assert threads[0].is_alive(), "the service did not start"
        time.sleep(0.05)
    yield settings.public_url
    server.should_exit = True
    ended.set()
    for each in threads:
        each.join()


def _read_what_arrives(desk: Desk, ended: threading.Event) -> None:
    while not ended.wait(0.1):
        for lane in Lane:
            while (submission := claim(desk, lane, worker="test")) is not None:
                read(desk, submission.id, worker="test")
