"""Clocks that are wrong or jump: nothing is lost, doubled, or left to wait for another time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.acceptance.conftest import KEY, Service, set_up
from tests.acceptance.streams import check_verified, post_mail, wait_while_it_moves
from tests.servers.postgres import PostgresServer
from tests.servers.processes import free_port, wait_until_ready
from tests.servers.wrong_clock import a_clock

MAILS = 3


@contextmanager
def started(part: Service, *words: str) -> Iterator[Service]:
    part.launch(*words)
    try:
        yield part
        assert part.stop() == 0
    finally:
        if part.process is not None and part.process.poll() is None:
            part.kill()


def wait_until_read(client: httpx.Client, arrival: str) -> None:
    wait_while_it_moves(lambda: int(client.get(f"submissions/{arrival}").json()["state"] != "done"))


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("api_is", "worker_is"), [("+7m", "-7m"), ("-7m", "+7m")])
def test_machines_whose_clocks_are_apart_leave_nothing_to_wait(
    service: Service, postgres_server: PostgresServer, tmp_path: Path, api_is: str, worker_is: str
) -> None:
    """Each mail is read by the job that came with it: none had to be called for again."""
    url = postgres_server.create_database()
    common = service.settings | {"IKENBAKO_DATABASE_URL": url, "IKENBAKO_MAILBOXES": "[]"}
    parts = []
    for name, shift in (("api", api_is), ("worker", worker_is)):
        folder = tmp_path / name
        folder.mkdir()
        environment = a_clock(folder, shift).environment()
        parts.append(Service(folder=folder, settings=common | environment, port=free_port()))
    api, worker = parts
    worker.settings |= {"IKENBAKO_API_KEY": KEY, "IKENBAKO_BLOB_URL": (api.folder / "b").as_uri()}
    api.settings |= {"IKENBAKO_BLOB_URL": (api.folder / "b").as_uri()}
    with started(api, "api"):
        assert api.process is not None
        wait_until_ready(api.process, api.is_ready, log=api.log)
        set_up(api)
        with started(worker, "worker", "--lane", "light"), api.client() as client:
            wait_while_it_moves(lambda: int("action=runner_started" not in worker.log.read_text()))
            for number in range(MAILS):
                wait_until_read(client, post_mail(client, number).json()["submission_id"])
        assert "action=called_forgotten" not in worker.log.read_text()
        check_verified(api)
    postgres_server.drop_database(url)
