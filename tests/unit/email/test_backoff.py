"""The wait before a lost mailbox is tried again."""

from hypothesis import given
from hypothesis import strategies as st

from app.channels.email.backoff import CAP_SECONDS, FIRST_SECONDS, reconnect_delay


def test_the_wait_doubles_up_to_its_cap() -> None:
    assert [reconnect_delay(attempt, 1.0) for attempt in (1, 2, 3, 20)] == [
        FIRST_SECONDS,
        2 * FIRST_SECONDS,
        4 * FIRST_SECONDS,
        CAP_SECONDS,
    ]


@given(st.integers(min_value=-5, max_value=10**9), st.floats(allow_nan=False))
def test_the_wait_is_never_nothing_and_never_beyond_its_cap(attempt: int, jitter: float) -> None:
    assert FIRST_SECONDS / 2 <= reconnect_delay(attempt, jitter) <= CAP_SECONDS
