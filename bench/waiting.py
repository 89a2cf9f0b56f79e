"""Posting, and light work, while very many scans wait to be read."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import sqlalchemy as sa

from app.domain.comment_form import NAME, OPINION
from app.domain.envelope import Channel, DocumentRole
from app.domain.status import SubmissionState
from app.domain.submission import Lane
from app.intake import calls
from app.intake.desk import Desk, time_ordered_id
from app.main import open_desk
from app.recognition.filled_form import as_fax_tiff, fill
from app.recognition.templates import design
from app.settings import Settings
from app.storage.engine import make_engine
from app.storage.tables import metadata
from bench.e_application import CLIENTS, measure, posts_to_ours
from bench.installation import Database, Installation, installed
from bench.load import Answers
from bench.mail import plain_mails
from bench.report import Row, Table
from tests.acceptance.conftest import Service, set_up
from tests.builders import a_consultation

WAITING = int(os.environ.get("BENCH_WAITING", "100000"))
POSTS = 1_500
WARM = 300
ROUNDS = 3
MAILS = 10
SECONDS_AT_MOST = 120.0
_NOBODYS = "nobody's"
"""SQLite has no service that reads no scans: there what waits stands in a lane that nobody reads."""
_AT_ONCE = 10_000
_SUBMISSIONS, _DOCUMENTS = metadata.tables["submissions"], metadata.tables["documents"]


def bench(database: Database = "SQLite") -> Table:
    """Post to a service with an empty queue and to one with a full one, in turn."""
    empty: list[Answers] = []
    stopped: list[Answers] = []
    reading: list[Answers] = []
    mails: list[float] = []
    alone: list[float] = []
    posts = posts_to_ours()
    with ExitStack() as stack:
        without = stack.enter_context(installed(database, comments=0, once=True))
        services = [
            stack.enter_context(_opened(without)),
            stack.enter_context(_opened(_full(stack, database, read=False))),
        ]
        full = _full(stack, database, read=True)
        for number in range(ROUNDS):
            for service, answers in zip(services, (empty, stopped), strict=True):
                answers.append(_posted(service, posts))
            alone += _light_jobs(services[0], number)
            with _opened(full) as service:
                _wait_for_reading(full)
                reading.append(_posted(service, posts))
                mails += _light_jobs(service, number)
    return Table(
        title=f"e-application POST, {CLIENTS} clients, {database}, while {WAITING:,} faxes wait",
        rows=[
            _rate("no scan is read", stopped, empty, "≥ 0.9"),
            _rate("scans are read on every core", reading, empty, "≥ 0.5"),
            Row(
                what="a mail, posted → recorded, while scans are read",
                unit="s",
                ours=mails,
                baseline=alone,
                against="with an empty queue",
                wanted="< 1 s",
            ),
        ],
    )


on_postgresql = partial(bench, "PostgreSQL")


def _rate(what: str, ours: list[Answers], empty: list[Answers], wanted: str) -> Row:
    return Row(
        what=what,
        unit="req/s",
        ours=[each.rate for each in ours],
        baseline=[each.rate for each in empty],
        against="with an empty queue",
        wanted=wanted,
    )


def _posted(service: Service, posts: Iterator[bytes]) -> Answers:
    measure(service.port, posts, posts=WARM, clients=CLIENTS)
    return measure(service.port, posts, posts=POSTS, clients=CLIENTS)


@contextmanager
def _opened(installation: Installation) -> Iterator[Service]:
    """Run it with a consultation that is open."""
    with installation.running(IKENBAKO_NOTICES="off") as service:
        with service.client() as client:
            is_open = bool(client.get("consultations").json()["items"])
        if not is_open:
            set_up(service)
        yield service


def _full(stack: ExitStack, database: Database, *, read: bool) -> Installation:
    """Prepare an installation where faxes wait, to be read or not to be read now."""
    installation = stack.enter_context(installed(database, comments=0, once=True))
    settings = Settings(database_url=installation.url, data_dir=installation.folder / "data")
    lane = Lane.OCR.value if read or database == "PostgreSQL" else _NOBODYS
    with open_desk(settings) as desk:
        _fill(desk, installation.url, lane)
        if database == "PostgreSQL":
            calls.call_forgotten(desk)
    if database == "PostgreSQL" and not read:
        commands = (("api",), ("worker", "--lane", "light"))
        return replace(installation, commands=commands)
    return installation


def _fill(desk: Desk, url: str, lane: str) -> None:
    """Write faxes that wait: all of one picture, which lies in the store of files once."""
    tiff = _fax()
    sha256 = desk.blobs.put(tiff)
    engine = make_engine(url)
    for start in range(0, WAITING, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, WAITING))
        ids = [time_ordered_id(desk.clock()) for _ in numbers]
        with engine.execution_options(ikenbako_writes=True).begin() as connection:
            connection.execute(
                _SUBMISSIONS.insert(), [_waiting(each, desk.clock(), lane) for each in ids]
            )
            connection.execute(
                _DOCUMENTS.insert(),
                [
                    {
                        "id": each,
                        "submission_id": each,
                        "position": 0,
                        "role": DocumentRole.ORIGINAL,
                        "media_type": "image/tiff",
                        "size": len(tiff),
                        "sha256": sha256,
                    }
                    for each in ids
                ],
            )
    engine.dispose()


def _waiting(submission_id: str, now: datetime, lane: str) -> dict[str, object]:
    return {
        "id": submission_id,
        "fingerprint": submission_id,
        "channel": Channel.FAX,
        "state": SubmissionState.QUEUED,
        "source": "bench",
        "received_at": now,
        "recorded_at": now,
        "facts": {},
        "findings": [],
        "lane": lane,
        "run_at": now,
        "attempts": 0,
        "failures": 0,
    }


def _fax() -> bytes:
    consultation = a_consultation(code="bench")
    answers = {
        NAME: "北野花子",
        OPINION: "評価書の説明会を平日の夜にも開いてください。",
    }
    return as_fax_tiff(fill(consultation, design(consultation), answers, dpi=200))


def _wait_for_reading(installation: Installation) -> None:
    """Wait until faxes are read: the engine is loaded by then.

    Raises:
        TimeoutError: None was.
    """
    count = sa.select(sa.func.count()).where(
        _SUBMISSIONS.c.channel == Channel.FAX, _SUBMISSIONS.c.state == SubmissionState.DONE
    )
    engine = make_engine(installation.url)
    give_up_at = time.monotonic() + SECONDS_AT_MOST

    def read() -> int:
        with engine.connect() as connection:
            return int(connection.execute(count).scalar_one())

    before = read()
    while read() < before + 2:
        if time.monotonic() > give_up_at:
            raise TimeoutError("no fax was read")
        time.sleep(0.2)
    engine.dispose()


def _light_jobs(service: Service, number: int) -> Iterator[float]:
    """Post mails one by one, each after the last was recorded; gives seconds."""
    with service.client() as client:
        headers = {"Content-Type": "message/rfc822"}
        for place, mail in enumerate(plain_mails(MAILS)):
            begun = time.perf_counter()
            answer = client.post(
                "intake/emails",
                content=mail + f"\r\n{number} {place}\r\n".encode(),
                headers=headers,
                params={"internal_date": datetime.now(UTC).isoformat()},
            )
            arrival = answer.raise_for_status().json()["submission_id"]
            while client.get(f"submissions/{arrival}").json()["state"] != "done":
                if time.perf_counter() - begun > SECONDS_AT_MOST:
                    raise TimeoutError("a mail was not read")
                time.sleep(0.005)
            yield time.perf_counter() - begun
