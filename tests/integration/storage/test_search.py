"""Search over both databases, with and without an index, held against looking at every text."""

import dataclasses
import itertools
import random
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.domain.comment import CommentRecord
from app.domain.envelope import Channel
from app.domain.search_folding import folded_by_shape, folded_to_search, words_of
from app.domain.status import CommentStatus
from app.domain.text import fold
from app.domain.timeliness import TimelinessVerdict
from app.intake import indexing
from app.intake.desk import Desk
from app.intake.indexing import Indexer
from app.storage import index_building, index_pages
from app.storage.index_pages import Spans
from app.storage.queries.comments import CommentFilter
from app.storage.repositories.unit import Repositories
from bench.comments import Corpus, load
from tests.integration.conftest import Clock

SPANS = Spans(small=8, middle=16, large=64)
WORDS = (
    "図書館",
    "駐車",
    "ビキ",
    "びき",
    "高",
    "髙橋",
    "監督の方法",
    "10番地",
    "みどり条例案",
    "ない言葉",
)


def index_all(desk: Desk, spans: Spans = SPANS) -> None:
    """Index until there is nothing more to do."""
    indexer = Indexer(desk, spans)
    while indexer.once():
        pass


def every_record(desk: Desk) -> list[CommentRecord]:
    """Give every record, newest first."""
    return list(desk.queries.comments.each(CommentFilter()))[::-1]


def text_of(record: CommentRecord) -> str:
    """Fold what is searched of a record."""
    submitter = record.submitter
    fields = (
        record.receipt_number,
        submitter.name,
        submitter.address,
        submitter.representative,
        submitter.category.detail,
        record.measure.written,
        record.opinion,
    )
    return "\n".join(folded_to_search(fold(each)) for each in fields if each)


def fits(record: CommentRecord, wanted: CommentFilter) -> bool:
    """Say whether a record is wanted, by looking at it."""
    own = text_of(record)
    words = words_of(wanted.text)
    if wanted.by_shape:
        own, words = folded_by_shape(own), tuple(map(folded_by_shape, words))
    return (
        all(word in own for word in words)
        and wanted.consultation in {None, record.consultation}
        and wanted.channel in {None, record.channel}
        and wanted.status in {None, record.status}
        and wanted.timeliness in {None, record.timeliness.verdict}
        and (not wanted.confined_to or record.consultation in wanted.confined_to)
    )


def found(desk: Desk, wanted: CommentFilter, *, limit: int) -> Iterator[str]:
    """Turn over page after page."""
    cursor = None
    while True:
        page = desk.queries.comments.page(wanted, cursor=cursor, limit=limit)
        yield from (each.receipt_number for each in page.items)
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def filters(corpus: Corpus) -> Iterator[CommentFilter]:
    """Give filters of every kind, with words and without."""
    plain = (
        CommentFilter(),
        CommentFilter(status=CommentStatus.NEEDS_REVIEW),
        CommentFilter(channel=Channel.FAX, timeliness=TimelinessVerdict.LATE),
        CommentFilter(consultation=corpus.codes[1], status=CommentStatus.ACCEPTED),
        CommentFilter(confined_to=frozenset(corpus.codes[:2])),
        CommentFilter(consultation=corpus.codes[2], confined_to=frozenset(corpus.codes[:1])),
        CommentFilter(consultation="no-such-code"),
    )
    yield from plain
    yield from (CommentFilter(text=word) for word in WORDS)
    # Every filter meets words, and every word a filter: not each with each.
    for number, word in enumerate(WORDS * 2):
        yield dataclasses.replace(plain[1 + number % (len(plain) - 1)], text=word)
    yield CommentFilter(text="図書館 10番地")
    yield CommentFilter(text="ニ", by_shape=True)
    yield CommentFilter(text="二丁目", by_shape=True)


def check(desk: Desk, corpus: Corpus) -> None:
    """Hold every filter against every record."""
    records = every_record(desk)
    for wanted in filters(corpus):
        expected = [each.receipt_number for each in records if fits(each, wanted)]
        assert list(found(desk, wanted, limit=25)) == expected, wanted
    counted = desk.queries.comments.counts()
    mine = desk.queries.comments.counts(frozenset(corpus.codes[:2]))
    for status in CommentStatus:
        of_status = [each for each in records if each.status is status]
        assert counted[status] == len(of_status)
        assert mine[status] == sum(each.consultation in corpus.codes[:2] for each in of_status)


