"""When to try again, and when to give up: pure functions from attempts and time.

Whoever asks has already told a passing error from a lasting one; a lasting one is given up at
once and never comes here.
"""

from datetime import datetime, timedelta

MAIL_FIRST = timedelta(seconds=30)
MAIL_CAP = timedelta(hours=1)
MAIL_PATIENCE = timedelta(days=4)
"""RFC 5321 section 4.5.4.1 asks a sender to try for four to five days."""
MAIL_ATTEMPTS = 10
"""At least so often is it tried: days on which the program stood still are no attempts."""

READING_FIRST = timedelta(seconds=5)
READING_CAP = timedelta(minutes=5)
READING_ATTEMPTS = 5
LONGEST_READING_PAUSE = min(READING_CAP, READING_FIRST * 2 ** (READING_ATTEMPTS - 2))

_ENOUGH_DOUBLINGS = 24


def mail_retry_at(*, attempts: int, created_at: datetime, now: datetime) -> datetime | None:
    """Say when to try an outgoing mail again; None gives it up.

    Args:
        attempts: How often sending was begun, this time included.
        created_at: When the mail was caused.
        now: The present.
    """
    at = now + _doubled(MAIL_FIRST, attempts, cap=MAIL_CAP)
    if attempts >= MAIL_ATTEMPTS and at - created_at > MAIL_PATIENCE:
        return None
    return at


def reading_retry_at(*, attempts: int, now: datetime) -> datetime | None:
    """Say when to try reading an arrival again; None gives it up.

    Args:
        attempts: How often reading was begun, this time included.
        now: The present.
    """
    if attempts >= READING_ATTEMPTS:
        return None
    return now + _doubled(READING_FIRST, attempts, cap=READING_CAP)


def _doubled(first: timedelta, attempts: int, *, cap: timedelta) -> timedelta:
    doublings = min(max(attempts, 1) - 1, _ENOUGH_DOUBLINGS)
    return min(cap, first * (1 << doublings))
