"""Asking a writer for what is missing, and finding the record that an answer belongs to.

An answer is always a record of its own. It points to the first one, and the first one to it; what
is taken over, a person decides. Nothing is merged or overwritten here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.access import Actor
from app.domain.audit import AuditAction, AuditEntry
from app.domain.comment import CommentRecord
from app.domain.comment_form import EMAIL, Contents
from app.domain.consultation import Consultation
from app.domain.findings import Finding
from app.domain.outgoing import MailKind, OutgoingMail, correction_subject, mail_ids
from app.domain.status import CommentStatus
from app.domain.submission import Submission
from app.intake.desk import PROGRAM, Desk
from app.intake.judge import judge
from app.intake.outgoing import is_address, is_ours, not_before_of
from app.storage.repositories.unit import Repositories

_NOT_MAILED = "correction_not_mailed"


def ask(
    desk: Desk, repositories: Repositories, record: CommentRecord
) -> tuple[CommentRecord, tuple[OutgoingMail, ...]]:
    """Give the mail that asks for what a record lacks, or the record saying that none can go out.

    Args:
        desk: What to work with.
        repositories: The transaction in which the correction is requested.
        record: The record as it is about to be stored.
    """
    findings = tuple(each for each in record.form_findings if each.code != _NOT_MAILED)
    address, answers = _route(repositories, record)
    if desk.mailer is None or address is None:
        unreachable = (*findings, Finding(code=_NOT_MAILED))
        return replace(record, form_findings=unreachable), ()
    mail = OutgoingMail(
        id=desk.new_id(),
        kind=MailKind.CORRECTION_REQUEST,
        subject_id=correction_subject(record.receipt_number, record.revision),
        recipient=address,
        in_reply_to=answers,
        created_at=desk.clock(),
    )
    return replace(record, form_findings=findings), (mail,)


def asked_by_rule(
    desk: Desk, repositories: Repositories, records: Sequence[CommentRecord]
) -> tuple[OutgoingMail, ...]:
    """Give the requests that go out without a person, where the consultation says so.

    Only a comment that lacks something is asked about, once, and never an answer; requests wait
    their turn with the acknowledgements, so that two machines cannot drive each other.

    Args:
        desk: What to work with.
        repositories: The transaction in which the comments are recorded, their arrival settled.
        records: Newly recorded comments.
    """
    consultations = repositories.consultations.all()
    by_rule = {each.code for each in consultations if each.automatic_correction_request}
    mails: list[OutgoingMail] = []
    for record in records:
        if record.consultation not in by_rule or record.corrects is not None:
            continue
        if record.status is not CommentStatus.NEEDS_CORRECTION:
            continue
        _, asked = ask(desk, repositories, record)
        if not asked and desk.mailer is not None:
            unreachable = Finding(code=_NOT_MAILED)
            add_finding(desk, repositories, record.receipt_number, unreachable, consultations)
        submission = repositories.submissions.get(record.submission_id)
        mails.extend(
            replace(each, not_before=not_before_of(desk, each.recipient, repositories))
            for each in asked
            if submission is not None
            and not is_ours(desk, submission, each.recipient, repositories)
        )
    return tuple(mails)


def _route(repositories: Repositories, record: CommentRecord) -> tuple[str | None, str | None]:
    """Find the writer's address and the Message-ID to answer.

    An address that only a machine read off paper may be somebody else's: it is not written to.
    """
    submission = repositories.submissions.get(record.submission_id)
    reply = submission.reply if submission is not None else None
    if reply is not None and reply.allowed and reply.address and is_address(reply.address):
        return reply.address, reply.message_id
    written = record.submitter.email
    sure = not record.by_ocr or EMAIL in record.corrections
    if written and sure and is_address(written) and (reply is None or reply.allowed):
        return written, None
    return None, None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The comments that an arrival answers a mail of ours about.

    Attributes:
        records: Those of the nearest mail it names; empty where it names none of ours.
        by_password: They hold a locked file, and the arrival speaks of a password.
    """

    records: tuple[CommentRecord, ...] = ()
    by_password: bool = False

    def of(self, fresh: CommentRecord) -> CommentRecord | None:
        """Give the one that a new record belongs to; None where that is not certain."""
        if fresh.consultation is None:
            fitting = self.records
        else:
            fitting = tuple(
                each for each in self.records if each.consultation in (None, fresh.consultation)
            )
        lacking = tuple(each for each in fitting if each.status is CommentStatus.NEEDS_CORRECTION)
        for some in (fitting, lacking):
            if len(some) == 1:
                return some[0]
        return None


