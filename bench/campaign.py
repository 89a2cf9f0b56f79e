"""What a call costs in which nearly everybody sends one of a few texts, word for word."""

import contextlib
import itertools
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote

from bench.e_application import CLIENTS, application, measure, own_text, posts_of, posts_to_ours
from bench.installation import Database, installed
from bench.load import Answers, Line
from bench.processes import cpu_seconds
from bench.report import Row, Table
from tests.acceptance.conftest import KEY, Service, set_up
from tests.servers.processes import LOOPBACK

ALIKE = int(os.environ.get("BENCH_ALIKE", "30000"))
"""Comments of the campaign that are there before the second service is measured."""
POSTS = 1_500
WARM = 300
ROUNDS = 6
LOOKS = 200
_TEXTS = tuple(
    f"評価書（案）の{chapter}に反対します。市民の声を聴かずに進めることは認められません。"
    "委託先の監督の方法を具体的に書き、職員の研修の内容も毎年公表してください。"
    for chapter in ("第1章", "第2章", "第3章", "全部", "委託の章")
)
_COMMENTS = "/api/v1/comments"


def posts_of_campaign(after: int = 0) -> Iterator[bytes]:
    """Write requests of invented writers.

    Of 20 of them 17 bear a text of the campaign as it stands, one has words of the writer's own
    behind it, and two bear a text of their own.

    Args:
        after: So many were posted already.
    """
    return posts_of(application(number, _text(number)) for number in itertools.count(after + 1))


def _text(number: int) -> str:
    turn = number % 20
    if turn in (6, 13):
        return own_text(number)
    text = _TEXTS[min(turn % 8, len(_TEXTS) - 1)]  # the last of them is sent by half
    return f"{text}第{number}の賛同者として。" if turn == 19 else text


@dataclass(slots=True)
class Measured:
    """What posts of one kind took.

    Attributes:
        answers: Of each round.
        cpu: Milliseconds of processor time a post, of each round.
    """

    answers: list[Answers] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def round(self, service: Service, posts: Iterator[bytes]) -> None:
        """Post some more."""
        process = service.process
        if process is None:
            raise RuntimeError("the service does not run")
        before = cpu_seconds(process.pid)
        self.answers.append(measure(service.port, posts, posts=POSTS, clients=CLIENTS))
        self.cpu.append(1000 * (cpu_seconds(process.pid) - before) / POSTS)


def bench(database: Database = "SQLite") -> Table:
    """Post what resembles others and what does not, in turn, to two services."""
    rows: list[Row] = []
    for there in (0, ALIKE):
        with ExitStack() as stack:
            installation = stack.enter_context(installed(database, comments=0, once=True))
            service = stack.enter_context(installation.running(IKENBAKO_NOTICES="off"))
            set_up(service)
            rows += _posting(service, there)
            if there:
                rows += _looking(service)
    return Table(
        title=f"A campaign: 17 of 20 e-applications bear one of {len(_TEXTS)} texts, {CLIENTS} "
        f"clients, {database}",
        rows=rows,
    )


on_postgresql = partial(bench, "PostgreSQL")


def _posting(service: Service, there: int) -> Iterator[Row]:
    """Measure on a service, once so many comments of the campaign are there."""
    alike, unlike = Measured(), Measured()
    campaign, others = posts_of_campaign(), posts_to_ours(after=10_000_000)
    if there:
        measure(service.port, campaign, posts=there, clients=CLIENTS)
    measure(service.port, others, posts=WARM, clients=CLIENTS)
    for number in range(ROUNDS):
        turns = [(alike, campaign), (unlike, others)]
        # Who is first may find the machine in another state than who is second.
        for measured, posts in turns if number % 2 else reversed(turns):
            measured.round(service, posts)
    among = f", {there:,} there" if there else ", none there"
    against = "that resembles none"
    yield Row(
        what=f"time for a post{among}",
        unit="ms",
        ours=[1000 / each.rate for each in alike.answers],
        baseline=[1000 / each.rate for each in unlike.answers],
        against=against,
        wanted="≤ 1.2",
    )
    yield Row(
        what=f"processor time of the service for a post{among}",
        unit="ms",
        ours=alike.cpu,
        baseline=unlike.cpu,
        against=against,
        wanted="≤ 1.2",
    )
    yield Row(
        what=f"p99{among}",
        unit="ms",
        ours=[each.percentile(0.99) for each in alike.answers],
        baseline=[each.percentile(0.99) for each in unlike.answers],
        against=against,
    )


def _looking(service: Service) -> Iterator[Row]:
    """Look at the campaign as staff do, and at comments that resemble none."""
    with contextlib.closing(Line(LOOPBACK, service.port, key=KEY)) as line:
        alike, unlike = (
            [f"{_COMMENTS}/{each}" for each in _newest(line, word)]
            for word in ("反対", "の意見です")
        )
        looks = (
            ("a comment", alike, unlike),
            (
                "a search for its words",
                [f"{_COMMENTS}?limit=50&q={quote(each[:40])}" for each in _TEXTS],
                [f"{_COMMENTS}?limit=50&q={quote(own_text(each)[:24])}" for each in range(1, 100)],
            ),
        )
        for what, ours, baseline in looks:
            yield Row(
                what=f"{what}, {ALIKE:,} there",
                unit="ms",
                ours=_asked(line, ours),
                baseline=_asked(line, baseline),
                against="that resembles none",
            )


def _newest(line: Line, word: str) -> list[str]:
    items = json.loads(line.get(f"{_COMMENTS}?limit=100&q={quote(word)}")[1])["items"]
    return [each["receipt_number"] for each in items]


def _asked(line: Line, paths: Sequence[str]) -> list[float]:
    return [line.get(path)[0] for path in itertools.islice(itertools.cycle(paths), LOOKS)]
