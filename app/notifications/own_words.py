"""A consultation's own words in a mail to its writers, filled in."""

from collections.abc import Sequence

from app.domain.consultation import Consultation
from app.domain.mail_texts import STANDARD, MailText, Placeholder, fill, own
from app.domain.mail_wording import SOME_OFFICE, in_language
from app.domain.outgoing import MailKind
from app.notifications.message import one_line


def own_words(
    kind: MailKind,
    consultations: Sequence[Consultation | None],
    *,
    receipt_numbers: str,
    language: str,
) -> MailText:
    """Fill in what a consultation wants said; the standard words where that is not certain.

    Args:
        kind: The mail, one to a writer.
        consultations: That of each comment the mail speaks of; None where it is not known.
        receipt_numbers: Those comments' numbers, as the subject shows them.
        language: Of the mail; only Japanese ones have words of their own.

    Returns:
        Words ready to be shown, None where the standard ones stand.
    """
    different = {each.code if each is not None else None for each in consultations}
    consultation = next(iter(consultations), None)
    if language != "ja" or len(different) != 1 or consultation is None:
        return STANDARD
    texts = consultation.mail_texts
    text = texts.acknowledgement if kind is MailKind.ACKNOWLEDGEMENT else texts.correction_request
    values = {
        Placeholder.MEASURE_NAME: one_line(consultation.measure_name),
        Placeholder.OFFICE_NAME: one_line(consultation.office.name or "")
        or in_language(SOME_OFFICE, language),
        Placeholder.RECEIPT_NUMBERS: receipt_numbers,
    }

    def filled(words: str | None) -> str | None:
        written = own(words)
        return fill(written, values) if written is not None else None

    return MailText(
        subject=filled(text.subject), opening=filled(text.opening), closing=filled(text.closing)
    )
