"""An e-application as a front end posts it, with every slip in its shape told at once."""

from collections.abc import Sequence
from typing import Any, Self  # documents before they were checked

from pydantic import (
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from app.channels.e_application import Application
from app.domain.errors import FieldProblem
from app.domain.submitter import CategoryChoice, Submitter, SubmitterKind
from app.routers.fields import Incoming, LongText, Text
from app.routers.problems import invalid

_MEASURE = "住民基本台帳関係事務の特定個人情報保護評価書（案）"
EXAMPLES: dict[str, Any] = {
    "individual": {
        "summary": "個人",
        "value": {
            "measure_name": _MEASURE,
            "submitter": {
                "kind": "individual",
                "name": "旭川 花子",
                "address": "旭川市6条通9丁目46番地",
                "category": {"code": "1", "detail": None},
                "email": "hanako@example.jp",
            },
            "opinion": "評価書（案）の第3章について、委託先の監督方法を具体的に書いてください。",
        },
    },
    "organization": {
        "summary": "団体",
        "value": {
            "measure_name": _MEASURE,
            "submitter": {
                "kind": "organization",
                "name": "神居町内会連絡協議会",
                "address": "旭川市神居2条1丁目1番1号",
                "representative": "神居 太郎",
                "category": {"code": "2", "detail": "神居町内会連絡協議会・旭川市神居2条1丁目"},
            },
            "opinion": "保存期間を明記してください。",
        },
    },
}


class CategoryIn(Incoming):
    """The category chosen, and what belongs to it."""

    code: Text | None = None
    detail: Text | None = None


class SubmitterIn(Incoming):
    """The writer; what is null counts as missing."""

    kind: SubmitterKind | None = None
    name: Text | None = None
    address: Text | None = None
    representative: Text | None = None
    category: CategoryIn | None = None
    email: Text | None = None
    phone: Text | None = None
    fax: Text | None = None


class WellFormedIn(Incoming):
    """One e-application whose shape is right, as nearly every one's is."""

    measure_name: Text | None = None
    submitter: SubmitterIn | None = None
    opinion: LongText | None = None

    @property
    def problems(self) -> tuple[FieldProblem, ...]:
        """Nothing is wrong with its shape."""
        return ()


class ApplicationIn(WellFormedIn):
    """One e-application (電子申請).

    Which members must be there is the consultation's rule; a null or blank one is missing.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [each["value"] for each in EXAMPLES.values()]}
    )

    _problems: tuple[FieldProblem, ...] = PrivateAttr(())

    @property
    def problems(self) -> tuple[FieldProblem, ...]:
        """What was wrong with its shape; the members concerned are left out."""
        return self._problems

    @model_validator(mode="wrap")
    @classmethod
    def _keep_what_is_right(cls, sent: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Read what can be read, so that the rules can be told of in the same answer."""
        try:
            return handler(sent)
        except ValidationError as error:
            errors = error.errors(include_url=False, include_input=False)
            if not isinstance(sent, dict) or not all(each["loc"] for each in errors):
                raise
            rest = sent
            for each in errors:
                rest = _without(rest, each["loc"])
            read = handler(rest)
            read._problems = invalid(errors, within=False)  # noqa: SLF001 - its own class's
            return read


def _without(document: dict[str, Any], place: Sequence[str | int]) -> dict[str, Any]:
    """Give a document of nested objects without one member; what was sent stays as it is."""
    first, *deeper = (str(step) for step in place)
    inner = document.get(first)
    if deeper and isinstance(inner, dict):
        return {**document, first: _without(inner, deeper)}
    return {name: value for name, value in document.items() if name != first}


def read_application(document: object) -> WellFormedIn:
    """Read what was posted.

    Raises:
        ValidationError: It is no object at all.
    """
    try:
        return WellFormedIn.model_validate(document)
    except ValidationError:
        return ApplicationIn.model_validate(document)


def application_of(sent: WellFormedIn) -> Application:
    """Build an application from what was posted."""
    submitter = sent.submitter or SubmitterIn()
    category = submitter.category or CategoryIn()
    return Application(
        measure_name=sent.measure_name,
        submitter=Submitter(
            kind=submitter.kind or SubmitterKind.INDIVIDUAL,
            name=submitter.name,
            address=submitter.address,
            representative=submitter.representative,
            category=CategoryChoice(code=category.code, detail=category.detail),
            email=submitter.email,
            phone=submitter.phone,
            fax=submitter.fax,
        ),
        opinion=sent.opinion,
    )
