"""Which module opens which channel; adding a channel is one line here."""

from collections.abc import Mapping

from app.channels.drop_box import DropBoxChannel
from app.channels.e_application import EApplicationChannel
from app.channels.email.message import EmailChannel
from app.channels.fax import FaxChannel
from app.channels.mail import MailChannel
from app.channels.protocol import Channel
from app.domain.envelope import Channel as ChannelKind

CHANNELS: Mapping[ChannelKind, Channel] = {
    channel.kind: channel
    for channel in (
        EmailChannel(),
        MailChannel(),
        DropBoxChannel(),
        FaxChannel(),
        EApplicationChannel(),
    )
}
"""Every way a comment may arrive."""
