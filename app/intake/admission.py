"""What keeps an e-application out: told at the door, every reason at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.channels.e_application import Application
from app.domain import deadline, individual_number, measure_name, requirements
from app.domain.access import Actor
from app.domain.comment_form import EMAIL
from app.domain.consultation import Consultation
from app.domain.envelope import Channel
from app.domain.errors import ConsultationNotOpen, FieldProblem, InvalidInput
from app.domain.measure import MeasureCandidate
from app.domain.text import MAX_OPINION_CHARACTERS, is_missing
from app.intake import outgoing
from app.intake.desk import Desk
from app.intake.judge import free_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One POST at the door.

    Attributes:
        code: The consultation it was posted to.
        application: Its fields.
        raw: Its body, byte for byte: the original.
        actor: The key it came with.
        idempotency_key: The header, if it was sent.
        shape_problems: What the router found wrong with its shape; told with everything else.
        language: ``ja`` or ``en``, in which its writer is answered.
    """

    code: str
    application: Application
    raw: bytes
    actor: Actor
    idempotency_key: str | None = None
    shape_problems: tuple[FieldProblem, ...] = ()
    language: str = "ja"


def check(
    desk: Desk,
    every_consultation: Callable[[], Sequence[Consultation]],
    posting: Posting,
    consultation: Consultation,
    *,
    at: datetime,
) -> None:
    """See that a posting may come in.

    Args:
        desk: Whose likeness of texts ranks the drafts that may be meant.
        every_consultation: Gives all of them; asked only when the measure name does not match.
        posting: What was posted.
        consultation: The one it was posted to.
        at: When it arrived.

    Raises:
        ConsultationNotOpen: It came outside the period.
        InvalidInput: Something is missing or wrong; every reason at once.
    """
    if not deadline.is_open(consultation, channel=Channel.E_APPLICATION, now=at):
        raise ConsultationNotOpen(
            extra={
                "opens_on": consultation.opens_on.isoformat(),
                "closes_on": consultation.closes_on.isoformat(),
            }
        )
    application = posting.application
    named = {each.field for each in posting.shape_problems}
    problems = [*posting.shape_problems, *door_problems(application, consultation)]
    candidates: tuple[MeasureCandidate, ...] = ()
    if not is_missing(application.measure_name) and not measure_name.door_verdict(
        application.measure_name, consultation
    ):
        candidates = _candidates(desk, every_consultation(), application, at)
        problems.append(_mismatch(consultation, candidates))
    problems = [
        each for each in problems if each in posting.shape_problems or each.field not in named
    ]
    if problems:
        shown = [
            {
                "consultation": each.consultation,
                "measure_name": each.measure_name,
                "score": each.score,
            }
            for each in candidates
        ]
        raise InvalidInput(problems=tuple(problems), extra={"candidates": shown} if shown else None)


def _candidates(
    desk: Desk,
    consultations: Sequence[Consultation],
    application: Application,
    at: datetime,
) -> tuple[MeasureCandidate, ...]:
    """Rank the drafts that are open at this door now: one of them may be meant."""
    drafts = tuple(
        each
        for each in consultations
        if deadline.is_open(each, channel=Channel.E_APPLICATION, now=at)
    )
    return measure_name.candidates(
        application.measure_name or "", drafts, similarity=desk.similarity
    )


def _mismatch(consultation: Consultation, candidates: Sequence[MeasureCandidate]) -> FieldProblem:
    names = dict.fromkeys((*consultation.names, *(each.measure_name for each in candidates)))
    shown = "".join(f"「{name}」" for name in names)
    return FieldProblem("/measure_name", "measure_name_mismatch", {"candidates": shown})


def door_problems(application: Application, consultation: Consultation) -> list[FieldProblem]:
    """List everything that keeps an application out, by JSON pointer into its body."""
    # Too long it is refused anyway; looking through megabytes would make everybody wait.
    opinion = (application.opinion or "")[:MAX_OPINION_CHARACTERS]
    problems = list(
        requirements.missing(
            consultation,
            application.submitter,
            measure_written=application.measure_name,
            opinion=application.opinion,
        )
    )
    problems.extend(
        FieldProblem(pointer, "individual_number_present")
        for pointer in individual_number.fields_with_number(
            free_text(application.submitter, opinion)
        )
    )
    email = application.submitter.email
    if email is not None and not is_missing(email) and not outgoing.is_address(email):
        problems.append(FieldProblem(EMAIL, "email_invalid"))
    return problems
