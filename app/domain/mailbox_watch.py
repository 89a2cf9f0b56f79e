"""When a mailbox folder has been quiet, or out of reach, for longer than is usual for it."""

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


class Alarm(StrEnum):
    """What is wrong with a mailbox folder."""

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
