"""Paper that came by post or was handed in (郵送・持参), as the mailroom scanned it."""

from app.domain.comment_form import Contents
from app.domain.envelope import Channel as ChannelKind
from app.domain.envelope import Envelope


class MailChannel:
    """Every file of the upload holds pages to read."""

    kind = ChannelKind.MAIL

    def open(self, envelope: Envelope) -> Contents:
        """Hand every file to recognition."""
        return Contents(images=envelope.parts)
