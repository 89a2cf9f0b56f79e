"""The first page after signing in: what needs a person."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from app.domain.access import Scope
from app.domain.errors import NotFound
from app.domain.outgoing import MailState
from app.domain.status import CommentStatus, SubmissionState
from app.intake import mailboxes
from app.web.page_route import PageRoute
from app.web.rendering import page
from app.web.staff import SignedIn, Staff

router = APIRouter(include_in_schema=False, route_class=PageRoute)
beyond = APIRouter(include_in_schema=False, route_class=PageRoute)
"""Answers for addresses below the staff pages that lead nowhere; it comes last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something that needs a person.

    Attributes:
        words: What.
        count: How many.
        link: Where they are; None where there is nothing to open.
    """

    words: str
    count: int
    link: str | None


@router.get("/staff")
def dashboard(staff: SignedIn) -> Response:
    """Show the counts, and first of all what needs a person; no personal data."""
    queries, codes = staff.desk.queries, staff.actor.consultations
    waiting: list[Waiting] = []
    statuses = states = None
    if staff.may(Scope.COMMENTS_READ):
        statuses, states = queries.comments.counts(codes), queries.submissions.counts(codes)
        waiting += _to_look_at(statuses, states)
        if not codes:
            waiting += [_unsent(staff), _held_back(staff)]
    if staff.may(Scope.AUDIT_READ) and not codes:
        waiting += [_missing(staff), _quiet(staff)]
    return page("dashboard.html", staff=staff, waiting=waiting, statuses=statuses, states=states)


@beyond.get("/staff/{path:path}")
def nothing_here(path: str, staff: SignedIn) -> Response:  # noqa: ARG001 - any address
    """Answer for an address that leads nowhere."""
    raise NotFound


def _to_look_at(
    statuses: dict[CommentStatus, int], states: dict[SubmissionState, int]
) -> tuple[Waiting, ...]:
    return (
        _comments(statuses, CommentStatus.NEEDS_REVIEW, "確認を待っている意見書"),
        _comments(statuses, CommentStatus.NEEDS_CORRECTION, "補正が必要な意見書"),
        _arrivals(states, SubmissionState.FAILED, "読取りに失敗した到達物"),
        _arrivals(states, SubmissionState.QUARANTINED, "隔離中の到達物"),
    )


def _unsent(staff: Staff) -> Waiting:
    counts = staff.desk.queries.outbox.counts()
    failed = counts[MailState.FAILED] + counts[MailState.BOUNCED]
    return Waiting(words="送信できなかったメール・届かなかったメール", count=failed, link=None)


def _held_back(staff: Staff) -> Waiting:
    held = staff.desk.queries.outbox.held_back(staff.desk.clock())
    return Waiting(words="混雑のため遅らせている返信", count=held, link=None)


def _missing(staff: Staff) -> Waiting:
    missing = sum(each.missing for each in staff.desk.queries.ledger.summary())
    return Waiting(words="届いたはずなのに記録のないもの", count=missing, link="/staff/ledger")


def _quiet(staff: Staff) -> Waiting:
    count = len(mailboxes.alarms(staff.desk))
    words = "つながらない、メールが来ない、または記録漏れのおそれのある受信箱"
    return Waiting(words=words, count=count, link="/staff/ledger")


def _comments(counts: dict[CommentStatus, int], status: CommentStatus, words: str) -> Waiting:
    return Waiting(words=words, count=counts[status], link=f"/staff/comments?status={status.value}")


def _arrivals(counts: dict[SubmissionState, int], state: SubmissionState, words: str) -> Waiting:
    return Waiting(words=words, count=counts[state], link=f"/staff/submissions?state={state.value}")
