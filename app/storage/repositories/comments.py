"""Comment records."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from app.domain.comment import CommentRecord, Related
from app.storage.comment_rows import (
    comment_of,
    keys_of,
    new_row,
    row_of,
)
from app.storage.repositories.consultations import consultations
from app.storage.repositories.related import alike
from app.storage.rows import NewRows, each_of
from app.storage.tables import CommentRow, SearchChangeRow, metadata

_changes = metadata.tables[str(SearchChangeRow.__tablename__)]
comments = metadata.tables[str(CommentRow.__tablename__)]
WITH_CONSULTATION = sa.select(comments, consultations.c.code.label("consultation")).join(
    consultations, consultations.c.id == comments.c.consultation_id, isouter=True
)
"""Comments with the code of their consultation."""
LACKING_SHOWN = 5
LACKING_LOOKED_AT = 200
"""Of the comments of one address that wait for a correction the newest are looked at."""

_IS_LACKING = sa.text("comments.status = 'needs_correction'")
"""In words: an index of these alone does not serve a question with a parameter in their place."""
_OF_SUBMISSION = comments.c.submission_id == sa.bindparam("wanted")
_LOCK_OF_SUBMISSION = (
    sa.select(comments.c.id)
    .where(_OF_SUBMISSION)
    .order_by(comments.c.receipt_number)
    .with_for_update()
)
_READ_OF_SUBMISSION = WITH_CONSULTATION.where(_OF_SUBMISSION).order_by(comments.c.position)
_BY_ADDRESS = (
    sa.select(
        comments.c.id,
        comments.c.receipt_number,
        comments.c.consultation_id,
        comments.c.submission_id,
    )
    .where(comments.c.email == sa.bindparam("by"), _IS_LACKING)
    .order_by(comments.c.id.desc())
    .limit(LACKING_LOOKED_AT)
    .subquery()
)
"""Cut off inside, so that SQLite goes by the address: it would rather go through a consultation's
comments, and do so for every mail that comes."""
_LACKING = (
    sa.select(_BY_ADDRESS.c.receipt_number)
    .join(consultations, consultations.c.id == _BY_ADDRESS.c.consultation_id)
    .where(
        consultations.c.code == sa.bindparam("about"),
        _BY_ADDRESS.c.submission_id != sa.bindparam("itself"),
    )
    .order_by(_BY_ADDRESS.c.id.desc())
    .limit(LACKING_SHOWN)
)
_NEW = NewRows(comments)


def _borne(own: sa.ColumnElement[str], parameter: str, dialect: str) -> sa.Select[str]:
    key = each_of(parameter)[dialect]
    there = sa.select(own).where(own == key).limit(1).scalar_subquery()
    return sa.select(key).where(there.is_not(None))


_KNOWN = {
    dialect: sa.union_all(
        _borne(comments.c.opinion_key, "opinions", dialect),
        _borne(comments.c.submitter_key, "submitters", dialect),
    )
    for dialect in ("postgresql", "sqlite")
}
"""Of some keys those that a comment bears; asks each one's own index once, however many bear it.

