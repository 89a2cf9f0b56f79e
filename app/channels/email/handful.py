"""Mails that are fetched and handed over together, so that they share round trips and commits."""

from collections.abc import Iterator, Mapping, Sequence

from app.channels.email.mailbox_facts import MailDelivery

MAILS = 32
BYTES = 1024 * 1024
"""Mails come together up to this number and size; a larger one comes alone."""


class Handful:
    """Some mails that were fetched together.

    Attributes:
        mails: What the server handed over.
    """

    def __init__(self, mails: Sequence[MailDelivery]) -> None:
        """Hold some mails."""
        self.mails = tuple(mails)
        self._left: set[str] = set()

    def leave(self, mail: MailDelivery) -> None:
        """Let a mail stay as it is in its folder."""
        self._left.add(mail.envelope.facts["uid"])

    @property
    def done(self) -> tuple[int, ...]:
        """The UIDs of the mails that were not left."""
        uids = (each.envelope.facts["uid"] for each in self.mails)
        return tuple(int(uid) for uid in uids if uid not in self._left)


def handfuls(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """Part mails into handfuls, in order.

    Args:
        sizes: The size of each mail in bytes, by UID.
    """
    some: list[int] = []
    weight = 0
    for uid, size in sizes.items():
        if some and (len(some) == MAILS or weight + size > BYTES):
            yield some
            some, weight = [], 0
        some.append(uid)
        weight += size
    if some:
        yield some
