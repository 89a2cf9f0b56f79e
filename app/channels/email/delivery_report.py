"""Reads what a mail server says became of a mail of ours (RFC 3464, and what came before it)."""

import re

from app.channels.email.headers import Headers, read_headers
from app.channels.email.mime import MimePart
from app.domain.comment_form import DeliveryReport

_MAX_RECIPIENTS = 50
_MAX_TEXT_BYTES = 256 * 1024
_BLOCKS = re.compile(rb"\r?\n[ \t]*\r?\n")
_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_MESSAGE_ID = re.compile(rb"<[!-;=?-~]{1,250}@[!-;=?-~]{1,250}>")
_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_FAILED = ("fail", "error")
"""RFC 3464 knows "failed"; servers write "failure" and "error" as well."""
_RETURNED_TYPES = (
    "message/rfc822",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
    "text/rfc822-headers",
)


def read_report(root: MimePart) -> DeliveryReport | None:
    """Give what a report says could not be delivered; None where it says nothing of the kind.

    A delay is no failure: the server goes on trying, and so nothing is to be done.
    """
    parts = [each for each in root.walk() if not each.children]
    blocks = [
        read_headers(block)
        for part in parts
        if part.media_type in _STATUS_TYPES
        for block in _BLOCKS.split(part.data()[:_MAX_TEXT_BYTES].strip())
    ]
    failed = [each for each in blocks if each.token("action").startswith(_FAILED)]
    if blocks and not failed:
        return None
    returned = [
        read_headers(part.data()[:_MAX_TEXT_BYTES])
        for part in parts
        if part.media_type in _RETURNED_TYPES
    ]
    named = [found for each in returned if (found := each.message_id()) is not None]
    if not blocks:
        # Servers older than RFC 3464 quote the mail in their text.
        named += [
            each.decode("ascii")
            for each in _MESSAGE_ID.findall(root.source[root.start : root.end][:_MAX_TEXT_BYTES])
        ]
    recipients = dict.fromkeys(each for block in failed for each in _recipients(block))
    if not named and not recipients:
        return None
    return DeliveryReport(
        message_ids=tuple(dict.fromkeys(named)),
        recipients=tuple(recipients)[:_MAX_RECIPIENTS],
        status=next((found for each in failed if (found := _status(each)) is not None), None),
    )


def _recipients(block: Headers) -> list[str]:
    """Give the addresses of a block: as we wrote it, and as it was rewritten on its way."""
    found = []
    for name in ("original-recipient", "final-recipient"):
        raw = block.raw(name)
        if raw is not None:
            kind, divided, address = raw.decode("utf-8", "replace").partition(";")
            if not divided and kind.strip().startswith("<"):
                kind, address = "rfc822", kind  # some servers leave the type out
            if kind.strip().lower() in ("rfc822", "utf-8"):
                found.append(address.strip().strip("<>").lower())
    return [each for each in found if "@" in each]


def _status(block: Headers) -> str | None:
    raw = block.raw("status")
    found = _STATUS.search(raw.decode("ascii", "replace")) if raw is not None else None
    return found.group() if found is not None else None
