"""Calls for whoever reads: made in the very transaction that lets an arrival wait.

Where a queue stands beside the rows (PostgreSQL), each arrival that begins to wait calls a reader
through it, on the same connection: call and arrival are committed together or not at all. The
arrival's row stays the only truth; a call may come twice, late or never, and nothing is lost.
Without a queue (SQLite) nobody is called: readers look at the rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.domain.submission import Lane

_OPTION = "ikenbako_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Somebody shall read an arrival.

    Attributes:
        submission_id: The arrival.
        lane: In which lane.
        at: Not before this instant; None means now.
    """

    submission_id: str
    lane: Lane
    at: datetime | None = None


Calling = Callable[[sa.Connection, Sequence[Call]], None]
"""Writes calls into a queue, over the connection of the transaction they belong to."""


def with_calls(engine: sa.Engine, calling: Calling) -> sa.Engine:
    """Give an engine whose connections call readers."""
    return engine.execution_options(**{_OPTION: calling})


def call(connection: sa.Connection, calls: Sequence[Call]) -> None:
    """Call readers, where there is a queue to call them through."""
    calling: Calling | None = connection.get_execution_options().get(_OPTION)
    if calling is not None and calls:
        calling(connection, calls)
