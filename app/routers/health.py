"""Whether the process lives, and whether it can accept."""

from fastapi import APIRouter, Request
from pydantic import ConfigDict

from app.intake import mailboxes
from app.routers.desk import TheDesk
from app.routers.fields import Outgoing
from app.routers.operation import operation

router = APIRouter(tags=["health"])


class HealthOut(Outgoing):
    """How it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: str


class ReadyOut(Outgoing):
    """Whether it accepts, and what somebody should look at although it does.

    An alarm about a mailbox leaves the status ready: the other channels, and mail that a gateway
    brings, are taken in all the same. Which mailbox it is stands in the ledger.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "ready", "alarms": ["mailbox_silent"]}]}
    )

    status: str
    alarms: list[str]


@router.get("/healthz", **operation(None, public=True))
def healthz() -> HealthOut:
    """Say that the process lives."""
    return HealthOut(status="ok")


@router.get("/readyz", **operation(None, 503, public=True))
def readyz(request: Request, desk: TheDesk) -> ReadyOut:
    """Say whether something that arrives now would be kept: it writes and syncs a little."""
    request.app.state.readiness.check(desk)
    found = {alarm.value for _source, alarm in mailboxes.alarms(desk)}
    if desk.queries.outbox.held_back(desk.clock()):
        found.add("replies_delayed")
    return ReadyOut(status="ready", alarms=sorted(found))
