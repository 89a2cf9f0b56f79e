"""A fax job (ファクシミリ), as its gateway posted it."""

from app.domain.comment_form import Contents
from app.domain.envelope import Channel as ChannelKind
from app.domain.envelope import Envelope


class FaxChannel:
    """One file whose pages are read; the pages announced are compared after reading."""

    kind = ChannelKind.FAX

    def open(self, envelope: Envelope) -> Contents:
        """Hand the file to recognition."""
        return Contents(images=envelope.parts)
