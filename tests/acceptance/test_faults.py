"""API, workers and poller over PostgreSQL: killed in turns, and the database cut off or crashed.

A stream over all channels goes on all the while. After each round everything is read, everything
that was taken is there exactly once, and `ikenbako verify` finds no fault.
"""

import os
import random
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

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
    streams_of,
    wait_until_each_goes_on,
    wait_while_it_moves,
    waiting,
)
from tests.servers.dovecot import ImapAccount
from tests.servers.postgres import RunningPostgres, database_name, running_postgres
from tests.servers.processes import free_port, server_folder, wait_until_ready
from tests.servers.smtp import SmtpServer

PAPER_SECONDS = 5.0
"""Between two scans of a channel, so that reading keeps up on a small machine."""


@dataclass(slots=True, kw_only=True)
class Plant:
    """Everything that runs, and what was done to it."""

    postgres: RunningPostgres
    url: str
    folder: Path
    settings: dict[str, str]
    chance: random.Random
    parts: dict[str, Service] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, *, beside: str | None = None) -> Service:
        """Prepare a part; ``beside`` names an API whose door it uses."""
        port = free_port() if beside is None else self.parts[beside].port
        part = Service(folder=self.folder, settings=self.settings, port=port)
        self.parts[name] = part
        return part

    def launch(self, name: str) -> None:
        """Start a part; its name says which command it is."""
        self.parts[name].launch(name.partition("_")[0])

    def wait_for(self, name: str) -> None:
        part = self.parts[name]
        assert part.process is not None
        wait_until_ready(part.process, part.is_ready, log=part.log)

    def check_alive(self) -> None:
        """See that no part ended by itself, whatever happened to the others."""
        for name, part in self.parts.items():
            assert part.process is not None
            assert part.process.poll() is None, f"{name}: {part.log.read_text()[-3000:]}"

    def kill(self, name: str) -> None:
        """Kill a part and start it again; now and then its children are left to themselves."""
        part = self.parts[name]
        assert part.process is not None
        if self.chance.random() < 0.5:
            part.kill()
        else:
            os.kill(part.process.pid, signal.SIGKILL)
            part.process.wait()
        self.launch(name)

    def cut(self) -> None:
        """Cut every connection to the database."""
        with self.postgres.server.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname IS NOT NULL AND pid <> pg_backend_pid()"
            )

    def restart(self, by: signal.Signals) -> None:
        self.postgres.stop(by=by)
        time.sleep(self.chance.uniform(0, 1.5))
        self.postgres.start()

    def strike(self, fault: str) -> None:
        """Do one of the faults."""
        done: dict[str, Callable[[], None]] = {
            "cut": self.cut,
            "fast": lambda: self.restart(signal.SIGINT),
            "crash": lambda: self.restart(signal.SIGQUIT),
        }
        self.faults[fault] = self.faults.get(fault, 0) + 1
        if fault in done:
            done[fault]()
        else:
            self.kill(fault)

    def still_to_be_answered(self) -> set[str]:
        """Give whose receipt waits in the outbox."""
        with self.postgres.server.connect(database_name(self.url)) as connection:
            rows = connection.execute("SELECT recipient FROM outbox WHERE state = 'queued'")
            return {recipient for (recipient,) in rows}

    def end(self) -> None:
        for part in self.parts.values():
            if part.process is not None and part.process.poll() is None:
                part.kill()


