"""What recording a comment costs where many are recorded already, beside a service with few."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from app.domain.envelope import japan_day
from bench.e_application import CLIENTS, measure, posts_to_ours
from bench.installation import COMMENTS, Database, installed
from bench.load import Answers
from bench.processes import cpu_seconds
from bench.report import Row, Table
from tests.acceptance.conftest import CODE, Service, consultation, set_up

FEW = 1_000
POSTS = 1_500
WARM = 300
ROUNDS = 6


@dataclass(slots=True)
class Side:
    """A service, and what posting to it took.

    Attributes:
        service: It runs.
        answers: Of each round.
        cpu: Milliseconds of processor time a post, of each round.
    """

    service: Service
    answers: list[Answers] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def round(self, requests: Iterator[bytes]) -> None:
        """Post some more."""
        process = self.service.process
        if process is None:
            raise RuntimeError("the service does not run")
        before = cpu_seconds(process.pid)
        self.answers.append(measure(self.service.port, requests, posts=POSTS, clients=CLIENTS))
        self.cpu.append(1000 * (cpu_seconds(process.pid) - before) / POSTS)


def bench(database: Database = "SQLite") -> Table:
    """Post to a service with a thousand comments and to one with many, in turn."""
    with ExitStack() as stack:
        sides = []
        for comments in (FEW, COMMENTS):
            # Posts stay where they are kept: the next run would not begin with few any more.
            once = comments == FEW
            installation = stack.enter_context(installed(database, comments=comments, once=once))
            sides.append(Side(stack.enter_context(installation.running())))
        few, many = sides
        # Far behind whatever earlier runs posted, of which the kept one has every second at most.
        posts = posts_to_ours(after=10 * max(_open(each.service) for each in sides))
        for side in sides:
            measure(side.service.port, posts, posts=WARM, clients=CLIENTS)
        for number in range(ROUNDS):
            # Who is first may find the machine in another state than who is second.
            for side in (few, many) if number % 2 else (many, few):
                side.round(posts)
    return Table(
        title=f"e-application POST, {CLIENTS} clients, {database}, with {COMMENTS:,} comments "
        f"beside {FEW:,}",
        rows=list(_rows(few, many)),
    )


on_postgresql = partial(bench, "PostgreSQL")


def _rows(few: Side, many: Side) -> Iterator[Row]:
    against = f"with {FEW:,}"
    yield Row(
        what="time for a post",
        unit="ms",
        ours=[1000 / each.rate for each in many.answers],
        baseline=[1000 / each.rate for each in few.answers],
        against=against,
        wanted="≤ 1.2",
    )
    yield Row(
        what="processor time of the service for a post",
        unit="ms",
        ours=many.cpu,
        baseline=few.cpu,
        against=against,
        wanted="≤ 1.2",
    )
    yield Row(
        what="p99",
        unit="ms",
        ours=[each.percentile(0.99) for each in many.answers],
        baseline=[each.percentile(0.99) for each in few.answers],
        against=against,
    )


def _open(service: Service) -> int:
    """Open a consultation, unless an earlier run did; it may be over by now.

    Returns:
        How many comments it has already.
    """
    with service.client() as client:
        known = client.get(f"consultations/{CODE}")
        if not known.is_success:
            set_up(service)
        elif known.json()["closes_on"] <= japan_day(datetime.now(UTC)).isoformat():
            # Only then: what it has is judged again meanwhile.
            until = {name: consultation()[name] for name in ("opens_on", "closes_on")}
            client.patch(f"consultations/{CODE}", json=until, timeout=None).raise_for_status()
        by_status = client.get(f"consultations/{CODE}/tally").json()["by_status"]
    return sum(map(int, by_status.values()))