PostgreSQL may read all comments into a table of its own to answer what is asked with EXISTS.
"""
_NUMBER_OF = sa.select(consultations.c.id).where(consultations.c.code == sa.bindparam("code"))
_UNDECIDED = sa.select(
    sa.union_all(
        *(
            sa.select(
                sa.select(comments.c.id)
                .where(
                    whose,
                    comments.c.decision.is_(None),
                    comments.c.id > sa.bindparam("after"),
                )
                .order_by(comments.c.id)
                .limit(sa.bindparam("most"))
                .subquery()
            )
            for whose in (
                comments.c.consultation_id == _NUMBER_OF.scalar_subquery(),
                comments.c.consultation_id.is_(None),
            )
        )
    )
    .order_by("id")
    .limit(sa.bindparam("most"))
    .subquery()
)
"""Each part stops where its index has given enough: asked with OR, SQLite reads and sorts all
comments of the consultation for every few that are judged again."""


class CommentRepository:
    """Stores comment records."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

    def get(self, receipt_number: str, *, lock: bool = False) -> CommentRecord | None:
        """Find a record; ``lock`` keeps others from changing it meanwhile."""
        wanted = comments.c.receipt_number == receipt_number
        if lock:
            self._lock(wanted)
        row = self._connection.execute(WITH_CONSULTATION.where(wanted)).one_or_none()
        return comment_of(row) if row else None

    def of_submission(self, submission_id: str) -> tuple[CommentRecord, ...]:
        """Give the records made from an arrival, in order; nobody else changes them meanwhile."""
        asked = {"wanted": submission_id}
        # Most arrivals are new and have none: what is not there needs no second look.
        if not self._connection.execute(_LOCK_OF_SUBMISSION, asked).all():
            return ()
        rows = self._connection.execute(_READ_OF_SUBMISSION, asked)
        return tuple(comment_of(row) for row in rows)

    def _lock(self, *wanted: sa.ColumnElement[bool]) -> tuple[int, ...]:
        """Keep others from changing records until this transaction ends; gives their ids.

        A statement of its own, before they are read: what is joined to a row that had to be
        waited for would still be what it was before (PostgreSQL, EvalPlanQual). On SQLite
        writers never meet.
        """
        query = sa.select(comments.c.id).where(*wanted).order_by(comments.c.receipt_number)
        return tuple(self._connection.execute(query.with_for_update()).scalars())

    def undecided(
        self, consultation: str, *, after: int = 0, limit: int
    ) -> tuple[tuple[CommentRecord, ...], int | None]:
        """Give records nobody decided on that a consultation's rules may concern.

        These are its own and those whose consultation is not known; nobody else changes them
        meanwhile.

        Args:
            consultation: Its code.
            after: Where the records before these ended.
            limit: How many at most.

        Returns:
            Some records, and where they end; None where no more can follow.
        """
        asked = {"code": consultation, "after": after, "most": limit}
        ids = self._connection.execute(_UNDECIDED, asked).scalars().all()
        found = self._lock(comments.c.decision.is_(None), comments.c.id.in_(ids))
        rows = self._connection.execute(
            WITH_CONSULTATION.where(comments.c.id.in_(found)).order_by(comments.c.id)
        )
        return tuple(comment_of(row) for row in rows), ids[-1] if len(ids) == limit else None

    def lacking(self, consultation: str, *, email: str, itself: str) -> tuple[str, ...]:
        """Give receipt numbers of comments by one address that wait for a correction.

        Args:
            consultation: Code of their consultation.
            email: The address of their writer.
            itself: Arrival whose own comments are left out.
        """
        rows = self._connection.execute(
            _LACKING, {"by": email, "about": consultation, "itself": itself}
        )
        return tuple(row.receipt_number for row in rows)

    def add(self, comment: CommentRecord, *, consultation_number: int | None, at: datetime) -> None:
        """Store a new record."""
        _NEW.insert(self._connection, [new_row(comment, consultation_number, at)])

    def add_together(
        self, new: Sequence[CommentRecord], *, consultation_number: int, at: datetime
    ) -> Mapping[str, Sequence[Related]]:
        """Store new records of one consultation, each the only one of its arrival.

        Most resemble none, which one statement settles for all of them.

        Returns:
            By receipt number, the records of the same text or writer: stored ones, and others of
            these; nothing for those that resemble none.
        """
        rows = [new_row(each, consultation_number, at) for each in new]
        borne = Counter(key for row in rows for key in keys_of(row))
        known_of = _KNOWN[self._connection.dialect.name]
        asked = {
            name: list({row[column] for row in rows} - {""})
            for name, column in (("opinions", "opinion_key"), ("submitters", "submitter_key"))
        }
        known = self._connection.execute(known_of, asked).scalars()
        shared = {*known, *(key for key, count in borne.items() if count > 1)}
        _NEW.insert(self._connection, rows)
        return alike(self._connection, rows, shared) if shared else {}

    def change(self, comment: CommentRecord) -> None:
        """Store a changed record; its revision has grown already."""
        number = None
        if comment.consultation is not None:
            number = self._connection.execute(
                _NUMBER_OF, {"code": comment.consultation}
            ).scalar_one()
        row = row_of(comment)
        mine = comments.c.receipt_number == comment.receipt_number
        has_other_words = comments.c.search_text != row["search_text"]
        self._connection.execute(
            sa.insert(_changes).from_select(
                ["comment_id", "words"], sa.select(comments.c.id, has_other_words).where(mine)
            )
        )
        self._connection.execute(
            sa.update(comments).where(mine).values(consultation_id=number, **row)
        )