@pytest.fixture
def plant(tmp_path: Path, service: Service) -> Iterator[Plant]:
    """An installation in parts over a PostgreSQL of its own; nothing runs yet but that."""
    seed = secrets.randbelow(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown with a failure, which it explains
    with server_folder("postgres") as folder, running_postgres(folder) as postgres:
        url = postgres.server.create_database()
        made = Plant(
            postgres=postgres,
            url=url,
            folder=tmp_path,
            settings=service.settings
            | {"IKENBAKO_DATABASE_URL": url, "IKENBAKO_OCR_PROCESSES": "1"},
            chance=random.Random(seed),
        )
        yield made
        made.end()


def check_round(
    plant: Plant, streams: dict[str, Stream], letters: Letters, smtp_server: SmtpServer
) -> None:
    """Wait until everything is read, and see that all of it is there exactly once."""
    plant.check_alive()
    api = plant.parts["api"]
    plant.wait_for("api")
    with api.client() as client:
        wait_while_it_moves(lambda: waiting(client, letters.account))
        comments = every_comment(client)
        check_ledger(client)
    check_streams(streams, comments)
    check_letters(letters, comments)
    acknowledged(smtp_server)
    check_verified(api)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_nothing_is_lost_or_doubled_whatever_dies(
    plant: Plant, dovecot: ImapAccount, smtp_server: SmtpServer, *, soak: bool
) -> None:
    api = plant.add("api")
    plant.settings |= {"IKENBAKO_API_URL": api.url, "IKENBAKO_API_KEY": KEY}
    for name in ("worker_1", "worker_2", "poll-mail"):
        plant.add(name, beside="api")
    for name in plant.parts:
        plant.launch(name)
    plant.wait_for("api")
    set_up(api)
    streams, letters = streams_of(api, paper=PAPER_SECONDS), Letters(dovecot)
    rounds = 20 if soak else 1
    for number in range(rounds):
        kills = ["api", "worker_1", "worker_2", "poll-mail"]
        kills.append(kills[number % len(kills)])
        of_database = ["cut", "fast", "crash"]
        faults = [*kills, of_database[number % 3]] if soak else [*kills[:4], *of_database]
        plant.chance.shuffle(faults)
        with flowing(streams.values(), letters):
            for fault in faults:
                time.sleep(plant.chance.uniform(0.1, 2.0))
                plant.strike(fault)
            wait_until_each_goes_on(streams)
        check_round(plant, streams, letters, smtp_server)

    with api.client() as client:
        check_arrivals(client, streams, at_least=1)
    taken = sum(len(each.taken) for each in streams.values())
    print(f"{plant.faults}, {taken} posted, {letters.count} fetched")  # noqa: T201 - the count
    writers = {f"fetched-{number}@example.jp" for number in range(1, letters.count + 1)}
    writers |= {f"posted-{number}@example.jp" for number in streams["email"].taken}
    # What a killed sender had in hand is sent once its lease has ended.
    wait_while_it_moves(
        lambda: len(writers - acknowledged(smtp_server) - plant.still_to_be_answered())
    )
    for part in plant.parts.values():
        assert part.stop() == 0


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_rolling_restart_turns_nobody_away_and_loses_nothing(
    plant: Plant, dovecot: ImapAccount, smtp_server: SmtpServer, *, soak: bool
) -> None:
    """Two of each part; one after another is stopped as a service manager does, and started."""
    first, second = plant.add("api"), plant.add("api_2")
    plant.settings |= {"IKENBAKO_API_URL": first.url, "IKENBAKO_API_KEY": KEY}
    for name in ("worker_1", "worker_2", "poll-mail"):
        plant.add(name, beside="api")
    plant.postgres.stop()
    for name in plant.parts:  # what is started before the database waits for it
        plant.launch(name)
    wait_while_it_moves(lambda: int("action=database_awaited" not in first.log.read_text()))
    plant.check_alive()
    plant.postgres.start()
    plant.wait_for("api")
    plant.wait_for("api_2")
    set_up(first)
    streams, letters = streams_of(first, second, paper=PAPER_SECONDS), Letters(dovecot)
    for _ in range(10 if soak else 1):
        with flowing(streams.values(), letters):
            for name, part in plant.parts.items():
                time.sleep(plant.chance.uniform(0.5, 1.5))
                assert part.stop() == 0, name
                plant.launch(name)
                if name.startswith("api"):
                    plant.wait_for(name)
            wait_until_each_goes_on(streams)
        check_round(plant, streams, letters, smtp_server)
