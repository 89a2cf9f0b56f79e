"""What the mail folders themselves hold, so that a mail that never arrived here shows."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from app.domain.access import Actor
from app.domain.audit import AuditAction, AuditEntry
from app.domain.envelope import Channel
from app.domain.mailbox_watch import OVERDUE, Alarm, heard, passed_over
from app.intake.desk import Desk
from app.storage.repositories.unit import Repositories

_UIDNEXT = "uidnext:"
"""Opens the name of the counter that keeps how far the numbers of a folder went."""
RENUMBERING = timedelta(minutes=10)
"""So long after the first look at a renumbered folder its mails count as those of before."""
_log = logging.getLogger(__name__)


def source_of(mailbox: str, folder: str) -> str:
    """Name a mail folder as a source of the ledger."""
    return f"{mailbox}/{folder}"


def item_of(uidvalidity: int, uid: int | Literal[""]) -> str:
    """Name a mail within its folder (RFC 3501 section 2.3.1.1), or begin the names of all."""
    return f"{uidvalidity}:{uid}"


def report(
    desk: Desk,
    *,
    mailbox: str,
    folder: str,
    uidvalidity: int,
    uids: Sequence[int],
    uidnext: int | None = None,
) -> None:
    """Note that a folder answers, and which mails it holds that were not named before.

    Args:
        desk: Where to work.
        mailbox: Name of the mailbox.
        folder: Name of the folder.
        uidvalidity: The generation of its UIDs.
        uids: The mails.
        uidnext: The UID its next mail will bear. Mails that came and went while nobody asked are
            told of as well, so that they are missed.
    """
    source = source_of(mailbox, folder)
    at = desk.clock()

    def work(repositories: Repositories) -> None:
        before = repositories.sources.watch(source)
        for uid in uids:
            repositories.sources.tell(Channel.EMAIL, source, item_of(uidvalidity, uid), at=at)
        if uids:
            _renumbered(repositories, source, uidvalidity, len(uids), at)
        # They came at some time since the folder was last asked.
        since = min(at, before.asked_at) if before else at
        for item in _gone(repositories, source, uidvalidity, uids, uidnext):
            repositories.sources.tell(Channel.EMAIL, source, item, at=since)
        repositories.sources.keep_watch(heard(before, source, at=at, new_mail=bool(uids)))

    desk.writer.run(work)


def _gone(
    repositories: Repositories,
    source: str,
    uidvalidity: int,
    uids: Sequence[int],
    uidnext: int | None,
) -> list[str]:
    """Name the mails that came to a folder and left it without ever being seen."""
    if not uidnext:
        return []
    before = repositories.counters.raise_to(f"{_UIDNEXT}{uidvalidity}:{source}", uidnext)
    gone = [item_of(uidvalidity, uid) for uid in passed_over(before, uidnext, uids)]
    unseen = repositories.sources.untold(Channel.EMAIL, source, gone)
    if unseen:
        _log.warning(
            "Mails came to a folder and were gone before they could be read.",
            extra={"action": "mailbox_gap", "count": len(unseen)},
        )
    return unseen


def _renumbered(
    repositories: Repositories, source: str, uidvalidity: int, count: int, at: datetime
) -> None:
    """Take back what a folder said under numbers that it has withdrawn (RFC 3501 2.3.1.1).

    A new UIDVALIDITY names every mail of the folder anew, those not fetched yet among them; under
    their old numbers they would be missing for ever. No more are taken back than are named anew,
    so that what vanished on the way stays missing.
    """
    prefix = item_of(uidvalidity, "")
    first = repositories.sources.told_first(Channel.EMAIL, source, prefix=prefix)
    if first is None or at - first > RENUMBERING:
        return
    taken_back = repositories.sources.take_back(Channel.EMAIL, source, prefix=prefix, most=count)
    if taken_back:
        _log.warning(
            "A folder was numbered anew; mails not fetched yet go by their new numbers.",
            extra={"action": "mailbox_renumbered", "count": taken_back},
        )


def alarms(desk: Desk) -> tuple[tuple[str, Alarm], ...]:
    """Say which folders are out of reach, or silent for longer than is usual, or miss mail."""
    now = desk.clock()
    watched = ((each.source, each.alarm(now)) for each in desk.queries.sources.watches())
    overdue = desk.queries.sources.overdue(Channel.EMAIL, now - OVERDUE)
    return (
        *((source, alarm) for source, alarm in watched if alarm is not None),
        *((source, Alarm.MISSING) for source in overdue),
    )


def explain(desk: Desk, source: str, *, reason: str, actor: Actor) -> int:
    """Put a person's word on mail that a folder told of and that never came.

    It stays counted, among what holds no comment; the alarm ends and the audit trail says why.

    Returns:
        How many mails it was put on.
    """
    at = desk.clock()

    def work(repositories: Repositories) -> int:
        count = repositories.sources.explain(Channel.EMAIL, source, told_before=at)
        if count:
            repositories.audit.add(
                AuditEntry(
                    at=at,
                    actor=actor,
                    action=AuditAction.MISSING_EXPLAINED,
                    detail={"source": source, "count": count, "reason": reason},
                )
            )
        return count

    return desk.writer.run(work)


def known(
    desk: Desk, *, mailbox: str, folder: str, uidvalidity: int, uids: Sequence[int]
) -> frozenset[int]:
    """Say of which mails the bytes are safely here."""
    items = {item_of(uidvalidity, uid): uid for uid in uids}
    arrived = desk.queries.sources.arrived(Channel.EMAIL, source_of(mailbox, folder), tuple(items))
    return frozenset(items[each] for each in arrived)
