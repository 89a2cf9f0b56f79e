"""Recording the e-applications that arrived at one moment, in one transaction."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic_core import from_json

from app.channels.e_application import Application, form_of
from app.domain.audit import AuditAction, AuditEntry
from app.domain.comment import CommentRecord, Related
from app.domain.comment_form import ReplyRoute
from app.domain.consultation import Consultation
from app.domain.envelope import Envelope
from app.domain.errors import KeyReused, NotFound, Refusal
from app.domain.status import SubmissionState
from app.domain.submission import Document, Submission
from app.domain.text import is_missing
from app.intake import outgoing
from app.intake.admission import Posting, check
from app.intake.desk import Desk
from app.intake.receive import Kept, arrival
from app.intake.record import draft, numbered, recorded
from app.storage.repositories.idempotency import Answered, Scope
from app.storage.repositories.unit import Repositories

Render = Callable[[CommentRecord, Sequence[Document], Sequence[Related]], bytes]
"""Writes the answer's body; it is kept with the Idempotency-Key, so the door brings it along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What a front end is told.

    Attributes:
        receipt_number: The comment.
        revision: Its revision when it was recorded.
        body: The answer's body.
        repeated: Whether the Idempotency-Key had been used for the same body before.
    """

    receipt_number: str
    revision: int
    body: bytes
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a posting will be recorded as, if the rules are still these.

    Attributes:
        consultation: Whose rules let it in and judged it.
        arrival: The arrival.
        draft: The record, still without a receipt number.
    """

    consultation: Consultation
    arrival: Submission
    draft: CommentRecord


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posted:
    """A posting that waits to be recorded.

    Attributes:
        desk: Where it is recorded.
        posting: What was posted.
        envelope: When and how it arrived.
        kept: Its body, the original.
        digest: What that says, for the Idempotency-Key.
        render: Writes the answer.
        prepared: What could be done of it before its turn came.
    """

    desk: Desk
    posting: Posting
    envelope: Envelope
    kept: tuple[Kept, ...]
    digest: str
    render: Render
    prepared: Prepared | None = None


def prepare(
    desk: Desk,
    posting: Posting,
    envelope: Envelope,
    kept: Sequence[Kept],
    consultation: Consultation,
    *,
    every_consultation: Callable[[], Sequence[Consultation]],
) -> Prepared:
    """Check and judge a posting.

    Raises:
        ConsultationNotOpen: It came outside the period.
        InvalidInput: Something is missing or wrong; every reason at once.
    """
    check(desk, every_consultation, posting, consultation, at=envelope.received_at)
    came = arrival(
        envelope,
        kept,
        desk,
        state=SubmissionState.DONE,
        units=1,
        reply=_reply(posting.application),
    )
    judged = draft(
        form_of(posting.application),
        came,
        position=0,
        consultations=(consultation,),
        similarity=desk.similarity,
        door=consultation.code,
        flawless=True,
    )
    return Prepared(consultation=consultation, arrival=came, draft=judged)


Results = dict[Posted, Submitted | Refusal]


def record_together(
    repositories: Repositories, waiting: Sequence[Posted]
) -> list[Submitted | Refusal]:
    """Record postings, each as if it had come alone; told in the order in which it happens.

    Returns:
        For each what its front end is told, or why it was refused; of those nothing is kept.
    """
    results: Results = {}
    for code, posted in _by_code(waiting).items():
        consultation = repositories.consultations.get(code)
        if consultation is None:
            results |= dict.fromkeys(posted, NotFound("consultation_not_found"))
            continue
        posted[0].desk.known[code] = consultation
        later = posted
        while later:
            # Of two with one Idempotency-Key the second finds what the first was answered.
            now, later = _first_of_each_key(consultation, later)
            fresh = _not_answered_before(repositories, consultation, now, results)
            admitted = _admitted(repositories, consultation, fresh, results)
            if admitted:
                _record(repositories, consultation, admitted, results)
    return [results[each] for each in waiting]


def _by_code(waiting: Iterable[Posted]) -> Mapping[str, list[Posted]]:
    """Sort by consultation, always in one order: two processes must not wait for each other."""
    found: dict[str, list[Posted]] = {}
    for each in sorted(waiting, key=lambda each: each.posting.code):
        found.setdefault(each.posting.code, []).append(each)
    return found


def _scope(consultation: Consultation, posted: Posted) -> Scope | None:
    key = posted.posting.idempotency_key
    return None if key is None else (posted.posting.actor.id, consultation.number, key)


def _first_of_each_key(
    consultation: Consultation, waiting: Iterable[Posted]
) -> tuple[list[Posted], list[Posted]]:
    first: list[Posted] = []
    later: list[Posted] = []
    seen: set[Scope] = set()
    for each in waiting:
        scope = _scope(consultation, each)
        (later if scope in seen else first).append(each)
        if scope is not None:
            seen.add(scope)
    return first, later


