"""Setting up consultations (意見提出手続) and changing their rules."""

import functools
import math
import time
from dataclasses import replace
from datetime import timedelta

from app.domain.access import Actor
from app.domain.audit import AuditAction, AuditEntry
from app.domain.comment import CommentRecord
from app.domain.consultation import Consultation, contradictions
from app.domain.errors import CodeTaken, InvalidInput, NotAllowed, NotFound, StaleRevision
from app.intake.desk import PROGRAM, Desk
from app.intake.judge import judge
from app.recognition.form_layout import design
from app.recognition.templates import to_json
from app.storage.repositories.unit import Repositories

SETTLING = timedelta(minutes=1)
"""So long after a change its comments are judged once more: on PostgreSQL a comment that was being
recorded by the old rules may only have become visible after the first pass."""

REJUDGED_AT_ONCE = 200
"""Records judged again in one transaction, so that arrivals never wait long behind them."""

PATIENCE_SECONDS = 10.0
"""Who changes a rule waits so long for its effect at most; among hundreds of thousands of comments
the rest follows within a minute or two, whatever happens to the process meanwhile."""


def create(desk: Desk, consultation: Consultation, *, actor: Actor) -> Consultation:
    """Set up a consultation and give it its number.

    Raises:
        CodeTaken: Its code is known already.
        InvalidInput: Its rules contradict each other.
        NotAllowed: The key is confined to other consultations.
    """
    _check(consultation, actor)
    at = desk.clock()

    def work(repositories: Repositories) -> Consultation:
        if repositories.consultations.get(consultation.code) is not None:
            raise CodeTaken(name=consultation.code)
        numbered = replace(
            consultation, number=repositories.counters.step("consultation"), template_revision=1
        )
        if not repositories.consultations.add(numbered, at=at):
            raise CodeTaken(name=consultation.code)
        repositories.consultations.add_template(
            numbered.number, 1, to_json(design(numbered)), at=at
        )
        repositories.audit.add(
            AuditEntry(
                at=at,
                actor=actor,
                action=AuditAction.CONSULTATION_CREATED,
                consultation=numbered.code,
            )
        )
        return numbered

    created = desk.writer.run(work)
    rejudge(desk, created.code, seconds=PATIENCE_SECONDS)
    return created


def change(
    desk: Desk, consultation: Consultation, *, actor: Actor, made_from: Consultation | None = None
) -> Consultation:
    """Change a consultation's rules; comments nobody decided on are judged again.

    A form printed before stays readable: a change that moves its boxes or its text gives the form
    a new revision beside the old ones. What is as it was has nothing judged again.

    Args:
        desk: Where to work.
        consultation: The whole new definition.
        actor: Who changes it.
        made_from: What the new definition was made from; None does not compare.

    Raises:
        NotFound: There is no such consultation.
        StaleRevision: Somebody changed what it was made from.
        InvalidInput: Its rules contradict each other.
        NotAllowed: The key is confined to other consultations.
    """
    _check(consultation, actor)
    at = desk.clock()

    def work(repositories: Repositories) -> tuple[Consultation, Consultation]:
        before = repositories.consultations.get(consultation.code, lock=True)
        if before is None:
            raise NotFound("consultation_not_found")
        if made_from is not None and before != made_from:
            raise StaleRevision
        after = replace(
            consultation, number=before.number, template_revision=before.template_revision
        )
        if to_json(design(after)) != to_json(design(before)):
            after = replace(after, template_revision=before.template_revision + 1)
            repositories.consultations.add_template(
                after.number, after.template_revision, to_json(design(after)), at=at
            )
        if after != before:
            repositories.consultations.change(after, at=at)
        repositories.audit.add(
            AuditEntry(
                at=at,
                actor=actor,
                action=AuditAction.CONSULTATION_CHANGED,
                consultation=after.code,
                detail={"fields": _changed_fields(before, after)},
            )
        )
        return before, after

    before, after = desk.writer.run(work)
    if after != before:
        rejudge(desk, after.code, seconds=PATIENCE_SECONDS)
    return after


def _check(consultation: Consultation, actor: Actor) -> None:
    if not actor.may_touch(consultation.code):
        raise NotAllowed
    problems = contradictions(consultation)
    if problems:
        raise InvalidInput("rules_contradict", problems=problems)


def _changed_fields(before: Consultation, after: Consultation) -> list[str]:
    names = (
        "measure_name",
        "measure_aliases",
        "opens_on",
        "closes_on",
        "office",
        "deadline_rules",
        "required_fields",
        "categories",
        "automatic_correction_request",
        "mail_texts",
        "template_revision",
    )
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def rejudge_pending(desk: Desk) -> None:
    """Finish what was left undone of a changed rule's effect, for want of time or by a death."""
    codes = desk.writer.run(lambda repositories: repositories.consultations.to_rejudge())
    for code in codes:
        rejudge(desk, code)


def rejudge(desk: Desk, code: str, *, seconds: float = math.inf) -> None:
    """Judge every undecided comment again that a consultation's rules may concern.

    Args:
        desk: Where to work.
        code: Of the consultation.
        seconds: What is left after these is left to ``rejudge_pending``, which begins anew.
    """
    begun, until = desk.clock(), time.monotonic() + seconds
    after: int | None = 0
    while after is not None:
        if time.monotonic() > until:
            return
        after = desk.writer.run(functools.partial(_rejudge_some, desk, code=code, after=after))
    settled = begun - SETTLING
    desk.writer.run(
        lambda repositories: repositories.consultations.rejudged(code, changed_before=settled)
    )


def _rejudge_some(desk: Desk, repositories: Repositories, *, code: str, after: int) -> int | None:
    records, end = repositories.comments.undecided(code, after=after, limit=REJUDGED_AT_ONCE)
    consultations = repositories.consultations.all()
    for record in records:
        judged = judge(record, consultations, similarity=desk.similarity)
        if judged != record:
            _store_rejudged(desk, repositories, record, judged)
    return end


def _store_rejudged(
    desk: Desk, repositories: Repositories, before: CommentRecord, after: CommentRecord
) -> None:
    after = replace(after, revision=before.revision + 1)
    repositories.comments.change(after)
    repositories.audit.add(
        AuditEntry(
            at=desk.clock(),
            actor=PROGRAM,
            action=AuditAction.COMMENT_REJUDGED,
            receipt_number=after.receipt_number,
            submission_id=after.submission_id,
            consultation=after.consultation,
            detail={
                "status": [before.status.value, after.status.value],
                "timeliness": [before.timeliness.verdict.value, after.timeliness.verdict.value],
            },
        )
    )
