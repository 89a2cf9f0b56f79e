"""Consultations: their rules and their blank forms."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal  # a JSON merge patch works on plain JSON

from fastapi import APIRouter, Body, Path, Query, Request, Response
from pydantic import ConfigDict, ValidationError

from app.domain.access import Actor, Scope
from app.domain.consultation import Consultation
from app.domain.envelope import japan_day
from app.domain.errors import FieldProblem, InvalidInput, NotFound, StaleRevision
from app.domain.outgoing import MailKind
from app.intake import forms, mail_preview, procedures
from app.intake.desk import Desk
from app.recognition.form_template import Variant
from app.routers.desk import TheDesk, Visitor, Who
from app.routers.fields import Outgoing
from app.routers.operation import JSON, MERGE_PATCH, operation
from app.routers.problems import invalid
from app.routers.schemas_consultations import (
    ConsultationIn,
    ConsultationOut,
    ConsultationPatch,
    ConsultationsOut,
    consultation_of,
    consultation_out,
)
from app.routers.schemas_mail_texts import MailPreviewIn, MailPreviewOut, mail_texts_of

router = APIRouter(prefix="/api/v1/consultations", tags=["consultations"])
Code = Annotated[str, Path(description="The consultation's code.", examples=["juki-pia-2015"])]
Kind = Annotated[
    Literal["standard", "large"],
    Query(description="`large` is the form in large type (拡大文字版)."),
]
_FORM_CACHE = "public, max-age=300"
_PATCHED_AGAIN = 10
"""How often a patch is made anew because somebody else's came in between."""
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_KINDS = {"standard": Variant.STANDARD, "large": Variant.LARGE}


class FormPage(Outgoing):
    """The size of a page."""

    width_mm: float
    height_mm: float


class FormField(Outgoing):
    """Where a field is; the box is left, top, right, bottom as fractions of the page."""

    field: str
    page: int
    box: list[float]


class FormChoice(Outgoing):
    """Where the tick box of a choice is."""

    field: str
    code: str
    page: int
    box: list[float]


class FormContinuation(FormField):
    """Where a field goes on, on the sheet that follows the form."""


