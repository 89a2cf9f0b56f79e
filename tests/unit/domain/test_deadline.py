from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import timeliness
from app.domain.consultation import Basis, Consultation, DeadlineRule, RuleKey
from app.domain.deadline import is_open, judge
from app.domain.envelope import Channel, Delivery
from app.domain.timeliness import Clock, Timeliness, TimelinessVerdict
from tests.unit.domain.builders import a_consultation, japan

IN_TIME = TimelinessVerdict.IN_TIME
LATE = TimelinessVerdict.LATE
EARLY = TimelinessVerdict.EARLY
UNDETERMINED = TimelinessVerdict.UNDETERMINED

MIDNIGHT = japan("2015-05-15T23:59:59").astimezone(UTC)
NOTICE = a_consultation(
    rules={
        RuleKey.POST: DeadlineRule(basis=Basis.POSTMARKED, arrives_by=date(2015, 5, 22)),
        RuleKey.HAND: DeadlineRule(closing_time=time(17, 15)),
        RuleKey.DROP_BOX: DeadlineRule(
            basis=Basis.COLLECTED, collected_until=japan("2015-05-18T12:00:00")
        ),
    }
)


def verdict_on(
    channel: Channel,
    received_at: str,
    *,
    consultation: Consultation = NOTICE,
    delivery: Delivery | None = None,
    postmarked_on: date | None = None,
    collected_at: str | None = None,
) -> Timeliness:
    return judge(
        consultation,
        channel=channel,
        delivery=delivery,
        received_at=japan(received_at).astimezone(UTC),
        postmarked_on=postmarked_on,
        collected_at=None if collected_at is None else japan(collected_at),
    )


def by_post(received_at: str, postmark: str | None, rule: DeadlineRule) -> Timeliness:
    return verdict_on(
        Channel.MAIL,
        received_at,
        consultation=a_consultation(rules={RuleKey.POST: rule}),
        delivery=Delivery.POST,
        postmarked_on=None if postmark is None else date.fromisoformat(postmark),
    )


def test_nothing_can_be_said_without_a_consultation() -> None:
    verdict = judge(
        None,
        channel=Channel.FAX,
        delivery=None,
        received_at=japan("2015-05-01T00:00:00"),
        postmarked_on=None,
        collected_at=None,
    )
    assert verdict is timeliness.UNKNOWN


@pytest.mark.parametrize(
    ("received_at", "expected"),
    [
        ("2015-04-14T23:59:59.999999", EARLY),
        ("2015-04-15T00:00:00", IN_TIME),
        ("2015-05-15T23:59:59", IN_TIME),
        ("2015-05-15T23:59:59.999999", IN_TIME),
        ("2015-05-16T00:00:00", LATE),
    ],
)
@pytest.mark.parametrize(
    ("channel", "clock"),
    [
        (Channel.EMAIL, Clock.MAIL_SERVER),
        (Channel.FAX, Clock.FAX_GATEWAY),
        (Channel.E_APPLICATION, Clock.SERVER),
    ],
)
def test_receipt_goes_by_the_day_in_japan_both_ends_included(
    channel: Channel, clock: Clock, received_at: str, expected: TimelinessVerdict
) -> None:
    assert verdict_on(channel, received_at) == Timeliness(
        verdict=expected, basis=Basis.RECEIVED, clock=clock, deadline=MIDNIGHT
    )


@pytest.mark.parametrize(
    ("received_at", "expected"),
    [
        ("2015-05-14T22:00:00", IN_TIME),
        ("2015-05-15T17:15:00", IN_TIME),
        ("2015-05-15T17:15:00.9", IN_TIME),
        ("2015-05-15T17:15:01", LATE),
        ("2015-04-15T00:00:00", IN_TIME),
        ("2015-04-14T12:00:00", EARLY),
    ],
)
def test_a_closing_time_speaks_of_the_last_day_only(
    received_at: str, expected: TimelinessVerdict
) -> None:
    assert verdict_on(Channel.MAIL, received_at, delivery=Delivery.HAND) == Timeliness(
        verdict=expected,
        basis=Basis.RECEIVED,
        clock=Clock.ARRIVAL_STAMP,
        deadline=japan("2015-05-15T17:15:00"),
    )


def test_paper_that_nobody_says_was_posted_or_handed_in_is_undetermined() -> None:
    verdict = verdict_on(Channel.MAIL, "2015-05-01T10:00:00")
    assert verdict == Timeliness(verdict=UNDETERMINED)


WITH_LIMIT = DeadlineRule(basis=Basis.POSTMARKED, arrives_by=date(2015, 5, 22))
WITHOUT_LIMIT = DeadlineRule(basis=Basis.POSTMARKED)
WITH_HOUR = DeadlineRule(
    basis=Basis.POSTMARKED, arrives_by=date(2015, 5, 22), closing_time=time(17, 15)
)


