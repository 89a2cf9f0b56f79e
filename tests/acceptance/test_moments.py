"""`kill -9` at the very moments that matter: on the way to the disk, and just before the answer.

Kills at random find these moments now and then; here each is found. Whoever was not answered sends
the same again, and it is there once.
"""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest

from tests.acceptance.conftest import Service, set_up
from tests.acceptance.streams import (
    Send,
    apply,
    check_verified,
    every_comment,
    post_large,
    wait_while_it_moves,
)
from tests.servers.postgres import PostgresServer
from tests.servers.processes import find_program, stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A system call that the service does not live to make.

    Attributes:
        send: What is posted.
        call: The name of the call.
        place: Which of a thread's calls of that name.
        answers: Whether it is one of the thread that answers, after it has logged that; else of any.
        then: What the same is answered when it is sent again.
    """

    send: Send
    call: str
    place: int = 1
    answers: bool = False
    then: frozenset[int]


NEW, KNOWN = frozenset({202}), frozenset({200})
MOMENTS = {
    "before a large file is synced": Moment(send=post_large, call="fsync", then=NEW),
    "before it gets its name": Moment(send=post_large, call="rename", then=NEW),
    "before the name is synced": Moment(send=post_large, call="fsync", place=2, then=NEW),
    # What was written and not synced outlives a kill, if not a power cut.
    "before its commit is synced": Moment(send=post_large, call="fdatasync", then=NEW | KNOWN),
    "before it is answered": Moment(
        send=post_large, call="write", place=2, answers=True, then=KNOWN
    ),
    "before an application's commit is synced": Moment(
        send=apply, call="fdatasync", then=frozenset({201})
    ),
    "before an application is answered": Moment(
        send=apply, call="write", place=2, answers=True, then=frozenset({201})
    ),
}


@contextmanager
def killed_at(service: Service, moment: Moment) -> Iterator[None]:
    """Have the service killed when it begins a call."""
    assert service.process is not None
    words = [
        *(str(find_program("strace", package="strace")), *(() if moment.answers else ("-f",))),
        *("-p", str(service.process.pid), "-e", f"trace={moment.call}"),
        *("-e", f"inject={moment.call}:signal=SIGKILL:when={moment.place}"),
    ]
    told = service.folder / "strace"
    with told.open("wb") as stderr:
        watching = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=stderr)
    try:
        wait_while_it_moves(lambda: int("attached" not in told.read_text()))
        yield
        service.process.wait(timeout=60)
    finally:
        stop(watching)


def check_each(service: Service, moments: Mapping[str, Moment]) -> None:
    """Kill it at each moment, and see that what was sent again is there once."""
    service.settings["IKENBAKO_MAILBOXES"] = "[]"
    service.start()
    set_up(service)
    with service.client() as client:
        post_large(client, 0).raise_for_status()  # the store itself is begun with it
    for number, (name, moment) in enumerate(moments.items(), start=1):
        with (
            service.client() as client,
            killed_at(service, moment),
            pytest.raises(httpx.HTTPError),
        ):
            moment.send(client, number)
        service.start()
        with service.client() as client:
            assert moment.send(client, number).status_code in moment.then, name
    with service.client() as client:
        wait_while_it_moves(lambda: 1 + len(moments) - len(every_comment(client)))
    check_verified(service)
    assert service.stop() == 0


@pytest.mark.timeout(300)
def test_a_kill_at_any_moment_loses_and_doubles_nothing(service: Service) -> None:
    check_each(service, MOMENTS)


@pytest.mark.timeout(300)
def test_nor_does_a_kill_between_commit_and_answer_on_postgresql(
    service: Service, postgres_server: PostgresServer
) -> None:
    url = postgres_server.create_database()
    service.settings["IKENBAKO_DATABASE_URL"] = url
    check_each(service, {name: each for name, each in MOMENTS.items() if each.answers})
    postgres_server.drop_database(url)
