"""Searching and listing among many comments over HTTP, beside a scan of the texts."""

import contextlib
import itertools
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

import sqlalchemy as sa

from app.domain.envelope import Channel
from app.domain.search_folding import words_of
from app.domain.status import CommentStatus
from app.domain.timeliness import TimelinessVerdict
from app.storage.engine import make_engine
from app.storage.repositories.comments import comments
from bench.comments import CODES, RARE, texts
from bench.installation import COMMENTS, Database, Installation, installed
from bench.load import Line
from bench.processes import peak_bytes
from bench.report import Row, Table
from tests.acceptance.conftest import KEY, Service
from tests.servers.processes import LOOPBACK

QUERIES = 1_000
SCANS = 12
STARTS = 5
_LIMITS = {"SQLite": 25, "PostgreSQL": 30}
_FOLLOWED = 4
"""Of so many queries one is followed to the next page."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        kind: What sort of question it is.
        filters: What a page is narrowed by.
        words: What is looked for, if anything.
    """

    kind: str
    filters: dict[str, str]
    words: str | None = None

    def path(self, cursor: str | None = None) -> str:
        """Write it as the API takes it."""
        asked = {**self.filters, "q": self.words, "cursor": cursor}
        given = urlencode({name: value for name, value in asked.items() if value})
        return f"/api/v1/comments?{given}"


def questions(count: int) -> Iterator[Question]:
    """Draw questions, every kind alike, of words out of the texts and words that are in none."""
    draw = random.Random(5)
    opinions = list(itertools.islice(texts(1), 2_000))

    def part(length: int) -> str:
        text = draw.choice(opinions)
        start = draw.randrange(len(text) - length)
        return text[start : start + length]

    words: dict[str, Callable[[], str | None]] = {
        "list": lambda: None,
        "2 characters": lambda: part(2),
        "3 to 12 characters": lambda: part(draw.randint(3, 12)),
        "two words": lambda: f"{part(2)} {part(draw.randint(2, 6))}",
        "rare": lambda: draw.choice(RARE) + draw.choice(RARE),
        "rarest": lambda: f"{draw.randint(1, 10**6)}番の",
        "in no comment": lambda: part(2)[::-1] + part(2),
    }
    for kind, _ in zip(itertools.cycle(words), range(count), strict=False):
        yield Question(kind, _filters(draw), words[kind]())


def _filters(draw: random.Random) -> dict[str, str]:
    """Draw filters, half of the time none."""
    if draw.random() < 0.5:
        return {}
    values = {
        "consultation": CODES,
        "channel": tuple(Channel),
        "status": tuple(CommentStatus),
        "timeliness": (TimelinessVerdict.IN_TIME, TimelinessVerdict.LATE),
    }
    chosen = draw.sample(sorted(values), draw.randint(1, 3))
    return {name: str(draw.choice(values[name])) for name in chosen}


def ask(line: Line, asked: Sequence[Question]) -> dict[str, list[float]]:
    """Ask questions and follow some to the next pages; gives milliseconds by kind."""
    taken: dict[str, list[float]] = {}
    for number, question in enumerate(asked):
        milliseconds, body = line.get(question.path())
        kind = f"{question.kind}, with filters" if question.filters else question.kind
        taken.setdefault(kind, []).append(milliseconds)
        cursor = json.loads(body)["next_cursor"]
        if number % _FOLLOWED == 0 and cursor:
            taken.setdefault("next pages", []).append(line.get(question.path(cursor))[0])
    return taken


def scan(engine: sa.Engine, question: Question) -> float:
    """Look for words as a first draft would: LIKE over every text; gives milliseconds."""
    query = sa.select(comments.c.id).order_by(comments.c.id.desc()).limit(51)
    for word in words_of(question.words):
        query = query.where(comments.c.search_text.contains(word, autoescape=True))
    if "status" in question.filters:
        query = query.where(comments.c.status == CommentStatus(question.filters["status"]))
    if "channel" in question.filters:
        query = query.where(comments.c.channel == Channel(question.filters["channel"]))
    begun = time.perf_counter()
    with engine.connect() as connection:
        connection.execute(query).all()
    return 1000 * (time.perf_counter() - begun)


def bench(database: Database = "SQLite") -> Table:
    """Ask a service that holds many comments, look at its memory, and start it again."""
    asked = list(questions(QUERIES))
    with installed(database, comments=COMMENTS) as installation:
        with installation.running() as service, _line(service) as line:
            ask(line, list(questions(20)))
            taken = ask(line, asked)
            others = list(_other_looks(line))
            memory = _peak(service)
        starts = [_start(installation) for _ in range(STARTS)]
        engine = make_engine(installation.url)
        searches = [each for each in asked if each.words]
        scans = sorted(scan(engine, each) for each in searches[:SCANS])
        engine.dispose()
    limit = f"p95 ≤ {_LIMITS[database]} ms"
    everything = sorted(itertools.chain.from_iterable(taken.values()))
    rows = [
        Row(
            what=f"all {len(everything):,} pages, p50",
            unit="ms",
            ours=[_share(everything, 50)],
            baseline=[statistics.median(scans)],
            against=f"LIKE over the texts, {SCANS} of the searches",
        ),
        Row(
            what=f"all {len(everything):,} pages, p95",
            unit="ms",
            ours=[_share(everything, 95)],
            baseline=[scans[-1]],
            against="LIKE, the slowest",
            wanted=limit,
        ),
        Row(what=f"all {len(everything):,} pages, p99", unit="ms", ours=[_share(everything, 99)]),
    ]
    for kind, milliseconds in sorted(taken.items()):
        p95 = _share(sorted(milliseconds), 95)
        rows.append(Row(what=f"{kind} ({len(milliseconds)}), p95", unit="ms", ours=[p95]))
    rows += others
    rows.append(Row(what="memory, at most", unit="MB", ours=[memory], wanted="< 200 MB"))
    rows.append(Row(what="start until ready", unit="s", ours=starts, wanted="< 2 s"))
    return Table(title=f"search and lists over HTTP, {COMMENTS:,} comments, {database}", rows=rows)


on_postgresql = partial(bench, "PostgreSQL")


@contextlib.contextmanager
def _line(service: Service) -> Iterator[Line]:
    with contextlib.closing(Line(LOOPBACK, service.port, key=KEY)) as line:
        yield line


def _other_looks(line: Line) -> Iterator[Row]:
    """Look at what sums up, and at everything of one consultation; it counts for the memory."""
    one = f"/api/v1/consultations/{CODES[-1]}"
    for what, path, rounds in (
        ("health", "/healthz", 3),
        ("readiness", "/readyz", 3),
        ("tally of a sixth", f"{one}/tally", 3),
        ("summary of the ledger", "/api/v1/ledger/summary", 3),
        ("export of a sixth as CSV", f"{one}/export?format=csv&view=full", 1),
    ):
        yield Row(what=what, unit="ms", ours=[line.get(path)[0] for _ in range(rounds)])


def _start(installation: Installation) -> float:
    begun = time.perf_counter()
    with installation.running():
        return time.perf_counter() - begun


def _share(ordered: Sequence[float], share: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]


def _peak(service: Service) -> float:
    """Give the most memory that the process that answers ever had, in MB."""
    if service.process is None:
        raise RuntimeError("the service does not run")
    return peak_bytes(service.process.pid) / 2**20
