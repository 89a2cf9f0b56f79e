"""Which module opens which channel; adding a channel is one line here."""

from collections.abc import Mapping

from app.channels.drop_box import DropBoxChannel
from app.channels.e_application import EApplicationChannel
from app.channels.email.machine_mail import MachineMail
from app.channels.email.message import EmailChannel
from app.channels.fax import FaxChannel
from app.channels.mail import MailChannel
from app.channels.protocol import Channel
from app.domain.envelope import Channel as ChannelKind


def channels(*, own_addresses: frozenset[str] = frozenset()) -> Mapping[ChannelKind, Channel]:
    """Give every way a comment may arrive.

    Args:
        own_addresses: Mail addresses of this installation, which it must never answer.
    """
    email = EmailChannel(own_addresses=own_addresses)
    return {
        channel.kind: channel
        for channel in (
            email,
            MachineMail(MailChannel(), email),
            DropBoxChannel(),
            MachineMail(FaxChannel(), email),
            EApplicationChannel(),
        )
    }
