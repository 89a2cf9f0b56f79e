"""The mail process: opens one large mail, and may crash in doing so.

Started by ``message`` as ``python -m app.channels.email.mail_child``; speaks ``frames`` on its
standard input and output. It opens no network, no database and no file.
"""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.channels.email.child_program import serve
from app.channels.email.opened_json import opened_to_json
from app.channels.email.opening import open_mail


# Any: JSON is untyped at this border.
def answer(
    question: Mapping[str, Any], tails: Sequence[bytes]
) -> tuple[Mapping[str, object], list[bytes]]:
    """Open the mail in the tail."""
    opened = open_mail(
        tails[0],
        own_addresses=frozenset(map(str, question["own_addresses"])),
        received_at=datetime.fromisoformat(question["received_at"]),
    )
    return opened_to_json(opened)


if __name__ == "__main__":
    sys.exit(serve(answer))
