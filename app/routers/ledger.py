"""The ledger (受付台帳): every arrival once, and every source against what is recorded."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, time, timedelta
from itertools import chain, islice
from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi.responses import StreamingResponse
from pydantic import ConfigDict

from app.domain.access import Scope
from app.domain.envelope import JST, Channel
from app.domain.mailbox_watch import Alarm
from app.domain.status import SubmissionState
from app.domain.submission import Submission
from app.intake import mailboxes
from app.routers.desk import TheDesk, Who
from app.routers.fields import Day, Incoming, JapanInstant, Name, Outgoing
from app.routers.operation import JSON, operation

router = APIRouter(prefix="/api/v1/ledger", tags=["ledger"])
_WRITTEN_AT_ONCE = 500


class ArrivalOut(Outgoing):
    """One arrival, in one state."""

    submission_id: str
    channel: Channel
    state: SubmissionState
    reason: str | None
    source: str
    source_item: str | None
    received_at: JapanInstant
    recorded_at: JapanInstant


class LedgerOut(Outgoing):
    """Every arrival of a time, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "submission_id": "014d5a3e9c1b7f20c64fe1a87d3b9025",
                            "channel": "fax",
                            "state": "done",
                            "reason": None,
                            "source": "fax gateway",
                            "source_item": "FX-000123",
                            "received_at": "2015-05-15T23:59:58+09:00",
                            "recorded_at": "2015-05-16T00:00:02+09:00",
                        }
                    ]
                }
            ]
        }
    )

    items: list[ArrivalOut]


class BalanceOut(Outgoing):
    """What one source says it has, and what became of it.

    ``seen`` = ``recorded`` + ``ignored`` + ``quarantined`` + ``failed`` + ``waiting`` +
    ``missing``; ``surplus`` is what came beyond what the source said, and is in none of them.
    """

    channel: Channel
    source: str
    unit: str
    seen: int
    recorded: int
    ignored: int
    quarantined: int
    failed: int
    waiting: int
    missing: int
    surplus: int


class AlarmOut(Outgoing):
    """A mail folder that is out of reach, or silent for longer than is usual for it."""

    source: str
    alarm: Alarm


class SummaryOut(Outgoing):
    """Every source; ``missing`` is 0 when nothing is lost."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "channel": "email",
                            "source": "iken/INBOX",
                            "unit": "mail",
                            "seen": 12,
                            "recorded": 9,
                            "ignored": 2,
                            "quarantined": 0,
                            "failed": 0,
                            "waiting": 1,
                            "missing": 0,
                            "surplus": 0,
                        }
                    ],
                    "alarms": [{"source": "iken/INBOX", "alarm": "mailbox_silent"}],
                }
            ]
        }
    )

    items: list[BalanceOut]
    alarms: list[AlarmOut]


@router.get("", response_model=LedgerOut, **operation(Scope.AUDIT_READ, 422))
def list_arrivals(
    desk: TheDesk,
    who: Who,
    date_from: Annotated[Day | None, Query(description="First day, in Japan.")] = None,
    date_to: Annotated[Day | None, Query(description="Last day, in Japan, included.")] = None,
    channel: Annotated[Channel | None, Query()] = None,
) -> StreamingResponse:
    """Give every arrival once, with the state it is in; the answer is written while it is read."""
    arrivals = desk.queries.ledger.arrivals(
        received_from=_midnight(date_from) if date_from else None,
        received_before=_midnight(date_to) + timedelta(days=1) if date_to else None,
        channel=channel,
        consultations=who.consultations,
    )
    # Whoever asks hears it at once when the database cannot be asked.
    first = next(arrivals, None)
    found = () if first is None else chain([first], arrivals)
    return StreamingResponse(_written(found), media_type="application/json")


def _written(arrivals: Iterable[Submission]) -> Iterator[bytes]:
    """Write arrivals as a `LedgerOut`, some at a time: a call may bring a million."""
    opening, left = '{"items":[', iter(arrivals)
    while some := [_arrival(each) for each in islice(left, _WRITTEN_AT_ONCE)]:
        yield (opening + ",".join(each.model_dump_json() for each in some)).encode()
        opening = ","
    yield b"]}" if opening == "," else f"{opening}]}}".encode()


def _arrival(submission: Submission) -> ArrivalOut:
    return ArrivalOut(
        submission_id=submission.id,
        channel=submission.channel,
        state=submission.state,
        reason=submission.reason,
        source=submission.source,
        source_item=submission.source_item,
        received_at=submission.received_at,
        recorded_at=submission.recorded_at,
    )


@router.get("/summary", **operation(Scope.AUDIT_READ, 422, whole=True))
def summarise(desk: TheDesk, channel: Annotated[Channel | None, Query()] = None) -> SummaryOut:
    """Weigh what each source says it has against what is recorded of it."""
    return SummaryOut(
        items=[BalanceOut(**asdict(each)) for each in desk.queries.ledger.summary(channel=channel)],
        alarms=[
            AlarmOut(source=source, alarm=alarm)
            for source, alarm in mailboxes.alarms(desk)
            if channel in (None, Channel.EMAIL)
        ],
    )


class ExplanationIn(Incoming):
    """Why mail that a folder once held never came here."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"source": "iken/INBOX", "reason": "広告メールを職員が手で削除した"}]
        }
    )

    source: Name
    reason: Name


class ExplanationOut(Outgoing):
    """How many mails it was put on."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"source": "iken/INBOX", "explained": 2}]}
    )

    source: str
    explained: int


@router.post("/explanations", **operation(Scope.COMMENTS_REVIEW, 503, 507, whole=True, takes=JSON))
def explain_missing(
    sent: Annotated[ExplanationIn, Body()], desk: TheDesk, who: Who
) -> ExplanationOut:
    """Put a person's word on what a mail folder named and is missing here; it stays counted."""
    count = mailboxes.explain(desk, sent.source, reason=sent.reason, actor=who)
    return ExplanationOut(source=sent.source, explained=count)


def _midnight(day: Day) -> datetime:
    return datetime.combine(day, time(), JST)
