"""Form templates (様式) as versioned data: designed, stored, published, named by a QR code."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.comment_form import Box
from app.recognition.form_layout import design
from app.recognition.form_template import (
    AreaRole,
    FormTemplate,
    TemplateArea,
    TemplateChoice,
    TemplateField,
    TemplateMarker,
    Variant,
)

__all__ = [
    "FormTemplate",
    "QrMark",
    "TemplateChoice",
    "TemplateField",
    "Variant",
    "design",
    "from_json",
    "parse_qr",
    "qr_text",
    "to_json",
    "to_public_json",
]

_QR_TEXT = re.compile(
    r"IKB:([1-9][0-9]{0,8}):([0-9]{1,6}):([0-9]{1,4}):([1-9][0-9]{0,3})(?::([LC]))?"
)
SEPARATOR_TEXT = "IKB:SEPARATOR"
"""The code of the sheet that is laid between two comments of a stack (仕切り紙)."""

_SEPARATOR = 0
"""No consultation has this number; a separator belongs to none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QrMark:
    """What the QR code of a form page says."""

    consultation_number: int
    revision: int
    version: int
    page: int
    variant: Variant = Variant.STANDARD

    @property
    def is_separator(self) -> bool:
        """Whether it stands on a separator sheet, not on a form."""
        return self.consultation_number == _SEPARATOR


def qr_text(template: FormTemplate, page: int) -> str:
    """Give the text of a page's QR code: short and upper-case, so that it stays small."""
    text = f"IKB:{template.consultation_number}:{template.revision}:{template.version}:{page}"
    return text if template.variant is Variant.STANDARD else f"{text}:{template.variant.value}"


def parse_qr(text: str) -> QrMark | None:
    """Understand a QR code of ours; any other text gives None."""
    if text == SEPARATOR_TEXT:
        return QrMark(consultation_number=_SEPARATOR, revision=0, version=0, page=1)
    found = _QR_TEXT.fullmatch(text)
    if found is None:
        return None
    *numbers, variant = found.groups()
    number, revision, version, page = (int(each) for each in numbers)
    return QrMark(
        consultation_number=number,
        revision=revision,
        version=version,
        page=page,
        variant=Variant(variant or Variant.STANDARD),
    )


def by_mark(
    templates: Iterable[FormTemplate],
) -> dict[tuple[int, int, Variant], FormTemplate]:
    """Give every kind of every form by what its QR code says."""
    return {
        (each.consultation_number, each.revision, each.variant): each
        for template in templates
        for each in template.every()
    }


def to_public_json(
    template: FormTemplate, continuation: FormTemplate | None = None
) -> dict[str, object]:
    """Describe where the fields are, as ``GET …/form.json`` answers.

    Args:
        template: The form.
        continuation: The sheet that follows it, on which a field goes on.
    """
    first = template.pages + 1
    return {
        "template": template.id,
        "page": {"width_mm": template.page_width_mm, "height_mm": template.page_height_mm},
        "fields": [
            {"field": each.field, "page": each.page, "box": list(each.box)}
            for each in template.fields
        ],
        "choices": [
            {"field": each.field, "code": each.code, "page": each.page, "box": list(each.box)}
            for each in template.choices
        ],
        "continuations": [
            {"field": each.field, "page": first, "box": list(each.box)}
            for each in (continuation.fields if continuation else ())
        ],
    }


def to_json(template: FormTemplate) -> dict[str, object]:
    """Give everything needed to read a sheet printed from this template, for storage."""
    return {
        "id": template.id,
        "version": template.version,
        "consultation_number": template.consultation_number,
        "consultation_code": template.consultation_code,
        "revision": template.revision,
        "measure_name": template.measure_name,
        "page_width_mm": template.page_width_mm,
        "page_height_mm": template.page_height_mm,
        "pages": template.pages,
        "fields": [
            {"field": each.field, "page": each.page, "box": list(each.box), "row_mm": each.row_mm}
            for each in template.fields
        ],
        "choices": [
            {
                "field": each.field,
                "code": each.code,
                "page": each.page,
                "box": list(each.box),
                "label": list(each.label),
            }
            for each in template.choices
        ],
        "areas": [
            {
                "role": each.role.value,
                "page": each.page,
                "box": list(each.box),
                "field": each.field,
            }
            for each in template.areas
        ],
        "markers": [{"marker": each.marker, "box": list(each.box)} for each in template.markers],
        "qr": list(template.qr),
        "variant": template.variant.value,
        "variants": [to_json(each) for each in template.variants],
    }


# Any: stored JSON is untyped at this border; every value is converted here.
def from_json(data: Mapping[str, Any]) -> FormTemplate:
    """Rebuild a stored template.

    Raises:
        KeyError: A member is missing.
        ValueError: A member has no usable value.
    """
    return FormTemplate(
        id=str(data["id"]),
        version=int(data["version"]),
        consultation_number=int(data["consultation_number"]),
        consultation_code=str(data["consultation_code"]),
        revision=int(data["revision"]),
        measure_name=str(data["measure_name"]),
        page_width_mm=float(data["page_width_mm"]),
        page_height_mm=float(data["page_height_mm"]),
        pages=int(data["pages"]),
        fields=tuple(
            TemplateField(
                field=str(each["field"]),
                page=int(each["page"]),
                box=_box(each["box"]),
                row_mm=float(each["row_mm"]),
            )
            for each in data["fields"]
        ),
        choices=tuple(
            TemplateChoice(
                field=str(each["field"]),
                code=str(each["code"]),
                page=int(each["page"]),
                box=_box(each["box"]),
                label=_box(each["label"]),
            )
            for each in data["choices"]
        ),
        areas=tuple(
            TemplateArea(
                role=AreaRole(each["role"]),
                page=int(each["page"]),
                box=_box(each["box"]),
                field=None if each["field"] is None else str(each["field"]),
            )
            for each in data["areas"]
        ),
        markers=tuple(
            TemplateMarker(marker=int(each["marker"]), box=_box(each["box"]))
            for each in data["markers"]
        ),
        qr=_box(data["qr"]),
        # Layouts stored before there were several kinds do not say which they are.
        variant=Variant(data.get("variant", Variant.STANDARD)),
        variants=tuple(from_json(each) for each in data.get("variants", ())),
    )


def _box(values: Sequence[float]) -> Box:
    left, top, right, bottom = (float(each) for each in values)
    return (left, top, right, bottom)
