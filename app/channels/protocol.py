"""What every channel offers to intake."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from app.domain.comment_form import Contents
from app.domain.envelope import Channel as ChannelKind
from app.domain.envelope import Envelope


class Channel(Protocol):
    """Knows how one kind of arrival is built; touches no database and no clock."""

    @property
    def kind(self) -> ChannelKind:
        """Name the channel."""
        ...

    def open(self, envelope: Envelope) -> Contents:
        """Say where the form is: typed fields, running text, or page images."""
        ...


class Delivered(Protocol):
    """One waiting arrival, as a polled source hands it over."""

    @property
    def envelope(self) -> Envelope:
        """Give its outer facts and its bytes."""
        ...


class DeliveredTogether(Protocol):
    """Some waiting arrivals that a polled source hands over together."""

    @property
    def mails(self) -> Sequence[Delivered]:
        """Give the arrivals."""
        ...


Known = Callable[[str, str, int, Sequence[int]], frozenset[int]]
"""Asks which items of (source, folder, generation) are safely recorded already."""


class PolledChannel(Protocol):
    """A source that has to be asked what waits there."""

    def deliveries(self, known: Known) -> Iterator[AbstractContextManager[DeliveredTogether]]:
        """Yield what waits.

        Leaving a block normally marks its arrivals done at the source; by exception leaves them.
        """
        ...
