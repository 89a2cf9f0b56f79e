"""What the mail folders themselves hold, so that a mail that never arrived here shows."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from app.domain.envelope import Channel
from app.domain.mailbox_watch import Alarm, heard
from app.intake.desk import Desk
from app.storage.repositories.unit import Repositories

RENUMBERING = timedelta(minutes=10)
"""So long after the first look at a renumbered folder its mails count as those of before."""
_log = logging.getLogger(__name__)


def source_of(mailbox: str, folder: str) -> str:
    """Name a mail folder as a source of the ledger."""
    return f"{mailbox}/{folder}"


def item_of(uidvalidity: int, uid: int | Literal[""]) -> str:
    """Name a mail within its folder (RFC 3501 section 2.3.1.1), or begin the names of all."""
    return f"{uidvalidity}:{uid}"


def report(desk: Desk, *, mailbox: str, folder: str, uidvalidity: int, uids: Sequence[int]) -> None:
    """Note that a folder answers, and which mails it holds that were not named before."""
    source = source_of(mailbox, folder)
    at = desk.clock()

    def work(repositories: Repositories) -> None:
        for uid in uids:
            repositories.sources.tell(Channel.EMAIL, source, item_of(uidvalidity, uid), at=at)
        if uids:
            _renumbered(repositories, source, uidvalidity, len(uids), at)
        before = repositories.sources.watch(source)
        repositories.sources.keep_watch(heard(before, source, at=at, new_mail=bool(uids)))

    desk.writer.run(work)


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


def alarms(desk: Desk) -> dict[str, Alarm]:
    """Say which folders are out of reach, or silent for longer than is usual for them."""
    now = desk.clock()
    found = {each.source: each.alarm(now) for each in desk.queries.sources.watches()}
    return {source: alarm for source, alarm in found.items() if alarm is not None}


def known(
    desk: Desk, *, mailbox: str, folder: str, uidvalidity: int, uids: Sequence[int]
) -> frozenset[int]:
    """Say of which mails the bytes are safely here."""
    items = {item_of(uidvalidity, uid): uid for uid in uids}
    arrived = desk.queries.sources.arrived(Channel.EMAIL, source_of(mailbox, folder), tuple(items))
    return frozenset(items[each] for each in arrived)
