"""The parts of a mail (RFC 2045, 2046): split by offsets on the bytes, within bounds.

The standard library's parser recurses as deep as a mail tells it to and raises on some of them;
this one gives a structure for any bytes and copies nothing before a part is asked for.
"""

import binascii
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.channels.email.decoding import Decoded
from app.channels.email.headers import Headers, lenient_base64, read_headers, read_parameters

MAX_DEPTH = 20
MAX_PARTS = 500
_MAX_HEAD_BYTES = 1024 * 1024
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n|\r\r")
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}$")
_CLOSING_LINE = re.compile(rb"(?:\A|(?<=\n))--([^\s-][^\r\n]{0,100}?)--[ \t]*(?:\r?\n|\Z)")
_OPENING_LINE = re.compile(
    rb"(?:\A|(?<=\n))--(-{0,20}[^\s-][^\r\n]{0,100}?)[ \t]*\r?\n(?=content-[a-z-]{3,30}:)",
    re.IGNORECASE,
)
_ODD_LINE = re.compile(rb"^(?![ \t\r\n]|>?From |[!-9;-~]{1,200}[ \t]*:)[^\r\n]+", re.MULTILINE)
"""A line in a header block that is no field and does not go on one."""
_PART_BEGINS = re.compile(rb"--[^\r\n]{1,200}(?:\r?\n(?:content-|\r?\n)|\r?\n?\Z)", re.IGNORECASE)
_KNOWN_FIELD = re.compile(
    rb"^(?:from|to|cc|bcc|subject|date|message-id|references|in-reply-to|received|return-path|sender"
    rb"|reply-to|mime-version|content-[a-z-]{1,40}|x-[a-z0-9-]{1,60}|list-[a-z-]{1,40}|delivered-to"
    rb"|dkim-signature|arc-[a-z-]{1,40}|authentication-results|precedence|auto-submitted|user-agent"
    rb"|thread-[a-z]{1,20}|importance|priority|errors-to)[ \t]*:",
    re.MULTILINE | re.IGNORECASE,
)
_MAX_ODD_LINES = 100
_UUENCODED = re.compile(rb"^begin [0-7]{3,4} [^\r\n]{1,200}\r?\n", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MimePart:
    """A part of a mail, or the mail itself.

    Attributes:
        headers: Its header block.
        media_type: Its type in lower case; ``text/plain`` where none is usable.
        parameters: The parameters of its Content-Type.
        disposition: ``inline``, ``attachment`` or "".
        filename: The name its sender gave it, decoded.
        children: The parts inside, if it is a multipart that was split.
        source: The whole mail.
        start: Where its body begins in it.
        end: Where its body ends.
    """

    headers: Headers
    media_type: str
    parameters: Mapping[str, Decoded]
    disposition: str
    filename: Decoded | None
    children: tuple["MimePart", ...]
    source: bytes
    start: int
    end: int

    def walk(self) -> Iterator["MimePart"]:
        """Yield the part and everything inside it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def data(self) -> bytes:
        """Give its body without the transfer encoding."""
        raw = self.source[self.start : self.end]
        encoding = self.headers.token("content-transfer-encoding")
        if encoding.startswith("base64"):
            return lenient_base64(raw)
        if encoding.startswith("quoted"):
            return quopri.decodestring(raw)
        if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
            return _uudecoded(raw)
        return raw

    @property
    def charset(self) -> str | None:
        """Give the charset it declares."""
        declared = self.parameters.get("charset")
        return None if declared is None else declared.text


def read_mime(data: bytes) -> MimePart:
    """Take a mail apart; any bytes give a part."""
    return _part(data, 0, len(data), depth=0, budget=[MAX_PARTS])


def _part(data: bytes, start: int, end: int, *, depth: int, budget: list[int]) -> MimePart:
    budget[0] -= 1
    head_end, body_start = _head(data, start, end, first=depth == 0)
    headers = read_headers(data[start : min(head_end, start + _MAX_HEAD_BYTES)])
    content_type = headers.raw("content-type") or b""
    media_type = headers.token("content-type")
    if not _MEDIA_TYPE.match(media_type):
        media_type = "text/plain"
    parameters = read_parameters(content_type)
    disposition_raw = headers.raw("content-disposition") or b""
    filename = read_parameters(disposition_raw).get("filename") or parameters.get("name")
    children: tuple[MimePart, ...] = ()
    if media_type.startswith("multipart/"):
        if depth < MAX_DEPTH:
            children = _children(
                data, body_start, end, parameters.get("boundary"), depth=depth, budget=budget
            )
        if not children and depth < MAX_DEPTH:
            media_type = "text/plain"  # nothing divides it, so it is what it shows
    return MimePart(
        headers=headers,
        media_type=media_type,
        parameters=parameters,
        disposition=headers.token("content-disposition"),
        filename=filename if filename is not None and filename.text else None,
        children=children,
        source=data,
        start=body_start,
        end=end,
    )


def _head(data: bytes, start: int, end: int, *, first: bool) -> tuple[int, int]:
    """Find the end of the header block and the start of the body."""
    if data[start : start + 1] in (b"\r", b"\n"):
        lead = 2 if data[start : start + 2] == b"\r\n" else 1
        if not first:
            return start, min(start + lead, end)
    found = _BLANK_LINE.search(data, start, end)
    if found is not None:
        head_end, body_start = found.start(), found.end()
    else:
        head_end, body_start = end, end
    if not read_headers(data[start : min(head_end, start + 65_536)]).fields:
        return start, start  # no header at all: everything is body
    unparted = _unparted_body(data, start, min(head_end, start + _MAX_HEAD_BYTES))
    return (head_end, body_start) if unparted is None else (unparted, unparted)


def _unparted_body(data: bytes, start: int, head_end: int) -> int | None:
    """Find where a body begins that no blank line parts from its headers; None where one does.

    A line that is no field is a header broken by a relay as long as known fields follow it.
    """
    after_fields: int | None = None
    for count, odd in enumerate(_ODD_LINE.finditer(data, start, head_end)):
        if count >= _MAX_ODD_LINES:
            break
        if _PART_BEGINS.match(data, odd.start()):
            return odd.start()
        if after_fields is None or odd.start() > after_fields:
            last = _KNOWN_FIELD.search(data, odd.start(), head_end)
            if last is None:
                return odd.start()
            after_fields = last.start()
    return None


def _children(
    data: bytes,
    start: int,
    end: int,
    boundary: Decoded | None,
    *,
    depth: int,
    budget: list[int],
) -> tuple[MimePart, ...]:
    mark = boundary.text.encode("utf-8", "replace").rstrip() if boundary is not None else b""
    if not mark or data.find(b"--" + mark, start, end) < 0:
        guessed = _CLOSING_LINE.search(data, start, end) or _OPENING_LINE.search(data, start, end)
        if guessed is None:
            return ()
        mark = guessed.group(1)
    line = re.compile(rb"(?:\A|(?<=[\r\n]))--" + re.escape(mark) + rb"(--)?[ \t]*(?=[\r\n]|\Z)")
    children: list[MimePart] = []
    open_at: int | None = None
    for found in line.finditer(data, start, end):
        if open_at is not None:
            children.append(
                _part(
                    data,
                    open_at,
                    _before(data, open_at, found.start()),
                    depth=depth + 1,
                    budget=budget,
                )
            )
            open_at = None
        if found.group(1) is not None or budget[0] <= 0:
            break
        open_at = _after_line(data, found.end(), end)
    if open_at is not None and open_at < end and budget[0] > 0:
        # The closing line is lost: the last part goes on to the end.
        children.append(_part(data, open_at, end, depth=depth + 1, budget=budget))
    return tuple(children)


def _before(data: bytes, low: int, at: int) -> int:
    """Step back over the line end that belongs to the boundary."""
    if at > low and data[at - 1 : at] == b"\n":
        at -= 1
    if at > low and data[at - 1 : at] == b"\r":
        at -= 1
    return at


def _after_line(data: bytes, at: int, end: int) -> int:
    if data[at : at + 2] == b"\r\n":
        return min(at + 2, end)
    return min(at + 1, end)


def _uudecoded(raw: bytes) -> bytes:
    begun = _UUENCODED.search(raw)
    lines: list[bytes] = []
    for line in raw[begun.end() if begun else 0 :].splitlines():
        if line.strip() == b"end":
            break
        lines.append(_uudecoded_line(line))
    return b"".join(lines)


def _uudecoded_line(line: bytes) -> bytes:
    """Decode a line; what stands behind its announced length is filling some programs add."""
    announced = ((line[0] - 32) & 63) if line else 0
    try:
        return binascii.a2b_uu(line[: 1 + -(-announced * 4 // 3)])
    except binascii.Error:
        return b""
