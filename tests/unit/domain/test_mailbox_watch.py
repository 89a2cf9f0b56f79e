from datetime import timedelta

import pytest

from app.domain.mailbox_watch import (
    LEARNT_AFTER,
    MOST_GONE,
    Alarm,
    FolderWatch,
    heard,
    passed_over,
)
from tests.builders import NOON

HOUR = timedelta(hours=1)


def a_folder_with_hourly_mail() -> FolderWatch:
    watch = heard(None, "koho/INBOX", at=NOON, new_mail=True)
    for minutes in range(10, 60 * LEARNT_AFTER, 10):
        at = NOON + timedelta(minutes=minutes)
        watch = heard(watch, "koho/INBOX", at=at, new_mail=minutes % 60 == 0)
    return watch


def test_the_longest_gap_is_learnt() -> None:
    watch = a_folder_with_hourly_mail()
    assert watch.news == LEARNT_AFTER
    assert watch.longest_gap == HOUR
    assert watch.alarm(watch.asked_at) is None


def test_a_folder_nobody_can_ask_is_out_of_reach() -> None:
    watch = a_folder_with_hourly_mail()
    assert watch.alarm(watch.asked_at + timedelta(minutes=14)) is None
    assert watch.alarm(watch.asked_at + timedelta(minutes=16)) is Alarm.UNREACHABLE
    assert watch.alarm(watch.asked_at + timedelta(days=31)) is None


def test_a_folder_without_mail_for_long_is_silent() -> None:
    watch = a_folder_with_hourly_mail()
    at = watch.asked_at + timedelta(days=2)
    quiet = heard(watch, watch.source, at=at, new_mail=False)
    assert quiet.alarm(at) is Alarm.SILENT
    assert heard(quiet, watch.source, at=at + HOUR, new_mail=True).alarm(at + HOUR) is None


def test_a_young_or_rarely_used_folder_raises_no_alarm() -> None:
    watch = heard(None, "koho/INBOX", at=NOON, new_mail=True)
    later = NOON + timedelta(days=90)
    assert heard(watch, watch.source, at=later, new_mail=False).alarm(later) is None


def test_an_outage_of_ours_is_no_rhythm_of_the_folder() -> None:
    watch = a_folder_with_hourly_mail()
    back = heard(watch, watch.source, at=watch.asked_at + timedelta(days=9), new_mail=True)
    assert back.longest_gap == HOUR


@pytest.mark.parametrize(
    ("before", "uidnext", "held", "gone"),
    [
        (None, 50, (), []),  # what was before our time is nobody's loss
        (5, 5, (3, 4), []),
        (5, 8, (5, 7), [6]),
        (5, 8, (), [5, 6, 7]),
        (8, 5, (), []),  # a server that counts backwards
        (5, 6, (5, 6, 7), []),  # mails that came between the two questions
    ],
)
def test_a_gap_is_what_was_given_out_and_is_not_held(
    before: int | None, uidnext: int, held: tuple[int, ...], gone: list[int]
) -> None:
    assert passed_over(before, uidnext, held) == gone


def test_a_jump_of_the_servers_numbers_is_bounded() -> None:
    gone = passed_over(2, 2**32 - 1, ())
    assert len(gone) == MOST_GONE
    assert gone[-1] == 2**32 - 2
