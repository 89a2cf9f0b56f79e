"""Comments that came by fax, as far as one is held against the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from app.domain.comment import CommentRecord
from app.storage.repositories.comments import comments
from app.storage.repositories.submissions import submissions

COMPARED = 200
"""On the day of a campaign a repeated fax is looked for among this many."""

_NEAR = (
    sa.select(
        comments.c.receipt_number,
        comments.c.name,
        comments.c.address,
        comments.c.opinion,
        submissions.c.facts,
    )
    .join(submissions, submissions.c.id == comments.c.submission_id)
    .where(
        # In words: an index of faxes alone does not serve a question with a parameter there.
        sa.text("comments.channel = 'fax'"),
        comments.c.submission_id != sa.bindparam("itself"),
        comments.c.received_at >= sa.bindparam("since"),
        comments.c.received_at <= sa.bindparam("until"),
    )
    .order_by(comments.c.id.desc())
    .limit(COMPARED)
)
"""No more than is compared: two hundred whole records would cost as much as half a page to read."""


@dataclass(frozen=True, slots=True)
class NearFax:
    """What of another fax is compared.

    Attributes:
        receipt_number: Its comment.
        facts: What was told of its arrival.
        texts: What was read of name, address and opinion.
    """

    receipt_number: str
    facts: Mapping[str, str]
    texts: tuple[str | None, ...]


class FaxRepository:
    """Finds comments that came by fax."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

    def near(self, comment: CommentRecord, *, within: timedelta) -> tuple[NearFax, ...]:
        """Give comments from other faxes that came not long before or after one, newest first."""
        rows = self._connection.execute(
            _NEAR,
            {
                "itself": comment.submission_id,
                "since": comment.received_at - within,
                "until": comment.received_at + within,
            },
        )
        return tuple(
            NearFax(row.receipt_number, row.facts, (row.name, row.address, row.opinion))
            for row in rows
        )
