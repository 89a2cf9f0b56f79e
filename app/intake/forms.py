"""The blank 意見書 of a consultation: as a PDF to print, and as a description of where to write."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from app.domain.consultation import Consultation
from app.intake.desk import Desk
from app.recognition.blank_form import draw
from app.recognition.form_template import FormTemplate
from app.recognition.templates import from_json, to_json, to_public_json

_KEPT = 32
"""Forms kept drawn; drawing one embeds a Japanese font, which takes a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankForm:
    """A form, ready to be drawn or described; two with one fingerprint are the same form.

    Attributes:
        fingerprint: Changes when anything printed on it does.
        consultation: Whose form it is.
        template: Where its fields are.
    """

    fingerprint: str
    consultation: Consultation = field(compare=False)
    template: FormTemplate = field(compare=False)


def blank_form(desk: Desk, consultation: Consultation) -> BlankForm:
    """Give the present form of a consultation."""
    layout = desk.queries.consultations.layout(consultation.number, consultation.template_revision)
    template = from_json(layout)
    printed = repr(consultation) + json.dumps(to_json(template), sort_keys=True)
    return BlankForm(
        fingerprint=hashlib.sha256(printed.encode()).hexdigest(),
        consultation=consultation,
        template=template,
    )


@lru_cache(maxsize=_KEPT)
def as_pdf(form: BlankForm) -> bytes:
    """Draw a form.

    Raises:
        RecognitionUnavailable: No Japanese font is installed.
    """
    return draw(form.consultation, form.template)


def description(form: BlankForm) -> Mapping[str, object]:
    """Say where the fields of a form are."""
    return to_public_json(form.template)
