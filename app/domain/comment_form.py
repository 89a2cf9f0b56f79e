"""A comment form (意見書) as it was understood, before any rule was applied."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.envelope import Part
from app.domain.findings import Finding
from app.domain.submitter import Submitter

Box = tuple[float, float, float, float]
"""Left, top, right, bottom as fractions of the page, 0..1."""

# JSON pointers into the comment of the contract; the keys of ``readings`` and ``Finding.field``.
NAME = "/submitter/name"
ADDRESS = "/submitter/address"
REPRESENTATIVE = "/submitter/representative"
CATEGORY_CODE = "/submitter/category/code"
CATEGORY_DETAIL = "/submitter/category/detail"
EMAIL = "/submitter/email"
PHONE = "/submitter/phone"
FAX = "/submitter/fax"
KIND = "/submitter/kind"
MEASURE = "/measure/written"
OPINION = "/opinion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One field as a machine or a person read it, with its evidence.

    Attributes:
        value: What was read, verbatim.
        confidence: 0..1; None where nothing was guessed (typed text, a person).
        source: ``ocr``, ``mark`` (a tick box), ``qr``, ``text`` (mail or typed) or ``person``.
        page: 1-based page of the submission's document(s), None where there is no page.
        box: Where on that page.
        engine: Name and version of the engine that read it.
        template: Id of the form template that placed the box.
        raw: What the engine itself read, where a rule made ``value`` of it; else None.
        seen: Characters of an address that the engine left open, each with what else it saw in
            their place; at hand while the reading is judged, and not stored.
    """

    value: str
    confidence: float | None = None
    source: str
    page: int | None = None
    box: Box | None = None
    engine: str | None = None
    template: str | None = None
    raw: str | None = None
    seen: tuple[tuple[str, str], ...] = ()


def low_confidence(pointer: str) -> float:
    """Give the confidence below which a field is pointed out (``low_confidence``).

    A long text is hardly ever right to the last character, so less is asked of an opinion.
    """
    return 0.5 if pointer == OPINION else 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentForm:
    """One comment as understood.

    Attributes:
        submitter: The writer; parts that were not found are None.
        measure_written: The measure name as written, None if none was.
        opinion: The opinion verbatim; empty where none was found.
        readings: The evidence by JSON pointer.
        findings: What was noticed while reading it.
        consultation_number: The consultation a form's QR code names, if it has one.
        by_ocr: Whether any field rests on OCR.
        pages: 1-based numbers of the submission's pages that belong to it.
        beside: Lines that stand beside the form and may name the measure (its title, an
            envelope), each with the code of the finding that says where.
    """

    submitter: Submitter = field(default_factory=Submitter)
    measure_written: str | None = None
    opinion: str = ""
    readings: Mapping[str, Reading] = field(default_factory=dict[str, Reading])
    findings: tuple[Finding, ...] = ()
    consultation_number: int | None = None
    by_ocr: bool = False
    pages: tuple[int, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRoute:
    """Where an acknowledgement of an e-mail may go.

    Attributes:
        address: The writer's bare mail address; None where none is usable.
        message_id: The mail's Message-ID with brackets, for ``In-Reply-To``.
        allowed: False for automatic and list mail (RFC 3834 section 2): record it, do not answer.
    """

    address: str | None
    message_id: str | None
    allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """What a mail server says became of mail that left the house (RFC 3464).

    Attributes:
        message_ids: Message-IDs it names, with brackets.
        recipients: Bare addresses it could not deliver to, in lower case.
        status: Its enhanced status code (RFC 3463), such as ``5.1.1``; None where it gave none.
    """

    message_ids: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Where the form of an arrival is: typed fields, running text, or page images.

    Attributes:
        form: The fields, where the arrival is text.
        images: Parts whose pages must be read by recognition.
        attachments: Parts found inside the original that are kept as documents of their own.
        ignored: Reason why the arrival holds no comment (automatic mail), else None.
        findings: What was noticed about the arrival as a whole.
        subject: A mail's subject: evidence for the measure name, else None.
        reply: Where an acknowledgement may go, for mail.
        answers: Message-IDs of the mails it answers, with brackets; for mail.
        tokens: Tokens of correction requests that stand in it.
        report: What it reports as undeliverable, where it is such a report.
        several: Comments on several measures that stand apart in it; empty where ``form`` is all.
        measures: Every measure name that stands under a label in it, as written.
        passwords: Words of it that may open a locked file of the same writer; never kept.
    """

    form: CommentForm | None = None
    images: tuple[Part, ...] = ()
    attachments: tuple[Part, ...] = ()
    ignored: str | None = None
    findings: tuple[Finding, ...] = ()
    subject: str | None = None
    reply: ReplyRoute | None = None
    answers: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    report: DeliveryReport | None = None
    several: tuple[CommentForm, ...] = ()
    measures: tuple[str, ...] = ()
    passwords: tuple[str, ...] = field(default=(), repr=False)
