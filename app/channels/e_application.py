"""An electronic application (電子申請): one JSON document whose fields are typed already."""

import json
from dataclasses import dataclass
from typing import Any  # the document is checked field by field here

from app.domain.comment_form import CommentForm, Contents
from app.domain.envelope import Channel as ChannelKind
from app.domain.envelope import Envelope
from app.domain.submitter import CategoryChoice, Submitter, SubmitterKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What a front end posts.

    Attributes:
        measure_name: The measure it is about, as the front end sent it.
        submitter: The writer.
        opinion: The opinion, verbatim.
    """

    measure_name: str | None
    submitter: Submitter
    opinion: str | None


class EApplicationChannel:
    """Reads back an application that was accepted at the door."""

    kind = ChannelKind.E_APPLICATION

    def open(self, envelope: Envelope) -> Contents:
        """Give the fields of the stored document.

        The door let it in only after checking it, so its shape is known.
        """
        body: dict[str, Any] = json.loads(envelope.parts[0].whole())
        return Contents(form=form_of(application_of(body)))


def application_of(body: dict[str, Any]) -> Application:
    """Build an application from a checked document."""
    sent: dict[str, Any] = body.get("submitter") or {}
    category: dict[str, Any] = sent.get("category") or {}
    return Application(
        measure_name=body.get("measure_name"),
        submitter=Submitter(
            kind=SubmitterKind(sent.get("kind") or SubmitterKind.INDIVIDUAL),
            name=sent.get("name"),
            address=sent.get("address"),
            representative=sent.get("representative"),
            category=CategoryChoice(code=category.get("code"), detail=category.get("detail")),
            email=sent.get("email"),
            phone=sent.get("phone"),
            fax=sent.get("fax"),
        ),
        opinion=body.get("opinion"),
    )


def form_of(application: Application) -> CommentForm:
    """Give an application as the comment form every channel ends in."""
    return CommentForm(
        submitter=application.submitter,
        measure_written=application.measure_name,
        opinion=application.opinion or "",
    )
