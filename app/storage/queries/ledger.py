"""The ledger (受付台帳): every arrival once, and what each source says against what is recorded.

What was seen comes from the source: the UIDs a folder holds, the slips of a round, the declared
count of a batch, the pages a fax announced, the posts a key made. Our own rows only say what
became of them, so a loss shows as ``missing``.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.domain.envelope import Channel
from app.domain.status import SubmissionState
from app.domain.submission import Submission
from app.storage.queries.submissions import touching
from app.storage.repositories.drop_boxes import collections
from app.storage.repositories.sources import source_items
from app.storage.repositories.submissions import submission_of, submissions
from app.storage.tables import CounterRow, metadata
from app.storage.unit_of_work import reading

_counters = metadata.tables[str(CounterRow.__tablename__)]
SEEN_BY_KEY = "seen:e_application:"
"""Opens the name of the counter of posts an e-application key made."""
ROUND = "collection "
"""Opens the source of what was scanned from a collection round."""

UNITS: Mapping[Channel, str] = {
    Channel.EMAIL: "mail",
    Channel.MAIL: "form",
    Channel.DROP_BOX: "slip",
    Channel.FAX: "page",
    Channel.E_APPLICATION: "post",
}
"""What the source of each channel counts."""

_AT_ONCE = 1000
"""Arrivals that are fetched together."""

_BUCKET: Mapping[SubmissionState, str] = {
    SubmissionState.QUEUED: "waiting",
    SubmissionState.PROCESSING: "waiting",
    SubmissionState.DONE: "recorded",
    SubmissionState.IGNORED: "ignored",
    SubmissionState.QUARANTINED: "quarantined",
    SubmissionState.FAILED: "failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceBalance:
    """What one source says, and what became of it.

    ``seen`` is always the sum of the other counts, ``surplus`` apart.

    Attributes:
        channel: The way it counts.
        source: The mailbox folder, fax gateway, round, batch or API key.
        unit: What it counts.
        seen: How many the source says there are.
        recorded: Became comments.
        ignored: Hold no comment.
        quarantined: Are held back.
        failed: Could not be read.
        waiting: Have not been read yet.
        missing: Are not here.
        surplus: Are here beyond what the source said.
    """

    channel: Channel
    source: str
    unit: str
    seen: int = 0
    recorded: int = 0
    ignored: int = 0
    quarantined: int = 0
    failed: int = 0
    waiting: int = 0
    missing: int = 0
    surplus: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """A thing a source has: how many units it announced, what it became, how many are alike."""

    announced: int | None
    state: SubmissionState | None
    units: int | None
    alike: int = 1


class LedgerQueries:
    """Answers whether anything was lost."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine

    def arrivals(
        self,
        *,
        received_from: datetime | None = None,
        received_before: datetime | None = None,
        channel: Channel | None = None,
        consultations: frozenset[str] = frozenset(),
        after: str | None = None,
    ) -> Iterator[Submission]:
        """Give every arrival of a time, oldest first, without holding a transaction or all of them.

        Args:
            received_from: Only those received then or later.
            received_before: Only those received earlier.
            channel: Only those that came this way.
            consultations: Only those that concern one of these; empty means all.
            after: Id of an arrival; only those behind it in this order.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        query = (
            sa.select(submissions)
            .order_by(submissions.c.received_at, submissions.c.id)
            .limit(_AT_ONCE)
        )
        if received_from is not None:
            query = query.where(submissions.c.received_at >= received_from)
        if received_before is not None:
            query = query.where(submissions.c.received_at < received_before)
        if channel is not None:
            query = query.where(submissions.c.channel == channel)
        if consultations:
            query = query.where(touching(consultations))
        while True:
            with reading(self._engine) as connection:
                rows = connection.execute(query if after is None else _behind(query, after)).all()
            for row in rows:
                yield submission_of(row)
            if len(rows) < _AT_ONCE:
                return
            after = rows[-1].id

    def summary(self, *, channel: Channel | None = None) -> tuple[SourceBalance, ...]:
        """Weigh every source against what is recorded of it, by channel and source."""
        with reading(self._engine) as connection:
            items: dict[tuple[Channel, str], list[Item]] = {}
            for key, item in _items(connection):
                items.setdefault(key, []).append(item)
            told = _told(connection)
        balances = (
            balance(*key, items.get(key, []), told.get(key))
            for key in sorted(items.keys() | told.keys())
        )
        return tuple(each for each in balances if channel in (None, each.channel))


def _behind(query: sa.Select[Any], after: str) -> sa.Select[Any]:
    """Take up a list of arrivals behind one of them."""
    last = sa.select(submissions.c.received_at, submissions.c.id).where(submissions.c.id == after)
    return query.where(
        sa.tuple_(submissions.c.received_at, submissions.c.id) > last.scalar_subquery()
    )


def _items(connection: sa.Connection) -> Iterator[tuple[tuple[Channel, str], Item]]:
    """Give what the sources named, and arrivals whose source named nothing."""
    named = _alike(
        source_items.c.channel, source_items.c.source, source_items.c.announced
    ).select_from(
        source_items.join(
            submissions, submissions.c.id == source_items.c.submission_id, isouter=True
        )
    )
    own = (submissions.c.channel, submissions.c.source, submissions.c.announced)
    named_ids = sa.select(source_items.c.submission_id).where(
        source_items.c.submission_id.is_not(None)
    )
    # All but the named ones, as a difference: whether a row is named says no index, while all of
    # them are counted by an index alone.
    unnamed = Counter(dict(_counted(connection, _alike(*own))))
    unnamed.subtract(
        dict(_counted(connection, _alike(*own).where(submissions.c.id.in_(named_ids))))
    )
    for counts in (_counted(connection, named), unnamed.items()):
        for (channel, source, announced, state, units), alike in counts:
            # A mail is one mail, however many comments or pages were in it.
            counted = None if channel is Channel.EMAIL else units
            if alike:
                yield (channel, source), Item(announced, state, counted, alike)


_Alike = tuple[Channel, str, int | None, SubmissionState | None, int | None]


def _counted(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[tuple[_Alike, int]]:
    for *alike, count in connection.execute(query):
        channel, source, announced, state, units = alike
        yield (channel, source, announced, state, units), count


def _alike(*named: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Count things that say and became the same, in the database: a call may bring a million."""
    columns = (*named, submissions.c.state, submissions.c.units)
    return sa.select(*columns, sa.func.count().label("alike")).group_by(*columns)


