"""What the mail folders themselves hold, so that a mail that never arrived here shows."""

from collections.abc import Sequence

from app.domain.envelope import Channel
from app.intake.desk import Desk
from app.storage.repositories.unit import Repositories


def source_of(mailbox: str, folder: str) -> str:
    """Name a mail folder as a source of the ledger."""
    return f"{mailbox}/{folder}"


def item_of(uidvalidity: int, uid: int) -> str:
    """Name a mail within its folder (RFC 3501 section 2.3.1.1)."""
    return f"{uidvalidity}:{uid}"


def report(desk: Desk, *, mailbox: str, folder: str, uidvalidity: int, uids: Sequence[int]) -> None:
    """Note which mails a folder holds, before any of them was fetched."""
    source = source_of(mailbox, folder)
    at = desk.clock()

    def work(repositories: Repositories) -> None:
        for uid in uids:
            repositories.sources.tell(Channel.EMAIL, source, item_of(uidvalidity, uid), at=at)

    desk.writer.run(work)


def known(desk: Desk, *, mailbox: str, folder: str, uidvalidity: int, uid: int) -> bool:
    """Say whether a mail's bytes are safely here."""
    return desk.queries.sources.arrived(
        Channel.EMAIL, source_of(mailbox, folder), item_of(uidvalidity, uid)
    )