class FormOut(Outgoing):
    """Where the fields of a blank form are."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "template": "1-1",
                    "page": {"width_mm": 210, "height_mm": 297},
                    "fields": [
                        {"field": "/submitter/name", "page": 1, "box": [0.3, 0.3, 0.9, 0.35]}
                    ],
                    "choices": [
                        {
                            "field": "/submitter/category/code",
                            "code": "1",
                            "page": 1,
                            "box": [0.1, 0.5, 0.12, 0.52],
                        }
                    ],
                    "continuations": [
                        {"field": "/opinion", "page": 2, "box": [0.07, 0.2, 0.93, 0.89]}
                    ],
                }
            ]
        }
    )

    template: str
    page: FormPage
    fields: list[FormField]
    choices: list[FormChoice]
    continuations: list[FormContinuation]


@router.post(
    "", status_code=201, **operation(Scope.CONSULTATIONS_MANAGE, 409, 503, 507, takes=JSON)
)
def create_consultation(
    sent: Annotated[ConsultationIn, Body()], desk: TheDesk, who: Who, response: Response
) -> ConsultationOut:
    """Set up a comment procedure; its code stands in addresses and never changes."""
    created = procedures.create(desk, consultation_of(sent), actor=who)
    response.headers["Location"] = f"/api/v1/consultations/{created.code}"
    return consultation_out(created)


@router.get("", **operation(None, optional=True))
def list_consultations(desk: TheDesk, visitor: Visitor) -> ConsultationsOut:
    """Give every consultation, newest first; without a key only those open today."""
    now = desk.clock()
    return ConsultationsOut(
        items=[
            consultation_out(each)
            for each in desk.queries.consultations.all()
            if _may_see(each, visitor, now)
        ]
    )


@router.get("/{code}", **operation(None, 404, optional=True))
def get_consultation(code: Code, desk: TheDesk, visitor: Visitor) -> ConsultationOut:
    """Give one consultation; without a key only while it is open."""
    return consultation_out(seen(desk, code, visitor))


@router.patch(
    "/{code}", **operation(Scope.CONSULTATIONS_MANAGE, 404, 412, 503, 507, takes=MERGE_PATCH)
)
def change_consultation(
    code: Code,
    sent: Annotated[ConsultationPatch, Body(media_type=MERGE_PATCH[0])],
    desk: TheDesk,
    who: Who,
) -> ConsultationOut:
    """Change rules by JSON merge patch (RFC 7396); undecided comments are judged again."""
    for _ in range(_PATCHED_AGAIN):
        present, wanted = _patched(desk, code, sent)
        try:
            changed = procedures.change(desk, wanted, actor=who, made_from=present)
        except StaleRevision:
            continue  # what another patch changed meanwhile must stay: put this one on top of it
        return consultation_out(changed)
    raise StaleRevision


def _patched(desk: Desk, code: str, sent: ConsultationPatch) -> tuple[Consultation, Consultation]:
    """Give a consultation as it is, and as the patch makes it."""
    present = desk.queries.consultations.get(code)
    if present is None:
        raise NotFound("consultation_not_found")
    if "code" in sent.model_fields_set and sent.code != code:
        raise InvalidInput(problems=(FieldProblem("/code", "code_fixed"),))
    document = consultation_out(present).model_dump(mode="json")
    merged = _merged(document, sent.model_dump(mode="json", exclude_unset=True))
    try:
        whole = ConsultationIn.model_validate(merged)
    except ValidationError as error:
        raise InvalidInput(
            problems=invalid(error.errors(include_url=False, include_input=False), within=False)
        ) from None
    return present, consultation_of(whole)


@router.post("/{code}/mail-preview", **operation(Scope.CONSULTATIONS_MANAGE, 404, takes=JSON))
def preview_mail(
    code: Code, sent: Annotated[MailPreviewIn, Body()], desk: TheDesk, who: Who
) -> MailPreviewOut:
    """Show a mail to the writer of an invented comment; nothing is stored or sent."""
    consultation = desk.queries.consultations.get(code)
    if consultation is None or not who.may_touch(code):
        raise NotFound("consultation_not_found")
    draft = None if sent.mail_texts is None else mail_texts_of(sent.mail_texts)
    shown = mail_preview.preview(desk, consultation, MailKind(sent.kind), draft=draft)
    return MailPreviewOut(subject=shown.subject, body=shown.body)


@router.get(
    "/{code}/form.pdf",
    response_class=Response,
    **operation(
        None,
        404,
        503,
        optional=True,
        answers={"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        unchanged=True,
    ),
)
def get_form(
    code: Code, request: Request, desk: TheDesk, visitor: Visitor, variant: Kind = "standard"
) -> Response:
    """Give the blank 意見書, to print or to fill in on a computer; on its last page one goes on."""
    form = forms.blank_form(desk, seen(desk, code, visitor))
    headers = _form_headers(form, f"{variant}-pdf")
    if _is_fresh(request, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    headers["Content-Disposition"] = f'inline; filename="{code}.pdf"'
    content = forms.as_pdf(form, _KINDS[variant])
    return Response(content, media_type="application/pdf", headers=headers)


@router.get(
    "/{code}/form.docx",
    response_class=Response,
    **operation(
        None,
        404,
        optional=True,
        answers={_WORD: {"schema": {"type": "string", "format": "binary"}}},
        unchanged=True,
    ),
)
def get_word_form(code: Code, request: Request, desk: TheDesk, visitor: Visitor) -> Response:
    """Give the blank 意見書 as a Word file, with the same labels."""
    form = forms.blank_form(desk, seen(desk, code, visitor))
    headers = _form_headers(form, "docx")
    if _is_fresh(request, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{code}.docx"'
    return Response(forms.as_word(form), media_type=_WORD, headers=headers)


@router.get("/{code}/form.json", **operation(None, 404, optional=True, unchanged=True))
def get_form_description(
    code: Code,
    request: Request,
    response: Response,
    desk: TheDesk,
    visitor: Visitor,
    variant: Kind = "standard",
) -> FormOut:
    """Say where the fields of the blank form are, as fractions of the page."""
    form = forms.blank_form(desk, seen(desk, code, visitor))
    headers = _form_headers(form, f"{variant}-json")
    if _is_fresh(request, headers["ETag"]):
        return Response(  # type: ignore[return-value]  # the framework hands a response on as it is
            status_code=HTTPStatus.NOT_MODIFIED, headers=headers
        )
    response.headers.update(headers)
    return FormOut.model_validate(forms.description(form, _KINDS[variant]))


def seen(desk: Desk, code: str, visitor: Actor | None) -> Consultation:
    """Give a consultation the visitor may see.

    Raises:
        NotFound: There is none with this code, or it is not open and there is no key.
    """
    consultation = desk.queries.consultations.get(code)
    if consultation is None or not _may_see(consultation, visitor, desk.clock()):
        raise NotFound("consultation_not_found")
    return consultation


def _may_see(consultation: Consultation, visitor: Actor | None, now: datetime) -> bool:
    if visitor is not None and visitor.may_touch(consultation.code):
        return True
    return consultation.opens_on <= japan_day(now) <= consultation.closes_on


def _merged(document: Any, patch: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Apply a JSON merge patch (RFC 7396 section 2)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


def _form_headers(form: forms.BlankForm, kind: str) -> dict[str, str]:
    return {"ETag": f'"{form.fingerprint[:32]}-{kind}"', "Cache-Control": _FORM_CACHE}


def _is_fresh(request: Request, etag: str) -> bool:
    known = request.headers.get("If-None-Match", "")
    return known.strip() == "*" or etag in {
        each.strip().removeprefix("W/") for each in known.split(",")
    }