def earlier(repositories: Repositories, submission: Submission, contents: Contents) -> Earlier:
    """Find what an arrival answers: by a token first, else by the Message-IDs it names."""
    asked = (repositories.outbox.asked_with(each) for each in contents.tokens)
    answered = (repositories.outbox.get(each) for each in mail_ids(contents.answers))
    for mail in (*asked, *answered):
        if mail is None:
            continue
        records = tuple(
            each for each in comments_of(repositories, mail) if each.submission_id != submission.id
        )
        if records:
            return Earlier(records=records)
    return Earlier()


def comments_of(repositories: Repositories, mail: OutgoingMail) -> tuple[CommentRecord, ...]:
    """Give the comments that a mail to a writer speaks of; none for mail to a section."""
    if mail.kind is MailKind.ACKNOWLEDGEMENT:
        return repositories.comments.of_submission(mail.subject_id)
    if mail.kind is MailKind.CORRECTION_REQUEST:
        record = repositories.comments.get(mail.subject_id.split(" ")[0])
        return (record,) if record is not None else ()
    return ()


def pointed(
    desk: Desk,
    repositories: Repositories,
    fresh: CommentRecord,
    before: Earlier,
    consultations: Sequence[Consultation],
) -> CommentRecord:
    """Let a new record point to the one it answers, or say which one it may belong to."""
    first = before.of(fresh)
    if first is not None:
        # An answer to an answer belongs to the comment that both complete.
        number = first.corrects or first.receipt_number
        code = "brings_password" if before.by_password else "answers_earlier_comment"
        finding = Finding(code=code, data={"receipt_number": number})
        fresh = replace(fresh, corrects=number)
    else:
        numbers = tuple(each.receipt_number for each in before.records) or _perhaps(
            repositories, fresh
        )
        if not numbers:
            return fresh
        data = {"receipt_number": "、".join(numbers)}
        code = "brings_password" if before.by_password else "answers_perhaps"
        finding = Finding(code=code, data=data)
    return judge(
        replace(fresh, form_findings=(*fresh.form_findings, finding)),
        consultations,
        similarity=desk.similarity,
    )


def _perhaps(repositories: Repositories, fresh: CommentRecord) -> tuple[str, ...]:
    email = fresh.submitter.email
    if fresh.consultation is None or not email or fresh.by_ocr:
        return ()
    return repositories.comments.lacking(
        fresh.consultation, email=email, itself=fresh.submission_id
    )


def tell_first(
    desk: Desk,
    repositories: Repositories,
    records: Sequence[CommentRecord],
    consultations: Sequence[Consultation],
) -> None:
    """Let the records that are answered say which answer has arrived; safe to do again."""
    for answer in records:
        if answer.corrects is not None:
            finding = Finding(
                code="correction_arrived", data={"receipt_number": answer.receipt_number}
            )
            add_finding(desk, repositories, answer.corrects, finding, consultations)


def add_finding(
    desk: Desk,
    repositories: Repositories,
    receipt_number: str,
    finding: Finding,
    consultations: Sequence[Consultation],
    *,
    actor: Actor = PROGRAM,
) -> None:
    """Put a finding on a record that is stored already, once."""
    record = repositories.comments.get(receipt_number, lock=True)
    if record is None or finding in record.form_findings:
        return
    changed = judge(
        replace(
            record,
            form_findings=(*record.form_findings, finding),
            revision=record.revision + 1,
        ),
        consultations,
        similarity=desk.similarity,
    )
    repositories.comments.change(changed)
    repositories.audit.add(
        AuditEntry(
            at=desk.clock(),
            actor=actor,
            action=AuditAction.COMMENT_NOTED,
            receipt_number=receipt_number,
            submission_id=record.submission_id,
            consultation=changed.consultation,
            detail={"finding": finding.code, **finding.data},
        )
    )
