"""Consultations and the layouts of their forms."""

import functools
import json
from datetime import date, datetime
from typing import Any  # a layout is recognition's own JSON document

import sqlalchemy as sa

from app.domain.consultation import Consultation
from app.storage import codec
from app.storage.tables import ConsultationRow, FormTemplateRow, metadata

consultations = metadata.tables[str(ConsultationRow.__tablename__)]
form_templates = metadata.tables[str(FormTemplateRow.__tablename__)]
DEFINED = sa.select(
    consultations.c.id,
    consultations.c.code,
    consultations.c.opens_on,
    consultations.c.closes_on,
    sa.cast(consultations.c.definition, sa.Text).label("definition"),
)
"""Consultations as ``consultation_of`` takes them."""
EVERY = DEFINED.order_by(consultations.c.id.desc())
"""All of them, newest first."""
_BY_CODE = DEFINED.where(consultations.c.code == sa.bindparam("wanted"))
_LOCKED = _BY_CODE.with_for_update()
_REMEMBERED = 1000


class ConsultationRepository:
    """Stores consultations."""

    def __init__(self, connection: sa.Connection) -> None:
        """Work on a connection."""
        self._connection = connection

    def get(self, code: str, *, lock: bool = False) -> Consultation | None:
        """Find a consultation; ``lock`` keeps others from changing it meanwhile."""
        query = _LOCKED if lock else _BY_CODE
        row = self._connection.execute(query, {"wanted": code}).one_or_none()
        return consultation_of(row) if row else None

    def all(self) -> tuple[Consultation, ...]:
        """Give every consultation, newest first."""
        return tuple(consultation_of(row) for row in self._connection.execute(EVERY))

    def add(self, consultation: Consultation, *, at: datetime) -> bool:
        """Store a new consultation; False when its code is taken."""
        added = self._connection.execute(
            sa.text("SELECT 1 FROM consultations WHERE code = :code"), {"code": consultation.code}
        ).one_or_none()
        if added:
            return False
        self._connection.execute(
            sa.insert(consultations).values(
                id=consultation.number,
                code=consultation.code,
                opens_on=consultation.opens_on,
                closes_on=consultation.closes_on,
                definition=codec.consultation_out(consultation),
                rejudge=True,
                created_at=at,
                updated_at=at,
            )
        )
        return True

    def change(self, consultation: Consultation, *, at: datetime) -> None:
        """Store a changed consultation and ask for its undecided comments to be judged again."""
        self._connection.execute(
            sa.update(consultations)
            .where(consultations.c.id == consultation.number)
            .values(
                opens_on=consultation.opens_on,
                closes_on=consultation.closes_on,
                definition=codec.consultation_out(consultation),
                rejudge=True,
                updated_at=at,
            )
        )

    def to_rejudge(self) -> tuple[str, ...]:
        """Give the codes whose undecided comments have not been judged again yet."""
        query = sa.select(consultations.c.code).where(consultations.c.rejudge)
        return tuple(self._connection.execute(query).scalars())

    def rejudged(self, code: str, *, changed_before: datetime) -> None:
        """Note that undecided comments were judged again, unless the rules changed since."""
        self._connection.execute(
            sa.update(consultations)
            .where(consultations.c.code == code, consultations.c.updated_at < changed_before)
            .values(rejudge=False)
        )

    def add_template(
        self, number: int, revision: int, layout: dict[str, Any], *, at: datetime
    ) -> None:
        """Keep the layout of a form revision."""
        self._connection.execute(
            sa.insert(form_templates).values(
                consultation_id=number, revision=revision, layout=layout, created_at=at
            )
        )


def consultation_of(row: sa.Row[Any]) -> Consultation:
    """Build a consultation from its row."""
    return _consultation_of(row.code, row.id, row.opens_on, row.closes_on, row.definition)


@functools.lru_cache(_REMEMBERED)
def _consultation_of(
    code: str, number: int, opens_on: date, closes_on: date, definition: str
) -> Consultation:
    """Build a consultation, once for each text of its rules: every arrival asks for all of them."""
    return codec.consultation_in(
        code=code,
        number=number,
        opens_on=opens_on,
        closes_on=closes_on,
        stored=json.loads(definition),
    )