@pytest.mark.parametrize(
    ("received_at", "postmark", "rule", "expected"),
    [
        ("2015-05-22T23:59:59", "2015-05-15", WITH_LIMIT, IN_TIME),
        ("2015-05-23T00:00:00", "2015-05-15", WITH_LIMIT, LATE),
        ("2015-05-16T09:00:00", "2015-05-16", WITH_LIMIT, LATE),
        ("2015-04-16T09:00:00", "2015-04-14", WITH_LIMIT, EARLY),
        ("2015-04-16T09:00:00", "2015-04-15", WITH_LIMIT, IN_TIME),
        ("2015-05-15T18:00:00", "2015-05-15", WITH_HOUR, IN_TIME),
        ("2015-05-14T09:00:00", "2015-05-15", WITH_LIMIT, UNDETERMINED),
        ("2015-05-18T09:00:00", "2015-05-20", WITH_LIMIT, UNDETERMINED),
        ("2015-05-15T23:59:59", "2015-05-15", WITHOUT_LIMIT, IN_TIME),
        ("2015-05-16T00:00:00", "2015-05-15", WITHOUT_LIMIT, UNDETERMINED),
        ("2015-05-16T00:00:00", "2015-05-16", WITHOUT_LIMIT, LATE),
    ],
)
def test_a_postmark_decides_and_the_letter_must_arrive(
    received_at: str, postmark: str, rule: DeadlineRule, expected: TimelinessVerdict
) -> None:
    assert by_post(received_at, postmark, rule) == Timeliness(
        verdict=expected, basis=Basis.POSTMARKED, clock=Clock.POSTMARK, deadline=MIDNIGHT
    )


@pytest.mark.parametrize(
    ("received_at", "rule", "expected"),
    [
        ("2015-04-14T10:00:00", WITH_LIMIT, EARLY),
        ("2015-05-15T23:59:59", WITH_LIMIT, IN_TIME),
        ("2015-05-16T00:00:00", WITH_LIMIT, UNDETERMINED),
        ("2015-05-22T23:59:59", WITH_LIMIT, UNDETERMINED),
        ("2015-05-23T00:00:00", WITH_LIMIT, LATE),
        ("2015-05-15T17:15:00", WITH_HOUR, IN_TIME),
        ("2015-05-15T17:15:01", WITH_HOUR, UNDETERMINED),
        ("2015-05-15T23:59:59", WITHOUT_LIMIT, IN_TIME),
        ("2015-06-30T00:00:00", WITHOUT_LIMIT, UNDETERMINED),
    ],
)
def test_without_a_legible_postmark_the_arrival_tells_what_it_can(
    received_at: str, rule: DeadlineRule, expected: TimelinessVerdict
) -> None:
    assert by_post(received_at, None, rule) == Timeliness(
        verdict=expected, basis=Basis.POSTMARKED, clock=Clock.ARRIVAL_STAMP, deadline=MIDNIGHT
    )


def test_post_without_a_rule_goes_by_receipt_whatever_its_postmark() -> None:
    verdict = by_post("2015-05-16T09:00:00", "2015-05-01", DeadlineRule())
    assert (verdict.verdict, verdict.basis) == (LATE, Basis.RECEIVED)


@pytest.mark.parametrize(
    ("collected_at", "expected"),
    [
        ("2015-04-14T23:59:59", EARLY),
        ("2015-04-15T00:00:00", IN_TIME),
        ("2015-05-18T12:00:00.5", IN_TIME),
        ("2015-05-18T12:00:01", LATE),
    ],
)
def test_a_drop_box_goes_by_the_time_it_was_emptied(
    collected_at: str, expected: TimelinessVerdict
) -> None:
    verdict = verdict_on(Channel.DROP_BOX, "2015-05-30T10:00:00", collected_at=collected_at)
    assert verdict == Timeliness(
        verdict=expected,
        basis=Basis.COLLECTED,
        clock=Clock.COLLECTION,
        deadline=japan("2015-05-18T12:00:00"),
    )


def test_a_box_scan_without_its_round_is_undetermined() -> None:
    verdict = verdict_on(Channel.DROP_BOX, "2015-05-01T10:00:00")
    assert (verdict.verdict, verdict.clock) == (UNDETERMINED, None)
    assert verdict.deadline == japan("2015-05-18T12:00:00")


@pytest.mark.parametrize(
    ("closing_time", "collected_at", "expected"),
    [
        (None, "2015-05-15T23:59:59", IN_TIME),
        (None, "2015-05-16T00:00:00", LATE),
        (time(17, 15), "2015-05-15T17:15:01", LATE),
    ],
)
def test_a_box_without_a_last_round_closes_with_the_period(
    closing_time: time | None, collected_at: str, expected: TimelinessVerdict
) -> None:
    rule = DeadlineRule(basis=Basis.COLLECTED, closing_time=closing_time)
    verdict = verdict_on(
        Channel.DROP_BOX,
        "2015-05-20T10:00:00",
        consultation=a_consultation(rules={RuleKey.DROP_BOX: rule}),
        collected_at=collected_at,
    )
    assert verdict.verdict is expected


def test_a_box_without_a_rule_goes_by_receipt() -> None:
    verdict = verdict_on(Channel.DROP_BOX, "2015-05-15T10:00:00", consultation=a_consultation())
    assert (verdict.verdict, verdict.clock) == (IN_TIME, Clock.ARRIVAL_STAMP)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2015-04-14T23:59:59", False),
        ("2015-04-15T00:00:00", True),
        ("2015-05-15T12:00:00.9", True),
        ("2015-05-15T12:00:01", False),
    ],
)
def test_the_door_is_open_inside_the_period(now: str, expected: bool) -> None:
    consultation = a_consultation(
        rules={RuleKey.E_APPLICATION: DeadlineRule(closing_time=time(12))}
    )
    assert is_open(consultation, channel=Channel.E_APPLICATION, now=japan(now)) is expected


@given(st.integers(-90 * 86400, 90 * 86400))
def test_the_door_and_the_verdict_agree(seconds: int) -> None:
    now = datetime(2015, 5, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    verdict = judge(
        NOTICE,
        channel=Channel.E_APPLICATION,
        delivery=None,
        received_at=now,
        postmarked_on=None,
        collected_at=None,
    )
    door = is_open(NOTICE, channel=Channel.E_APPLICATION, now=now)
    assert door == (verdict.verdict is IN_TIME)