def change_some(desk: Desk, records: list[CommentRecord]) -> None:
    """Give some comments another status, and some another name."""
    draw = random.Random(7)

    def work(repositories: Repositories) -> None:
        for each in draw.sample(records, 15):
            status = draw.choice(list(CommentStatus))
            name = draw.choice((each.submitter.name, "髙橋 ビキ太郎", "𠮷野 駐車"))
            submitter = dataclasses.replace(each.submitter, name=name)
            repositories.comments.change(
                dataclasses.replace(each, status=status, submitter=submitter)
            )

    desk.writer.run(work)


def test_every_filter_finds_what_looking_at_every_text_finds(desk: Desk, engine: sa.Engine) -> None:
    corpus = load(engine, 92, now=desk.clock())
    check(desk, corpus)
    index_all(desk)
    spans = {block.span for block in desk.queries.search_index.blocks()}
    assert spans == {SPANS.small, SPANS.middle, SPANS.large}
    assert desk.queries.search_index.lag().unindexed < SPANS.small
    check(desk, corpus)
    change_some(desk, every_record(desk))
    check(desk, corpus)
    index_all(desk)
    assert desk.queries.search_index.lag().changes < 15, "only those no block covers wait"
    check(desk, corpus)


def test_what_is_held_in_memory_at_once_changes_nothing(
    desk: Desk, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = load(engine, 40, now=desk.clock())
    monkeypatch.setattr(index_building, "_LETTERS_AT_ONCE", 50)
    monkeypatch.setattr(indexing, "_MOST_LETTERS", 0)
    indexer = Indexer(desk, SPANS)
    assert indexer.once()
    assert [block.span for block in desk.queries.search_index.blocks()] == [SPANS.small]
    index_all(desk)
    assert SPANS.middle in {block.span for block in desk.queries.search_index.blocks()}
    check(desk, corpus)


def test_terms_come_in_order_and_each_once_however_few_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = [(0, "髙橋 ビキ\n太郎"), (3, "ああああ"), (4, ""), (7, "\n𠮷あ\t\n")]
    expected = sorted((key, place) for place, text in texts for key in index_pages.keys_of(text))
    for at_once in (1, 3, 1_000):
        monkeypatch.setattr(index_building, "_LETTERS_AT_ONCE", at_once)
        parts = list(index_building.entries_of(texts))
        assert (len(parts) > 1) is (at_once < 1_000)
        given = [(int(k), int(p)) for e in parts for k, p in zip(e.keys, e.places, strict=True)]
        assert given == expected
    assert list(index_building.entries_of([])) == []


class Killed(Exception):
    """The process dies here."""


def test_an_index_killed_anywhere_is_completed(
    desk: Desk, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(engine, 20, now=desk.clock())
    load(engine, 24, now=desk.clock(), first=21)
    spans = Spans(small=8, middle=16, large=32)
    run = desk.writer.run
    left = iter(itertools.cycle((3, 7, 1, 12, 5)))
    fuse = [next(left)]
    killed = 0

    def dies_now_and_then(work: object) -> object:
        fuse[0] -= 1
        if fuse[0] == 0:
            fuse[0] = next(left)
            raise Killed
        return run(work)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.writer, "run", dies_now_and_then)
    for _ in range(400):
        try:
            if not Indexer(desk, spans).once():
                break
        except Killed:
            killed += 1
    monkeypatch.undo()
    assert killed > 5
    index_all(desk, spans)
    blocks = desk.queries.search_index.blocks()
    assert [each.span for each in blocks] == [spans.large, spans.small]
    wanted = CommentFilter(text="図書館")
    expected = [each.receipt_number for each in every_record(desk) if fits(each, wanted)]
    assert list(found(desk, wanted, limit=100)) == expected


def test_the_index_waits_while_many_come_in(desk: Desk, engine: sa.Engine, clock: Clock) -> None:
    """Those who post go first, until too many would have to be looked at one by one."""
    indexer = Indexer(desk, SPANS)
    load(engine, 8, now=desk.clock())
    while indexer.once():
        pass

    clock.pass_by(seconds=2)
    load(engine, 40, now=desk.clock(), first=9)
    assert not indexer.once()
    assert indexed_until(desk) == 8

    clock.pass_by(seconds=2)
    load(engine, 40, now=desk.clock(), first=49)
    while indexer.once():
        pass
    assert indexed_until(desk) > 8, "more than the four middle blocks' worth that may wait"
    assert indexed_until(desk) < 80, "and no more than that"

    clock.pass_by(seconds=2)
    while indexer.once():
        pass
    assert indexed_until(desk) == 88, "in a lull the rest is done"


def indexed_until(desk: Desk) -> int:
    """Give the first id that the index does not cover."""
    return max(each.end for each in desk.queries.search_index.blocks())
