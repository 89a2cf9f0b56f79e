"""What the mail folders themselves hold, so that a mail that never arrived here shows."""

from collections.abc import Sequence

from app.domain.envelope import Channel
from app.domain.mailbox_watch import Alarm, heard
from app.intake.desk import Desk
from app.storage.repositories.unit import Repositories


def source_of(mailbox: str, folder: str) -> str:
    """Name a mail folder as a source of the ledger."""
    return f"{mailbox}/{folder}"


def item_of(uidvalidity: int, uid: int) -> str:
    """Name a mail within its folder (RFC 3501 section 2.3.1.1)."""
    return f"{uidvalidity}:{uid}"


def report(desk: Desk, *, mailbox: str, folder: str, uidvalidity: int, uids: Sequence[int]) -> None:
    """Note that a folder answers, and which mails it holds that were not named before."""
    source = source_of(mailbox, folder)
    at = desk.clock()

    def work(repositories: Repositories) -> None:
        for uid in uids:
            repositories.sources.tell(Channel.EMAIL, source, item_of(uidvalidity, uid), at=at)
        before = repositories.sources.watch(source)
        repositories.sources.keep_watch(heard(before, source, at=at, new_mail=bool(uids)))

    desk.writer.run(work)


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
