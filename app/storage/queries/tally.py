"""The counts a result page prints: people, organisations, pieces (通) and opinions (件)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.domain.consultation import Consultation
from app.domain.envelope import Channel
from app.domain.status import CommentStatus
from app.domain.submitter import SubmitterKind
from app.storage.queries.comments import count_by_status
from app.storage.repositories.comments import comments
from app.storage.unit_of_work import reading

UNCATEGORISED = ""
"""Key of accepted comments without a category; it stands only where there are any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The four counts, which are never the same thing.

    Attributes:
        people: Distinct individuals, by normalised name and address.
        organisations: Distinct organisations, likewise.
        pieces: Comments.
        opinions: The sum of their opinion counts.
    """

    people: int = 0
    organisations: int = 0
    pieces: int = 0
    opinions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The counts of one consultation.

    Attributes:
        total: Of all accepted comments; who wrote twice by two channels is one person here.
        by_channel: Of accepted comments, every channel.
        by_category: Of accepted comments, every category of the consultation.
        by_status: Number of comments in every status.
    """

    total: Counts
    by_channel: Mapping[str, Counts]
    by_category: Mapping[str, Counts]
    by_status: Mapping[str, int]


# Somebody unknown is somebody else each time.
_WHO = sa.case(
    (comments.c.submitter_key == "", comments.c.receipt_number), else_=comments.c.submitter_key
)
_COUNTS = (
    sa.func.count(sa.distinct(sa.case((comments.c.kind == SubmitterKind.INDIVIDUAL, _WHO)))).label(
        "people"
    ),
    sa.func.count(
        sa.distinct(sa.case((comments.c.kind == SubmitterKind.ORGANIZATION, _WHO)))
    ).label("organisations"),
    sa.func.count().label("pieces"),
    sa.func.coalesce(sa.func.sum(comments.c.opinion_count), 0).label("opinions"),
)


class TallyQueries:
    """Answers how many."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine

    def of(self, consultation: Consultation) -> Tally:
        """Count the comments of a consultation; every key is there, zeros included."""
        mine = comments.c.consultation_id == consultation.number
        accepted = (mine, comments.c.status == CommentStatus.ACCEPTED)
        category = sa.func.coalesce(comments.c.category_code, UNCATEGORISED)
        with reading(self._engine) as connection:
            total = connection.execute(sa.select(*_COUNTS).where(*accepted)).one()
            channels = connection.execute(_grouped(comments.c.channel, accepted)).all()
            categories = connection.execute(_grouped(category, accepted)).all()
            statuses = count_by_status(connection, frozenset({consultation.number}))
        return Tally(
            total=_counts(total),
            by_channel={each.value: Counts() for each in Channel}
            | {row.key.value: _counts(row) for row in channels},
            by_category={each.code: Counts() for each in consultation.categories}
            | {row.key: _counts(row) for row in categories},
            by_status={status.value: number for status, number in statuses.items()},
        )


def _grouped(
    key: sa.ColumnElement[Any], conditions: tuple[sa.ColumnElement[bool], ...]
) -> sa.Select[Any]:
    return sa.select(key.label("key"), *_COUNTS).where(*conditions).group_by(key)


def _counts(row: sa.Row[Any]) -> Counts:
    return Counts(
        people=int(row.people),
        organisations=int(row.organisations),
        pieces=int(row.pieces),
        opinions=int(row.opinions),
    )
