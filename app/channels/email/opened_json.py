"""A mail taken apart, as the JSON that crosses between processes."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.channels.email.contents_json import BrokenContents, contents_from_json, contents_to_json
from app.channels.email.opening import OpenedMail


def opened_to_json(opened: OpenedMail) -> tuple[dict[str, object], list[bytes]]:
    """Give a mail without the bytes of its attachments, which travel as tails."""
    message, files = contents_to_json(opened.contents)
    return {**message, "to_read": list(opened.to_read), "sender": opened.sender}, files


# Any: JSON is untyped at this border.
def opened_from_json(data: Mapping[str, Any], tails: Sequence[bytes]) -> OpenedMail:
    """Rebuild a mail.

    Raises:
        BrokenContents: It does not fit.
    """
    contents = contents_from_json(data, tails)
    try:
        to_read = tuple(int(each) for each in data["to_read"])
        sender = None if data["sender"] is None else str(data["sender"])
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenContents from error
    if any(not 0 <= place < len(contents.attachments) for place in to_read):
        raise BrokenContents("no such attachment")
    return OpenedMail(contents=contents, to_read=to_read, sender=sender)
