"""How much there is and how much waits: the numbers a monitoring system asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.domain.envelope import Channel
from app.domain.outgoing import MailState
from app.domain.status import SubmissionState
from app.domain.submission import Lane
from app.storage.repositories.outbox import outbox
from app.storage.repositories.sources import source_items
from app.storage.repositories.submissions import documents, submissions
from app.storage.unit_of_work import reading

_WAITING = (SubmissionState.QUEUED, SubmissionState.PROCESSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The numbers of one moment, zeros included.

    Attributes:
        arrivals: By channel and state.
        waiting: Arrivals not read yet, by lane.
        waiting_since: When the oldest of them was recorded, by lane; absent where none waits.
        pages: Pictures of pages kept.
        missing: What sources announced by name and is not here, by channel.
        outbox: Mail, by state.
    """

    arrivals: Mapping[tuple[Channel, SubmissionState], int]
    waiting: Mapping[Lane, int]
    waiting_since: Mapping[Lane, datetime]
    pages: int
    missing: Mapping[Channel, int]
    outbox: Mapping[MailState, int]


class LoadQueries:
    """Answers how much."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine

    def now(self) -> Load:
        """Count everything at one moment."""
        with reading(self._engine) as connection:
            arrivals = {
                (channel, state): int(count)
                for channel, state, count in connection.execute(_ARRIVALS)
            }
            lanes = connection.execute(_LANES).all()
            pages = connection.execute(_PAGES).scalar_one()
            missing = {channel: int(count) for channel, count in connection.execute(_MISSING)}
            mails = {MailState(state): int(count) for state, count in connection.execute(_OUTBOX)}
        waiting = {Lane(row.lane): int(row.waiting) for row in lanes}
        return Load(
            arrivals={
                (channel, state): arrivals.get((channel, state), 0)
                for channel in Channel
                for state in SubmissionState
            },
            waiting={lane: waiting.get(lane, 0) for lane in Lane},
            waiting_since={Lane(row.lane): row.since for row in lanes},
            pages=int(pages),
            missing={channel: missing.get(channel, 0) for channel in Channel},
            outbox={state: mails.get(state, 0) for state in MailState},
        )


_ARRIVALS = sa.select(submissions.c.channel, submissions.c.state, sa.func.count()).group_by(
    submissions.c.channel, submissions.c.state
)
_LANES = (
    sa.select(
        submissions.c.lane,
        sa.func.count().label("waiting"),
        sa.func.min(submissions.c.recorded_at).label("since"),
    )
    # By every lane there is, so that the index of what waits is asked instead of all arrivals.
    .where(submissions.c.lane.in_(list(Lane)), submissions.c.state.in_(_WAITING))
    .group_by(submissions.c.lane)
)
_PAGES = (
    sa.select(sa.func.count())
    .select_from(documents)
    # In words: an index of these alone does not serve a question whose role is a parameter.
    .where(sa.text("role = 'page_image'"))
)
_MISSING = (
    sa.select(source_items.c.channel, sa.func.sum(sa.func.coalesce(source_items.c.announced, 1)))
    .where(source_items.c.submission_id.is_(None))
    .group_by(source_items.c.channel)
)
_OUTBOX = sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)
