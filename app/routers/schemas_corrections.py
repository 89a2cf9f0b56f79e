"""Corrections and decisions as they are sent."""

from datetime import UTC, datetime
from typing import Annotated, Any  # the value's type depends on the field

from pydantic import AfterValidator, ConfigDict, Field

from app.domain import comment_form
from app.domain.envelope import Delivery
from app.domain.status import CommentDecision, SubmissionDecision
from app.domain.submitter import SubmitterKind
from app.intake.correct import CommentPatch
from app.routers.fields import Count, Day, Incoming, Instant, LongText, Text, visible


class CategoryPatch(Incoming):
    """Changes to the category."""

    code: Text | None = None
    detail: Text | None = None


class SubmitterPatch(Incoming):
    """Changes to the writer; null removes."""

    kind: SubmitterKind = SubmitterKind.INDIVIDUAL
    name: Text | None = None
    address: Text | None = None
    representative: Text | None = None
    category: CategoryPatch | None = None
    email: Text | None = None
    phone: Text | None = None
    fax: Text | None = None


class MeasurePatch(Incoming):
    """Changes to the measure name as written."""

    written: Text | None = None


class CommentPatchIn(Incoming):
    """A JSON merge patch (RFC 7396) of what a person may correct."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"submitter": {"name": "旭川 花子", "category": {"code": "2"}}, "opinion_count": 3}
            ]
        }
    )

    consultation: Text | None = None
    submitter: SubmitterPatch = SubmitterPatch()
    measure: MeasurePatch = MeasurePatch()
    opinion: LongText | None = None
    opinion_count: Count = 1
    delivery: Delivery | None = None
    postmarked_on: Day | None = None
    received_at: Instant = Field(default_factory=lambda: datetime.min.replace(tzinfo=UTC))
    collected_at: Instant | None = None


class CommentDecisionIn(Incoming):
    """A person's decision on a comment, with the reason."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"decision": "accept", "reason": "画像と照合した。"}]}
    )

    decision: CommentDecision
    reason: Annotated[Text, Field(min_length=1, max_length=2000), AfterValidator(visible)]


class SubmissionDecisionIn(Incoming):
    """A person's decision on an arrival, with the reason."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"decision": "replay", "reason": "様式を登録した。"}]}
    )

    decision: SubmissionDecision
    reason: Annotated[Text, Field(min_length=1, max_length=2000), AfterValidator(visible)]


def patch_of(sent: CommentPatchIn) -> CommentPatch:
    """Flatten a merge patch to new values by JSON pointer; only what was sent changes."""
    changes: dict[str, Any] = {}
    for name in sent.model_fields_set - {"submitter", "measure"}:
        changes[f"/{name}"] = getattr(sent, name)
    if "opinion" in sent.model_fields_set and sent.opinion is None:
        changes[comment_form.OPINION] = ""
    if "written" in sent.measure.model_fields_set:
        changes[comment_form.MEASURE] = sent.measure.written
    submitter = sent.submitter
    for name in submitter.model_fields_set - {"category"}:
        changes[f"/submitter/{name}"] = getattr(submitter, name)
    if "category" in submitter.model_fields_set:
        category = submitter.category or CategoryPatch(code=None, detail=None)
        for name in category.model_fields_set:
            changes[f"/submitter/category/{name}"] = getattr(category, name)
    return CommentPatch(changes=changes)
