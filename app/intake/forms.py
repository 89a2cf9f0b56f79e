"""The blank 意見書 of a consultation: to print, to fill in on a computer, as Word, described."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from app.domain.consultation import Consultation
from app.intake.desk import Desk
from app.recognition.form_template import FormTemplate, Variant
from app.recognition.press import print_form, print_separator, print_word
from app.recognition.templates import design, from_json, to_json, to_public_json

_KEPT = 32
"""Forms kept drawn; drawing one embeds a Japanese font, which takes a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankForm:
    """A form, ready to be drawn or described; two with one fingerprint are the same form.

    Attributes:
        fingerprint: Changes when anything printed on it does.
        consultation: Whose form it is.
        template: Where its fields are, with its other kinds.
    """

    fingerprint: str
    consultation: Consultation = field(compare=False)
    template: FormTemplate = field(compare=False)


def blank_form(desk: Desk, consultation: Consultation) -> BlankForm:
    """Give the present form of a consultation."""
    layout = desk.queries.consultations.layout(consultation.number, consultation.template_revision)
    template = _whole(from_json(layout), consultation)
    printed = repr(consultation) + json.dumps(to_json(template), sort_keys=True)
    return BlankForm(
        fingerprint=hashlib.sha256(printed.encode()).hexdigest(),
        consultation=consultation,
        template=template,
    )


def known_templates(desk: Desk) -> dict[tuple[int, int], FormTemplate]:
    """Give every form that was ever printed, by consultation number and revision."""
    templates = {
        key: from_json(layout) for key, layout in desk.queries.consultations.layouts().items()
    }
    for consultation in desk.queries.consultations.all():
        key = (consultation.number, consultation.template_revision)
        if key in templates:
            templates[key] = _whole(templates[key], consultation)
    return templates


def _whole(template: FormTemplate, consultation: Consultation) -> FormTemplate:
    """Add the other kinds to a layout that was stored before there were any."""
    if template.variants:
        return template
    return replace(template, variants=design(consultation).variants)


@lru_cache(maxsize=_KEPT)
def as_pdf(form: BlankForm, variant: Variant = Variant.STANDARD) -> bytes:
    """Draw a form, to be filled in by hand or on a computer, with a sheet on which to go on.

    Raises:
        RecognitionUnavailable: No Japanese font is installed.
    """
    wanted = (form.template.kind(variant), form.template.kind(Variant.CONTINUATION))
    return print_form(form.consultation, [each for each in wanted if each is not None])


@lru_cache(maxsize=_KEPT)
def as_word(form: BlankForm) -> bytes:
    """Write a form as a Word file, with the same labels."""
    return print_word(form.consultation, form.template)


@lru_cache(maxsize=1)
def separator() -> bytes:
    """Draw the sheet that is laid between two comments of a stack.

    Raises:
        RecognitionUnavailable: No Japanese font is installed.
    """
    return print_separator()


def description(form: BlankForm, variant: Variant = Variant.STANDARD) -> Mapping[str, object]:
    """Say where the fields of a form are."""
    kind = form.template.kind(variant) or form.template
    continuation = form.template.kind(Variant.CONTINUATION)
    return to_public_json(kind, continuation)
