"""Whether a comment came in time (期限内・期限後): every way of arriving, by its own rule.

Days are days in Japan and both ends of the period count. A closing time speaks of the last day
only; its own second is still in time, so instants are compared by whole seconds.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache

from app.domain import timeliness
from app.domain.consultation import Basis, Consultation, DeadlineRule
from app.domain.envelope import JST, Channel, Delivery, japan_day
from app.domain.timeliness import Clock, Timeliness, TimelinessVerdict

_LAST_SECOND = time(23, 59, 59)
_REMEMBERED = 1024
"""Last seconds: few rules are asked for, each by every comment that comes."""

_CLOCKS = {
    Channel.EMAIL: Clock.MAIL_SERVER,
    Channel.FAX: Clock.FAX_GATEWAY,
    Channel.E_APPLICATION: Clock.SERVER,
    Channel.MAIL: Clock.ARRIVAL_STAMP,
    Channel.DROP_BOX: Clock.ARRIVAL_STAMP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """The dates of one arrival, beside the rule that judges them."""

    rule: DeadlineRule
    opens_on: date
    closes_on: date
    received_at: datetime
    postmarked_on: date | None
    collected_at: datetime | None

    @property
    def closing(self) -> datetime:
        """The last second in time."""
        return _end_of_day(self.closes_on, self.rule.closing_time)


def judge(
    consultation: Consultation | None,
    *,
    channel: Channel,
    delivery: Delivery | None,
    received_at: datetime,
    postmarked_on: date | None,
    collected_at: datetime | None,
) -> Timeliness:
    """Give the verdict on one arrival by the rule of its way of arriving.

    Args:
        consultation: The consultation it belongs to; without one nothing can be said.
        channel: The way it came.
        delivery: For paper, by post or by hand.
        received_at: When it arrived by the clock of its source.
        postmarked_on: Its postmark, if legible.
        collected_at: When its drop box was emptied.
    """
    if consultation is None:
        return timeliness.UNKNOWN
    arrival = _Arrival(
        rule=consultation.rule_for(channel, delivery),
        opens_on=consultation.opens_on,
        closes_on=consultation.closes_on,
        received_at=received_at,
        postmarked_on=postmarked_on,
        collected_at=collected_at,
    )
    if channel is Channel.MAIL and delivery is None:
        # By post or by hand: two rules, and nobody said which.
        return Timeliness(verdict=TimelinessVerdict.UNDETERMINED)
    if arrival.rule.basis is Basis.POSTMARKED:
        return _by_postmark(arrival)
    if arrival.rule.basis is Basis.COLLECTED:
        return _by_collection(arrival)
    return _by_receipt(arrival, _CLOCKS[channel])


def is_open(consultation: Consultation, *, channel: Channel, now: datetime) -> bool:
    """Say whether a comment that arrives now by this way is inside the period."""
    rule = consultation.rule_for(channel, None)
    closing = _end_of_day(consultation.closes_on, rule.closing_time)
    return japan_day(now) >= consultation.opens_on and _second(now) <= closing


def _by_receipt(arrival: _Arrival, clock: Clock) -> Timeliness:
    if japan_day(arrival.received_at) < arrival.opens_on:
        verdict = TimelinessVerdict.EARLY
    elif _second(arrival.received_at) <= arrival.closing:
        verdict = TimelinessVerdict.IN_TIME
    else:
        verdict = TimelinessVerdict.LATE
    return Timeliness(verdict=verdict, basis=Basis.RECEIVED, clock=clock, deadline=arrival.closing)


def _by_postmark(arrival: _Arrival) -> Timeliness:
    legible = arrival.postmarked_on is not None
    return Timeliness(
        verdict=_postmark_verdict(arrival) if legible else _unmarked_verdict(arrival),
        basis=Basis.POSTMARKED,
        clock=Clock.POSTMARK if legible else Clock.ARRIVAL_STAMP,
        # A postmark bears a day, no hour: the whole last day is in time.
        deadline=_end_of_day(arrival.closes_on, None),
    )


def _postmark_verdict(arrival: _Arrival) -> TimelinessVerdict:
    """Judge a legible postmark: its day decides, and the letter must arrive in time besides."""
    postmark = arrival.postmarked_on
    arrived_on = japan_day(arrival.received_at)
    arrives_by = arrival.rule.arrives_by
    if postmark is None or postmark > arrived_on:
        return TimelinessVerdict.UNDETERMINED  # one of the two dates is wrong
    if postmark < arrival.opens_on:
        return TimelinessVerdict.EARLY
    if postmark > arrival.closes_on:
        return TimelinessVerdict.LATE
    if arrives_by is not None:
        return TimelinessVerdict.IN_TIME if arrived_on <= arrives_by else TimelinessVerdict.LATE
    if arrived_on <= arrival.closes_on:
        return TimelinessVerdict.IN_TIME
    return TimelinessVerdict.UNDETERMINED


def _unmarked_verdict(arrival: _Arrival) -> TimelinessVerdict:
    """Judge a letter without a legible postmark by the day it arrived."""
    arrived_on = japan_day(arrival.received_at)
    arrives_by = arrival.rule.arrives_by
    if arrived_on < arrival.opens_on:
        return TimelinessVerdict.EARLY
    if _second(arrival.received_at) <= arrival.closing:
        return TimelinessVerdict.IN_TIME
    if arrives_by is None or arrived_on <= arrives_by:
        return TimelinessVerdict.UNDETERMINED
    return TimelinessVerdict.LATE


def _by_collection(arrival: _Arrival) -> Timeliness:
    until = arrival.rule.collected_until
    deadline = arrival.closing if until is None else _second(until)
    return Timeliness(
        verdict=_collection_verdict(arrival, deadline),
        basis=Basis.COLLECTED,
        clock=None if arrival.collected_at is None else Clock.COLLECTION,
        deadline=deadline,
    )


def _collection_verdict(arrival: _Arrival, deadline: datetime) -> TimelinessVerdict:
    if arrival.collected_at is None:
        return TimelinessVerdict.UNDETERMINED
    if japan_day(arrival.collected_at) < arrival.opens_on:
        return TimelinessVerdict.EARLY
    if _second(arrival.collected_at) <= deadline:
        return TimelinessVerdict.IN_TIME
    return TimelinessVerdict.LATE


@lru_cache(_REMEMBERED)
def _end_of_day(day: date, closing_time: time | None) -> datetime:
    """Give the last second of a day in Japan that is in time, in UTC."""
    at = (closing_time or _LAST_SECOND).replace(microsecond=0, tzinfo=JST)
    return datetime.combine(day, at).astimezone(UTC)


def _second(instant: datetime) -> datetime:
    """Drop the fraction: 17:15:00.9 still is the second 17:15:00."""
    return instant.astimezone(UTC).replace(microsecond=0)
