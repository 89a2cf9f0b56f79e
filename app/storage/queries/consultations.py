"""Consultations and the layouts of their forms."""

from collections.abc import Mapping
from typing import Any  # a layout is recognition's own JSON document

import sqlalchemy as sa

from app.domain.consultation import Consultation
from app.storage.repositories.consultations import (
    DEFINED,
    EVERY,
    consultation_of,
    consultations,
    form_templates,
)
from app.storage.unit_of_work import reading


class ConsultationQueries:
    """Answers which consultations there are."""

    def __init__(self, engine: sa.Engine) -> None:
        """Ask over an engine."""
        self._engine = engine

    def get(self, code: str) -> Consultation | None:
        """Find a consultation by its code."""
        return self._one(consultations.c.code == code)

    def by_number(self, number: int) -> Consultation | None:
        """Find a consultation by the number its forms and receipts bear."""
        return self._one(consultations.c.id == number)

    def _one(self, condition: sa.ColumnElement[bool]) -> Consultation | None:
        with reading(self._engine) as connection:
            row = connection.execute(DEFINED.where(condition)).one_or_none()
        return consultation_of(row) if row else None

    def all(self) -> tuple[Consultation, ...]:
        """Give every consultation, newest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(EVERY).all()
        return tuple(consultation_of(row) for row in rows)

    def layout(self, number: int, revision: int) -> Mapping[str, Any]:
        """Give the stored layout of a form revision, which every consultation has."""
        query = sa.select(form_templates.c.layout).where(
            form_templates.c.consultation_id == number, form_templates.c.revision == revision
        )
        with reading(self._engine) as connection:
            layout: Mapping[str, Any] = connection.execute(query).scalar_one()
        return layout

    def layouts(self) -> dict[tuple[int, int], Mapping[str, Any]]:
        """Give every stored layout by consultation number and form revision."""
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(form_templates)).all()
        return {(row.consultation_id, row.revision): row.layout for row in rows}
