"""A consultation's words for its mails, and their preview, as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from app.domain.mail_texts import (
    ALLOWED,
    LONGEST_SUBJECT,
    LONGEST_TEXT,
    MailText,
    MailTexts,
    own,
)
from app.routers.fields import Incoming, Outgoing, Text

_HOLDS = f"Plain text; may hold {ALLOWED}, no other brace. Null is the standard."
Subject = Annotated[
    Text, Field(max_length=LONGEST_SUBJECT, description=f"Beside the receipt number. {_HOLDS}")
]
Opening = Annotated[Text, Field(max_length=LONGEST_TEXT, description=f"Before the facts. {_HOLDS}")]
Closing = Annotated[Text, Field(max_length=LONGEST_TEXT, description=f"After the facts. {_HOLDS}")]


class MailTextIn(Incoming):
    """Words of one kind of mail; null or nothing to see takes the standard ones."""

    subject: Subject | None = None
    opening: Opening | None = None
    closing: Closing | None = None


class MailTextsIn(Incoming):
    """Words of the consultation's own in its Japanese mails to writers."""

    acknowledgement: MailTextIn = MailTextIn()
    correction_request: MailTextIn = MailTextIn()


class MailTextsPatch(Incoming):
    """Changes to those words; null goes back to the standard ones."""

    acknowledgement: MailTextIn | None = None
    correction_request: MailTextIn | None = None


class MailTextOut(Outgoing):
    """Words of one kind of mail; null means the standard ones."""

    subject: str | None
    opening: str | None
    closing: str | None


class MailTextsOut(Outgoing):
    """Words of the consultation's own in its Japanese mails to writers."""

    acknowledgement: MailTextOut
    correction_request: MailTextOut


class MailPreviewIn(Incoming):
    """Which mail to show; without ``mail_texts`` by the words that stand."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "acknowledgement",
                    "mail_texts": {
                        "acknowledgement": {
                            "opening": "「{measure_name}」へのご意見をお預かりしました。"
                        }
                    },
                }
            ]
        }
    )

    kind: Literal["acknowledgement", "correction_request"]
    mail_texts: MailTextsIn | None = None


class MailPreviewOut(Outgoing):
    """A mail as the writer of an invented comment would read it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "subject": "【受付番号 001-000001-3】ご意見を受け付けました",
                    "body": "見本 花子 様\n\nご意見をお預かりしました。\n",
                }
            ]
        }
    )

    subject: str
    body: str


def mail_texts_of(sent: MailTextsIn) -> MailTexts:
    """Build the words from what was sent."""
    return MailTexts(
        acknowledgement=_text_of(sent.acknowledgement),
        correction_request=_text_of(sent.correction_request),
    )


def _text_of(sent: MailTextIn) -> MailText:
    return MailText(subject=own(sent.subject), opening=own(sent.opening), closing=own(sent.closing))


def mail_texts_out(texts: MailTexts) -> MailTextsOut:
    """Write the words as they are answered."""
    return MailTextsOut(
        acknowledgement=_text_out(texts.acknowledgement),
        correction_request=_text_out(texts.correction_request),
    )


def _text_out(text: MailText) -> MailTextOut:
    return MailTextOut(subject=text.subject, opening=text.opening, closing=text.closing)
