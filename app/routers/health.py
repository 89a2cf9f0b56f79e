"""Whether the process lives, and whether it can accept."""

from fastapi import APIRouter, Request
from pydantic import ConfigDict

from app.routers.desk import TheDesk
from app.routers.fields import Outgoing
from app.routers.operation import operation

router = APIRouter(tags=["health"])


class HealthOut(Outgoing):
    """How it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: str


@router.get("/healthz", **operation(None, public=True))
def healthz() -> HealthOut:
    """Say that the process lives."""
    return HealthOut(status="ok")


@router.get("/readyz", **operation(None, 503, public=True))
def readyz(request: Request, desk: TheDesk) -> HealthOut:
    """Say whether something that arrives now would be kept: it writes and syncs a little."""
    request.app.state.readiness.check(desk)
    return HealthOut(status="ready")
