"""Answers of machines that do not say so: to them no receipt goes before a person has looked.

RFC 3834 asks machines to mark their answers, and not all do. A receipt sent to such a one is
answered again, and so for ever. What is held is the receipt, never the recording; a person who
decides on the comment lets it go.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import timedelta

from app.domain import receipt_number
from app.domain.comment_form import ADDRESS, NAME, OPINION, Contents
from app.domain.findings import Finding
from app.domain.outgoing import MailKind, OutgoingMail, mail_ids
from app.domain.submission import Submission
from app.intake.correspondence import comments_of
from app.intake.outgoing import HELD
from app.storage.repositories.unit import Repositories

QUICK = timedelta(minutes=10)
"""Hardly anybody has read a receipt, thought, and written an answer so soon."""
_LOOKED_THROUGH = 20_000
_NUMBERS_LOOKED_UP = 5
_NUMBER = re.compile(r"[0-9]{3,9}-[0-9]{6,12}-[0-9]")


def held(
    repositories: Repositories, submission: Submission, contents: Contents
) -> tuple[Finding, ...]:
    """Say so where an arrival may be a machine's answer to mail of ours.

    It may if it answers a receipt sooner than people do, or a receipt that went to an answer
    itself, or a notice to the section; not if it is a filled-in form or brings a file.

    Args:
        repositories: The transaction in which the arrival is recorded.
        submission: The arrival.
        contents: What it says.
    """
    form = contents.form
    if form is not None and OPINION in form.readings and {NAME, ADDRESS} & set(form.readings):
        return ()
    if contents.attachments or contents.images:
        return ()
    answered = _answered(repositories, contents)
    return (HELD,) if any(_is_echo(repositories, submission, each) for each in answered) else ()


def _answered(repositories: Repositories, contents: Contents) -> Iterator[OutgoingMail]:
    """Find the mails of ours that an arrival answers: by Message-ID, or by a number it quotes."""
    for mail_id in mail_ids(contents.answers):
        mail = repositories.outbox.get(mail_id)
        if mail is not None:
            yield mail
    sender = (contents.reply.address if contents.reply else None) or ""
    for number in _numbers(contents):
        record = repositories.comments.get(number)
        if record is None:
            continue
        for kind, subject in (
            (MailKind.ACKNOWLEDGEMENT, record.submission_id),
            (MailKind.NOTICE, number),
        ):
            mail = repositories.outbox.about(kind, subject)
            if mail is not None and mail.recipient.casefold() == sender.casefold():
                yield mail


def _numbers(contents: Contents) -> list[str]:
    text = f"{contents.subject or ''}\n{contents.form.opinion if contents.form else ''}"
    plain = unicodedata.normalize("NFKC", text[:_LOOKED_THROUGH])
    found = dict.fromkeys(_NUMBER.findall(plain))
    return [each for each in found if receipt_number.is_valid(each)][:_NUMBERS_LOOKED_UP]


def _is_echo(repositories: Repositories, submission: Submission, mail: OutgoingMail) -> bool:
    if mail.kind is MailKind.CORRECTION_REQUEST:
        return False  # an answer to it is what was asked for
    if mail.kind is not MailKind.ACKNOWLEDGEMENT:
        return True
    sent = mail.not_before or mail.created_at
    if submission.received_at - sent <= QUICK:
        return True
    told_of = comments_of(repositories, mail)
    return any(each.code == "answers_earlier_comment" for one in told_of for each in one.findings)
