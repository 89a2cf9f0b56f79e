"""How schemathesis writes a body of each kind it does not know by itself."""

from typing import Any  # the library's own values

import schemathesis


@schemathesis.serializer("message/rfc822")
def write_message(_context: Any, value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
