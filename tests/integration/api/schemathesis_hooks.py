"""How schemathesis writes a body of each kind it does not know by itself."""

import schemathesis


@schemathesis.serializer("message/rfc822")
def write_message(_context: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
