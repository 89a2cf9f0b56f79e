"""What is said of a mailbox, and that it keeps the protocol of a polled channel."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from app.channels.email.mailbox import FolderState, Mailbox, MailboxSettings
from app.channels.email.mailbox_facts import mail_delivery
from app.channels.email.message import EmailChannel
from app.domain import envelope

if TYPE_CHECKING:
    from app.channels.protocol import Channel, PolledChannel

STATE = FolderState(mailbox="section", folder="INBOX", uidvalidity=7, uids=(3,))


def settings() -> MailboxSettings:
    return MailboxSettings(
        name="section", host="127.0.0.1", port=143, tls="none", username="u", password="hush"
    )


def test_the_protocols_of_the_room_are_kept() -> None:
    channel: Channel = EmailChannel()
    polled: PolledChannel = Mailbox(settings())
    assert channel.kind is envelope.Channel.EMAIL
    assert polled is not None


def test_a_password_is_never_shown() -> None:
    assert "hush" not in repr(settings())


def test_a_mailbox_without_folders_is_refused() -> None:
    with pytest.raises(ValueError, match="folder"):
        MailboxSettings(
            name="s", host="h", port=1, tls="none", username="u", password="p", folders=()
        )


def test_a_mail_without_a_time_of_receipt_is_delivered_and_says_so() -> None:
    before = datetime.now(UTC)
    delivered = mail_delivery(STATE, 3, None, b"Subject: x\r\n\r\n").envelope
    assert before <= delivered.received_at <= datetime.now(UTC)
    assert delivered.facts["internal_date"] == "missing"
    assert "message_id" not in delivered.facts
    assert delivered.source_item == "7:3"