def _told(connection: sa.Connection) -> dict[tuple[Channel, str], int]:
    """Give the sources that count by one number: collection rounds and e-application keys."""
    told: dict[tuple[Channel, str], int] = {}
    rounds: sa.Select[Any] = sa.select(collections.c.id, collections.c.slip_count).where(
        collections.c.slip_count.is_not(None)
    )
    for collection_id, slips in connection.execute(rounds):
        told[Channel.DROP_BOX, f"{ROUND}{collection_id}"] = slips
    posts = sa.select(_counters).where(_counters.c.name.startswith(SEEN_BY_KEY, autoescape=True))
    for row in connection.execute(posts):
        told[Channel.E_APPLICATION, row.name.removeprefix(SEEN_BY_KEY)] = row.value
    return told


def balance(
    channel: Channel, source: str, items: Iterable[Item], told: int | None
) -> SourceBalance:
    """Weigh one source.

    Args:
        channel: The way it counts.
        source: Its name.
        items: What it named, and what became of each here.
        told: How many it says there are where it counts by one number, else None.
    """
    counts = dict.fromkeys(("recorded", *_OTHERS, "missing", "surplus"), 0)
    for item in items:
        for bucket, count in _share(item, by_total=told is not None):
            counts[bucket] += count * item.alike
    if told is not None:
        counts = _within(told, counts)
    seen = sum(count for bucket, count in counts.items() if bucket != "surplus")
    return SourceBalance(
        channel=channel,
        source=source,
        unit=UNITS[channel],
        seen=seen,
        recorded=counts["recorded"],
        ignored=counts["ignored"],
        quarantined=counts["quarantined"],
        failed=counts["failed"],
        waiting=counts["waiting"],
        missing=counts["missing"],
        surplus=counts["surplus"],
    )


_OTHERS = ("ignored", "quarantined", "failed", "waiting")


def _share(item: Item, *, by_total: bool) -> Iterator[tuple[str, int]]:
    """Say what one item adds to which count."""
    if item.state is None:
        # Told of, never here, and a person said why: nothing was in it, but it is still counted.
        explained = item.announced == 0
        yield ("ignored", 1) if explained else ("missing", item.announced or 1)
        return
    if item.state is not SubmissionState.DONE:
        yield _BUCKET[item.state], 1 if item.announced is None else item.announced
        return
    # An arrival that was read counts once even where nothing could be counted inside.
    units = max(item.units or 0, 0 if item.announced is not None else 1)
    if by_total or item.announced is None:
        yield "recorded", units
        return
    yield "recorded", min(item.announced, units)
    yield "missing", max(item.announced - units, 0)
    yield "surplus", max(units - item.announced, 0)


def _within(told: int, counts: Mapping[str, int]) -> dict[str, int]:
    """Fit what is here into the one number the source gave; the rest is missing or surplus."""
    left = told
    fitted = dict.fromkeys(counts, 0)
    # What still needs somebody is shown first; a surplus is taken off what is recorded.
    for bucket in ("failed", "quarantined", "waiting", "ignored", "recorded"):
        fitted[bucket] = min(counts[bucket], left)
        left -= fitted[bucket]
    here = sum(counts[bucket] for bucket in ("recorded", *_OTHERS))
    return fitted | {"missing": left, "surplus": max(here - told, 0)}
