"""What was read of a mail or a file, as the JSON that crosses between processes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app.domain.comment_form import CommentForm, Contents, DeliveryReport, Reading, ReplyRoute
from app.domain.envelope import DocumentRole, Part
from app.domain.findings import FINDINGS, Finding
from app.domain.submitter import CategoryChoice, Submitter, SubmitterKind

# Any: JSON is untyped at this border.
_Json = Mapping[str, Any]


class BrokenContents(ValueError):
    """A member is missing or has no usable value."""


def contents_to_json(contents: Contents) -> tuple[dict[str, object], list[bytes]]:
    """Give contents without the bytes of the attachments, which travel as tails."""
    message: dict[str, object] = {
        "form": None if contents.form is None else form_to_json(contents.form),
        "attachments": [
            {"filename": part.filename, "media_type": part.media_type}
            for part in contents.attachments
        ],
        "ignored": contents.ignored,
        "findings": [finding_to_json(each) for each in contents.findings],
        "subject": contents.subject,
        "reply": None if contents.reply is None else asdict(contents.reply),
        "answers": list(contents.answers),
        "tokens": list(contents.tokens),
        "report": None if contents.report is None else asdict(contents.report),
        "several": [form_to_json(each) for each in contents.several],
        "measures": list(contents.measures),
        "passwords": list(contents.passwords),
    }
    return message, [part.whole() for part in contents.attachments]


def contents_from_json(data: _Json, tails: Sequence[bytes]) -> Contents:
    """Rebuild contents.

    Raises:
        BrokenContents: It does not fit.
    """
    try:
        reply, report = data["reply"], data["report"]
        return Contents(
            form=None if data["form"] is None else form_from_json(data["form"]),
            attachments=tuple(
                Part(
                    filename=_text(each["filename"]),
                    media_type=str(each["media_type"]),
                    data=tail,
                    role=DocumentRole.ATTACHMENT,
                )
                for each, tail in zip(data["attachments"], tails, strict=True)
            ),
            ignored=_text(data["ignored"]),
            findings=tuple(finding_from_json(each) for each in data["findings"]),
            subject=_text(data["subject"]),
            reply=None if reply is None else _reply(reply),
            answers=_texts(data["answers"]),
            tokens=_texts(data["tokens"]),
            report=None if report is None else _report(report),
            several=tuple(form_from_json(each) for each in data["several"]),
            measures=_texts(data["measures"]),
            passwords=_texts(data["passwords"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenContents from error


def form_to_json(form: CommentForm) -> dict[str, object]:
    """Give a form read from text."""
    return {
        "submitter": asdict(form.submitter),
        "measure_written": form.measure_written,
        "opinion": form.opinion,
        "readings": {
            pointer: {"value": each.value, "source": each.source}
            for pointer, each in form.readings.items()
        },
        "findings": [finding_to_json(each) for each in form.findings],
    }


def form_from_json(data: _Json) -> CommentForm:
    """Rebuild a form read from text; raises what a missing or odd member raises."""
    written = data["submitter"]
    category = written["category"]
    return CommentForm(
        submitter=Submitter(
            kind=SubmitterKind(written["kind"]),
            category=CategoryChoice(code=_text(category["code"]), detail=_text(category["detail"])),
            **{
                name: _text(written[name])
                for name in ("name", "address", "representative", "email", "phone", "fax")
            },
        ),
        measure_written=_text(data["measure_written"]),
        opinion=str(data["opinion"]),
        readings={
            str(pointer): Reading(value=str(each["value"]), source=str(each["source"]))
            for pointer, each in data["readings"].items()
        },
        findings=tuple(finding_from_json(each) for each in data["findings"]),
    )


def finding_to_json(finding: Finding) -> dict[str, object]:
    """Give a finding."""
    return {"code": finding.code, "field": finding.field, "data": dict(finding.data)}


def finding_from_json(data: _Json) -> Finding:
    """Rebuild a finding; raises ValueError for one that is none of ours."""
    code = str(data["code"])
    if code not in FINDINGS:
        raise BrokenContents("an unknown finding")
    return Finding(
        code=code,
        field=_text(data["field"]),
        data={str(name): str(value) for name, value in data["data"].items()},
    )


def _reply(data: _Json) -> ReplyRoute:
    return ReplyRoute(
        address=_text(data["address"]),
        message_id=_text(data["message_id"]),
        allowed=bool(data["allowed"]),
    )


def _report(data: _Json) -> DeliveryReport:
    return DeliveryReport(
        message_ids=_texts(data["message_ids"]),
        recipients=_texts(data["recipients"]),
        status=_text(data["status"]),
    )


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(each) for each in values)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
