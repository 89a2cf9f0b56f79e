"""Clocks that are wrong or jump: nothing is lost, doubled, or left to wait for another time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.acceptance.conftest import KEY, Service, set_up
from tests.acceptance.streams import (
    Letters,
    Stream,
    acknowledged,
    check_arrivals,
    check_ledger,
    check_letters,
    check_streams,
    check_verified,
    every_comment,
    flowing,
    post_mail,
    streams_of,
    wait_until_each_goes_on,
    wait_while_it_moves,
    waiting,
)
from tests.servers.dovecot import ImapAccount
from tests.servers.postgres import PostgresServer, running_postgres
from tests.servers.processes import free_port, server_folder, wait_until_ready
from tests.servers.smtp import SmtpServer
from tests.servers.wrong_clock import a_clock

MAILS = 3
TIMES = 10
"""How often in `make soak`; once otherwise."""


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
            # What the worker's first look finds just taken and not yet held, it calls for as well.
            wait_until_read(client, post_mail(client, MAILS).json()["submission_id"])
            before = worker.log.read_text().count("action=called_forgotten")
            for number in range(MAILS):
                wait_until_read(client, post_mail(client, number).json()["submission_id"])
        assert worker.log.read_text().count("action=called_forgotten") == before
        check_verified(api)
    postgres_server.drop_database(url)


def jumps(*, soak: bool) -> Iterator[str]:
    """Give what the clock is set to, one after another: ahead, back, and right again."""
    for _ in range(TIMES if soak else 1):
        yield from ("+1d", "-1h", "+0")


@contextmanager
def under_way(
    api: Service, letters: Letters, smtp_server: SmtpServer
) -> Iterator[dict[str, Stream]]:
    """Let a stream flow; when the block is left, see that all of it was read exactly once."""
    set_up(api)
    streams = streams_of(api, paper=2.0)
    with flowing(streams.values(), letters):
        yield streams
    with api.client() as client:
        wait_while_it_moves(lambda: waiting(client, letters.account))
        comments = every_comment(client)
        check_ledger(client)
        check_arrivals(client, streams, at_least=2)
    check_streams(streams, comments)
    check_letters(letters, comments)
    writers = {f"fetched-{number}@example.jp" for number in range(1, letters.count + 1)}
    writers |= {f"posted-{number}@example.jp" for number in streams["email"].taken}
    # No receipt waits for the time of a clock that was ahead.
    wait_while_it_moves(lambda: len(writers - acknowledged(smtp_server)))
    check_verified(api)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_clock_that_jumps_loses_and_doubles_nothing(
    service: Service, dovecot: ImapAccount, smtp_server: SmtpServer, tmp_path: Path, *, soak: bool
) -> None:
    """By a day ahead and by an hour back, while it works and while it is killed."""
    clock = a_clock(tmp_path)
    service.settings |= clock.environment()
    service.start()
    with under_way(service, Letters(dovecot), smtp_server) as streams:
        wait_until_each_goes_on(streams)
        for number, shift in enumerate(jumps(soak=soak)):
            clock.set(shift)
            if number % 3 == 1:
                service.kill()
                service.start()
            wait_until_each_goes_on(streams)
    assert service.stop() == 0


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_server_of_the_database_whose_clock_jumps_loses_and_doubles_nothing(
    service: Service, dovecot: ImapAccount, smtp_server: SmtpServer, *, soak: bool
) -> None:
    with server_folder("postgres") as folder:
        clock = a_clock(folder)
        with running_postgres(folder, under=clock.under()) as postgres:
            url = postgres.server.create_database()
            service.settings |= {"IKENBAKO_DATABASE_URL": url, "IKENBAKO_OCR_PROCESSES": "1"}
            service.start()
            with under_way(service, Letters(dovecot), smtp_server) as streams:
                wait_until_each_goes_on(streams)
                for shift in jumps(soak=soak):
                    clock.set(shift)
                    wait_until_each_goes_on(streams)
            assert service.stop() == 0
