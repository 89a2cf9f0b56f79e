"""e-applications a second, durable and fully checked, beside a minimal endpoint."""

import contextlib
import itertools
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import httpx

from bench.load import Answers, drive, request
from bench.report import Row, Table
from tests.acceptance.conftest import CODE, KEY, Service, set_up
from tests.builders import MEASURE
from tests.servers.processes import LOOPBACK, free_port, wait_until_ready

CLIENTS = 64
POSTS = 3000
WARM = 300
ROUNDS = 3


def bodies(after: int = 0) -> Iterator[bytes]:
    """Write applications without end, each of another invented writer.

    Args:
        after: So many were posted already: who posts them again posts what resembles another.
    """
    return (application(number, own_text(number)) for number in itertools.count(after + 1))


def application(number: int, opinion: str) -> bytes:
    """Write the application of an invented writer, who has a number."""
    return json.dumps(
        {
            "measure_name": MEASURE,
            "submitter": {
                "kind": "individual",
                "name": f"北野 花子{number}",
                "address": f"北星市中央2条3丁目{number}番地",
                "category": {"code": "1", "detail": None},
                "email": f"hanako{number}@example.jp",
            },
            "opinion": opinion,
        },
        ensure_ascii=False,
    ).encode()


def own_text(number: int) -> str:
    """Write an opinion that nobody else has."""
    return (
        f"評価書（案）の第3章について、第{number}の意見です。委託先の監督の方法を"
        "具体的に書いてください。職員の研修の回数と内容も、毎年公表することを求めます。"
    )


def posts_to_ours(after: int = 0) -> Iterator[bytes]:
    """Write requests for our API; ``after`` as in ``bodies``."""
    return posts_of(bodies(after))


def posts_of(applications: Iterable[bytes]) -> Iterator[bytes]:
    """Write requests for our API, each with an Idempotency-Key."""
    for body in applications:
        headers = {
            "Authorization": f"Bearer {KEY}",
            "Content-Type": "application/json",
            "Idempotency-Key": secrets.token_hex(8),
        }
        path = f"/api/v1/consultations/{CODE}/comments"
        yield request("POST", path, body=body, headers=headers)


def posts_to_minimal() -> Iterator[bytes]:
    """Write the same requests for the minimal endpoint."""
    for body in bodies():
        yield request("POST", "/comments", body=body, headers={"Content-Type": "application/json"})


@contextlib.contextmanager
def our_service(folder: Path, **settings: str) -> Iterator[Service]:
    """Run the service with a consultation that is open."""
    folder.mkdir()
    service = Service(folder=folder, settings={"IKENBAKO_LOG_LEVEL": "warning", **settings})
    service.start()
    try:
        set_up(service)
        yield service
    finally:
        service.stop()


@contextlib.contextmanager
def minimal_service(folder: Path) -> Iterator[int]:
    """Run the minimal endpoint; gives its port."""
    database = str(folder / "minimal.db")
    with minimal_endpoint("bench.minimal_sqlite:app", folder, database) as port:
        yield port


@contextlib.contextmanager
def minimal_endpoint(app: str, folder: Path, database: str, *words: str) -> Iterator[int]:
    """Run a baseline under uvicorn, with further words for that; gives its port."""
    port = free_port()
    folder.mkdir()
    log = folder / "log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "uvicorn", app, *words),
                *("--port", str(port), "--log-level", "warning", "--no-access-log"),
            ],
            env={**os.environ, "BENCH_DATABASE": database},
            stdout=out,
            stderr=subprocess.STDOUT,
        )

    def is_ready() -> bool:
        try:
            return httpx.get(f"http://{LOOPBACK}:{port}/healthz", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    try:
        wait_until_ready(process, is_ready, log=log)
        yield port
    finally:
        process.terminate()
        process.wait()


def measure(
    port: int,
    requests: Iterator[bytes],
    *,
    posts: int,
    clients: int,
    others: Sequence[int] = (),
) -> Answers:
    """Send so many posts, spread over some ports, and see that each was answered 201.

    Raises:
        RuntimeError: One was not.
    """
    answers = drive(
        LOOPBACK, port, itertools.islice(requests, posts), clients=clients, others=others
    )
    if set(answers.codes) != {201}:
        raise RuntimeError(f"not every post was answered 201: {answers.codes}")
    return answers


def bench() -> Table:
    """Measure both in turn, on the same disk."""
    ours: list[Answers] = []
    minimal: list[Answers] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        our_service(Path(folder) / "ours") as service,
        minimal_service(Path(folder) / "minimal") as port,
    ):
        to_ours, to_minimal = posts_to_ours(), posts_to_minimal()
        measure(service.port, to_ours, posts=WARM, clients=CLIENTS)
        measure(port, to_minimal, posts=WARM, clients=CLIENTS)
        for _ in range(ROUNDS):
            minimal.append(measure(port, to_minimal, posts=POSTS, clients=CLIENTS))
            ours.append(measure(service.port, to_ours, posts=POSTS, clients=CLIENTS))
    return Table(
        title=f"e-application POST, {CLIENTS} clients, SQLite, synced before the 201",
        rows=rows(ours, minimal, "minimal FastAPI + SQLModel", wanted=("≥ 3", "≤ 0.1, ≤ 60 ms")),
    )


def rows(
    ours: Sequence[Answers], minimal: Sequence[Answers], against: str, *, wanted: tuple[str, str]
) -> list[Row]:
    """Give throughput and p99 of both."""
    return [
        Row(
            what="throughput",
            unit="req/s",
            ours=[each.rate for each in ours],
            baseline=[each.rate for each in minimal],
            against=against,
            wanted=wanted[0],
        ),
        Row(
            what="p99",
            unit="ms",
            ours=[each.percentile(0.99) for each in ours],
            baseline=[each.percentile(0.99) for each in minimal],
            against=against,
            wanted=wanted[1],
        ),
    ]
