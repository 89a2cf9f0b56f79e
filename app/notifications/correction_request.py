"""The correction request (補正依頼): what is missing, and how an answer finds its record.

Like every mail of ours it repeats nothing that anybody wrote but a plain name.
"""

from datetime import datetime
from email.message import EmailMessage

from app.domain.consultation import Office
from app.domain.mail_wording import SUBJECT_WORDS, SUBJECTS, in_language
from app.domain.outgoing import MailKind, OutgoingMail, token_of
from app.notifications.acknowledgement import (
    Acknowledged,
    greeting,
    missing,
    moment,
    office_lines,
)
from app.notifications.message import build, one_line, render
from app.notifications.own_words import own_words


def compose(
    mail: OutgoingMail, comment: Acknowledged, *, mail_from: str, at: datetime
) -> EmailMessage:
    """Compose the request from the record as it is now.

    An answer goes to the address the mail comes from, whose mailbox is read here, and not to the
    office's own: only there it joins its record by itself.

    Args:
        mail: The mail to send.
        comment: The record it speaks of, with its consultation.
        mail_from: Address it comes from.
        at: When it is sent.

    Raises:
        MailRefused: The recipient's address can be no address.
    """
    language = mail.language
    record, consultation = comment.record, comment.consultation
    office = consultation.office if consultation is not None else Office()
    token = token_of(mail.id)
    deadline = record.timeliness.deadline
    own = own_words(
        MailKind.CORRECTION_REQUEST,
        (consultation,),
        receipt_numbers=record.receipt_number,
        language=language,
    )
    text = render(
        "correction_request",
        language,
        name=greeting((comment,)),
        receipt_number=record.receipt_number,
        measure_name=one_line(consultation.measure_name) if consultation else None,
        received_at=moment(record.received_at, language),
        missing=missing(record, consultation, language),
        deadline=moment(deadline, language) if deadline else None,
        token=token,
        office=office_lines(office),
        own=own,
    )
    words = own.subject or in_language(SUBJECT_WORDS["correction_request"], language)
    return build(
        mail,
        subject=in_language(SUBJECTS["correction_request"], language).format(
            number=record.receipt_number, words=words, token=token
        ),
        text=text,
        mail_from=mail_from,
        from_name=office.name,
        at=at,
    )
