"""The numbers of the service for Prometheus; how much there is, never what anybody wrote."""

from collections import Counter
from collections.abc import Iterable

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.domain.access import Scope
from app.domain.mailbox_watch import Alarm
from app.intake import mailboxes
from app.intake.desk import Desk
from app.routers.desk import TheDesk
from app.routers.operation import operation

router = APIRouter(tags=["health"])
_TEXT = {
    "schema": {"type": "string"},
    "example": 'ikenbako_waiting{lane="ocr"} 3.0\n',
}


class _Stored(Collector):
    """What the database holds, counted when it is asked for; the same from every process."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def collect(self) -> Iterable[GaugeMetricFamily]:
        load = self._desk.queries.load.now()
        arrivals = GaugeMetricFamily(
            "ikenbako_arrivals", "Arrivals by channel and state.", labels=("channel", "state")
        )
        for (channel, state), count in load.arrivals.items():
            arrivals.add_metric((channel.value, state.value), count)
        waiting = GaugeMetricFamily(
            "ikenbako_waiting", "Arrivals that are not read yet.", labels=("lane",)
        )
        oldest = GaugeMetricFamily(
            "ikenbako_waiting_oldest_seconds", "How long the oldest has waited.", labels=("lane",)
        )
        now = self._desk.clock()
        for lane, count in load.waiting.items():
            waiting.add_metric((lane.value,), count)
            since = load.waiting_since.get(lane, now)
            oldest.add_metric((lane.value,), max(0.0, (now - since).total_seconds()))
        yield arrivals
        yield waiting
        yield oldest
        yield GaugeMetricFamily("ikenbako_pages", "Pictures of pages kept.", value=load.pages)
        missing = GaugeMetricFamily(
            "ikenbako_missing", "Announced by a source and not here.", labels=("channel",)
        )
        for each, count in load.missing.items():
            missing.add_metric((each.value,), count)
        yield missing
        alarms = GaugeMetricFamily(
            "ikenbako_mailbox_alarm", "Mail folders with an alarm.", labels=("alarm",)
        )
        raised = Counter(alarm for _source, alarm in mailboxes.alarms(self._desk))
        for kind in Alarm:
            alarms.add_metric((kind.value,), raised[kind])
        yield alarms
        mails = GaugeMetricFamily("ikenbako_outbox", "Outgoing mail by state.", labels=("state",))
        for mail_state, count in load.outbox.items():
            mails.add_metric((mail_state.value,), count)
        yield mails


@router.get(
    "/metrics",
    response_class=Response,
    **operation(Scope.AUDIT_READ, 503, whole=True, answers={"text/plain": _TEXT}),
)
def metrics(desk: TheDesk) -> Response:
    """Give the numbers of the service and of this process in Prometheus' text format."""
    stored = CollectorRegistry()
    stored.register(_Stored(desk))
    return Response(
        generate_latest(stored) + generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST
    )