def _not_answered_before(
    repositories: Repositories,
    consultation: Consultation,
    waiting: Sequence[Posted],
    results: Results,
) -> list[Posted]:
    """Give those whose Idempotency-Key is new; the others get what it was answered."""
    scopes = {each: _scope(consultation, each) for each in waiting}
    answered = repositories.idempotency.find([each for each in scopes.values() if each])
    fresh = []
    for each, scope in scopes.items():
        known = answered.get(scope) if scope else None
        if known is None:
            fresh.append(each)
        elif known.request_sha256 != each.digest:
            results[each] = KeyReused()
        else:
            results[each] = Submitted(
                receipt_number=known.receipt_number, revision=1, body=known.answer, repeated=True
            )
    return fresh


def _admitted(
    repositories: Repositories,
    consultation: Consultation,
    waiting: Iterable[Posted],
    results: Results,
) -> dict[Posted, Prepared]:
    """Give those that may come in, as they will be recorded."""
    admitted = {}
    for each in waiting:
        ready = each.prepared
        if ready is None or ready.consultation is not consultation:
            try:
                ready = prepare(
                    each.desk,
                    each.posting,
                    each.envelope,
                    each.kept,
                    consultation,
                    every_consultation=repositories.consultations.all,
                )
            except Refusal as refusal:
                results[each] = refusal
                continue
        admitted[each] = ready
    return admitted


def _record(
    repositories: Repositories,
    consultation: Consultation,
    admitted: Mapping[Posted, Prepared],
    results: Results,
) -> None:
    """Store arrivals, originals and records, and queue their mail."""
    arrivals = [ready.arrival for ready in admitted.values()]
    repositories.submissions.add_new(arrivals)
    files = [(kept.document, kept.content) for each in admitted for kept in each.kept]
    repositories.submissions.add_documents(files)
    drafts = [ready.draft for ready in admitted.values()]
    # From here on others wait for the counters, where several processes write.
    _count_seen(repositories, admitted)
    records = numbered(repositories, drafts, consultation.number)
    at = max(each.envelope.received_at for each in admitted)
    alike = repositories.comments.add_together(
        records, consultation_number=consultation.number, at=at
    )
    for each, submission, record in zip(admitted, arrivals, records, strict=True):
        mails = outgoing.mails_for(
            each.desk, submission, [record], repositories, language=each.posting.language
        )
        repositories.outbox.add(mails)
        related = alike.get(record.receipt_number, ())
        results[each] = Submitted(
            receipt_number=record.receipt_number,
            revision=record.revision,
            body=each.render(record, [kept.document for kept in each.kept], related),
            repeated=False,
        )
    repositories.idempotency.keep(_answers(consultation, admitted, results), at=at)
    repositories.audit.add(*_trail(tuple(admitted), records))


def _count_seen(repositories: Repositories, admitted: Iterable[Posted]) -> None:
    """Count for the ledger what each source handed over."""
    counts = Counter(
        f"seen:{each.envelope.channel.value}:{each.envelope.source}" for each in admitted
    )
    for name, count in sorted(counts.items()):
        repositories.counters.step(name, by=count)


def _answers(
    consultation: Consultation, admitted: Iterable[Posted], results: Results
) -> list[tuple[Scope, Answered]]:
    answers = []
    for each in admitted:
        scope, told = _scope(consultation, each), results[each]
        if scope is not None and isinstance(told, Submitted):
            answered = Answered(
                request_sha256=each.digest, receipt_number=told.receipt_number, answer=told.body
            )
            answers.append((scope, answered))
    return answers


def _trail(admitted: Sequence[Posted], records: Sequence[CommentRecord]) -> Iterable[AuditEntry]:
    for each, record in zip(admitted, records, strict=True):
        at, actor = each.envelope.received_at, each.posting.actor
        yield recorded(record, actor=actor, at=at)
        yield AuditEntry(
            at=at,
            actor=actor,
            action=AuditAction.SUBMISSION_RECEIVED,
            submission_id=record.submission_id,
            consultation=each.posting.code,
            detail={"channel": each.envelope.channel.value, "source": each.envelope.source},
        )


def read_json(raw: bytes) -> object:
    """Read a JSON document, quickly where nothing in it is strange.

    Raises:
        ValueError: It is none.
        RecursionError: It is nested too deeply.
    """
    try:
        return from_json(raw)
    except ValueError:
        return json.loads(raw)  # takes halves of surrogate pairs, and more depth


_in_order = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def body_digest(raw: bytes) -> str:
    """Name a JSON body by its meaning: white space and the order of members do not matter."""
    try:
        meaning = _in_order(read_json(raw)).encode()
    except (ValueError, RecursionError):
        meaning = raw
    return hashlib.sha256(meaning).hexdigest()


def _reply(application: Application) -> ReplyRoute | None:
    address = application.submitter.email
    if address is None or is_missing(address):
        return None
    return ReplyRoute(address=address, message_id=None, allowed=True)
