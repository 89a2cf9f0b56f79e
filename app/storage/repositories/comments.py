"""Comment records."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from app.domain.comment import CommentRecord, Related
from app.storage.comment_rows import (
    comment_of,
    keys_of,
    new_row,
    opinion_key,
    row_of,
    submitter_key,
)
from app.storage.repositories.consultations import consultations
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
RELATED_SHOWN = 100
"""Of a campaign with thousands of equal texts the newest are shown."""

_IS_LACKING = sa.text("comments.status = 'needs_correction'")
"""In words: an index of these alone does not serve a question with a parameter in their place."""
_RELATED = {
    relation: sa.select(comments.c.receipt_number, consultations.c.code.label("consultation"))
    .join(consultations, consultations.c.id == comments.c.consultation_id, isouter=True)
    .where(column == sa.bindparam("key"), comments.c.receipt_number != sa.bindparam("itself"))
    .order_by(comments.c.id.desc())
    .limit(RELATED_SHOWN)
    for relation, column in (
        ("correction_of", comments.c.receipt_number),
        ("corrected_by", comments.c.corrects),
        ("same_submission", comments.c.submission_id),
        ("sent_again", comments.c.receipt_number),
        ("same_text", comments.c.opinion_key),
        ("same_submitter", comments.c.submitter_key),
    )
}
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

    def related(self, comment: CommentRecord) -> tuple[Related, ...]:
        """Point out records that may belong to one."""
        return related_to(self._connection, comment)

    def add(self, comment: CommentRecord, *, consultation_number: int | None, at: datetime) -> None:
        """Store a new record."""
        _NEW.insert(self._connection, [new_row(comment, consultation_number, at)])

    def add_together(
        self, new: Sequence[CommentRecord], *, consultation_number: int, at: datetime
    ) -> frozenset[str]:
        """Store new records of one consultation, and say which of them resemble another.

        Most resemble none, which one statement settles for all of them.

        Returns:
            The receipt numbers of those whose text or writer a stored record bears, or another
            of these; ``related`` tells which.
        """
        rows = [new_row(each, consultation_number, at) for each in new]
        keys = {row["receipt_number"]: keys_of(row) for row in rows}
        borne = Counter(key for own in keys.values() for key in own)
        known_of = _KNOWN[self._connection.dialect.name]
        asked = {
            name: list({row[column] for row in rows} - {""})
            for name, column in (("opinions", "opinion_key"), ("submitters", "submitter_key"))
        }
        known = set(self._connection.execute(known_of, asked).scalars())
        _NEW.insert(self._connection, rows)
        return frozenset(
            receipt_number
            for receipt_number, own in keys.items()
            if any(key in known or borne[key] > 1 for key in own)
        )

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


def related_to(connection: sa.Connection, comment: CommentRecord) -> tuple[Related, ...]:
    """Point out answers, and records of the same arrival, text or submitter."""
    ways = [("correction_of", comment.corrects)] if comment.corrects else []
    ways.append(("corrected_by", comment.receipt_number))
    ways.append(("same_submission", comment.submission_id))
    ways += [
        ("sent_again", each.data["receipt_number"])
        for each in comment.findings
        if each.code == "possible_duplicate" and "receipt_number" in each.data
    ]
    if key := opinion_key(comment.opinion):
        ways.append(("same_text", key))
    if key := submitter_key(comment.submitter):
        ways.append(("same_submitter", key))
    found: dict[str, Related] = {}
    for relation, key in ways:
        asked = {"key": key, "itself": comment.receipt_number}
        for row in connection.execute(_RELATED[relation], asked):
            other = Related(
                receipt_number=row.receipt_number,
                relation=relation,
                consultation=row.consultation,
            )
            found.setdefault(other.receipt_number, other)
    return tuple(found.values())
