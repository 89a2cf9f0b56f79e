from datetime import timedelta

from app.domain.mailbox_watch import LEARNT_AFTER, Alarm, FolderWatch, heard
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
