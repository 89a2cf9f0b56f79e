"""When a mailbox folder has been quiet, or out of reach, for longer than is usual for it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

OUT_OF_REACH = timedelta(minutes=15)
"""Longer than a restart of a mail server or of the poller takes."""
RETIRED = timedelta(days=30)
"""Who has not answered for so long was taken out of use on purpose."""
LEARNT_AFTER = 20
"""Times new mail must have come before a folder has a usual gap."""
SHORTEST_SILENCE = timedelta(days=1)
"""A night without mail is no alarm."""
USUAL_TIMES = 2
"""Silent is who says nothing for so many times the longest gap there was."""


OVERDUE = OUT_OF_REACH
"""Mail that a folder held so long ago should be here, or be in work."""
MOST_GONE = 10_000
"""As far back numbers are looked at that a folder gave out while nobody asked."""


class Alarm(StrEnum):
    """What is wrong with a mailbox folder."""

    MISSING = "mailbox_mail_missing"
    UNREACHABLE = "mailbox_unreachable"
    SILENT = "mailbox_silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderWatch:
    """What is known of the rhythm of one folder.

    Attributes:
        source: Its name in the ledger.
        asked_at: When it last answered what it holds, in UTC.
        mail_at: When new mail was last seen in it, in UTC; None if never.
        news: How often new mail was seen.
        longest_gap: The longest time between two such sightings.
    """

    source: str
    asked_at: datetime
    mail_at: datetime | None = None
    news: int = 0
    longest_gap: timedelta = timedelta()

    def alarm(self, now: datetime) -> Alarm | None:
        """Say what is wrong with it, if anything is."""
        unanswered = now - self.asked_at
        if unanswered > OUT_OF_REACH:
            return Alarm.UNREACHABLE if unanswered <= RETIRED else None
        patience = max(SHORTEST_SILENCE, USUAL_TIMES * self.longest_gap)
        learnt = self.news >= LEARNT_AFTER and self.mail_at is not None
        if learnt and self.mail_at is not None and now - self.mail_at > patience:
            return Alarm.SILENT
        return None


def heard(before: FolderWatch | None, source: str, *, at: datetime, new_mail: bool) -> FolderWatch:
    """Give what is known of a folder after it answered once more."""
    if before is None:
        return FolderWatch(
            source=source, asked_at=at, mail_at=at if new_mail else None, news=int(new_mail)
        )
    # While nobody could ask, the folder may have had mail: that gap says nothing of its rhythm.
    watched = at - before.asked_at <= OUT_OF_REACH
    gap = at - before.mail_at if new_mail and watched and before.mail_at else timedelta()
    return FolderWatch(
        source=source,
        asked_at=max(at, before.asked_at),
        mail_at=at if new_mail else before.mail_at,
        news=before.news + int(new_mail),
        longest_gap=max(before.longest_gap, gap),
    )


def passed_over(before: int | None, uidnext: int, held: Collection[int]) -> list[int]:
    """Give the numbers a folder gave out since it was last asked, and that it holds no more.

    UIDs ascend strictly and UIDNEXT lies above all that were given out (RFC 3501 section
    2.3.1.1), so whatever lies between was a mail, unless the server leaves numbers out.

    Args:
        before: Its UIDNEXT when it was last asked; None if it never was.
        uidnext: Its UIDNEXT now.
        held: The UIDs that are known to be in it.
    """
    if before is None:
        return []
    known = set(held)
    return [uid for uid in range(max(before, uidnext - MOST_GONE), uidnext) if uid not in known]
