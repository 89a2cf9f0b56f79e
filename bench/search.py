"""Searching and listing among many comments, beside a scan of the texts."""

import itertools
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from app.domain.envelope import Channel
from app.domain.search_folding import words_of
from app.domain.status import CommentStatus
from app.intake.indexing import Indexer
from app.main import open_desk
from app.settings import Settings
from app.storage.engine import make_engine
from app.storage.queries.comments import CommentFilter
from app.storage.repositories.comments import comments
from bench.comments import load, texts
from bench.report import Row, Table

COMMENTS = int(os.environ.get("BENCH_COMMENTS", "20000"))
"""``BENCH_COMMENTS=1000000`` for the figure of the issue; it takes an hour and 5 GB."""
QUERIES = 1_000
SCANS = 20


def samples(count: int, codes: tuple[str, ...]) -> Iterator[CommentFilter]:
    """Draw words of two to eight characters out of the texts, with filters and without."""
    draw = random.Random(5)
    opinions = list(itertools.islice(texts(1), 2_000))
    for _ in range(count):
        text = draw.choice(opinions)
        start, length = draw.randrange(len(text) - 8), draw.randint(2, 8)
        yield CommentFilter(
            text=draw.choice((text[start : start + length],) * 4 + (None,)),
            consultation=draw.choice((None, *codes)),
            status=draw.choice((None, None, *CommentStatus)),
            channel=draw.choice((None, None, None, *Channel)),
        )


def timed(work: Callable[[CommentFilter], object], wanted: Iterator[CommentFilter]) -> list[float]:
    """Give the milliseconds of each, sorted."""
    taken = []
    for each in wanted:
        begun = time.perf_counter()
        work(each)
        taken.append(1000 * (time.perf_counter() - begun))
    return sorted(taken)


def scan(engine: sa.Engine, wanted: CommentFilter) -> None:
    """Look for words as a first draft would: LIKE over every text, newest first."""
    query = sa.select(comments.c.id).order_by(comments.c.id.desc()).limit(51)
    for word in words_of(wanted.text):
        query = query.where(comments.c.search_text.contains(word, autoescape=True))
    if wanted.status is not None:
        query = query.where(comments.c.status == wanted.status)
    if wanted.channel is not None:
        query = query.where(comments.c.channel == wanted.channel)
    with engine.connect() as connection:
        connection.execute(query).all()


def bench() -> Table:
    """Fill a database, index it and search it."""
    with tempfile.TemporaryDirectory() as folder:
        url = os.environ.get("BENCH_DATABASE_URL", f"sqlite:///{folder}/ikenbako.db")
        with open_desk(Settings(database_url=url, data_dir=Path(folder) / "data")) as desk:
            engine = make_engine(url)
            corpus = load(engine, COMMENTS, now=desk.clock())
            indexer = Indexer(desk)
            while indexer.once():
                pass
            wanted = list(samples(QUERIES, corpus.codes))
            ours = timed(lambda each: desk.queries.comments.page(each, limit=50), iter(wanted))
            scans = timed(lambda each: scan(engine, each), iter(wanted[:SCANS]))
            engine.dispose()
    return Table(
        title=f"search and lists over {COMMENTS:,} comments, {QUERIES:,} drawn queries",
        rows=[
            Row(
                what=f"p{share}",
                unit="ms",
                ours=[ours[len(ours) * share // 100]],
                baseline=[scans[len(scans) * share // 100]],
                against=f"LIKE over the texts ({SCANS} of the queries)",
                wanted="≤ 25 ms" if share == 95 else "",
            )
            for share in (50, 95)
        ],
    )
