"""What the mails of a consultation would say to the writer of an invented comment (見本).

They are composed by the code that composes those sent. Nothing is stored, nothing is sent.
"""

from dataclasses import dataclass, replace
from datetime import datetime, time

from app.domain.comment import CommentRecord, ConsultationSource
from app.domain.consultation import Consultation
from app.domain.envelope import JST, Channel, utc
from app.domain.errors import InvalidInput
from app.domain.mail_texts import MailTexts, problems
from app.domain.measure import Measure, MeasureVerdict
from app.domain.outgoing import MailKind, OutgoingMail
from app.domain.receipt_number import compose
from app.domain.status import CommentStatus, SubmissionState
from app.domain.submission import Submission
from app.domain.submitter import CategoryChoice, Submitter
from app.domain.timeliness import UNKNOWN
from app.intake.acknowledge import sender
from app.intake.desk import Desk
from app.intake.judge import judge
from app.notifications import acknowledgement, correction_request

_ID = "0" * 32
_MORNING = time(10)
_RECIPIENT = "mihon@example.jp"
_NAME = "見本 花子"
_ADDRESS = "見本市中央1丁目1番1号"
_OPINION = "評価書の用語に説明を付けてください。"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPreview:
    """A mail as its reader would see it.

    Attributes:
        subject: Its subject line.
        body: Its text.
    """

    subject: str
    body: str


def preview(
    desk: Desk, consultation: Consultation, kind: MailKind, *, draft: MailTexts | None = None
) -> MailPreview:
    """Compose a mail to the writer of an invented comment that came on the first day.

    The comment is judged by the consultation's rules. What a correction request speaks of has no
    address and no category.

    Args:
        desk: What to work with.
        consultation: Whose mail.
        kind: Acknowledgement or correction request.
        draft: Words to try instead of those that stand.

    Raises:
        InvalidInput: The draft holds what no mail can.
    """
    if draft is not None:
        wrong = problems(draft)
        if wrong:
            raise InvalidInput(problems=wrong)
        consultation = replace(consultation, mail_texts=draft)
    at = utc(datetime.combine(consultation.opens_on, _MORNING, JST))
    asks = kind is MailKind.CORRECTION_REQUEST
    record = judge(
        _comment(consultation, at, complete=not asks), (consultation,), similarity=desk.similarity
    )
    mail = OutgoingMail(id=_ID, kind=kind, subject_id=_ID, recipient=_RECIPIENT, created_at=at)
    known = acknowledgement.Acknowledged(record=record, consultation=consultation)
    if asks:
        message = correction_request.compose(mail, known, mail_from=sender(desk), at=at)
    else:
        message = acknowledgement.compose(
            mail, _submission(consultation, at), (known,), mail_from=sender(desk), at=at
        )
    text = message.get_content().replace("\r\n", "\n")  # it stands as it goes on the wire
    return MailPreview(subject=str(message["Subject"]), body=text)


def _comment(consultation: Consultation, at: datetime, *, complete: bool) -> CommentRecord:
    """Invent a comment on the measure, or one that lacks something."""
    category = next(iter(consultation.categories), None)
    chosen = (
        CategoryChoice(code=category.code, detail=category.detail_label)
        if complete and category is not None
        else CategoryChoice()
    )
    return CommentRecord(
        receipt_number=compose(consultation.number, 1),
        consultation=consultation.code,
        submission_id=_ID,
        position=0,
        channel=Channel.EMAIL,
        delivery=None,
        received_at=at,
        postmarked_on=None,
        collected_at=None,
        timeliness=UNKNOWN,
        submitter=Submitter(name=_NAME, address=_ADDRESS if complete else None, category=chosen),
        measure=Measure(written=consultation.measure_name, verdict=MeasureVerdict.MATCH),
        opinion=_OPINION,
        status=CommentStatus.ACCEPTED,
        findings=(),
        consultation_source=ConsultationSource.DOOR,
    )


def _submission(consultation: Consultation, at: datetime) -> Submission:
    """Invent the arrival that the comment came in."""
    return Submission(
        id=_ID,
        fingerprint=_ID,
        channel=Channel.EMAIL,
        delivery=None,
        state=SubmissionState.DONE,
        source="preview",
        source_item=None,
        announced=None,
        received_at=at,
        recorded_at=at,
        consultation=consultation.code,
        postmarked_on=None,
        drop_box=None,
        collection_id=None,
        collected_at=None,
    )
