from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.retry import (
    MAIL_ATTEMPTS,
    MAIL_CAP,
    MAIL_PATIENCE,
    READING_ATTEMPTS,
    mail_retry_at,
    reading_retry_at,
)

NOW = datetime(2015, 5, 1, tzinfo=UTC)


def test_a_mail_is_tried_again_later_and_later() -> None:
    waits = [
        (mail_retry_at(attempts=attempts, created_at=NOW, now=NOW) or NOW) - NOW
        for attempts in range(1, 12)
    ]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=30)
    assert waits[-1] == MAIL_CAP


def test_a_mail_is_given_up_after_some_days() -> None:
    late = NOW + MAIL_PATIENCE
    assert mail_retry_at(attempts=MAIL_ATTEMPTS, created_at=NOW, now=late) is None


def test_days_on_which_the_program_stood_still_are_no_attempts() -> None:
    late = NOW + 2 * MAIL_PATIENCE
    assert mail_retry_at(attempts=MAIL_ATTEMPTS - 1, created_at=NOW, now=late) is not None


@given(st.integers(min_value=0, max_value=10**9))
def test_no_number_of_attempts_breaks_it(attempts: int) -> None:
    at = mail_retry_at(attempts=attempts, created_at=NOW, now=NOW)
    assert at is not None
    assert NOW < at <= NOW + MAIL_CAP


def test_a_reading_is_given_up_after_its_last_attempt() -> None:
    assert reading_retry_at(attempts=READING_ATTEMPTS - 1, now=NOW) is not None
    assert reading_retry_at(attempts=READING_ATTEMPTS, now=NOW) is None
