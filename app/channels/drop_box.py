"""Paper from a drop box (意見書提出箱), as the mailroom scanned it after a round."""

from app.domain.comment_form import Contents
from app.domain.envelope import Channel as ChannelKind
from app.domain.envelope import Envelope


class DropBoxChannel:
    """Every file of the upload holds pages to read; its round gives the time."""

    kind = ChannelKind.DROP_BOX

    def open(self, envelope: Envelope) -> Contents:
        """Hand every file to recognition."""
        return Contents(images=envelope.parts)
